// The page: which screen to show when, and what connects the desk, the sets, the store and the keys.

import { drawBars, drawPlace, drawSaved } from "./bar.js";
import { local, uuid } from "./browser.js";
import { Desk } from "./desk.js";
import { $, ask, button, hint, notice, pause, root, send } from "./dom.js";
import { Grid } from "./grid.js";
import { Input } from "./input.js";
import { Keys } from "./keys.js";
import { hold } from "./locks.js";
import { show } from "./screen.js";
import { Sets } from "./sets.js";
import { partnerOf } from "./state.js";
import { Store } from "./store.js";

const PAUSE_MS = 25 * 60 * 1000;
const PAUSE_SETS = 30;
const LOOK_OVER_SETS = 20;
const MANY_ROWS = 20;
const TWICE_MS = 2000;
const SLOWEST_MS = 4000;
const SETTLE_MS = 1500;

const AFTERWARDS = ["./comparison.js", "./flag.js", "./keysheet.js", "./search.js"]; // loaded after the first submit

// What is rarely used is loaded when it is opened. Keys pressed meanwhile are meant for it, not for the set.
async function later(name, use) {
  const screen = root.screen;
  root.screen = "opening";
  const module = await import(name).catch(() => null);
  root.screen = screen;
  return module ? use(module) : notice("The server cannot be reached; try again.");
}

const session = uuid();
const opened = Date.now();
const keys = new Keys(local);
const sets = new Sets();
let start; // what the server says of the table and the person
let practice = [];
let n = 0; // the next event's number
let shownAt = 0;
let submits = 0;
let hasPaused = false;
let escapedAt = 0;
let moves = 0; // from screen to screen; who waited for a screen gives up when the person has moved on

const settings = {
  looksOver: () => local.get("matchloop-look-over") !== "no",
  mayChange: () => sets.queue.done >= LOOK_OVER_SETS,
  setLooksOver: (yes) => local.set("matchloop-look-over", yes ? "yes" : "no"),
};

const desk = new Desk(new Grid($("grid")), {
  record,
  drawn: () => drawBars(desk, keys),
  looksOver: settings.looksOver,
  isAssisted: () => start.guide.assisted,
  submitted,
  redone() {
    const id = sets.near(desk.set.set, 1);
    return id ? display(id) : next();
  },
  step,
  leave: (command) => LEAVING[command](),
});

const perform = (command) => root.screen === "set" && desk.run(command);

const input = new Input(keys, {
  perform,
  letter: (name) => desk.run(`group-${name}`),
  cell(node, isMore) {
    if (node.id === "unfold") return desk.change("unfolded");
    const place = desk.grid.where(node);
    if (!place) return desk.focus();
    desk.cursor.col = place.col;
    return desk.go(place.at, true, isMore);
  },
  focus: () => desk.focus(),
  held: () => desk.held,
  address() {
    const value = desk.row.cells[desk.grid.plan.shown[desk.cursor.col - 1]] || "";
    if (/^https?:\/\/\S+$/i.test(value)) window.open(value, "_blank", "noopener,noreferrer");
  },
});

const isPractice = () => practice.includes(desk.set);

function record(kind, extra) {
  const number = isPractice() ? `practice-${desk.events.length}` : n++;
  const { set, version } = desk.set;
  const now = { t: Date.now(), since_shown_ms: Math.round(performance.now() - shownAt) };
  const event = { id: `${session}-${number}`, session, n: number, set, set_version: version, kind, ...input.by, ...now };
  Object.assign(event, { assisted: false, page: root.version, ...extra });
  desk.events.push(event);
  if (!isPractice()) sets.store.put(event).catch((error) => notice(`Not kept: ${error.message}`));
}

/* ---- from set to set ---- */

function move() {
  const mine = ++moves;
  return () => mine === moves;
}

async function display(id) {
  const isHere = move();
  desk.held = undefined; // keys wait until the set is there
  if (!sets.get(id)) await sets.load({ set: id }).catch((error) => notice(error.message));
  if (!isHere()) return undefined;
  if (!sets.get(id)) return void (desk.held = Boolean(desk.set));
  const { set, events } = sets.get(id);
  lay(set, events);
  if (!isPractice()) sets.show(id);
  return take(set, false);
}

