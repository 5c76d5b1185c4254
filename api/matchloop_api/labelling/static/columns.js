// Which columns of a set are in the page, and how wide. Pure functions.

import { isQuiet } from "./diff.js";

const FEW = 14; // up to so many columns stay as they are
const MOST = 30; // more of them cost too much per key, and nobody reads them

const values = (rows, j) => rows.map((row) => row.cells[j] || "");

// {shown, folded}: positions of columns; equal: whether the folded ones hold no difference.
export function plan(columns, rows, { hideEqual, unfolded }) {
  const isVarying = (j) => new Set(values(rows, j).filter(Boolean)).size > 1;
  let shown = [...columns.keys()];
  if (hideEqual) shown = shown.filter((j) => new Set(values(rows, j)).size > 1);
  if (columns.length <= FEW || unfolded) return { shown, folded: [], equal: true };
  const varying = shown.filter(isVarying);
  // A source or a remark only fills the room that is left.
  const ranked = [...varying.filter((j) => !isQuiet(columns[j])), ...varying.filter((j) => isQuiet(columns[j]))];
  const kept = ranked.length ? ranked.slice(0, MOST) : shown.slice(0, FEW);
  const folded = shown.filter((j) => !kept.includes(j));
  return { shown: kept, folded, equal: !folded.some(isVarying) };
}

function textWidth(text) {
  let n = 0;
  for (const c of text.slice(0, 80)) n += c > "\u2e80" ? 1.9 : /\p{Lu}|\p{N}/u.test(c) ? 1.12 : 1;
  return n;
}

// Pixels: as nine in ten values need, 4 to 60 characters; spare room is shared out by width.
export function widths(columns, rows, shown, room) {
  const wanted = shown.map((j) => {
    const sorted = values(rows, j).map(textWidth).sort((a, b) => a - b);
    const heading = Math.min(textWidth(columns[j].name) * 0.95, 14);
    return 20 + 7.2 * Math.min(60, Math.max(4, sorted[Math.floor(sorted.length * 0.9)], heading));
  });
  const sum = wanted.reduce((a, b) => a + b, 0);
  const large = wanted.reduce((n, w) => n + (w > 90 ? w : 0), 0);
  const shrink = sum > room && sum < room * 1.25 ? 1 - (sum - room) / large : 1;
  return wanted.map((w) => Math.floor(sum <= room ? (w * room) / sum : w > 90 ? w * shrink : w));
}
