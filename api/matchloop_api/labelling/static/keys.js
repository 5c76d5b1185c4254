// Which key means what. Pure but for the person's own keys in localStorage.

export const COMMANDS = [
  ["same", [" ", "y"], "same as the row above"],
  ["new", ["n"], "new group"],
  ..."ABCDEFGHIJ".split("").map((x, i) => [`group-${x}`, i < 8 ? [x.toLowerCase(), String(i + 1)] : [String((i + 1) % 10)], `group ${x}`]),
  ["out", ["u"], "leave this row out: cannot tell"],
  ["rest-alone", ["."], "the rest: each alone"],
  ["rest-same", ["="], "the rest: same as above"],
  ["enter", ["Enter"], "next open row; look over; submit"],
  ["undo", ["z", "Backspace"], "undo, also across sets"],
  ["redo", ["shift+z", "shift+Backspace"], "redo"],
  ["down", ["ArrowDown", "j"], "next row"],
  ["up", ["ArrowUp", "k"], "row before"],
  ["left", ["ArrowLeft"], "cell before"],
  ["right", ["ArrowRight"], "next cell"],
  ["select-down", ["shift+ArrowDown"], "select more rows below"],
  ["select-up", ["shift+ArrowUp"], "select more rows above"],
  ["back", ["Escape"], "back from the look-over; twice: end"],
  ["skip", ["]"], "skip to the end of the queue"],
  ["before", ["["], "the set before"],
  ["search", ["s"], "search for a missing partner"],
  ["compare", ["t"], "compare two rows in full"],
  ["flag", ["!"], "flag for a curator"],
  ["flip", ["v"], "turn rows into columns"],
  ["hide", ["-"], "hide columns equal in all rows"],
  ["open", ["o"], "open long values"],
  ["propose", ["p"], "ask for a proposal (assisted only)"],
  ["help", ["?"], "all keys"],
];

const STORED = "matchloop-keys";
const NAVIGATION = /^(Arrow|Page|Home|End|Insert|Delete|Clear|Enter)/;

// Names of the pressed key, the likeliest first: its character if that is Latin, else its place.
export function namesOf(event) {
  const altGr = event.getModifierState?.("AltGraph");
  if (!altGr && (event.ctrlKey || event.metaKey || event.altKey)) return [];
  const place = /^(?:Key([A-Z])|(?:Digit|Numpad)(\d))$/.exec(event.code || "");
  if (event.isComposing && !place) return [];
  const shift = event.shiftKey ? "shift+" : "";
  if (/^[a-z]$/i.test(event.key)) return [shift + event.key.toLowerCase()];
  if (NAVIGATION.test(event.key) || !place) return [/^[!-~ ]$/.test(event.key) ? event.key : shift + event.key];
  if (place[1]) return [shift + place[1].toLowerCase()];
  // A French keyboard gives & where others give 1, unless & has a meaning of its own.
  if (/^[!-~]$/.test(event.key)) return event.shiftKey ? [event.key] : [event.key, place[2]];
  return [place[2]];
}

const defaults = () => new Map(COMMANDS.map(([command, keys]) => [command, [...keys]]));

export class Keys {
  constructor(storage) {
    this.storage = storage;
    this.map = defaults();
    for (const [command, keys] of Object.entries(JSON.parse(storage.get(STORED)) || {}))
      if (this.map.has(command)) this.map.set(command, keys.map(String));
  }

  // A letter with Shift means the same as without, unless it has a meaning of its own.
  commandOf(names) {
    for (const name of names) {
      const command = this.#holder(name) ?? this.#holder(name.replace(/^shift\+(?=.$)/, ""));
      if (command) return command;
    }
    return undefined;
  }

  #holder(name) {
    for (const [command, keys] of this.map) if (keys.includes(name)) return command;
    return undefined;
  }

  // The reason why the key cannot be used, or "".
  change(command, position, name) {
    const holder = this.#holder(name);
    if (holder && holder !== command) return `${label(name)} already means “${titleOf(holder)}”.`;
    if (!name || /^(shift\+)?(Shift|Control|Alt|Meta|AltGraph|CapsLock|Dead|Tab|Process|Unidentified)$/.test(name))
      return "This key cannot be used.";
    const keys = this.map.get(command);
    keys[position] = name;
    this.map.set(command, [...new Set(keys)]);
    this.#save();
    return "";
  }

  reset() {
    this.map = defaults();
    this.#save();
  }

  #save() {
    this.storage.set(STORED, JSON.stringify(Object.fromEntries(this.map)));
  }

  labels(command) {
    return this.map.get(command).map(label);
  }
}

export const titleOf = (command) => COMMANDS.find(([name]) => name === command)[2];

const LABELS = { " ": "Space", ArrowUp: "↑", ArrowDown: "↓", ArrowLeft: "←", ArrowRight: "→", Escape: "Esc" };

export function label(name) {
  const shift = name.startsWith("shift+");
  const bare = shift ? name.slice(6) : name;
  return (shift ? "Shift+" : "") + (LABELS[bare] || (bare.length === 1 ? bare.toUpperCase() : bare));
}
