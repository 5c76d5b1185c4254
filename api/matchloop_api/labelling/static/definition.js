// The sentence that defines a match, its examples, and the form in which a curator writes them.

import { cells, close, open, table } from "./dialog.js";
import { compareRows } from "./diff.js";
import { button, el, send } from "./dom.js";
import { title } from "./grid.js";

const KINDS = { yes: "A match", no: "No match", unsure: "Cannot tell: leave it out" };
const FEWEST = 2; // rows of an example
const MOST = 4;

function pair(example, columns) {
  const rows = example.rows.map((values) => ({ cells: values }));
  const lines = rows.map((row, i) => el("tr", el("th", { scope: "row" }, String(i + 1)), ...cells(row, i && compareRows(rows[0].cells, row.cells, columns))));
  return table(columns.map((c) => title(c.name)), lines);
}

// selected: rows that are selected in the grid; define(guide): takes what was saved.
export function showDefinition(start, selected, define) {
  const { guide, columns } = start;
  const parts = guide.examples.map((example) => [el("h3", KINDS[example.is]), el("p", example.why), pair(example, columns)]);
  const change = button("Edit", () => edit(start, selected, define));
  const actions = el("p.actions", ...(start.curator ? [change] : []), button("Close", close, { className: "main", autofocus: true }));
  return open("What is a match?", el("p", guide.sentence || "No sentence is written yet."), ...parts.flat(), actions);
}

function edit(start, selected, define) {
  const { guide, columns } = start;
  const text = el("textarea", { rows: 2, maxLength: 1000, value: guide.sentence, dir: "auto" });
  const failed = el("p.warning", { role: "alert" });
  const list = el("div");
  const entries = [];
  const add = (example) => {
    const kind = el("select", ...Object.entries(KINDS).map(([value, name]) => el("option", { value, selected: value === example.is }, name)));
    const why = el("input", { value: example.why, maxLength: 1000, dir: "auto" });
    const entry = { rows: example.rows, kind, why };
    const remove = button("Remove", () => (part.remove(), entries.splice(entries.indexOf(entry), 1)));
    const part = el("section", el("p.tools", el("label", "An example of", kind), remove), pair(example, columns), el("label", "Why", why));
    entries.push(entry);
    list.append(part);
  };
  guide.examples.forEach(add);
  const isPair = selected?.length >= FEWEST && selected.length <= MOST;
  const addition = button(`Add the ${selected?.length} selected rows as an example`, () => add({ is: "yes", rows: selected.map((row) => row.cells), why: "" }));
  const help = el("p.note", "To add an example, select two to four rows with Shift and the arrow keys, then open this form.");
  const people = el("input", { type: "number", min: 1, max: 5, value: guide.people });
  const assisted = el("input", { type: "checkbox", checked: guide.assisted });
  const form = el(
    "form",
    el("label", "One sentence, always in sight while people label", text),
    list,
    isPair ? addition : help,
    el("label", "People who answer each new set", people),
    el("label", assisted, " Offer proposals: P shows the model's group of a row. Such answers are marked as assisted."),
    failed,
    el("p.actions", button("Cancel", close), el("button.main", "Save")),
  );
  form.onsubmit = async (event) => {
    event.preventDefault();
    const examples = entries.map(({ rows, kind, why }) => ({ is: kind.value, rows, why: why.value }));
    try {
      define(await send("guide", { sentence: text.value, examples, people: Number(people.value), assisted: assisted.checked }));
      close();
    } catch (error) {
      failed.textContent = error.message;
    }
  };
  return open("Define a match", form);
}
