// My answers: a list with search and filter; one that is opened can be submitted again.

import { ask, badge, button, el, time } from "./dom.js";
import { show } from "./screen.js";
import { style } from "./styles.js";

await style("more.css");

const FILTERS = { all: "all", flagged: "flagged", left_out: "with rows left out", changed: "changed" };

// A flag of the person, and what curators replied.
function flagged({ reason, remark, resolved, replies }) {
  const lines = replies.filter((x) => x.text).map((x) => el("p", { dir: "auto" }, el("b", `${x.person || "you"}: `), x.text));
  return el("div.replies", el("p", { dir: "auto" }, `⚑ ${[reason || "note", remark].filter(Boolean).join(": ")}${resolved ? " · resolved" : ""}`), ...lines);
}

export function showAnswers(open, back) {
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
          el("span.facts", ...x.groups.flatMap(([letter, n]) => [badge(letter), `${n} `]), x.alone ? `${x.groups.length ? "· " : ""}${x.alone} alone` : "", x.left_out ? ` · ${x.left_out} left out` : "", x.flagged ? " · ⚑ flagged" : "", x.changed ? " · changed" : ""),
          time(x.at),
        ],
        () => open(x.set),
      ),
      ...(x.flags || []).map(flagged),
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
