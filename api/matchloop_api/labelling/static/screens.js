// What is shown in place of the grid: the start of a table, my answers, the end of a session.

import { $, ask, badge, button, el, pause, root, send } from "./dom.js";
import { title } from "./grid.js";

export function show(name, ...nodes) {
  root.screen = name;
  const grid = name === "set";
  for (const id of ["saved", "answers", "end", "help"]) $(id).hidden = name === "setup";
  $("work").hidden = $("keys").hidden = $("groups").hidden = $("guide").hidden = !grid;
  $("screen").hidden = grid;
  $("screen").className = name;
  $("screen").replaceChildren(...nodes);
  if (!grid) {
    delete root.shown;
    $("screen").querySelector(".main")?.focus();
  }
}

const problem = () => el("p.warning", { role: "alert" });

// Resolves once the server has taken kinds, key and sentence.
export function setup({ file, rows, sample, columns, kinds, keys, key, sentence, sentences, note }) {
  const options = (chosen) => kinds.map((x) => el("option", { value: x.kind, selected: x.kind === chosen }, x.title));
  const selects = columns.map((c) => el("select", { ariaLabel: `Kind of ${title(c.name)}` }, ...options(c.kind)));
  const names = columns.map((c) => el("th", { scope: "col", dir: "auto" }, title(c.name)));
  const head = el("thead", el("tr", ...names), el("tr", ...selects.map((select) => el("td", select))));
  const body = el("tbody", ...sample.map((values) => el("tr", ...values.map((x) => el("td", { dir: "auto" }, x || "∅")))));
  const others = columns.map((c) => c.name).filter((name) => !keys.includes(name));
  const keyOf = el("select", ...[...keys, ...others].map((name) => el("option", { value: name, selected: name === key }, title(name))));
  const text = el("textarea", { rows: 2, maxLength: 500, value: sentence, dir: "auto" });
  const ready = sentences.map((x) => button(x, () => (text.value = x), { className: "chip" }));
  const failed = problem();
  const form = el(
    "form",
    el("h2", "Is your table read rightly?"),
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

const FILTERS = { all: "all", flagged: "flagged", left_out: "with rows left out", changed: "changed" };

export function answers(open, back) {
  const search = el("input", { ariaLabel: "Search my answers", placeholder: "Search" });
  const filter = el("select", { ariaLabel: "Show" }, ...Object.entries(FILTERS).map(([value, text]) => el("option", { value }, text)));
  const list = el("ul.answers");
  const count = el("p", { role: "status" });
  const pages = el("p.actions");
  const line = (x) =>
    el(
      "li",
      button(
        [
          el("b", `set ${x.number}`),
          el("bdi", x.preview),
          el("span.facts", ...x.groups.flatMap(([letter, n]) => [badge(letter), `${n} `]), x.alone ? `${x.alone} alone` : "", x.left_out ? ` · ${x.left_out} left out` : "", x.flagged ? " · ⚑ flagged" : "", x.changed ? " · changed" : ""),
          el("time", new Date(x.at).toLocaleString()),
        ],
        () => open(x.set),
      ),
    );
  const draw = async (page = 1) => {
    try {
      const answer = await ask("answers", { q: search.value, show: filter.value, page });
      count.textContent = answer.count ? `${answer.count} answer${answer.count > 1 ? "s" : ""}` : "No answer yet that fits.";
      list.replaceChildren(...answer.answers.map(line));
      const turn = (text, to) => button(text, () => draw(to), { disabled: to < 1 || to > answer.pages });
      pages.replaceChildren(...(answer.pages > 1 ? [turn("Newer", page - 1), turn("Older", page + 1)] : []));
    } catch (error) {
      count.textContent = error.message;
    }
  };
  let timer = 0;
  search.oninput = () => (clearTimeout(timer), (timer = setTimeout(draw, 200)));
  filter.onchange = () => draw();
  const tools = el("p.tools", search, filter, button("Back to the set", back, { className: "main" }));
  show("answers", el("h2", "My answers"), tools, count, list, pages);
  return draw();
}

const percent = (x) => `${Math.round(x * 100)} %`;
const figure = (name, value) => (value === null || value === undefined ? [] : [el("div", el("dt", name), el("dd", String(value)))]);
const interval = (name, x) => (x ? figure(name, `${percent(x[0])} (${percent(x[1])} to ${percent(x[2])})`) : []);

// on: goOn(), secondLook(); isEmpty: nothing is left in the queue.
export async function end(on, isEmpty) {
  show("end", el("p", "Counting …"));
  const failed = problem();
  const draw = (x) => {
    failed.textContent = "";
    const seconds = x.seconds_per_set === null ? null : `${Math.round(x.seconds_per_set)} s`;
    const finish = async (event) => {
      event.target.disabled = true;
      failed.textContent = "Writing the files …";
      try {
        draw(await send("finish", {}));
      } catch (error) {
        failed.textContent = error.message;
        event.target.disabled = false;
      }
    };
    const actions = [];
    if ((!isEmpty || x.more) && !x.finished) actions.push(button("Go on", on.goOn, { className: x.enough ? "" : "main" }));
    if (x.second_look && !x.finished) actions.push(button(`Second look at ${x.second_look} sets`, on.secondLook));
    if (x.can_finish && !x.finished) actions.push(button("Finish", finish, { className: isEmpty || x.enough ? "main" : "" }));
    const files = (x.downloads || []).map((file) => el("li", el("a", { href: file.href, download: file.name }, file.title), ` ${file.name}`));
    const figures = [
      ...figure("sets", x.sets),
      ...figure("matching pairs", x.matches),
      ...figure("other pairs", x.others),
      ...figure("rows left out", x.left_out),
      ...figure("time per set", seconds),
      ...interval("precision", x.estimate?.precision),
      ...interval("recall", x.estimate?.recall),
      ...interval("F1", x.estimate?.f1),
      ...figure("result", x.result || null),
    ];
    show(
      "end",
      el("h2", x.finished ? "Done" : isEmpty ? "The queue is empty" : "End of the session"),
      el("dl.figures", ...figures),
      el("p", x.advice || ""),
      failed,
      el("p.actions", ...actions),
      ...(files.length ? [el("h3", "Downloads"), el("ul", ...files)] : []),
      ...(x.commands?.length ? [el("h3", "The same again without the page"), el("pre", { tabIndex: 0 }, x.commands.join("\n"))] : []),
      ...(x.finished ? [el("p", "All is written. You can close this page.")] : []),
    );
  };
  for (;;) {
    try {
      return draw(await ask("summary"));
    } catch (error) {
      $("screen").replaceChildren(el("p.warning", error.message), button("Back", on.goOn));
      if (error.status) return undefined;
      await pause(1000);
    }
  }
}
