// The foot of the page: what the keys do now.

import { $, badge, button, el } from "./dom.js";
import { sizes, todo } from "./state.js";

const FOOT = {
  doubtful: { "rest-same": "one thing", "rest-alone": "all different", "rest-out": "cannot tell", same: "same as above", new: "new group", letters: "that group", undo: "undo", help: "all keys" },
  paint: { same: "same as above", new: "new group", letters: "that group", out: "leave out", undo: "undo", search: "search", compare: "compare", help: "all keys" },
  ready: { enter: "look it over", letters: "change this row", undo: "undo", search: "search", compare: "compare", help: "all keys" },
  review: { enter: "submit", letters: "change this row", new: "new group", back: "back", undo: "undo", compare: "compare" },
};

let drawn = "";

// A pair, or a doubtful decision, is in sight as it is.
export const looksOver = ({ desk, settings }) => desk.rows.length > 2 && !desk.set.doubtful && settings.looksOver();

export function drawFoot(page) {
  const { desk: { set, state, review }, keys } = page;
  const left = todo(state).length;
  const mode = review ? "review" : left ? (set.doubtful ? "doubtful" : "paint") : "ready";
  const foot = { ...FOOT[mode], ...(mode === "ready" && !looksOver(page) && { enter: "submit" }) };
  const letters = [...sizes(state)].map(([letter, n]) => [letter, n < 2]).sort(([a], [b]) => a.length - b.length || (a < b ? -1 : 1));
  const sign = JSON.stringify([foot, letters, Object.keys(foot).map((name) => name !== "letters" && keys.labels(name))]);
  if (sign === drawn) return;
  drawn = sign;
  const letter = ([name, alone]) => button(badge(name, alone), null, { className: "letter", "data-letter": name, ariaLabel: `Group ${name}` });
  $("keys").replaceChildren(
    ...Object.entries(foot).map(([name, text]) =>
      name === "letters"
        ? el("span.letters", ...letters.map(letter), el("span", text))
        : button([el("kbd", keys.labels(name)[0]), " ", text], null, { className: `key ${name}`, "data-command": name }),
    ),
  );
}
