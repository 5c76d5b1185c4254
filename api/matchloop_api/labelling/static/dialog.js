// What opens over the grid, and the tables inside.

import { $, button, el } from "./dom.js";
import { content } from "./grid.js";
import { style } from "./styles.js";

await style("more.css");

export const box = $("dialog");
const waiting = []; // for the end: several where one content followed another
const closed = () => waiting.splice(0).forEach((resolve) => resolve());

export function open(heading, ...nodes) {
  $("dialog-title").textContent = heading;
  $("dialog-body").replaceChildren(...nodes);
  if (!box.open) box.showModal();
  return new Promise((resolve) => waiting.push(resolve));
}

// At once, so that the next key finds the focus where it belongs; the event "close" comes later.
export function close() {
  box.close();
  closed();
}
box.onclose = () => box.open || closed();
box.oncancel = (event) => (event.preventDefault(), close());

export const closing = (text = "Close") => el("p.actions", button(text, close, { className: "main", autofocus: true }));

export function table(columns, lines) {
  const head = [el("td"), ...columns.map((text) => el("th", { scope: "col", dir: "auto" }, text))];
  return el("div.scroll", { tabIndex: 0 }, el("table.plain", el("thead", el("tr", ...head)), el("tbody", ...lines)));
}

export const cells = (row, results) => row.cells.map((value, j) => el("td", { dir: "auto" }, ...content(value, results?.[j])));