function lay(set, events) {
  delete root.shown;
  show("set");
  const warnings = [
    !sets.store.disk.lasting && "This window keeps nothing on this machine: leave it only when it shows saved. ",
    set.rows.length > MANY_ROWS && `This set is large: ${set.rows.length} rows.`,
  ];
  notice(...warnings.filter(Boolean));
  desk.lay(set, events);
  shownAt = performance.now();
  drawPlace(set, isPractice() ? { done: set.number - 1, of: practice.length } : sets.queue, isPractice());
  document.title = `${$("where").textContent} · ${start.title}`;
}

async function take(set, force) {
  const held = isPractice() || (await hold(`${root.base}:${set.set}`, force, () => lost(set)));
  if (desk.set !== set) return;
  desk.held = held;
  if (held) record("show", {});
  else lost(set);
  root.shown = set.set;
  input.catchUp(held);
}

function lost(set) {
  if (desk.set !== set) return;
  desk.held = false;
  const again = async () => {
    await sets.load({ set: set.set }, true);
    const fresh = sets.get(set.set);
    lay(fresh.set, fresh.events);
    await take(fresh.set, true);
  };
  notice("This set is open in another tab. ", button("Take over", again));
}

const current = () => (isPractice() ? undefined : desk.set?.set);
const fill = () => sets.fill(current);

async function next() {
  const isHere = move();
  for (let wait = 250; isHere(); wait = Math.min(SLOWEST_MS, wait * 2)) {
    const id = sets.next(current());
    if (id) {
      await display(id);
      return void fill().catch(() => {});
    }
    show("drawing", "Drawing the next set …");
    try {
      const news = await fill();
      if (sets.ready.length || !isHere()) continue;
      if (news.state === "empty") return end(true);
      await pause(news.retry_ms || wait);
    } catch (error) {
      if (!isHere()) return;
      show("drawing", `The next set cannot be fetched; trying again. ${error.message}`);
      await pause(wait);
    }
  }
}

// Undo goes on in the set shown before, redo in the one shown after.
async function step(kind) {
  const id = isPractice() ? null : sets.near(desk.set.set, kind === "undo" ? -1 : 1);
  if (!id || (kind === "redo" && !desk.state.submitted)) return hint(`Nothing to ${kind}.`);
  await display(id);
  if (desk.held && desk.set.set === id && desk.state[kind].length) desk.takeBack(kind);
}

async function submitted() {
  if (isPractice()) return practised();
  if (!submits++) AFTERWARDS.forEach((name) => import(name).catch(() => {}));
  await next();
  const minutes = Math.round((Date.now() - opened) / 60000);
  if (hasPaused || !(sets.queue.pause || submits >= PAUSE_SETS || minutes * 60000 >= PAUSE_MS)) return;
  hasPaused = true;
  notice(`${submits} sets in ${minutes} minutes: time for a break? Everything so far is kept.`);
}

const score = { right: 0, of: 0 };

async function practised() {
  const set = desk.set;
  const following = practice[practice.indexOf(set) + 1];
  const { showPractice } = await import("./practice.js");
  const result = await showPractice(set, desk.state, !following);
  score.right += result.right;
  score.of += result.of;
  if (following) return display(following.set);
  practice = [];
  desk.set = null;
  send("practice", score).catch(() => {});
  return next();
}

/* ---- away from the grid ---- */

const ending = {
  goOn: () => (desk.set && (isPractice() || !desk.state.submitted) ? display(desk.set.set) : next()),
  secondLook: () => send("second-look", {}).then(next, (error) => notice(error.message)),
  adjudicate: () => send("adjudicate", {}).then(next, (error) => notice(error.message)),
};

// What the server lists should hold the last answer, unless it cannot be reached.
const settled = () => Promise.race([sets.store.drained(), pause(SETTLE_MS)]);
function end(isEmpty) {
  const isHere = move();
  return later("./end.js", ({ showEnd }) => isHere() && showEnd(ending, isEmpty, isHere));
}
const finish = () => (move(), settled().then(() => end(false)));

