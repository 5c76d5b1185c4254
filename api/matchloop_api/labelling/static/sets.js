// The sets that this page holds: loaded in advance, and shown before, in the order in which they were shown.

import { tab } from "./browser.js";
import { ask, root } from "./dom.js";
import { fold } from "./state.js";

export class Sets {
  queue = { done: 0, of: null, state: "open" };
  ready = [];
  #known = new Map(); // id -> {set, events}
  #filling = null;

  constructor() {
    this.trail = JSON.parse(tab.get(root.base))?.trail || [];
  }

  // The set that was shown before the page was loaded again.
  static shownBefore = () => JSON.parse(tab.get(root.base))?.at;

  get(id) {
    return this.#known.get(id);
  }

  keep(set, events) {
    this.#known.set(set.set, { set, events });
  }

  // A set that is held already keeps its events, unless it is fetched again after another tab wrote it.
  async load(query, again = false) {
    // Read first: what is sent and stored while the server answers is in neither place afterwards.
    const waiting = await this.store.queued();
    const { sets, queue } = await ask("sets", query);
    if (!this.store.waiting) this.queue = queue;
    for (const set of sets) {
      if (this.#known.has(set.set) && !again) continue;
      const stored = new Set(set.past.map((event) => event.id));
      const unsent = waiting.filter((event) => event.set === set.set && !stored.has(event.id));
      this.keep(set, [...set.past, ...unsent]);
    }
    return { ids: sets.map((set) => set.set), queue };
  }

  // Sets in advance. Only when nothing waits does the server know what is submitted.
  fill(current) {
    this.#filling ||= this.#fill(current).finally(() => (this.#filling = null));
    return this.#filling;
  }

  async #fill(current) {
    await this.store.drained();
    const id = current();
    const have = id && this.isOpen(id) ? [id, ...this.ready] : this.ready;
    const { ids, queue } = await this.load({ have: have.join() });
    this.ready.push(...ids.filter((x) => !this.ready.includes(x) && !this.trail.includes(x)));
    return queue;
  }

  isOpen(id) {
    const held = this.#known.get(id);
    return Boolean(held) && !fold(held.set, held.events).submitted;
  }

  show(id) {
    if (!this.trail.includes(id)) this.trail.push(id);
    tab.set(root.base, JSON.stringify({ trail: this.trail, at: id }));
  }

  // The set shown so many before or after, if any.
  near(id, by) {
    return this.trail[this.trail.indexOf(id) + by];
  }

  // The next set that is not answered, of those shown before and those in advance.
  next(id) {
    const i = this.trail.indexOf(id);
    return [...this.trail.slice(i + 1), ...this.trail.slice(0, Math.max(0, i))].find((x) => this.isOpen(x)) ?? this.ready.shift();
  }

  drop(id) {
    this.trail = this.trail.filter((x) => x !== id);
    this.#known.delete(id);
  }
}
