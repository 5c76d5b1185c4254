// What people flagged: the rows, the reason, the replies of curators.

import { cells, table } from "./dialog.js";
import { compareRows } from "./diff.js";
import { $, ask, button, el, root, send, time } from "./dom.js";
import { title } from "./grid.js";
import { show } from "./screen.js";

const FILTERS = { open: "open", resolved: "resolved", all: "all" };

// A row a line, or, where there is little room, a column a line.
function rows({ columns, rows }) {
  const values = rows.map((row, i) => cells(row, i && compareRows(rows[0].cells, row.cells, columns)));
  const names = columns.map((column) => title(column.name));
  const numbers = rows.map((row) => `row ${row.number}`);
  const line = (name, nodes) => el("tr", el("th", { scope: "row", dir: "auto" }, name), ...nodes);
  const isNarrow = matchMedia("(max-width: 700px)").matches;
  const filled = isNarrow ? table(numbers, names.map((name, j) => line(name, values.map((nodes) => nodes[j])))) : table(names, numbers.map((number, i) => line(number, values[i])));
  return Object.assign(filled, { role: "region", ariaLabel: "Flagged rows" });
}

const reply = (x) => el("li", el("b", x.resolved ? "resolved" : "reply"), ` by ${x.person || "you"} · `, time(x.at), ...(x.text ? [el("p", { dir: "auto" }, x.text)] : []));

// open(set): shows a set; back(): to where the person came from; isHere(): whether this screen is still wanted.
export async function showFlags(open, back, isHere) {
  const filter = el("select", { ariaLabel: "Show" }, ...Object.entries(FILTERS).map(([value, text]) => el("option", { value }, text)));
  const count = el("p", { role: "status" });
  const list = el("div");
  const pages = el("p.actions");
  const download = el("a", { href: `${root.base}/flags.csv`, download: "flags.csv", hidden: true }, "All flags as CSV");

  let at = 1; // the page of the list

  const part = (x) => {
    const text = el("textarea", { rows: 2, maxLength: 1000, dir: "auto" });
    const failed = el("p.warning", { role: "alert" });
    const answer = async (resolved) => {
      try {
        await send("flags/reply", { flag: x.id, text: text.value, resolved });
        await draw(at);
        $("screen").querySelector("h2").focus();
      } catch (error) {
        failed.textContent = error.message;
      }
    };
    const openSet = () => send("flags/open", { flag: x.id }).then(({ set }) => open(set), (error) => (failed.textContent = error.message));
    const head = el("h3", `⚑ ${x.reason || "note"}`);
    const actions = [button("Open the set", openSet), button("Reply", () => answer(x.resolved)), x.resolved ? button("Open the flag again", () => answer(false)) : button("Resolve", () => answer(true), { className: "main" })];
    return el(
      "section",
      el("p.tools", head, el("span.facts", `set ${x.number} · ${x.person || "you"} · `, time(x.at), x.resolved ? " · resolved" : "")),
      ...(x.remark ? [el("blockquote", { dir: "auto" }, x.remark)] : []),
      rows(x),
      ...(x.replies.length ? [el("ul.replies", ...x.replies.map(reply))] : []),
      el("label", "Reply, which the person sees in My answers", text),
      failed,
      el("p.actions", ...actions),
    );
  };

  const draw = async (page = 1) => {
    try {
      const answer = await ask("flags", { show: filter.value, page });
      if (!isHere()) return;
      at = answer.page;
      const some = answer.count === 1 ? "1 flag" : `${answer.count} flags`;
      const none = answer.all ? "No flag of this kind." : "Nobody has flagged a row. Press ! at a row to flag it.";
      count.textContent = answer.count ? some : none;
      download.hidden = !answer.all;
      list.replaceChildren(...answer.flags.map(part));
      const turn = (text, to) => button(text, () => draw(to), { disabled: to < 1 || to > answer.pages });
      pages.replaceChildren(...(answer.pages > 1 ? [turn("Newer", at - 1), turn("Older", at + 1)] : []));
    } catch (error) {
      count.textContent = error.message;
    }
  };

  filter.onchange = () => draw();
  show("flags", el("h2", { tabIndex: -1 }, "Flags"), el("p.tools", filter, button("Back", back), download), count, list, pages);
  $("screen").querySelector("h2").focus();
  return draw();
}
