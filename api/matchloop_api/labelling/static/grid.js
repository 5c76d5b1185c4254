// Draws a set as a grid. Draws again only rows and cells whose look has changed.

import { plan, widths } from "./columns.js";
import { LACK, MARK, compareRows, mixesAlphabets, written } from "./diff.js";
import { badge, el } from "./dom.js";
import { OUT, partnerOf, shapeOf, sizes } from "./state.js";

const NUMBER_PX = 38;
const GROUP_PX = 66;
const FOLD_PX = 120;
const NAME_PX = 150;
const BRIEF = 600; // characters of a value in the page while its row is not opened
const NAMED = 8; // columns named when a row is read aloud

export const title = (name) => written(name.replaceAll("_", " ")).map(([, text]) => text).join("");

export class Grid {
  constructor(table) {
    this.table = table;
  }

  // rows in the order shown; look: {flipped, hideEqual, unfolded}
  build(set, rows, look) {
    Object.assign(this, { set, rows, look });
    this.plan = plan(set.columns, set.rows, look);
    this.lines = rows.map((row) => this.#line(row));
    this.table.replaceChildren(...(look.flipped ? this.#flipped() : this.#upright()));
    this.table.classList.toggle("flipped", Boolean(look.flipped));
    const across = this.plan.shown.length + 2 + Number(this.plan.folded.length > 0);
    this.table.ariaRowCount = look.flipped ? across : rows.length + 1;
    this.table.ariaColCount = look.flipped ? rows.length + 1 : across;
  }

  #line(row) {
    const [role, scope] = this.look.flipped ? ["columnheader", "col"] : ["rowheader", "row"];
    const line = {
      row,
      number: el("th.n", { role, scope }, this.set.rows.indexOf(row) + 1),
      group: el("td.group", { role: "gridcell", tabIndex: -1 }),
      cells: this.plan.shown.map((j) => {
        const cell = el("td", { role: "gridcell", tabIndex: -1, dir: "auto" }, el("div.v"));
        cell.dataset.name = title(this.set.columns[j].name);
        return cell;
      }),
      look: "",
      signs: [],
    };
    if (this.plan.folded.length) line.cells.push(el("td.fold", { role: "gridcell", tabIndex: -1 }));
    return line;
  }

  #heading(j) {
    const { name, kind } = this.set.columns[j];
    return el(this.look.flipped ? "th.name" : "th", {
      role: this.look.flipped ? "rowheader" : "columnheader",
      scope: this.look.flipped ? "row" : "col",
      title: `${title(name)} (${kind})`,
      textContent: title(name),
      dir: "auto",
    });
  }

  #foldHeading() {
    const { folded, equal } = this.plan;
    const unfold = el("button.plain", { type: "button", id: "unfold", tabIndex: -1 }, `+ ${folded.length} ${equal ? "equal or empty" : "more"}`);
    return el("th", { role: this.look.flipped ? "rowheader" : "columnheader", scope: "col" }, unfold);
  }

