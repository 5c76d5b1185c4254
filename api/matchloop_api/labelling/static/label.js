// The page: draws the sets, records what is answered, and connects the desk, the store and the keys.

import { uuid } from "./browser.js";
import { Desk } from "./desk.js";
import { $, ask, button, notice, pause, root, send } from "./dom.js";
import { Grid } from "./grid.js";
import { drawHead, drawPlace, drawSaved } from "./head.js";
import { show } from "./screen.js";
import { Sets } from "./sets.js";
import { Store } from "./store.js";
import { style } from "./styles.js";

const MANY_ROWS = 20;
const SLOWEST_MS = 4000;

const session = uuid();
const sets = new Sets();
const practice = []; // sets with known answers, until they are done
let n = 0; // the next event's number
let shownAt = 0;
let moves = 0; // from screen to screen; who waited for a screen gives up when the person has moved on
let later; // away.js once it is loaded
let isLoading = false;

const desk = new Desk(new Grid($("grid")), { record, drawn });

const isPractice = () => practice.includes(desk.set);
const held = () => (isLoading ? undefined : desk.held);

// start: what the server says of the table and the person. What answering.js has joins when a set is drawn.
const page = { start: null, desk, sets, practice, isPractice, held, record, more, move, display, lay, take, next, goTo, submitted, define };

function drawn() {
  drawHead(desk);
  page.drawFoot?.();
}

function record(kind, extra) {
  const number = isPractice() ? `practice-${desk.events.length}` : n++;
  const { set, version } = desk.set;
  const now = { t: Date.now(), since_shown_ms: Math.round(performance.now() - shownAt) };
  const event = { id: `${session}-${number}`, session, n: number, set, set_version: version, kind, ...page.input.by, ...now };
  Object.assign(event, { assisted: false, page: root.version, ...extra });
  desk.events.push(event);
  if (!isPractice()) sets.store.put(event).catch((error) => notice(`Not kept: ${error.message}`));
}

/* ---- what the first answers do without ---- */

const away = async () => (later = await import("./away.js"));

// Keys pressed while the commands are loaded wait for them.
async function more(command) {
  if (!later) {
    isLoading = true;
    await away().catch(() => notice("The server cannot be reached; try again."));
    isLoading = false;
  }
  await later?.LATER[command](desk, page);
  page.input?.catchUp();
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
  document.title = `${$("where").textContent} · ${page.start.title}`;
}

async function take(set, force) {
  if (!page.input) await pause(0).then(prepare).catch(() => notice("The server cannot be reached. ", reload()));
  const held = isPractice() || (await page.hold(`${root.base}:${set.set}`, force, () => lost(set)));
  if (desk.set !== set) return;
  desk.held = held;
  if (held) record("show", {});
  else lost(set);
  root.shown = set.set;
  page.input.catchUp();
  if (!later) setTimeout(() => away().catch(() => {}));
}

async function prepare() {
  const { answering } = await import("./answering.js");
  Object.assign(page, answering(page));
  page.drawFoot();
}

const reload = () => button("Load again", () => location.reload());

async function lost(set) {
  if (desk.set !== set) return;
  desk.held = false;
  (await away()).showElsewhere(page, set);
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
      if (news.state === "empty") return (await away()).showEnd(page, true);
      await pause(news.retry_ms || wait);
    } catch (error) {
      if (!isHere()) return;
      show("drawing", `The next set cannot be fetched; trying again. ${error.message}`);
      await pause(wait);
    }
  }
}

function goTo(id) {
  return id ? display(id) : next();
}

async function submitted() {
  if (isPractice()) return (await import("./practice.js")).practised(page);
  await next();
  return later.hintAtPause(page);
}

for (const id of ["help", "examples", "answers", "end"]) $(id).addEventListener("click", () => more(id));

const narrow = matchMedia("(max-width: 700px)");
const fitPhone = () => narrow.matches && style("phone.css");
narrow.addEventListener("change", fitPhone);

let width = innerWidth;
addEventListener("resize", () => {
  if (innerWidth === width || root.screen !== "set" || $("dialog").open) return;
  width = innerWidth;
  desk.build();
});

// The sentence that defines a match, always in sight, and its examples.
function define(guide) {
  page.start.guide = guide;
  const isOpen = guide.examples.length || page.start.curator;
  $("sentence").textContent = guide.sentence;
  $("examples").hidden = !isOpen;
  $("guide").className = guide.sentence || isOpen ? "" : "none";
}

/* ---- start ---- */

async function begin() {
  for (let wait = 250; !page.start; wait = Math.min(SLOWEST_MS, wait * 2)) {
    try {
      const start = await ask("start");
      if (start.stage === "setup") await (await import("./setup.js")).setup(start.setup);
      else page.start = start;
    } catch (error) {
      show("drawing", error.message);
      await pause(wait);
    }
  }
  await fitPhone();
  const { start } = page;
  $("title").textContent = start.title;
  define(start.guide);
  const post = (events, bytes) => send("events", { events }, bytes);
  sets.store = await Store.open(`matchloop:${root.base}:${start.person || ""}`, post, {
    state: drawSaved,
    queue: (news) => (sets.queue = news),
    eventsOf: (id) => sets.get(id)?.events,
    refused: (error) => notice(`The server refused an answer: ${error} `, reload()),
  });
  drawSaved(sets.store);
  if (!start.practised && start.practice.length) {
    practice.push(...start.practice.map((set, i) => ({ version: 1, number: i + 1, ...set })));
    practice.forEach((set) => sets.keep(set, []));
    return display(practice[0].set);
  }
  if (location.hash === "#flags" && start.curator) {
    history.replaceState(null, "", location.pathname); // a reload resumes at the set
    return more("flags");
  }
  const before = Sets.shownBefore();
  if (before) await display(before);
  return desk.set ? void fill().catch(() => {}) : next();
}

begin();
