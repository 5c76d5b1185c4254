// The state of a set is the fold of its events. Pure functions, no DOM.

const LATIN = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZ"];
export const LETTERS = [...LATIN, ...LATIN.slice(0, 24).map((x) => "A" + x)];
export const OUT = null;
const SHAPES = 8;

const CHANGES = new Set(["paint", "add_row", "submit"]);

// set.rows as the server sent them; events in fold order.
export function fold(set, events) {
  const alive = new Set();
  let undo = [];
  let redo = [];
  for (const event of events) {
    if (CHANGES.has(event.kind)) {
      alive.add(event.id);
      undo.push(event.id);
      redo = [];
    } else if (event.kind === "undo" && alive.delete(event.target)) {
      undo = without(undo, event.target);
      redo.push(event.target);
    } else if (event.kind === "redo" && redo.includes(event.target)) {
      alive.add(event.target);
      redo = without(redo, event.target);
      undo.push(event.target);
    }
  }
  const added = new Set();
  const group = new Map();
  const flagged = new Set();
  const first = set.rows.find((row) => !row.added);
  if (first) group.set(first.token, "A");
  let submitted = null;
  let changed = false;
  for (const event of events) {
    if (event.kind === "flag") event.rows.forEach((token) => flagged.add(token));
    if (!alive.has(event.id)) continue;
    changed = event.kind !== "submit";
    if (event.kind === "add_row") event.rows.forEach((token) => added.add(token));
    if (event.kind === "paint") event.rows.forEach((token, i) => group.set(token, event.to[i]));
    if (event.kind === "submit") submitted = event.partition;
  }
  const rows = set.rows.filter((row) => !row.added || added.has(row.token));
  return { rows, group, undo, redo, flagged, submitted, changed: Boolean(submitted) && changed };
}

function without(stack, id) {
  return stack[stack.length - 1] === id ? stack.slice(0, -1) : stack.filter((x) => x !== id);
}

export const isDone = (state, row) => state.group.has(row.token);
export const todo = (state, rows = state.rows) => rows.filter((row) => !isDone(state, row));

export function sizes(state) {
  const count = new Map();
  for (const row of state.rows) {
    const letter = state.group.get(row.token);
    if (letter) count.set(letter, (count.get(letter) || 0) + (row.copies || 1));
  }
  return count;
}

export function freeLetters(state) {
  const used = new Set(state.rows.map((row) => state.group.get(row.token)));
  return LETTERS.filter((letter) => !used.has(letter));
}

// A row that is alone already keeps its letter: a second N changes nothing.
export function newGroup(state, row) {
  const mine = state.group.get(row.token);
  const alone = mine && state.rows.filter((x) => state.group.get(x.token) === mine).length === 1;
  return alone ? mine : freeLetters(state)[0];
}

export function partition(state) {
  return Object.fromEntries(state.rows.map((row) => [row.token, state.group.get(row.token)]));
}

export const shapeOf = (letter) => LETTERS.indexOf(letter) % SHAPES;

// Rows by group: groups of several first, then rows alone, then rows left out; else the set's order.
export function gathered(state) {
  const count = sizes(state);
  const order = new Map();
  state.rows.forEach((row, i) => {
    const letter = state.group.get(row.token);
    if (!order.has(letter)) order.set(letter, i);
  });
  const rank = (row) => {
    const letter = state.group.get(row.token);
    return [letter ? (count.get(letter) > 1 ? 0 : 1) : 2, order.get(letter)];
  };
  return state.rows
    .map((row, i) => [...rank(row), i, row])
    .sort((x, y) => x[0] - y[0] || x[1] - y[1] || x[2] - y[2])
    .map((x) => x[3]);
}

// The row that a row is compared with: the first of its group in the order shown; the row above the
// cursor while the cursor row has no group; otherwise nothing.
export function partnerOf(state, rows, i, isCursor) {
  const letter = state.group.get(rows[i].token);
  if (letter) {
    const first = rows.findIndex((row) => state.group.get(row.token) === letter);
    return first === i ? -1 : first;
  }
  return isCursor && letter === undefined && i > 0 ? i - 1 : -1;
}

// Share of right pairs of an answer to a practice set.
export function rightPairs(answer, truth) {
  const tokens = Object.keys(truth);
  let right = 0;
  let of = 0;
  tokens.forEach((a, i) => {
    for (const b of tokens.slice(i + 1)) {
      const joined = (groups) => groups[a] !== null && groups[a] === groups[b];
      of++;
      right += joined(answer) === joined(truth);
    }
  });
  return { right, of };
}