  #upright() {
    const { shown, folded } = this.plan;
    const fixed = [NUMBER_PX, GROUP_PX, ...(folded.length ? [FOLD_PX] : [])];
    const room = this.table.parentNode.clientWidth - fixed.reduce((a, b) => a + b);
    const wide = widths(this.set.columns, this.set.rows, shown, room);
    const all = [NUMBER_PX, GROUP_PX, ...wide, ...fixed.slice(2)];
    this.table.style.minWidth = `${all.reduce((a, b) => a + b)}px`;
    const columns = el("colgroup", {}, ...all.map((px) => el("col", { width: String(px) })));
    const corner = ["#", "group"].map((text) => el("th", { role: "columnheader", scope: "col" }, text));
    const head = el("tr", { role: "row" }, ...corner, ...shown.map((j) => this.#heading(j)));
    if (folded.length) head.append(this.#foldHeading());
    for (const line of this.lines) {
      line.tr = el("tr", { role: "row" }, line.number, line.group, ...line.cells);
    }
    return [columns, el("thead", { role: "rowgroup" }, head), el("tbody", { role: "rowgroup" }, ...this.lines.map((line) => line.tr))];
  }

  #flipped() {
    const { shown, folded } = this.plan;
    this.table.style.minWidth = `${NAME_PX * (this.lines.length + 1)}px`;
    const across = (heading, nodes) => el("tr", { role: "row" }, heading, ...nodes);
    const name = (text) => el("th.name", { role: "rowheader", scope: "row" }, text);
    const head = across(el("th.name", { role: "columnheader", scope: "col" }, "#"), this.lines.map((line) => line.number));
    const body = [across(name("group"), this.lines.map((line) => line.group))];
    shown.forEach((j, k) => body.push(across(this.#heading(j), this.lines.map((line) => line.cells[k]))));
    if (folded.length) body.push(across(this.#foldHeading(), this.lines.map((line) => line.cells[shown.length])));
    return [el("thead", { role: "rowgroup" }, head), el("tbody", { role: "rowgroup" }, ...body)];
  }

  // cursor: {at, from, col}; view: {review, open: Set of tokens, proposed: Map}
  draw(state, cursor, view) {
    const count = sizes(state);
    const low = Math.min(cursor.at, cursor.from);
    const high = Math.max(cursor.at, cursor.from);
    this.lines.forEach((line, i) => {
      const token = line.row.token;
      const letter = state.group.get(token);
      const partner = partnerOf(state, this.rows, i, i === cursor.at);
      const next = this.rows[i + 1] && state.group.get(this.rows[i + 1].token);
      const fact = {
        letter,
        partner,
        many: count.get(letter) > 1,
        cursor: i === cursor.at,
        selected: i >= low && i <= high,
        open: view.open.has(token),
        flagged: state.flagged.has(token),
        proposed: view.proposed.get(token),
        last: view.review && this.rows[i + 1] !== undefined && next !== letter && (count.get(letter) > 1 || count.get(next) > 1),
      };
      const look = JSON.stringify([letter ?? (letter === OUT ? 0 : 1), ...Object.values(fact).slice(1)]);
      if (line.look !== look) this.#drawLine(line, fact, i);
      line.look = look;
    });
  }

  #drawLine(line, fact, i) {
    const { letter, partner, many } = fact;
    const classes = [
      letter ? `g${shapeOf(letter)} ${many ? "many" : "single"}` : letter === OUT ? "out" : "blank",
      partner < 0 ? "head" : "",
      ...["cursor", "selected", "open", "last"].filter((name) => fact[name]),
    ].join(" ");
    if (line.tr) line.tr.className = classes;
    else for (const [node, own] of [[line.number, "n"], [line.group, "group"]]) node.className = `${own} ${classes}`;
    const results = partner < 0 ? null : compareRows(this.rows[partner].cells, line.row.cells, this.set.columns);
    const beside = partner < 0 ? "" : this.rows[partner].token;
    this.plan.shown.forEach((j, k) => {
      const how = this.#drawCell(line, j, k, results?.[j], beside, fact.open);
      if (!line.tr) line.cells[k].className = `${how} ${classes}`;
    });
    if (this.plan.folded.length) this.#drawFold(line, results);
    this.#drawGroup(line, fact);
    const say = this.#spoken(line, fact, results, i);
    if (line.tr) {
      line.tr.ariaLabel = say;
      line.tr.ariaSelected = fact.selected;
    }
    line.group.ariaLabel = say;
  }

  #drawGroup(line, { letter, many, cursor, flagged, proposed }) {
    const parts = [];
    if (letter) parts.push(badge(letter, !many));
    else if (letter === OUT) parts.push(el("span.left-out", {}, "left out"));
    else if (proposed) parts.push(el("span.proposed", { title: "proposal" }, proposed));
    else if (cursor) parts.push(el("b.todo", {}, "?"));
    if (line.row.copies > 1) parts.push(el("span.copies", { title: `${line.row.copies} identical rows` }, `×${line.row.copies}`));
    if (flagged) parts.push(el("span.flag", { title: "flagged" }, "⚑"));
    line.group.replaceChildren(...parts);
  }

  #spoken(line, { letter, many }, results, i) {
    const parts = [`row ${line.number.textContent}`];
    parts.push(letter ? `group ${letter}` : letter === OUT ? "left out" : "no group");
    if (letter && !many) parts.push("alone");
    if (line.row.copies > 1) parts.push(`${line.row.copies} identical rows`);
    if (results) {
      const names = (test) => this.set.columns.filter((_, j) => test(results[j])).map((column) => title(column.name));
      const differing = names((r) => r.how === "differs");
      const moved = names((r) => r.how === "moved");
      const more = differing.length > NAMED ? ` and ${differing.length - NAMED} more` : "";
      if (differing.length) parts.push(`differs in ${differing.slice(0, NAMED).join(", ")}${more}`);
      if (moved.length) parts.push(`other column: ${moved.join(", ")}`);
      if (!differing.length && !moved.length) parts.push("no difference");
    } else if (i > 0 && many) parts.push("first of its group");
    return parts.join(", ");
  }

  #drawFold(line, results) {
    const cell = line.cells[this.plan.shown.length];
    const n = results ? this.plan.folded.filter((j) => /differs|moved/.test(results[j].how)).length : 0;
    cell.replaceChildren(...(n ? [el("mark", {}, `${n} differ${n === 1 ? "s" : ""}`)] : []));
  }

  #drawCell(line, j, k, result, beside, open) {
    const value = line.row.cells[j] || "";
    const how = !value ? "none" : result ? result.how : "head";
    const sign = `${how} ${how === "differs" || how === "moved" ? beside : ""} ${open}`;
    if (line.signs[k] !== sign) {
      line.signs[k] = sign;
      line.cells[k].className = how;
      line.cells[k].firstChild.replaceChildren(...content(value, result, open ? Infinity : BRIEF, line.row.long?.[j]));
    }
    return how;
  }

  cell(at, col) {
    const line = this.lines[at];
    return col > 0 ? line.cells[col - 1] : line.group;
  }

  get width() {
    return this.lines[0].cells.length;
  }

  focus(at, col) {
    const cell = this.cell(at, Math.min(col, this.width));
    if (this.stop && this.stop !== cell) this.stop.tabIndex = -1;
    this.stop = cell;
    cell.tabIndex = 0;
    cell.focus({ preventScroll: true });
    this.lines[at].tr?.scrollIntoView({ block: "nearest" });
    cell.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  // Position of the row and of the cell of an element inside, or null.
  where(node) {
    const cell = node.closest?.("td, th");
    const at = this.lines.findIndex((line) => line.number === cell || line.group === cell || line.cells.includes(cell));
    return at < 0 ? null : { at, col: this.lines[at].cells.indexOf(cell) + 1 };
  }
}

function* texts(text) {
  for (const [hidden, part] of written(text)) yield hidden ? el("span.hidden", {}, part) : part;
}

// The nodes of a value: marks, carets, written-out characters, warnings.
export function content(value, result, limit = Infinity, full = 0) {
  if (!value) return [el("span.nil", { title: "no value" }, "∅")];
  const nodes = [];
  let room = limit;
  for (const [op, text] of result?.parts || [[0, value]]) {
    if (op === LACK) {
      nodes.push(el("span.lack", { role: "img", title: `lacks: ${text}`, ariaLabel: `lacks ${text}` }, "‸"));
      continue;
    }
    const shown = text.slice(0, room).replace(/[\ud800-\udbff]$/, "");
    room -= shown.length;
    nodes.push(...(op === MARK ? [el("mark", {}, ...texts(shown))] : texts(shown)));
    if (room <= 0) break;
  }
  if (room <= 0 && value.length > limit) nodes.push("…");
  if (full > value.length) nodes.push(el("span.cut", {}, ` … ${(full - value.length).toLocaleString("en")} more characters`));
  if (result?.how === "moved") nodes.push(el("span.moved", { title: `stands in ${title(result.from)} of the other row` }, ` ⇄ ${title(result.from)}`));
  if (mixesAlphabets(value)) nodes.push(el("span.warn", { role: "img", title: "mixed alphabets", ariaLabel: "mixed alphabets" }, "!"));
  return nodes;
}
