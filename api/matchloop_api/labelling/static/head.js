// The head of the page: what the set holds, where it is in the queue, whether all is saved.

import { $, badge, el, hint } from "./dom.js";
import { OUT, sizes, todo } from "./state.js";

export function drawHead({ state }) {
  const count = [...sizes(state)];
  const many = count.filter(([, n]) => n > 1);
  const left = todo(state).length;
  const out = state.rows.filter((row) => state.group.get(row.token) === OUT).length;
  const facts = [[count.length - many.length, "alone"], [out, "left out"], [left, "to do"]].filter(([n]) => n).map((x) => x.join(" "));
  const text = [...facts, ...(left ? [] : ["all done"])].join(" · ");
  $("groups").replaceChildren(...many.map(([letter, n]) => el("span.chip", badge(letter), String(n))), el("span.sum", text));
}

export function drawSaved({ waiting, offline, trouble }) {
  const text = waiting ? (offline ? `${trouble} · ${waiting} kept here` : "saving") : offline ? trouble : "saved";
  if (offline && $("saved").className !== "off") hint(trouble);
  $("saved").textContent = text;
  $("saved").className = { saved: "good", saving: "busy" }[text] || "off";
}

export function drawPlace(set, { done, of }, isPractice) {
  $("where").textContent = `${isPractice ? "practice" : "set"} ${set.number}${of >= set.number ? ` of ${of}` : ""}${set.second_look ? " · second look" : set.adjudicates ? " · you decide" : ""}`;
  $("bar").max = of || 1;
  $("bar").value = of ? done : 0;
}
