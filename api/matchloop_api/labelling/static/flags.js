// What people flagged: the rows, the reason, the replies of curators.

import { cells } from "./dialog.js";
import { compareRows } from "./diff.js";
import { $, ask, button, el, root, send } from "./dom.js";
import { title } from "./grid.js";
import { show } from "./screen.js";

const FILTERS = { open: "open", resolved: "resolved", all: "all" };

const time = (ms) => el("time", new Date(ms).toLocaleString());

function rows({ columns, rows }) {
  const lines = rows.map((row, i) => el("tr", el("th", { scope: "row" }, `row ${row.number}`), ...cells(row, i && compareRows(rows[0].cells, row.cells, columns))));
  const heads = ["", ...columns.map((column) => title(column.name))].map((text) => (text ? el("th", { scope: "col", dir: "auto" }, text) : el("td")));
  return el("div.scroll", { tabIndex: 0, role: "region", ariaLabel: "Flagged rows" }, el("table.plain", el("thead", el("tr", ...heads)), el("tbody", ...lines)));
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
      count.textContent = `${answer.count} ${filter.value === "all" ? "in all" : filter.value}${answer.all ? "" : ". Press ! at a row to flag it."}`;
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
