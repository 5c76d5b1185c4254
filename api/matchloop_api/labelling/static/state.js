// The state of a set is the fold of its events. Pure functions, no DOM.

const LATIN = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZ"];
export const LETTERS = [...LATIN, ...LATIN.slice(0, 24).map((x) => "A" + x)];
export const OUT = null; // the group of a row that is left out

const FLAGS = new Set(["flag", "note"]);
const CHANGES = new Set(["paint", "add_row", "submit"]);
const without = (stack, id) => (stack.at(-1) === id ? stack.slice(0, -1) : stack.filter((x) => x !== id));

// set.rows as the server sent them; events in fold order.
export function fold(set, events) {
  const alive = new Set();
  let undo = [];
  let redo = [];
  for (const { id, kind, target } of events) {
    if (CHANGES.has(kind)) {
      alive.add(id);
      undo.push(id);
      redo = [];
    } else if (kind === "undo" && alive.delete(target)) {
      undo = without(undo, target);
      redo.push(target);
    } else if (kind === "redo" && redo.includes(target)) {
      alive.add(target);
      redo = without(redo, target);
      undo.push(target);
    }
  }
  const added = new Set();
  const flagged = new Set();
  const group = new Map([[set.rows.find((row) => !row.added).token, "A"]]);
  let submitted = null;
  let changed = false;
  for (const { id, kind, rows, to, partition } of events) {
    if (FLAGS.has(kind)) rows.forEach((token) => flagged.add(token));
    if (!alive.has(id)) continue;
    changed = kind !== "submit";
    if (kind === "add_row") rows.forEach((token) => added.add(token));
    else if (kind === "paint") rows.forEach((token, i) => group.set(token, to[i]));
    else submitted = partition;
  }
  const rows = set.rows.filter((row) => !row.added || added.has(row.token));
  return { rows, group, undo, redo, flagged, submitted, changed: Boolean(submitted) && changed };
}

export const isDone = (state, row) => state.group.has(row.token);
export const todo = (state, rows = state.rows) => rows.filter((row) => !isDone(state, row));

export function sizes({ rows, group }) {
  const count = new Map();
  for (const { token, copies = 1 } of rows) {
    const letter = group.get(token);
    if (letter) count.set(letter, (count.get(letter) || 0) + copies);
  }
  return count;
}

export function freeLetters({ rows, group }) {
  const used = new Set(rows.map((row) => group.get(row.token)));
  return LETTERS.filter((letter) => !used.has(letter));
}

// A row that is alone already keeps its letter: a second N changes nothing.
export function newGroup(state, row) {
  const mine = state.group.get(row.token);
  const alone = mine && state.rows.filter((x) => state.group.get(x.token) === mine).length === 1;
  return alone ? mine : freeLetters(state)[0];
}

// Eight shapes and colours; from I on they repeat with another letter.
export const shapeOf = (letter) => LETTERS.indexOf(letter) % 8;

// The row that a row is compared with: the first of its group in the order shown; the row above the
// cursor while the cursor row has no group; otherwise none, -1.
export function partnerOf({ group }, rows, i, isCursor) {
  const letter = group.get(rows[i].token);
  if (!letter) return isCursor && letter === undefined ? i - 1 : -1;
  const first = rows.findIndex((row) => group.get(row.token) === letter);
  return first === i ? -1 : first;
}
