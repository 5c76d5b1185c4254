// The head and the foot of the page: what the set holds, what the keys do now.

import { $, badge, button, el, kbd } from "./dom.js";
import { OUT, sizes, todo } from "./state.js";

export function drawGroups(state) {
  const count = sizes(state);
  const many = [...count].filter(([, n]) => n > 1);
  const alone = count.size - many.length;
  const left = todo(state).length;
  const out = state.rows.filter((row) => state.group.get(row.token) === OUT).length;
  const text = [alone && `${alone} alone`, out && `${out} left out`, left ? `${left} to do` : "all done"].filter(Boolean).join(" · ");
  $("groups").replaceChildren(...many.map(([letter, n]) => el("span.chip", {}, badge(letter), String(n))), el("span.sum", {}, text));
}

const FOOT = {
  paint: [["same", "same as above"], ["new", "new group"], ["letters", "that group"], ["out", "leave out"], ["undo", "undo"], ["search", "search"], ["help", "all keys"]],
  ready: [["enter", "look it over"], ["letters", "change this row"], ["undo", "undo"], ["search", "search"], ["help", "all keys"]],
  review: [["enter", "submit"], ["letters", "change this row"], ["new", "new group"], ["back", "back"], ["undo", "undo"]],
};

let drawn = "";

export function drawFoot(desk, keys, looksOver) {
  const left = todo(desk.state).length;
  const mode = desk.review ? "review" : left ? "paint" : "ready";
  const submits = mode === "ready" && (desk.rows.length === 2 || !looksOver);
  const count = sizes(desk.state);
  const letters = [...count.keys()].sort((a, b) => a.length - b.length || (a < b ? -1 : 1));
  const sign = [mode, submits, keys.labels("same"), letters.map((letter) => letter + (count.get(letter) > 1))].join();
  if (sign === drawn) return;
  drawn = sign;
  const command = ([name, text]) => {
    if (name === "letters")
      return el("span.letters", {}, ...letters.map((letter) => el("button.letter", { type: "button", "data-letter": letter, ariaLabel: `Group ${letter}` }, badge(letter, count.get(letter) < 2))), el("span", {}, text));
    return button([kbd(keys.labels(name)[0]), " ", submits && name === "enter" ? "submit" : text], null, { className: `key ${name}`, "data-command": name });
  };
  $("keys").replaceChildren(...FOOT[mode].map(command));
}

export function drawSaved(store) {
  const kept = `${store.waiting} kept here`;
  const text = store.waiting ? (store.offline ? `${store.trouble} · ${kept}` : "saving") : store.offline ? store.trouble : "saved";
  const box = $("saved");
  if (box.textContent !== text) box.textContent = text;
  box.className = text === "saved" ? "good" : text === "saving" ? "busy" : "off";
}

export function drawPlace(set, queue, isPractice) {
  const of = queue.of ? ` of ${queue.of}` : "";
  $("where").textContent = isPractice ? `practice ${set.number} of ${queue.of}` : `set ${set.number}${of}${set.second_look ? " · second look" : ""}`;
  $("bar").max = queue.of || 1;
  $("bar").value = isPractice ? set.number - 1 : queue.done;
}
