// The start of a table: what was understood of it, and what a match is.

import { $, button, el, root, send } from "./dom.js";
import { content, title } from "./grid.js";
import { show } from "./screen.js";
import { style } from "./styles.js";

await style("more.css");

const BRIEF = 120; // characters of a value in the sample

// Resolves once the server has taken kinds, key and sentence.
export function setup({ file, rows, sample, columns, kinds, keys, key, sentence, sentences, note }) {
  const options = (chosen) => kinds.map((x) => el("option", { value: x.kind, selected: x.kind === chosen }, x.title));
  const selects = columns.map((c) => el("select", { ariaLabel: `Kind of ${title(c.name)}` }, ...options(c.kind)));
  const names = columns.map((c) => el("th", { scope: "col", dir: "auto" }, title(c.name)));
  const head = el("thead", el("tr", ...names), el("tr", ...selects.map((select) => el("td", select))));
  const body = el("tbody", ...sample.map((values) => el("tr", ...values.map((x) => el("td", { dir: "auto" }, ...content(x, null, BRIEF))))));
  const others = columns.map((c) => c.name).filter((name) => !keys.includes(name));
  const keyOf = el("select", ...[...keys, ...others].map((name) => el("option", { value: name, selected: name === key }, title(name))));
  const text = el("textarea", { rows: 2, maxLength: 500, value: sentence, dir: "auto" });
  const ready = sentences.map((x) => button(x, () => (text.value = x), { className: "chip" }));
  const failed = el("p.warning", { role: "alert" });
  const form = el(
    "form",
    el("h2", "Was your table read correctly?"),
    el("p", `${file}: ${rows.toLocaleString("en")} rows. Each column has a kind, which says how its values are compared.`),
    el("div.scroll", { tabIndex: 0, role: "region", ariaLabel: "First rows" }, el("table.plain", head, body)),
    el("label", "Key: a column that names each row once", keyOf),
    el("h2", "What is a match?"),
    el("label", "One sentence, always in sight while you label (it may stay empty)", text),
    el("div.chips", ...ready),
    el("p.note", note),
    failed,
    el("p.actions", el("button.main", "Start", " ", el("kbd", "Enter"))),
  );
  show("setup", form);
  return new Promise((resolve) => {
    form.onsubmit = async (event) => {
      event.preventDefault();
      const chosen = Object.fromEntries(columns.map((c, j) => [c.name, selects[j].value]));
      try {
        await send("setup", { key: keyOf.value, kinds: chosen, sentence: text.value.trim() });
        resolve();
      } catch (error) {
        failed.textContent = error.message;
      }
    };
  });
}
