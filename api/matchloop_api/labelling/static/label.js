// The page: what to show when, and how events and sets travel between the desk and the server.

import { drawBars, drawPlace, drawSaved } from "./bar.js";
import { Desk } from "./desk.js";
import * as dialogs from "./dialogs.js";
import { $, ask, button, hint, notice, pause, root, send } from "./dom.js";
import { Grid } from "./grid.js";
import { Keys, namesOf } from "./keys.js";
import { hold } from "./locks.js";
import * as screens from "./screens.js";
import { partnerOf, rightPairs } from "./state.js";
import { Store } from "./store.js";

const PAUSE_MS = 25 * 60 * 1000;
const PAUSE_SETS = 30;
const LOOK_OVER_SETS = 20;
const TWICE_MS = 2000;
const SLOWEST_MS = 4000;

// crypto.randomUUID is missing on plain http.
function uuid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 15) | 64;
  bytes[8] = (bytes[8] & 63) | 128;
  const hex = Array.from(bytes, (x) => x.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

// A storage that may be forbidden or full.
function shelf(storage) {
  const attempt = (work) => {
    try {
      return work(globalThis[storage]);
    } catch {
      return null; // what it holds lasts as long as the page
    }
  };
  return { getItem: (name) => attempt((x) => x.getItem(name)), setItem: (name, value) => attempt((x) => x.setItem(name, value)) };
}
const local = shelf("localStorage");
const tab = shelf("sessionStorage");

const session = uuid();
const opened = Date.now();
const keys = new Keys(local);
const visited = new Map(); // set -> {set, events}: every set this page has shown
const resent = new Map(); // submit -> how often it was sent again
const ready = []; // sets that are loaded and not yet shown
let trail = []; // sets in the order shown, so that undo and [ go back
let queue = { done: 0, of: null, state: "open" };
let practice = [];
let start;
let store;
let n = 0;
let shownAt = 0;
let submits = 0;
let input = { input: "key", key: "" };
let backlog = [];
let filling = null;
let armed = 0;
let paused = false;

const settings = {
  looksOver: () => local.getItem("matchloop-look-over") !== "no",
  mayChange: () => queue.done >= LOOK_OVER_SETS,
  setLooksOver: (yes) => (local.setItem("matchloop-look-over", yes ? "yes" : "no"), desk.draw()),
};

const desk = new Desk(new Grid($("grid")), {
  record,
  drawn: () => drawBars(desk, keys, settings.looksOver()),
  looksOver: settings.looksOver,
  isAssisted: () => start.assisted,
  submitted,
  step,
  leave: (command) => LEAVING[command](),
});

const isPractice = () => practice.includes(desk.set);

function record(kind, extra) {
  const event = {
    id: `${session}-${n}`, session, n, set: desk.set.set, set_version: desk.set.version, kind, ...input,
    t: Date.now(), since_shown_ms: Math.round(performance.now() - shownAt), assisted: false, page: root.version, ...extra,
  };
  n++;
  desk.events.push(event);
  if (!isPractice()) store.put(event).catch((error) => notice(`Not kept: ${error.message}`));
  return event;
}

/* ---- sets ---- */

async function load(query) {
  const { sets, queue: news } = await ask("sets", query);
  if (!store.waiting) queue = news;
  for (const set of sets) {
    const stored = new Set(set.past.map((event) => event.id));
    const waiting = (await store.queued(set.set)).filter((event) => !stored.has(event.id));
    visited.set(set.set, { set, events: [...set.past, ...waiting] });
  }
  return { sets: sets.map((set) => set.set), queue: news };
}

// Sets in advance: asked for only when nothing waits, so that the server knows what is submitted.
function fill() {
  filling ||= (async () => {
    await store.drained();
    const current = desk.set && !desk.state.submitted && !isPractice() ? [desk.set.set] : [];
    const answer = await load({ have: [...current, ...ready].join() });
    for (const id of answer.sets) if (!ready.includes(id) && id !== desk.set?.set) ready.push(id);
    return answer.queue;
  })().finally(() => (filling = null));
  return filling;
}

async function display(id) {
  desk.held = undefined; // keys wait until the set is there
  if (!visited.has(id)) await load({ set: id }).catch((error) => notice(error.message));
  if (!visited.has(id)) return void (desk.held = Boolean(desk.set));
  const { set, events } = visited.get(id);
  screens.show("set");
  notice(store.disk.lasting ? "" : "This window keeps nothing on this machine: leave it only when it says saved.");
  desk.lay(set, events);
  shownAt = performance.now();
  drawPlace(set, isPractice() ? { done: set.number - 1, of: practice.length } : queue, isPractice());
  document.title = `${$("where").textContent} · ${start.title}`;
  if (!trail.includes(id) && !isPractice()) trail.push(id);
  tab.setItem(root.base, JSON.stringify({ trail, at: id }));
  root.shown = id;
  await take(set, false);
}

async function take(set, force) {
  const held = isPractice() || (await hold(`${root.base}:${set.set}`, force, () => lost(set)));
  if (desk.set !== set) return;
  desk.held = held;
  if (!held) lost(set);
  else record("show", {});
  const keysPressed = backlog;
  backlog = [];
  if (held) keysPressed.forEach(press);
}

function lost(set) {
  if (desk.set !== set) return;
  desk.held = false;
  const again = async () => {
    await load({ set: set.set });
    const fresh = visited.get(set.set);
    screens.show("set");
    notice("");
    desk.lay(fresh.set, fresh.events);
    await take(fresh.set, true);
  };
  notice("This set is open in another tab. ", button("Take over", again));
}

async function next() {
  const after = trail[trail.indexOf(desk.set?.set) + 1];
  if (desk.set && !isPractice() && after) return display(after);
  for (let wait = 250; ; wait = Math.min(SLOWEST_MS, wait * 2)) {
    if (ready.length) {
      const id = ready.shift();
      await display(id);
      return void fill().catch(() => {});
    }
    screens.show("drawing", "Drawing the next set …");
    try {
      const news = await fill();
      if (ready.length) continue;
      if (news.state === "empty") return screens.end(ending, true);
      await pause(news.retry_ms || wait);
    } catch (error) {
      screens.show("drawing", `The next set cannot be fetched; trying again. ${error.message}`);
      await pause(wait);
    }
  }
}

async function step(kind) {
  const id = trail[trail.indexOf(desk.set.set) + (kind === "undo" ? -1 : 1)];
  if (!id || isPractice() || (kind === "redo" && !desk.state.submitted)) return hint(`Nothing to ${kind}.`);
  await display(id);
  if (desk.held && desk.set.set === id && desk.state[kind].length) desk.takeBack(kind);
}

async function submitted() {
  if (isPractice()) return practised();
  submits++;
  if (!paused && (submits >= PAUSE_SETS || Date.now() - opened > PAUSE_MS)) {
    paused = true;
    await next();
    return notice(`${submits} sets in ${Math.round((Date.now() - opened) / 60000)} minutes: time for a break? All is saved as it is.`);
  }
  return next();
}

const scores = { right: 0, of: 0 };

async function practised() {
  const set = desk.set;
  const score = rightPairs(Object.fromEntries(desk.state.group), set.answer);
  scores.right += score.right;
  scores.of += score.of;
  const following = practice[practice.indexOf(set) + 1];
  await dialogs.showPractice(set, desk.state, score, !following);
  if (following) return display(following.set);
  practice = [];
  desk.set = null;
  send("practice", scores).catch(() => {});
  return next();
}

/* ---- leaving the grid ---- */

const ending = {
  async goOn() {
    if (desk.set && !desk.state.submitted) return display(desk.set.set);
    return next();
  },
  async secondLook() {
    await send("second-look", {});
    return next();
  },
};

const back = (dialog) => dialog.then(() => desk.focus());

const LEAVING = {
  search: () => back(dialogs.showSearch(desk.set, (row) => desk.add(row))),
  flag: () => back(dialogs.showFlag(desk.selection(), start.reasons, (kind, extra) => (desk.act(kind, extra), desk.draw()))),
  help: () => back(dialogs.showKeys(keys, settings, perform)).then(() => desk.draw()),
  compare() {
    const { rows, cursor } = desk;
    const partner = partnerOf(desk.state, rows, cursor.at, true);
    if (rows.length < 2) return;
    back(dialogs.showComparison(desk.set, rows[partner >= 0 ? partner : cursor.at ? cursor.at - 1 : 1], desk.row));
  },
  async skip() {
    if (isPractice()) return hint("This is practice: answer it or end it.");
    const id = desk.set.set;
    desk.act("skip");
    const after = trail[trail.indexOf(id) + 1];
    trail = trail.filter((x) => x !== id);
    visited.delete(id);
    desk.set = null;
    return after ? display(after) : next();
  },
  async before() {
    const id = trail[trail.indexOf(desk.set.set) - 1];
    if (!id) return hint("There is no set before this one.");
    return display(id);
  },
  end() {
    if (Date.now() - armed < TWICE_MS) return finish();
    armed = Date.now();
    notice("Escape again ends the session.");
  },
};

function finish() {
  practice = practice.filter((set) => set !== desk.set);
  return screens.end(ending, false);
}

/* ---- keys, mouse, touch ---- */

const REPEATING = new Set(["up", "down", "left", "right", "select-up", "select-down", "undo", "redo"]);
const perform = (command) => desk.set && desk.run(command);

function press(names) {
  const command = keys.commandOf(names);
  if (!command || !desk.set || root.screen !== "set") return;
  input = { input: "key", key: names[0] };
  perform(command);
}

document.addEventListener("keydown", (event) => {
  const inGrid = $("work").contains(event.target);
  if ($("dialog").open || !(inGrid || $("keys").contains(event.target))) return;
  if (event.target.tagName === "BUTTON" && /^( |Enter)$/.test(event.key)) return;
  if ((event.ctrlKey || event.metaKey) && event.key === "Enter") return openAddress();
  const names = namesOf(event);
  const command = keys.commandOf(names);
  if (!command) return;
  event.preventDefault();
  if (event.repeat && !REPEATING.has(command)) return;
  if (desk.held === undefined) backlog.push(names);
  else press(names);
});

function openAddress() {
  const j = desk.grid.plan.shown[desk.cursor.col - 1];
  const value = desk.row.cells[j] || "";
  if (/^https?:\/\/\S+$/i.test(value)) window.open(value, "_blank", "noopener,noreferrer");
}

const pointer = (event) => ({ input: !event.detail ? "screen" : event.pointerType === "mouse" ? "mouse" : "touch", key: "" });

$("keys").addEventListener("click", (event) => {
  const hit = event.target.closest("[data-command], [data-letter]");
  if (!hit || !desk.set) return;
  input = pointer(event);
  if (hit.dataset.letter && desk.held) desk.paintAll(hit.dataset.letter);
  else if (hit.dataset.command) perform(hit.dataset.command);
});
$("work").addEventListener("click", (event) => {
  input = pointer(event);
  if (event.target.id === "unfold") return desk.change("unfolded");
  const place = desk.grid.where(event.target);
  if (!place) return desk.focus();
  desk.cursor.col = place.col;
  desk.go(place.at, true, event.shiftKey);
});
$("help").addEventListener("click", () => LEAVING.help());
$("examples").addEventListener("click", () => back(dialogs.showExamples(start)));
$("answers").addEventListener("click", () => screens.answers(display, ending.goOn));
$("end").addEventListener("click", finish);

document.addEventListener("visibilitychange", () => {
  if (desk.set && desk.held && root.screen === "set") {
    input = { input: "screen", key: "" };
    record(document.hidden ? "hide" : "focus", {});
  }
});
addEventListener("beforeunload", (event) => {
  if (store && !store.disk.lasting && store.waiting) event.preventDefault();
});
let width = innerWidth;
addEventListener("resize", () => {
  if (innerWidth === width || root.screen !== "set") return;
  width = innerWidth;
  desk.build();
});

/* ---- start ---- */

async function begin() {
  for (let wait = 250; !start; wait = Math.min(SLOWEST_MS, wait * 2)) {
    try {
      start = await ask("start");
    } catch (error) {
      screens.show("drawing", error.message);
      await pause(wait);
    }
  }
  if (start.stage === "setup") {
    await screens.setup(start.setup);
    start = await ask("start");
  }
  $("title").textContent = start.title;
  $("sentence").textContent = start.guide.sentence;
  $("examples").hidden = !start.guide.examples.length;
  $("guide").className = start.guide.sentence || start.guide.examples.length ? "" : "none";
  const post = (events, bytes) => send("events", { events }, bytes);
  store = await Store.open(`matchloop:${root.base}:${start.person || ""}`, post, {
    state: drawSaved,
    queue: (news) => (queue = news),
    incomplete(event, have) {
      const times = (resent.get(event.id) || 0) + 1;
      resent.set(event.id, times);
      const events = visited.get(event.set)?.events;
      if (times > 2 || !events) return null;
      return [...events.filter((x) => x.id !== event.id && !have.includes(x.id)), event];
    },
    refused: (error) => notice(`The server did not take an answer: ${error} `, button("Load again", () => location.reload())),
  });
  drawSaved(store);
  if (!start.practised && start.practice.length) {
    practice = start.practice.map((set, i) => ({ version: 1, number: i + 1, past: [], ...set }));
    practice.forEach((set) => visited.set(set.set, { set, events: [] }));
    return display(practice[0].set);
  }
  const before = JSON.parse(tab.getItem(root.base) || "null");
  trail = before?.trail || [];
  if (before?.at) await display(before.at);
  return desk.set ? fill().catch(() => {}) : next();
}

begin();
