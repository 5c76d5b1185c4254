// Commands that follow the first answers: the rest at once, look over, submit, undo, other views.

import { hint, notice, send } from "./dom.js";
import { looksOver } from "./foot.js";
import { paint } from "./painting.js";
import { OUT, freeLetters, isDone, sizes, todo } from "./state.js";
import { style } from "./styles.js";

await style("more.css");

// Rows by group: groups of several first, then rows alone, then rows left out; else the set's order.
export function gathered(state) {
  const count = sizes(state);
  const letters = state.rows.map((row) => state.group.get(row.token));
  const rank = (letter) => (letter ? (count.get(letter) > 1 ? 0 : 1) : 2) * 100 + letters.indexOf(letter);
  return state.rows.map((row, i) => [rank(letters[i]), row]).sort((a, b) => a[0] - b[0]).map(([, row]) => row);
}

const partition = ({ rows, group }) => Object.fromEntries(rows.map(({ token }) => [token, group.get(token)]));

export function gather(desk, on) {
  desk.review = desk.view.review = on;
  const row = desk.row;
  desk.rows = on ? gathered(desk.state) : desk.state.rows;
  desk.cursor.at = desk.cursor.from = on ? 0 : Math.max(0, desk.rows.indexOf(row));
  desk.build();
}

function enter(desk, page) {
  const missing = desk.rows.findIndex((row) => !isDone(desk.state, row));
  if (missing >= 0) {
    desk.go(missing);
    hint(`Row ${missing + 1} has no group yet.`);
  } else if (desk.review || !looksOver(page)) {
    if (!desk.state.submitted || desk.state.changed) desk.act("submit", { partition: partition(desk.state) });
    page.submitted();
  } else {
    desk.act("gather");
    gather(desk, true);
    hint("Rows by group. Enter submits, Escape goes back.");
  }
}

const goTo = (desk, token) => desk.go(desk.rows.findIndex((row) => row.token === token));

export function addRow(desk, row) {
  if (!desk.set.rows.some((x) => x.token === row.token)) desk.set.rows.push(row);
  desk.act("add_row", { rows: [row.token] });
  gather(desk, false);
  goTo(desk, row.token);
}

export function takeBack(desk, page, kind) {
  const target = desk.state[kind].at(-1);
  if (!target) return step(desk, page, kind);
  const event = desk.events.find((x) => x.id === target);
  desk.act(kind, { target });
  if (event.kind === "submit" && kind === "redo") return page.goTo(page.sets.near(desk.set.set, 1));
  if (event.kind === "add_row" || (desk.review && todo(desk.state).length)) gather(desk, false);
  if (event.kind === "paint") goTo(desk, event.rows[0]);
  else desk.go(desk.cursor.at);
  return hint(`${kind === "undo" ? "Undone" : "Redone"}. ${desk.grid.lines[desk.cursor.at].group.ariaLabel}`);
}

// Undo goes on in the set shown before, redo in the one shown after.
async function step(desk, page, kind) {
  const id = page.isPractice() ? null : page.sets.near(desk.set.set, kind === "undo" ? -1 : 1);
  if (!id || (kind === "redo" && !desk.state.submitted)) return hint(`Nothing to ${kind}.`);
  await page.display(id);
  if (desk.held && desk.set.set === id && desk.state[kind].length) takeBack(desk, page, kind);
}

function change(desk, look) {
  desk.look[look] = !desk.look[look];
  desk.cursor.col = 0;
  desk.build();
}

async function propose(desk, page) {
  if (!page.start.guide.assisted) return hint("Proposals are off for this table.");
  const { token } = desk.row;
  const { to } = await send("proposal", { set: desk.set.set, row: token });
  desk.view.proposed.set(token, to || freeLetters(desk.state)[0]);
  desk.draw();
}

// Each takes the desk and the page.
export const COMMANDS = {
  "rest-alone"(desk) {
    const rows = todo(desk.state, desk.rows);
    if (rows.length) paint(desk, rows, freeLetters(desk.state).slice(0, rows.length));
  },
  "rest-out"(desk) {
    const rows = todo(desk.state, desk.rows);
    if (rows.length) paint(desk, rows, rows.map(() => OUT));
  },
  "rest-same"(desk) {
    let letter = "A";
    const to = [];
    const rows = desk.rows.filter((row) => {
      const mine = desk.state.group.get(row.token);
      if (mine === undefined) to.push(letter);
      else if (mine !== OUT) letter = mine;
      return mine === undefined;
    });
    if (rows.length) paint(desk, rows, to);
  },
  enter,
  undo: (desk, page) => takeBack(desk, page, "undo"),
  redo: (desk, page) => takeBack(desk, page, "redo"),
  flip: (desk) => change(desk, "flipped"),
  hide: (desk) => change(desk, "hideEqual"),
  unfold: (desk) => change(desk, "unfolded"),
  open(desk) {
    const { open } = desk.view;
    const token = desk.row.token;
    if (!open.delete(token)) open.add(token);
    desk.draw();
    desk.focus();
  },
  propose: (desk, page) => propose(desk, page).catch((error) => notice(error.message)),
};