async function over(dialog) {
  await dialog;
  if (root.screen !== "set") return;
  desk.draw();
  desk.focus();
}

const LEAVING = {
  search: () => later("./search.js", ({ showSearch }) => over(showSearch(desk.set, (row) => desk.add(row)))),
  flag: () => later("./flag.js", ({ showFlag }) => over(showFlag(desk.selection(), start.reasons, (kind, extra) => desk.act(kind, extra)))),
  help: () => later("./keysheet.js", ({ showKeys }) => over(showKeys(keys, settings, perform))),
  compare() {
    const { rows, cursor, state } = desk;
    const partner = partnerOf(state, rows, cursor.at, true);
    const other = partner >= 0 ? partner : cursor.at ? cursor.at - 1 : 1;
    if (!rows[other]) return undefined;
    return later("./comparison.js", ({ showComparison }) => over(showComparison(desk.set, rows[other], desk.row)));
  },
  skip() {
    if (isPractice()) return hint("A practice set cannot be skipped.");
    const id = desk.set.set;
    desk.act("skip");
    const after = sets.near(id, 1);
    sets.drop(id);
    desk.set = null;
    desk.held = undefined;
    return after ? display(after) : next();
  },
  before() {
    const id = isPractice() ? null : sets.near(desk.set.set, -1);
    return id ? display(id) : hint("There is no set before this one.");
  },
  end() {
    if (Date.now() - escapedAt < TWICE_MS) return finish();
    escapedAt = Date.now();
    return notice("Escape again ends the session.");
  },
};

$("help").addEventListener("click", LEAVING.help);
$("examples").addEventListener("click", () => later("./definition.js", ({ showDefinition }) => over(showDefinition(start, desk.set && desk.selection(), define))));
$("answers").addEventListener("click", () => {
  const isHere = move();
  return settled().then(() => later("./answers.js", ({ showAnswers }) => isHere() && showAnswers(display, ending.goOn)));
});
$("end").addEventListener("click", finish);

document.addEventListener("visibilitychange", () => {
  if (root.screen !== "set" || !desk.held) return;
  input.by = { input: "screen", key: "" };
  record(document.hidden ? "hide" : "focus", {});
});

addEventListener("beforeunload", (event) => {
  if (sets.store && !sets.store.disk.lasting && sets.store.waiting) event.preventDefault();
});

let width = innerWidth;
addEventListener("resize", () => {
  if (innerWidth === width || root.screen !== "set" || $("dialog").open) return;
  width = innerWidth;
  desk.build();
});

// The sentence that defines a match, always in sight, and its examples.
function define(guide) {
  start.guide = guide;
  const isOpen = guide.examples.length || start.curator;
  $("sentence").textContent = guide.sentence;
  $("examples").hidden = !isOpen;
  $("guide").className = guide.sentence || isOpen ? "" : "none";
}

/* ---- start ---- */

async function begin() {
  for (let wait = 250; !start; wait = Math.min(SLOWEST_MS, wait * 2)) {
    try {
      start = await ask("start");
      if (start.stage === "setup") {
        await (await import("./setup.js")).setup(start.setup);
        start = await ask("start");
      }
    } catch (error) {
      show("drawing", error.message);
      await pause(wait);
    }
  }
  $("title").textContent = start.title;
  define(start.guide);
  const post = (events, bytes) => send("events", { events }, bytes);
  sets.store = await Store.open(`matchloop:${root.base}:${start.person || ""}`, post, {
    state: drawSaved,
    queue: (news) => (sets.queue = news),
    incomplete: (submit, have) => sets.incomplete(submit, have),
    refused: (error) => notice(`The server refused an answer: ${error} `, button("Load again", () => location.reload())),
  });
  drawSaved(sets.store);
  if (!start.practised && start.practice.length) {
    practice = start.practice.map((set, i) => ({ version: 1, number: i + 1, ...set }));
    practice.forEach((set) => sets.keep(set, []));
    return display(practice[0].set);
  }
  const before = Sets.shownBefore();
  if (before) await display(before);
  return desk.set ? void fill().catch(() => {}) : next();
}

begin();
