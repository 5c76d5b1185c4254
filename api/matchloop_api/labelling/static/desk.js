// The set on the desk: its rows, its events, its cursor.

import { fold, isDone } from "./state.js";

export class Desk {
  // on: what the page does: record, drawn
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

  get row() {
    return this.rows[this.cursor.at];
  }

  selection() {
    const { at, from } = this.cursor;
    return this.rows.slice(Math.min(at, from), Math.max(at, from) + 1);
  }

  act(kind, extra = {}) {
    this.on.record(kind, extra);
    this.state = fold(this.set, this.events);
  }
}
