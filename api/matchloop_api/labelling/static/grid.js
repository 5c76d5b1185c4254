// Draws a set as a grid. Draws again only rows and cells whose look has changed.

import { plan, widths } from "./columns.js";
import { LACK, MARK, MORE, NEAR, SAME, compareRows, mixesAlphabets, written } from "./diff.js";
import { badge, button, el } from "./dom.js";
import { OUT, partnerOf, shapeOf, sizes } from "./state.js";

const NUMBER_PX = 38;
const GROUP_PX = 66;
const FOLD_PX = 120;
const NAME_PX = 150;
const BRIEF = 600; // characters of a value in the page while its row is not opened
const TAGS = { [MARK]: "mark", [NEAR]: "u", [MORE]: "ins" };
const NAMED = 8; // columns named when a row is read aloud

export const title = (name) => written(name.replaceAll("_", " ")).map(([, text]) => text).join("");

export class Grid {
  constructor(table) {
    this.table = table;
  }

  // rows in the order shown; look: {flipped, hideEqual, unfolded}
  build(set, rows, look) {
    Object.assign(this, { set, rows, flipped: look.flipped });
    this.plan = plan(set.columns, set.rows, look);
    const { shown, folded } = this.plan;
    this.lines = rows.map((row) => this.#line(row));
    const headings = [...["#", "group"].map((text) => this.#heading({ textContent: text })), ...shown.map((j) => this.#nameOf(j))];
    if (folded.length) {
      const text = `+ ${folded.length} ${this.plan.equal ? "equal or empty" : "more"}`;
      headings.push(this.#heading());
      headings.at(-1).append(button(text, null, { className: "plain", id: "unfold", tabIndex: -1 }));
    }
    const part = (name, rows) => el(name, { role: "rowgroup" }, ...rows.map((cells) => el("tr", { role: "row" }, ...cells)));
    const lines = this.lines.map((line) => [line.number, line.group, ...line.cells]);
    const [head, ...body] = look.flipped ? headings.map((heading, k) => [heading, ...lines.map((line) => line[k])]) : [headings, ...lines];
    this.table.replaceChildren(part("thead", [head]), part("tbody", body));
    this.table.classList.toggle("flipped", look.flipped);
    this.table.ariaRowCount = body.length + 1;
    this.table.ariaColCount = head.length;
    if (look.flipped) this.table.style.minWidth = `${NAME_PX * head.length}px`;
    else this.#measure(folded.length ? [FOLD_PX] : []);
  }

  #measure(last) {
    this.lines.forEach((line) => (line.tr = line.group.parentNode));
    const room = this.table.parentNode.clientWidth - NUMBER_PX - GROUP_PX - (last[0] || 0);
    const all = [NUMBER_PX, GROUP_PX, ...widths(this.set.columns, this.set.rows, this.plan.shown, room), ...last];
    this.table.style.minWidth = `${all.reduce((a, b) => a + b)}px`;
    this.table.prepend(el("colgroup", ...all.map((px) => el("col", { width: String(px) }))));
  }

  #heading(more) {
    return el(this.flipped ? "th.name" : "th", { role: this.flipped ? "rowheader" : "columnheader", dir: "auto", ...more });
  }

  #nameOf(j) {
    const { name, kind } = this.set.columns[j];
    return this.#heading({ title: `${title(name)} (${kind})`, textContent: title(name) });
  }

  #line(row) {
    const cell = (name, more) => el(name, { role: "gridcell", tabIndex: -1, ...more });
    const cells = this.plan.shown.map((j) => cell("td", { dir: "auto", "data-name": title(this.set.columns[j].name) }));
    cells.forEach((node) => node.append(el("div.v")));
    if (this.plan.folded.length) cells.push(cell("td.fold"));
    const number = el("th.n", { role: this.flipped ? "columnheader" : "rowheader" }, this.set.rows.indexOf(row) + 1);
    return { row, number, group: cell("td.group"), cells, look: "", signs: [] };
  }

  // cursor: {at, from, col}; view: {review, open: Set of tokens, proposed: Map}
  draw(state, cursor, view) {
    const count = sizes(state);
    const [low, high] = [cursor.at, cursor.from].sort((a, b) => a - b);
    const letters = this.rows.map((row) => state.group.get(row.token));
    this.lines.forEach((line, i) => {
      const { token } = line.row;
      const isCursor = i === cursor.at;
      const fact = {
        letter: letters[i],
        partner: partnerOf(state, this.rows, i, isCursor),
        many: count.get(letters[i]) > 1,
        cursor: isCursor,
        selected: i >= low && i <= high,
        open: view.open.has(token),
        flagged: state.flagged.has(token),
        proposed: view.proposed.get(token),
        last: view.review && i + 1 < letters.length && letters[i + 1] !== letters[i] && (count.get(letters[i]) > 1 || count.get(letters[i + 1]) > 1),
      };
      const look = JSON.stringify(fact);
      if (line.look !== look) this.#drawLine(line, fact);
      line.look = look;
    });
  }

