// A row and the one that it is compared with, in full.

import { closing, open, table } from "./dialog.js";
import { compareRows } from "./diff.js";
import { el } from "./dom.js";
import { content, title } from "./grid.js";

export function showComparison(set, a, b) {
  const sides = [[a, compareRows(b.cells, a.cells, set.columns)], [b, compareRows(a.cells, b.cells, set.columns)]];
  const number = (row) => `row ${set.rows.indexOf(row) + 1}`;
  const lines = set.columns.map((column, j) =>
    el("tr", el("th", { scope: "row", dir: "auto" }, title(column.name)), ...sides.map(([row, results]) => el("td", { dir: "auto", className: row.cells[j] ? results[j].how : "" }, el("div.v", ...content(row.cells[j], results[j], Infinity, row.long?.[j]))))),
  );
  return open("Compare", table([number(a), number(b)], lines), closing());
}
