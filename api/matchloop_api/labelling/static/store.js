// Events go into IndexedDB first, then to the server: sending.js.

import { local } from "./browser.js";

const JOURNAL = ":journal:";
const DELAY_MS = 30;
const RETRY_MS = 1000;

class Disk {
  lasting = true;

  static open(name) {
    return new Promise((resolve, reject) => {
      const request = indexedDB.open(name, 1);
      request.onupgradeneeded = () =>
        ["waiting", "refused"].forEach((table) => request.result.createObjectStore(table, { keyPath: "at", autoIncrement: true }));
      request.onerror = request.onblocked = reject;
      request.onsuccess = () => resolve(Object.assign(new Disk(), { db: request.result }));
    });
  }

  #run(mode, work) {
    return new Promise((resolve, reject) => {
      const transaction = this.db.transaction(["waiting", "refused"], mode, { durability: "strict" });
      const table = (name) => transaction.objectStore(name);
      const request = work(table("waiting"), table("refused"));
      transaction.oncomplete = () => resolve(request?.result);
      transaction.onabort = () => reject(transaction.error);
    });
  }

  add = (events) => this.#run("readwrite", (waiting) => events.forEach((event) => waiting.add({ event })));
  all = (limit) => this.#run("readonly", (waiting) => waiting.getAll(null, limit));
  remove = (entries) => this.#run("readwrite", (waiting) => entries.forEach((entry) => waiting.delete(entry.at)));
  refuse = (entry, error) =>
    this.#run("readwrite", (waiting, refused) => {
      waiting.delete(entry.at);
      refused.add({ event: entry.event, error });
    });
}

export class Store {
  waiting = 0;
  offline = false;
  trouble = "";
  #wait = 0;
  #timer = 0;
  #attempts = 0;
  #wake = [];
  #adding = new Set(); // on their way to the disk, so not yet among its entries

  // on.state(store); on.queue(queue) with each answer; on.refused(error); on.eventsOf(set).
  static async open(name, post, on) {
    const store = Object.assign(new Store(), { name, post, on });
    store.disk = await Disk.open(name).catch(async () => new (await import("./memory.js")).Memory(store));
    await store.#recover();
    addEventListener("online", () => store.#soon(0));
    store.waiting = (await store.disk.all()).length;
    if (store.waiting) store.#soon(0);
    return store;
  }

  async put(event) {
    this.#adding.add(event);
    this.#journal(event.session);
    this.waiting++;
    this.on.state(this);
    await this.disk.add([event]);
    this.#adding.delete(event);
    this.#journal(event.session);
    this.#soon(this.#wait || DELAY_MS);
  }

  async queued() {
    return [...new Map((await this.disk.all()).map(({ event }) => [event.id, event])).values()];
  }

  // Resolves once nothing waits: never while the server cannot be reached.
  async drained() {
    while (this.waiting || (await this.disk.all(1)).length) await new Promise((resolve) => this.#wake.push(resolve));
  }

  #soon(delay) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#flush(), delay);
  }

  // IndexedDB drops what it has not finished when the page is left; localStorage writes at once.
  #journal(session) {
    if (this.#adding.size) local.set(this.name + JOURNAL + session, JSON.stringify([...this.#adding]));
    else local.remove(this.name + JOURNAL + session);
  }

  async #recover() {
    for (const name of local.names().filter((x) => x.startsWith(this.name + JOURNAL))) {
      await this.disk.add(JSON.parse(local.get(name)) || []);
      local.remove(name);
    }
  }

  // One tab sends at a time where the browser has locks; without them double sending is harmless.
  #flush() {
    return navigator.locks ? navigator.locks.request(`${this.name}:send`, () => this.#send()) : this.#send();
  }

  async #send() {
    this.#wait = await this.#attempt();
    this.waiting = (await this.disk.all()).length + this.#adding.size;
    this.on.state(this);
    if (this.waiting) this.#soon(this.#wait || DELAY_MS);
    else this.#wake.splice(0).forEach((resolve) => resolve());
  }

  // A module that could not be fetched is not asked for again under the same address.
  async #attempt() {
    try {
      this.sending ||= await import(`./sending.js${this.#attempts++ ? `?${this.#attempts}` : ""}`);
    } catch {
      Object.assign(this, { offline: true, trouble: "offline" });
      return RETRY_MS;
    }
    return this.sending.send(this);
  }
}
