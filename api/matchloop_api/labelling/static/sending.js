// Sends the events that wait on this machine until the server names them as stored.

const BATCH = 200;
const SLOWEST_MS = 8000;
const FIRST_MS = 250;
const KEEPALIVE_BYTES = 60000; // browsers refuse larger requests that outlive the page
const RESENT = 2; // times that a submit is sent again with the events the server lacks

const resent = new Map();
let wait = 0; // milliseconds until the next attempt while the server cannot be reached

export async function send(store) {
  const entries = await store.disk.all(BATCH);
  store.offline = false;
  if (entries.length) {
    try {
      await settle(store, entries, await store.post(entries.map((entry) => entry.event), KEEPALIVE_BYTES));
      wait = 0;
    } catch (error) {
      store.offline = true;
      store.trouble = /40[13]/.test(error.status) ? "signed out" : "offline";
      wait = error.retryMs || Math.min(SLOWEST_MS, wait * 2 || FIRST_MS);
    }
  }
  return wait;
}

async function settle(store, entries, { stored, refused = [], queue }) {
  await store.disk.remove(entries.filter((entry) => stored.includes(entry.event.id)));
  for (const { id, error, have } of refused) {
    const entry = entries.find((x) => x.event.id === id);
    const again = have && completed(entry.event, have, store.on.eventsOf(entry.event.set));
    if (again) {
      await store.disk.remove([entry]);
      await store.disk.add(again);
    } else {
      await store.disk.refuse(entry, error);
      store.on.refused(error);
    }
  }
  if (queue) store.on.queue(queue);
}

// The events of a set that the server lacks, the refused submit last; null if that was tried before.
function completed(submit, have, events) {
  const times = (resent.get(submit.id) || 0) + 1;
  resent.set(submit.id, times);
  if (times > RESENT || !events) return null;
  return [...events.filter((event) => event.id !== submit.id && !have.includes(event.id)), submit];
}
