// Commands that give rows a group, and that move over the grid.

import { hint, notice } from "./dom.js";
import { OUT, isDone, newGroup } from "./state.js";

export function paint(desk, rows, to) {
  const assisted = rows.some((row) => desk.view.proposed.has(row.token));
  desk.act("paint", { rows: rows.map((row) => row.token), to, ...(assisted && { assisted }) });
  const last = desk.rows.indexOf(rows.at(-1));
  const next = desk.rows.findIndex((row, i) => i > last && !isDone(desk.state, row));
  desk.go(desk.review ? desk.cursor.at : next >= 0 ? next : last + 1);
  hint(desk.grid.lines[last].group.ariaLabel);
}

function paintAll(desk, letter) {
  const rows = desk.selection();
  paint(desk, rows, rows.map(() => letter));
}

function sideways(desk, by) {
  desk.cursor.col = Math.max(0, Math.min(desk.grid.width, desk.cursor.col + by));
  desk.focus();
}

const move = (desk, by, select) => desk.go(desk.cursor.at + by, true, select);
const across = (by) => (desk) => (desk.look.flipped ? move(desk, by) : sideways(desk, by));
const along = (by) => (desk) => (desk.look.flipped ? sideways(desk, by) : move(desk, by));

const COMMANDS = {
  same(desk) {
    const first = Math.min(desk.cursor.at, desk.cursor.from);
    const letter = first > 0 && desk.state.group.get(desk.rows[first - 1].token);
    if (letter) paintAll(desk, letter);
    else hint(first ? "The row above has no group." : "There is no row above.");
  },
  new: (desk) => paintAll(desk, newGroup(desk.state, desk.row)),
  out: (desk) => paintAll(desk, OUT),
  down: along(1),
  up: along(-1),
  right: across(1),
  left: across(-1),
  "select-down": (desk) => move(desk, 1, true),
  "select-up": (desk) => move(desk, -1, true),
};

const READING = new Set(["up", "down", "left", "right", "flip", "hide", "unfold", "open", "compare", "help", "before", "back"]);

export function run(command, { desk, more }) {
  if (!desk.held && !READING.has(command)) return hint("This set is open elsewhere.");
  notice("");
  if (command.startsWith("group-")) return paintAll(desk, command.slice(6));
  if (COMMANDS[command]) return COMMANDS[command](desk);
  return more(command);
}
