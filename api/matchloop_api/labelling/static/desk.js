// The set on the desk: its events, its cursor, and what each command does to it.

import { hint, notice, send } from "./dom.js";
import { OUT, fold, freeLetters, gathered, isDone, newGroup, partition, todo } from "./state.js";

export class Desk {
  // on: what the page does: record, drawn, submitted, redone, step, leave, looksOver, isAssisted
  constructor(grid, on) {
    this.grid = grid;
    this.on = on;
    this.look = { flipped: false, hideEqual: false, unfolded: false };
  }

  lay(set, events) {
    Object.assign(this, { set, events, held: undefined, review: false });
    this.view = { review: false, open: new Set(), proposed: new Map() };
    this.look.unfolded = false;
    this.state = fold(set, events);
    this.rows = this.state.rows;
    this.cursor = { at: 0, from: 0, col: 0 };
    this.go(Math.max(0, this.rows.findIndex((row) => !isDone(this.state, row))), false);
    this.build();
  }

  build() {
    this.grid.build(this.set, this.rows, this.look);
    this.draw();
    this.focus();
  }

  draw() {
    this.grid.draw(this.state, this.cursor, this.view);
    this.on.drawn();
  }

  focus() {
    this.grid.focus(this.cursor.at, this.cursor.col);
  }

  go(at, show = true, select = false) {
    this.cursor.at = Math.max(0, Math.min(this.rows.length - 1, at));
    if (!select) this.cursor.from = this.cursor.at;
    if (!show) return;
    this.draw();
    this.focus();
  }

  goTo(row) {
    this.go(this.rows.findIndex((x) => x.token === row));
  }

  get row() {
    return this.rows[this.cursor.at];
  }

  // A pair, or a doubtful decision, is in sight as it is.
  get looksOver() {
    return this.rows.length > 2 && !this.set.doubtful && this.on.looksOver();
  }

  selection() {
    const { at, from } = this.cursor;
    return this.rows.slice(Math.min(at, from), Math.max(at, from) + 1);
  }

  act(kind, extra = {}) {
    this.on.record(kind, extra);
    const before = this.state.rows.length;
    this.state = fold(this.set, this.events);
    if (this.state.rows.length !== before) this.gather(false);
  }

  paint(rows, to) {
    const assisted = rows.some((row) => this.view.proposed.has(row.token));
    this.act("paint", { rows: rows.map((row) => row.token), to, ...(assisted && { assisted }) });
    const last = this.rows.indexOf(rows.at(-1));
    const next = this.rows.findIndex((row, i) => i > last && !isDone(this.state, row));
    this.go(this.review ? this.cursor.at : next >= 0 ? next : last + 1);
    hint(this.grid.lines[last].group.ariaLabel);
  }

  paintAll(letter) {
    const rows = this.selection();
    this.paint(rows, rows.map(() => letter));
  }

  above() {
    const first = Math.min(this.cursor.at, this.cursor.from);
    return first > 0 ? this.state.group.get(this.rows[first - 1].token) : undefined;
  }

  gather(on) {
    this.review = this.view.review = on;
    const row = this.row;
    this.rows = on ? gathered(this.state) : this.state.rows;
    this.cursor.at = this.cursor.from = on ? 0 : Math.max(0, this.rows.indexOf(row));
    this.build();
  }

  enter() {
    const missing = this.rows.findIndex((row) => !isDone(this.state, row));
    if (missing >= 0) {
      this.go(missing);
      hint(`Row ${missing + 1} has no group yet.`);
    } else if (this.review || !this.looksOver) this.submit();
    else {
      this.act("gather");
      this.gather(true);
      hint("Rows by group. Enter submits, Escape goes back.");
    }
  }

  submit() {
    if (!this.state.submitted || this.state.changed) this.act("submit", { partition: partition(this.state) });
    this.on.submitted();
  }

  takeBack(kind) {
    const target = this.state[kind].at(-1);
    if (!target) return this.on.step(kind);
    const event = this.events.find((x) => x.id === target);
    this.act(kind, { target });
    if (event.kind === "submit" && kind === "redo") return this.on.redone();
    if (this.review && todo(this.state).length) this.gather(false);
    if (event.kind === "paint") this.goTo(event.rows[0]);
    else this.go(this.cursor.at);
    hint(`${kind === "undo" ? "Undone" : "Redone"}. ${this.grid.lines[this.cursor.at].group.ariaLabel}`);
  }

  move(by, select) {
    this.go(this.cursor.at + by, true, select);
  }

  sideways(by) {
    this.cursor.col = Math.max(0, Math.min(this.grid.width, this.cursor.col + by));
    this.focus();
  }

  change(look) {
    this.look[look] = !this.look[look];
    this.cursor.col = 0;
    this.build();
  }

  async propose() {
    if (!this.on.isAssisted()) return hint("Proposals are off for this table.");
    const { token } = this.row;
    const { to } = await send("proposal", { set: this.set.set, row: token });
    this.view.proposed.set(token, to || freeLetters(this.state)[0]);
    this.draw();
  }

  add(row) {
    if (!this.set.rows.some((x) => x.token === row.token)) this.set.rows.push(row);
    this.act("add_row", { rows: [row.token] });
    this.goTo(row.token);
  }

  run(command) {
    if (!this.held && !READING.has(command)) return hint("This set is open elsewhere.");
    notice("");
    if (command.startsWith("group-")) return this.paintAll(command.slice(6));
    if (COMMANDS[command]) return COMMANDS[command](this);
    return this.on.leave(command);
  }
}

const READING = new Set(["up", "down", "left", "right", "flip", "hide", "open", "compare", "help", "before", "back"]);

const across = (by) => (desk) => (desk.look.flipped ? desk.move(by) : desk.sideways(by));
const along = (by) => (desk) => (desk.look.flipped ? desk.sideways(by) : desk.move(by));

const COMMANDS = {
  same(desk) {
    const letter = desk.above();
    if (letter) desk.paintAll(letter);
    else hint(desk.cursor.at ? "The row above has no group." : "There is no row above.");
  },
  new: (desk) => desk.paintAll(newGroup(desk.state, desk.row)),
  out: (desk) => desk.paintAll(OUT),
  "rest-alone"(desk) {
    const rows = todo(desk.state, desk.rows);
    if (rows.length) desk.paint(rows, freeLetters(desk.state).slice(0, rows.length));
  },
  "rest-out"(desk) {
    const rows = todo(desk.state, desk.rows);
    if (rows.length) desk.paint(rows, rows.map(() => OUT));
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
    if (rows.length) desk.paint(rows, to);
  },
  enter: (desk) => desk.enter(),
  undo: (desk) => desk.takeBack("undo"),
  redo: (desk) => desk.takeBack("redo"),
  down: along(1),
  up: along(-1),
  right: across(1),
  left: across(-1),
  "select-down": (desk) => desk.move(1, true),
  "select-up": (desk) => desk.move(-1, true),
  flip: (desk) => desk.change("flipped"),
  hide: (desk) => desk.change("hideEqual"),
  open(desk) {
    const { open } = desk.view;
    const token = desk.row.token;
    if (!open.delete(token)) open.add(token);
    desk.draw();
    desk.focus();
  },
  propose: (desk) => desk.propose().catch((error) => notice(error.message)),
  back: (desk) => (desk.review ? desk.gather(false) : desk.on.leave("end")),
};
