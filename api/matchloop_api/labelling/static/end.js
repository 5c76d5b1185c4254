// The end of a session: its numbers, the estimate and the advice, what changed, downloads.

import { $, ask, button, el, pause, send } from "./dom.js";
import { content, title } from "./grid.js";
import { show } from "./screen.js";
import { style } from "./styles.js";

await style("more.css");

const BRIEF = 120; // characters of a value in the list of changed groups

const sets = (n) => `${n} set${n === 1 ? "" : "s"}`;
const percent = (x) => `${Math.round(x * 100)} %`;
const figure = (name, value) => (value === null || value === undefined ? [] : [el("div", el("dt", name), el("dd", String(value)))]);
const interval = (name, x) => (x ? figure(name, `${percent(x[0])} (${percent(x[1])} to ${percent(x[2])})`) : []);

// Groups that the last answers changed, each row with the group that it was in before.
function changed({ columns, groups, count }) {
  const lines = groups.flatMap((group) =>
    group.map(([before, cells], i) => el("tr", { className: i ? "" : "first" }, el("th", { scope: "row", className: before ? "" : "alone" }, before ? `group ${before}` : "alone"), ...cells.map((x) => el("td", { dir: "auto" }, ...content(x, null, BRIEF))))),
  );
  const heads = ["before", ...columns.map((name) => title(name))].map((text) => el("th", { scope: "col", dir: "auto" }, text));
  return [
    el("h3", `Groups that the last answers changed: ${count.toLocaleString("en")}`),
    el("p.note", `${groups.length < count ? `The first ${groups.length}. ` : ""}Each block of rows is one group now; rows with the same number were one group before.`),
    el("div.scroll", { tabIndex: 0, role: "region", ariaLabel: "Changed groups" }, el("table.plain.changed", el("thead", el("tr", ...heads)), el("tbody", ...lines))),
  ];
}

// on: goOn(), secondLook(), adjudicate(), flags(); isEmpty: nothing is left in the queue;
// isHere(): whether the person is still waiting for this screen.
export async function showEnd(on, isEmpty, isHere) {
  show("end", el("p", "Counting …"));
  const failed = el("p.warning", { role: "alert" });
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
    if (x.second_look && !x.finished) actions.push(button(`Second look at ${sets(x.second_look)}`, on.secondLook));
    if (x.conflicts) actions.push(button(`Decide ${sets(x.conflicts)} that people answered differently`, on.adjudicate));
    if (x.flags) actions.push(button(x.open_flags ? `See to ${x.open_flags} flag${x.open_flags > 1 ? "s" : ""}` : "Flags", on.flags));
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
      ...(x.changed?.count ? changed(x.changed) : []),
      ...(files.length ? [el("h3", "Downloads"), el("ul", ...files)] : []),
      ...(x.commands?.length ? [el("h3", x.review ? "The run that keeps these answers" : "The same again without the page"), el("pre", { tabIndex: 0 }, x.commands.join("\n"))] : []),
      ...(x.finished ? [el("p", "All is written. You can close this page.")] : []),
    );
  };
  for (;;) {
    try {
      const summary = await ask("summary");
      return isHere() && draw(summary);
    } catch (error) {
      if (!isHere()) return undefined;
      $("screen").replaceChildren(el("p.warning", error.message), button("Back", on.goOn));
      if (error.status) return undefined;
      await pause(1000);
    }
  }
}