  #drawLine(line, fact) {
    const { letter, partner, many } = fact;
    const group = letter ? `g${shapeOf(letter)} ${many ? "many" : "single"}` : letter === OUT ? "out" : "blank";
    const classes = [group, ...["cursor", "selected", "open", "last"].filter((name) => fact[name])].join(" ");
    const other = this.rows[partner];
    const results = other && compareRows(other.cells, line.row.cells, this.set.columns);
    const { shown, folded } = this.plan;
    shown.forEach((j, k) => {
      const how = this.#drawCell(line, j, k, results?.[j], other?.token, fact.open);
      if (this.flipped) line.cells[k].className = `${how} ${classes}`;
    });
    if (folded.length) {
      const n = results ? folded.filter((j) => /differs|moved/.test(results[j].how)).length : 0;
      line.cells.at(-1).replaceChildren(...(n ? [el("mark", `${n} differ${n > 1 ? "" : "s"}`)] : []));
    }
    line.group.replaceChildren(...groupSigns(line.row, fact));
    line.group.ariaLabel = this.#spoken(line, fact, results);
    if (this.flipped) {
      line.number.className = `n ${classes}`;
      line.group.className = `group ${classes}`;
    } else Object.assign(line.tr, { className: classes, ariaLabel: line.group.ariaLabel, ariaSelected: fact.selected });
  }

  #spoken(line, { letter, many }, results) {
    const parts = [`row ${line.number.textContent}`, letter ? `group ${letter}` : letter === OUT ? "left out" : "no group"];
    if (letter && !many) parts.push("alone");
    if (line.row.copies > 1) parts.push(`${line.row.copies} identical rows`);
    if (results) {
      const names = (how) => this.set.columns.filter((_, j) => results[j].how === how).map((column) => title(column.name));
      const differing = names("differs");
      const moved = names("moved");
      const more = differing.length - NAMED;
      if (differing.length) parts.push(`differs in ${differing.slice(0, NAMED).join(", ")}${more > 0 ? ` and ${more} more` : ""}`);
      if (moved.length) parts.push(`other column: ${moved.join(", ")}`);
      if (!differing.length && !moved.length) parts.push("no difference");
    }
    return parts.join(", ");
  }

  #drawCell(line, j, k, result, beside, open) {
    const value = line.row.cells[j] || "";
    const how = !value ? "none" : result ? result.how : "head";
    const sign = `${how} ${/differs|moved/.test(how) && beside} ${open}`;
    if (line.signs[k] !== sign) {
      line.signs[k] = sign;
      line.cells[k].className = how;
      line.cells[k].firstChild.replaceChildren(...content(value, result, open ? Infinity : BRIEF, line.row.long?.[j]));
    }
    return how;
  }

  get width() {
    return this.lines[0].cells.length;
  }

  focus(at, col) {
    const { tr, cells, group } = this.lines[at];
    const cell = cells[col - 1] || group;
    if (this.stop) this.stop.tabIndex = -1;
    this.stop = cell;
    cell.tabIndex = 0;
    cell.focus({ preventScroll: true });
    for (const node of tr ? [tr, cell] : [cell]) node.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  // Position of the row and of the cell of an element inside, or null.
  where(node) {
    const cell = node.closest("td, th");
    const at = this.lines.findIndex((line) => line.number === cell || line.group === cell || line.cells.includes(cell));
    return at < 0 ? null : { at, col: this.lines[at].cells.indexOf(cell) + 1 };
  }
}

function groupSigns({ copies }, { letter, many, cursor, flagged, proposed }) {
  const signs = [];
  if (letter) signs.push(badge(letter, !many));
  else if (letter === OUT) signs.push(el("span.left-out", "left out"));
  else if (proposed) signs.push(el("span.proposed", { title: "proposal" }, proposed));
  else if (cursor) signs.push(el("b.todo", "?"));
  if (copies > 1) signs.push(el("span.copies", `×${copies}`));
  if (flagged) signs.push(el("span.flag", { title: "flagged" }, "⚑"));
  return signs;
}

const sign = (name, text, meaning) => el(`span.${name}`, { role: "img", title: meaning, ariaLabel: meaning }, text);
const texts = (text) => written(text).map(([hidden, part]) => (hidden ? el("span.hidden", part) : part));

// The nodes of a value: marks, carets, written-out characters, warnings; full: its length if it was cut.
export function content(value, result, limit = Infinity, full = 0) {
  if (!value) return [el("span.nil", { title: "no value" }, "∅")];
  const nodes = [];
  let room = limit;
  for (const [op, text] of result?.parts || [[SAME, value]]) {
    if (op === LACK) {
      const count = text.split(" ").length;
      nodes.push(sign("lack", count > 1 ? `‸${count}` : "‸", `lacks: ${text}`));
      continue;
    }
    const shown = text.slice(0, room).replace(/[\ud800-\udbff]$/, "");
    room -= text.length;
    nodes.push(...(TAGS[op] ? [el(TAGS[op], ...texts(shown))] : texts(shown)));
    if (room <= 0) break;
  }
  if (value.length > limit) nodes.push("…");
  if (full > value.length) nodes.push(el("span.cut", ` … ${(full - value.length).toLocaleString("en")} more characters`));
  if (result?.how === "moved") nodes.push(el("span.moved", ` ⇄ ${title(result.from)}`));
  if (mixesAlphabets(value)) nodes.push(sign("warn", "!", "mixed alphabets"));
  return nodes;
}
