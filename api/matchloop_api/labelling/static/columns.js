// Which columns of a set are in the page, and how wide. Pure functions.

import { isQuiet } from "./diff.js";

const FEW = 14; // up to so many columns stay as they are
const MOST = 30; // more than these cost too much per key, and nobody reads them

const values = (rows, j) => rows.map((row) => row.cells[j] || "");
const isEqual = (rows, j) => new Set(values(rows, j)).size < 2;
const isEqualOrEmpty = (rows, j) => new Set(values(rows, j).filter(Boolean)).size < 2;

// {shown, folded}: positions of columns; `equal` tells whether the folded ones hold no difference.
export function plan(columns, rows, { hideEqual = false, unfolded = false } = {}) {
  let shown = columns.map((_, j) => j);
  if (hideEqual) shown = shown.filter((j) => !isEqual(rows, j));
  let folded = [];
  if (columns.length > FEW && !unfolded) {
    const differing = shown.filter((j) => !isEqualOrEmpty(rows, j));
    // Columns that are compared come first; a source or a remark only fills the room that is left.
    const ranked = [...differing.filter((j) => !isQuiet(columns[j])), ...differing.filter((j) => isQuiet(columns[j]))];
    const kept = ranked.length ? ranked.slice(0, MOST) : shown.slice(0, FEW);
    folded = shown.filter((j) => !kept.includes(j));
    shown = kept;
  }
  return { shown, folded, equal: folded.every((j) => isEqualOrEmpty(rows, j)) };
}

const CHARACTER = 7.2;
const PADDING = 20;

function textWidth(text) {
  let n = 0;
  for (const c of text.slice(0, 80)) n += c > "\u2e80" ? 1.9 : /\p{Lu}|\p{N}/u.test(c) ? 1.12 : 1;
  return n;
}

// Pixels: as nine in ten values need, 4 to 60 characters; spare room is shared out by width.
export function widths(columns, rows, shown, room) {
  const wanted = shown.map((j) => {
    const sorted = values(rows, j).map(textWidth).sort((a, b) => a - b);
    const heading = Math.min(textWidth(columns[j].name) * 0.95, 11);
    return PADDING + CHARACTER * Math.min(60, Math.max(4, sorted[Math.floor(sorted.length * 0.9)], heading));
  });
  const sum = wanted.reduce((a, b) => a + b, 0);
  if (sum <= room) return wanted.map((w) => Math.floor((w * room) / sum));
  if (sum < room * 1.25) {
    const large = wanted.reduce((n, w) => n + (w > 90 ? w : 0), 0);
    return wanted.map((w) => Math.floor(w > 90 ? w * (1 - (sum - room) / large) : w));
  }
  return wanted.map(Math.floor);
}
