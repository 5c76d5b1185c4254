// All keys: what they do, and how to change them.

import { close, open } from "./dialog.js";
import { button, el } from "./dom.js";
import { STORED, defaults, label, namesOf } from "./keys.js";

const TITLES = {
  same: "same as the row above",
  new: "new group",
  out: "leave this row out: cannot tell",
  "rest-alone": "the rest: each alone",
  "rest-same": "the rest: same as above",
  "rest-out": "the rest: leave out",
  enter: "next open row; look over; submit",
  undo: "undo, also across sets",
  redo: "redo",
  down: "next row",
  up: "row before",
  left: "cell before",
  right: "next cell",
  "select-down": "select more rows below",
  "select-up": "select more rows above",
  back: "back from the look-over; twice: end",
  skip: "skip to the end of the queue",
  before: "the set before",
  search: "search for a missing partner",
  compare: "compare two rows in full",
  flag: "flag for a curator",
  flip: "turn rows into columns",
  hide: "hide columns equal in all rows",
  open: "open long values",
  propose: "ask for a proposal (assisted only)",
  help: "all keys",
};

const titleOf = (command) => TITLES[command] || command.replace("-", " ");

function reset(keys) {
  keys.map = defaults();
  keys.storage.remove(STORED);
}

// The reason why the key cannot be used, or "".
export function change(keys, command, position, name) {
  const holder = keys.holder(name);
  if (holder && holder !== command) return `${label(name)} already means “${titleOf(holder)}”.`;
  if (!name || /^(shift\+)?(Shift|Control|Alt|Meta|AltGraph|CapsLock|Dead|Tab|Process|Unidentified)$/.test(name))
    return "This key cannot be used.";
  const names = keys.map.get(command).with(position, name);
  keys.map.set(command, [...new Set(names)]);
  keys.storage.set(STORED, JSON.stringify(Object.fromEntries(keys.map)));
  return "";
}

export function showKeys(keys, settings, run) {
  const message = el("p.warning", { role: "status" });
  const list = el("ul.commands");
  const draw = () =>
    list.replaceChildren(
      ...[...keys.map.keys()].map((command) => {
        const text = titleOf(command);
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
      message.textContent = event.key === "Escape" && command !== "back" ? "" : change(keys, command, i, namesOf(event)[0]);
      draw();
    };
  };
  draw();
  const all = button("Reset all keys", () => (reset(keys), draw()));
  const over = el("input", { type: "checkbox", checked: settings.looksOver(), disabled: !settings.mayChange() });
  over.onchange = () => settings.setLooksOver(over.checked);
  const note = settings.mayChange() ? "" : " (can be switched off after 20 sets)";
  return open(
    "Keys",
    el("p", "Press a name to do it, a key to change it."),
    message,
    list,
    el("label", over, ` Look over each set before it is submitted${note}`),
    el("p.actions", all, button("Close", close, { className: "main" })),
  );
}
