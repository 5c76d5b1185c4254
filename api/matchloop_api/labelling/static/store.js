// Events go into IndexedDB first, then to the server until it names them as stored.

const BATCH = 200;
const DELAY_MS = 30;
const SLOWEST_MS = 8000;
const KEEPALIVE_BYTES = 60000; // browsers refuse larger requests that outlive the page

const finished = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = request.onblocked = () => reject(request.error);
  });

class Disk {
  lasting = true;

  static async open(name) {
    const request = indexedDB.open(name, 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("waiting", { keyPath: "at", autoIncrement: true });
      request.result.createObjectStore("refused", { keyPath: "at", autoIncrement: true });
    };
    const disk = new Disk();
    disk.db = await finished(request);
    return disk;
  }

  #run(names, mode, work) {
    return new Promise((resolve, reject) => {
      const transaction = this.db.transaction(names, mode, { durability: "strict" });
      let result;
      transaction.oncomplete = () => resolve(result?.result);
      transaction.onerror = transaction.onabort = () => reject(transaction.error);
      result = work(...names.map((name) => transaction.objectStore(name)));
    });
  }

  add = (events) => this.#run(["waiting"], "readwrite", (waiting) => void events.forEach((event) => waiting.add({ event })));
  all = (limit) => this.#run(["waiting"], "readonly", (waiting) => waiting.getAll(null, limit));
  remove = (entries) => this.#run(["waiting"], "readwrite", (waiting) => void entries.forEach((x) => waiting.delete(x.at)));
  refuse = (entry, error) =>
    this.#run(["waiting", "refused"], "readwrite", (waiting, refused) => {
      waiting.delete(entry.at);
      refused.add({ event: entry.event, error });
    });
}

// For a private window without IndexedDB: lasts as long as the page.
class Memory {
  lasting = false;
  entries = [];
  last = 0;
  add = async (events) => void events.forEach((event) => this.entries.push({ at: ++this.last, event }));
  all = async (limit) => this.entries.slice(0, limit);
  remove = async (gone) => void (this.entries = this.entries.filter((x) => !gone.some((y) => y.at === x.at)));
  refuse = (entry) => this.remove([entry]);
}

export class Store {
  waiting = 0;
  offline = false;
  wait = 0;
  trouble = "";

  // on.state(store): something changed; on.queue(queue): the server's answer;
  // on.incomplete(set, have): the events of the set to send again, submit last.
  constructor({ disk, post, lock, on }) {
    Object.assign(this, { disk, post, lock, on });
  }

  static async open(name, rest) {
    let disk;
    try {
      disk = await Disk.open(name);
    } catch {
      disk = new Memory();
    }
    const store = new Store({ disk, ...rest, lock: `${name}:send` });
    addEventListener("online", () => store.#soon(0));
    store.#soon(0);
    return store;
  }

  async put(event) {
    this.waiting++;
    this.on.state(this);
    await this.disk.add([event]);
    this.#soon(this.wait || DELAY_MS);
  }

  async queued(set) {
    return (await this.disk.all()).map((entry) => entry.event).filter((event) => event.set === set);
  }

  // Resolves once nothing waits; never while the server cannot be reached.
  async drained() {
    while (this.waiting || (await this.disk.all(1)).length) await new Promise((resolve) => (this.#wake.push(resolve)));
  }

  #wake = [];
  #timer = 0;

  #soon(delay) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.flush(), delay);
  }

  // One tab sends at a time where the browser has locks; without them double sending is harmless.
  flush() {
    return navigator.locks ? navigator.locks.request(this.lock, () => this.#send()) : this.#send();
  }

  async #send() {
    const entries = await this.disk.all(BATCH);
    if (entries.length) {
      try {
        await this.#settle(entries, await this.post(entries.map((entry) => entry.event), KEEPALIVE_BYTES));
        this.offline = false;
        this.wait = 0;
      } catch (error) {
        this.offline = true;
        this.trouble = error.status === 401 || error.status === 403 ? "signed out" : "offline";
        this.wait = error.retryMs || Math.min(SLOWEST_MS, (this.wait || 125) * 2);
      }
    } else this.offline = false;
    this.waiting = (await this.disk.all()).length;
    this.on.state(this);
    if (this.waiting) this.#soon(this.wait || DELAY_MS);
    else this.#wake.splice(0).forEach((resolve) => resolve());
  }

  async #settle(entries, answer) {
    const stored = new Set(answer.stored);
    await this.disk.remove(entries.filter((entry) => stored.has(entry.event.id)));
    for (const refusal of answer.refused || []) {
      const entry = entries.find((x) => x.event.id === refusal.id);
      if (!entry) continue;
      const again = refusal.have && this.on.incomplete(entry.event, refusal.have);
      if (again) {
        await this.disk.remove([entry]);
        await this.disk.add(again);
      } else {
        await this.disk.refuse(entry, refusal.error);
        this.on.refused(entry.event, refusal.error);
      }
    }
    this.on.queue(answer.queue);
  }
}
