// Which key means what. Pure but for the person's own keys in localStorage.

const GROUPS = [..."ABCDEFGHIJ"];

// The keys of each command, the first one shown; on the keys sheet they stand in this order.
const DEFAULTS = {
  same: [" ", "y"],
  new: ["n"],
  ...Object.fromEntries(GROUPS.map((x, i) => [`group-${x}`, i < 8 ? [x.toLowerCase(), String(i + 1)] : [String((i + 1) % 10)]])),
  out: ["u"],
  "rest-alone": ["."],
  "rest-same": ["="],
  "rest-out": ["x"],
  enter: ["Enter"],
  undo: ["z", "Backspace"],
  redo: ["shift+z", "shift+Backspace"],
  down: ["ArrowDown", "j"],
  up: ["ArrowUp", "k"],
  left: ["ArrowLeft"],
  right: ["ArrowRight"],
  "select-down": ["shift+ArrowDown"],
  "select-up": ["shift+ArrowUp"],
  back: ["Escape"],
  skip: ["]"],
  before: ["["],
  search: ["s"],
  compare: ["t"],
  flag: ["!"],
  flip: ["v"],
  hide: ["-"],
  open: ["o"],
  propose: ["p"],
  help: ["?"],
};

export const STORED = "matchloop-keys";
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

export const defaults = () => new Map(Object.entries(DEFAULTS).map(([command, keys]) => [command, [...keys]]));

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
      const command = this.holder(name) ?? this.holder(name.replace(/^shift\+(?=.$)/, ""));
      if (command) return command;
    }
    return undefined;
  }

  holder(name) {
    for (const [command, keys] of this.map) if (keys.includes(name)) return command;
    return undefined;
  }

  labels(command) {
    return this.map.get(command).map(label);
  }
}

const LABELS = { " ": "Space", ArrowUp: "↑", ArrowDown: "↓", ArrowLeft: "←", ArrowRight: "→", Escape: "Esc" };

export function label(name) {
  const shift = name.startsWith("shift+");
  const bare = shift ? name.slice(6) : name;
  return (shift ? "Shift+" : "") + (LABELS[bare] || (bare.length === 1 ? bare.toUpperCase() : bare));
}
