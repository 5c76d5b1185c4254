// What leads away from the grid: dialogs, other sets, other screens. Each is loaded when it is opened,
// or in idle time, so that it opens without the network, too.

import { COMMANDS, addRow, gather } from "./commands.js";
import { $, button, hint, notice, pause, root, send } from "./dom.js";
import { partnerOf } from "./state.js";

const TWICE_MS = 2000;
const SETTLE_MS = 1500;
const PAUSE_MS = 25 * 60 * 1000;
const PAUSE_SETS = 30;
const IN_IDLE_TIME = ["search", "keysheet", "comparison", "flag", "definition", "answers", "flags", "end"];

const opened = Date.now();
let submits = 0;
let hasPaused = false;
let escapedAt = 0;

root.loaded = "commands";
(globalThis.requestIdleCallback || setTimeout)(async () => {
  for (const name of IN_IDLE_TIME) await import(`./${name}.js`).catch(() => {});
  root.loaded = "all";
});

// Keys pressed while a module is loaded are meant for what it opens, not for the set.
async function later(name, use) {
  const screen = root.screen;
  root.screen = "opening";
  const module = await import(`./${name}.js`).catch(() => null);
  root.screen = screen;
  return module ? use(module) : notice("The server cannot be reached; try again.");
}

async function over(desk, dialog) {
  await dialog;
  if (root.screen !== "set") return;
  desk.draw();
  desk.focus();
}

// What the server lists should hold the last answer, unless it cannot be reached.
const settled = (page) => Promise.race([page.sets.store.drained(), pause(SETTLE_MS)]);

const resume = ({ desk, isPractice, display, next }) => (desk.set && (isPractice() || !desk.state.submitted) ? display(desk.set.set) : next());

export function showEnd(page, isEmpty) {
  const isHere = page.move();
  const again = (path) => send(path, {}).then(page.next, (error) => notice(error.message));
  const on = { goOn: () => resume(page), secondLook: () => again("second-look"), adjudicate: () => again("adjudicate"), flags: () => showFlags(page) };
  return later("end", (module) => isHere() && module.showEnd(on, isEmpty, isHere));
}

function showAnswers(page) {
  const isHere = page.move();
  return settled(page).then(() => later("answers", (module) => isHere() && module.showAnswers(page.display, () => resume(page))));
}

function showFlags(page) {
  const isHere = page.move();
  const back = () => LATER.end(page.desk, page);
  return later("flags", (module) => isHere() && module.showFlags(page.display, back, isHere));
}

export function hintAtPause({ sets }) {
  submits++;
  const minutes = Math.round((Date.now() - opened) / 60000);
  if (hasPaused || !(sets.queue.pause || submits >= PAUSE_SETS || minutes * 60000 >= PAUSE_MS)) return;
  hasPaused = true;
  notice(`${submits} sets in ${minutes} minutes: time for a break? Everything so far is kept.`);
}

// Another tab writes the set.
export function showElsewhere({ desk, sets, lay, take }, set) {
  desk.held = false;
  const again = async () => {
    await sets.load({ set: set.set }, true);
    const fresh = sets.get(set.set);
    lay(fresh.set, fresh.events);
    await take(fresh.set, true);
  };
  notice("This set is open in another tab. ", button("Take over", again));
}

// Commands of keys and of the head's buttons; each takes the desk and the page.
export const LATER = {
  ...COMMANDS,
  search: (desk) => later("search", ({ showSearch }) => over(desk, showSearch(desk.set, (row) => addRow(desk, row)))),
  flag(desk, { isPractice, start }) {
    if (isPractice()) return hint("A practice set cannot be flagged.");
    const rows = desk.selection();
    const numbers = rows.map((row) => desk.set.rows.indexOf(row) + 1);
    return later("flag", ({ showFlag }) => over(desk, showFlag(rows, numbers, start.reasons, (kind, extra) => desk.act(kind, extra))));
  },
  flags: (desk, page) => showFlags(page),
  help: (desk, { keys, settings, perform }) => later("keysheet", ({ showKeys }) => over(desk, showKeys(keys, settings, perform))),
  examples: (desk, { start, define }) => later("definition", ({ showDefinition }) => over(desk, showDefinition(start, desk.set && desk.selection(), define))),
  compare(desk) {
    const { rows, cursor, state } = desk;
    const partner = partnerOf(state, rows, cursor.at, true);
    const other = partner >= 0 ? partner : cursor.at ? cursor.at - 1 : 1;
    if (!rows[other]) return undefined;
    return later("comparison", ({ showComparison }) => over(desk, showComparison(desk.set, rows[other], desk.row)));
  },
  skip(desk, { sets, isPractice, goTo }) {
    if (isPractice()) return hint("A practice set cannot be skipped.");
    const id = desk.set.set;
    desk.act("skip");
    const after = sets.near(id, 1);
    sets.drop(id);
    desk.set = null;
    desk.held = undefined;
    return goTo(after);
  },
  before(desk, { sets, isPractice, display }) {
    const id = isPractice() ? null : sets.near(desk.set.set, -1);
    return id ? display(id) : hint("There is no set before this one.");
  },
  back(desk, page) {
    if (desk.review) return gather(desk, false);
    if (Date.now() - escapedAt < TWICE_MS) return LATER.end(desk, page);
    escapedAt = Date.now();
    return notice("Escape again ends the session.");
  },
  end: (desk, page) => (page.move(), settled(page).then(() => showEnd(page, false))),
  answers: (desk, page) => showAnswers(page),
  address(desk) {
    const value = desk.row.cells[desk.grid.plan.shown[desk.cursor.col - 1]] || "";
    if (/^https?:\/\/\S+$/i.test(value)) window.open(value, "_blank", "noopener,noreferrer");
  },
};
