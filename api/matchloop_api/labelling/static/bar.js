// The head and the foot of the page: what the set holds, what the keys do now.

import { $, badge, button, el, hint } from "./dom.js";
import { OUT, sizes, todo } from "./state.js";

const FOOT = {
  doubtful: { "rest-same": "one thing", "rest-alone": "all different", "rest-out": "cannot tell", same: "same as above", new: "new group", letters: "that group", undo: "undo", help: "all keys" },
  paint: { same: "same as above", new: "new group", letters: "that group", out: "leave out", undo: "undo", search: "search", help: "all keys" },
  ready: { enter: "look it over", letters: "change this row", undo: "undo", search: "search", help: "all keys" },
  review: { enter: "submit", letters: "change this row", new: "new group", back: "back", undo: "undo" },
};

let drawn = "";

export function drawBars({ set, state, review, looksOver }, keys) {
  const count = [...sizes(state)];
  const many = count.filter(([, n]) => n > 1);
  const left = todo(state).length;
  const out = state.rows.filter((row) => state.group.get(row.token) === OUT).length;
  const facts = [[count.length - many.length, "alone"], [out, "left out"], [left, "to do"]].filter(([n]) => n).map((x) => x.join(" "));
  const text = [...facts, ...(left ? [] : ["all done"])].join(" · ");
  $("groups").replaceChildren(...many.map(([letter, n]) => el("span.chip", badge(letter), String(n))), el("span.sum", text));

  const mode = review ? "review" : left ? (set.doubtful ? "doubtful" : "paint") : "ready";
  const foot = { ...FOOT[mode], ...(mode === "ready" && !looksOver && { enter: "submit" }) };
  const letters = count.map(([letter, n]) => [letter, n < 2]).sort(([a], [b]) => a.length - b.length || (a < b ? -1 : 1));
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

export function drawSaved({ waiting, offline, trouble }) {
  const text = waiting ? (offline ? `${trouble} · ${waiting} kept here` : "saving") : offline ? trouble : "saved";
  if (offline && $("saved").className !== "off") hint(trouble);
  $("saved").textContent = text;
  $("saved").className = { saved: "good", saving: "busy" }[text] || "off";
}

export function drawPlace(set, { done, of }, isPractice) {
  $("where").textContent = `${isPractice ? "practice" : "set"} ${set.number}${of ? ` of ${of}` : ""}${set.second_look ? " · second look" : set.adjudicates ? " · people differ" : ""}`;
  $("bar").max = of || 1;
  $("bar").value = of ? done : 0;
}
