// What opens over the grid: keys, examples, comparison, search, flags, the answer of a practice set.

import { compareRows } from "./diff.js";
import { $, ask, badge, button, el, send } from "./dom.js";
import { content, title } from "./grid.js";
import { COMMANDS, namesOf } from "./keys.js";

const box = $("dialog");

export function open(heading, ...nodes) {
  $("dialog-title").textContent = heading;
  $("dialog-body").replaceChildren(...nodes);
  if (!box.open) box.showModal();
  return new Promise((resolve) => box.addEventListener("close", resolve, { once: true }));
}

const close = () => box.close();
const closing = (text = "Close") => el("p.actions", button(text, close, { className: "main", autofocus: true }));

function table(columns, lines) {
  const head = [el("td"), ...columns.map((text) => el("th", { scope: "col", dir: "auto" }, text))];
  return el("div.scroll", { tabIndex: 0 }, el("table.plain", el("thead", el("tr", ...head)), el("tbody", ...lines)));
}

const cells = (row, results) => row.cells.map((value, j) => el("td", { dir: "auto" }, ...content(value, results?.[j])));

export function showKeys(keys, settings, run) {
  const message = el("p.warning", { role: "status" });
  const list = el("ul.commands");
  const draw = () =>
    list.replaceChildren(
      ...COMMANDS.map(([command, , text]) => {
        const labels = keys.labels(command).map((name, i) => {
          const change = button(name, () => capture(change, command, i), { className: "kbd", ariaLabel: `${name}: another key for ${text}` });
          return change;
        });
        const act = button(text, () => (close(), run(command)), { className: "plain" });
        return el("li", el("span", ...labels), act);
      }),
    );
  const capture = (node, command, i) => {
    node.textContent = "press …";
    node.onkeydown = (event) => {
      if (event.key === "Tab") return draw();
      event.preventDefault();
      event.stopPropagation();
      if (/^(Shift|Control|Alt|AltGraph|Meta)$/.test(event.key)) return;
      message.textContent = event.key === "Escape" && command !== "back" ? "" : keys.change(command, i, namesOf(event)[0]);
      draw();
    };
  };
  draw();
  const reset = button("Reset all keys", () => (keys.reset(), draw()));
  const over = el("input", { type: "checkbox", checked: settings.looksOver(), disabled: !settings.mayChange() });
  over.onchange = () => settings.setLooksOver(over.checked);
  const note = settings.mayChange() ? "" : " (can be switched off after 20 sets)";
  return open(
    "Keys",
    el("p", "Press a name to do it, a key to change it."),
    message,
    list,
    el("label", over, ` Look over each set before it is submitted${note}`),
    el("p.actions", reset, button("Close", close, { className: "main" })),
  );
}

const KINDS = { yes: "A match", no: "No match", unsure: "Cannot tell: leave it out" };

export function showExamples({ guide, columns }) {
  const parts = guide.examples.map((example) => {
    const rows = example.rows.map((values) => ({ cells: values }));
    const lines = rows.map((row, i) => el("tr", el("th", { scope: "row" }, String(i + 1)), ...cells(row, i && compareRows(rows[0].cells, row.cells, columns))));
    return [el("h3", KINDS[example.is]), el("p", example.why), table(columns.map((c) => title(c.name)), lines)];
  });
  return open("What is a match?", el("p", guide.sentence), ...parts.flat(), closing());
}

export function showComparison(set, a, b) {
  const sides = [[a, compareRows(b.cells, a.cells, set.columns)], [b, compareRows(a.cells, b.cells, set.columns)]];
  const number = (row) => `row ${set.rows.indexOf(row) + 1}`;
  const lines = set.columns.map((column, j) =>
    el("tr", el("th", { scope: "row", dir: "auto" }, title(column.name)), ...sides.map(([row, results]) => el("td", { dir: "auto", className: row.cells[j] ? results[j].how : "" }, el("div.v", ...content(row.cells[j], results[j], Infinity, row.long?.[j]))))),
  );
  return open("Compare", table([number(a), number(b)], lines), closing());
}

export function showSearch(set, add) {
  const results = el("ul.results");
  const message = el("p", { role: "status" });
  const input = el("input", { ariaLabel: "Text of the missing row", dir: "auto" });
  let asked = 0;
  const take = async (row) => {
    try {
      const answer = await send("rows", { set: set.set, version: set.version, token: row.token });
      set.version = answer.version;
      close();
      add(answer.row);
    } catch (error) {
      message.textContent = error.message;
    }
  };
  const look = async () => {
    const mine = ++asked;
    if (!input.value.trim()) return results.replaceChildren();
    try {
      const answer = await ask("search", { set: set.set, q: input.value });
      if (mine !== asked) return;
      message.textContent = answer.rows.length ? (answer.more ? "The nearest 20 rows:" : "") : "No row is like this.";
      results.replaceChildren(
        ...answer.rows.map((row) => el("li", button(row.cells.map((x) => x && el("bdi", ...content(x, null, 80))).filter(Boolean), () => take(row)))),
      );
    } catch (error) {
      message.textContent = `Search needs the server. ${error.message}`;
    }
  };
  let timer = 0;
  input.oninput = () => (clearTimeout(timer), (timer = setTimeout(look, 200)));
  box.onkeydown = (event) => {
    const all = [...results.querySelectorAll("button")];
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by && all.length) {
      event.preventDefault();
      (all[all.indexOf(document.activeElement) + by] || input).focus();
    } else if (event.key === "Enter" && event.target === input && all.length) {
      event.preventDefault();
      all[0].click();
    }
  };
  const done = open("Search for a missing partner", input, message, results, el("p.actions", button("Close", close)));
  input.focus();
  return done.then(() => (box.onkeydown = null));
}

export function showFlag(rows, reasons, act) {
  const reason = el("select", ...reasons.map((text) => el("option", text)), el("option", { value: "" }, "only a note"));
  const remark = el("textarea", { rows: 3, maxLength: 1000, dir: "auto" });
  const form = el("form", el("label", "Reason", reason), el("label", "Remark", remark), el("p.actions", button("Cancel", close), el("button.main", "Flag")));
  form.onsubmit = (event) => {
    event.preventDefault();
    close();
    const tokens = rows.map((row) => row.token);
    if (reason.value) act("flag", { rows: tokens, reason: reason.value, remark: remark.value });
    else act("note", { rows: tokens, remark: remark.value });
  };
  return open(`Flag ${rows.length === 1 ? "this row" : `${rows.length} rows`} for a curator`, form);
}

export function showPractice(set, state, { right, of }, isLast) {
  const lines = set.rows.map((row, i) => {
    const [mine, truth] = [state.group.get(row.token), set.answer[row.token]].map((letter) => (letter ? badge(letter) : "left out"));
    return el("tr", el("th", { scope: "row" }, String(i + 1)), el("td", mine), el("td", truth), ...cells(row));
  });
  const columns = ["yours", "right", ...set.columns.map((c) => title(c.name))];
  return open(`${right} of ${of} pairs are right`, el("p", set.why), table(columns, lines), closing(isLast ? "Begin" : "Next practice set"));
}
