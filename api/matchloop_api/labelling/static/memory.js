// In place of IndexedDB in a private window: lasts as long as the page.

export class Memory {
  lasting = false;
  entries = [];
  last = 0;

  constructor(store) {
    addEventListener("beforeunload", (event) => {
      if (store.waiting) event.preventDefault();
    });
  }

  add = async (events) => events.forEach((event) => this.entries.push({ at: ++this.last, event }));
  all = async (limit) => this.entries.slice(0, limit);
  remove = async (gone) => (this.entries = this.entries.filter((entry) => !gone.includes(entry)));
  refuse = (entry) => this.remove([entry]);
}
