// One tab writes a set. Web Locks where the browser has them (secure contexts), else tabs ask each other.

const ANSWER_MS = 150;
const RELOAD_MS = 400; // the page before a reload may hold its lock a moment longer

const tab = String(Math.random()).slice(2);
let release = () => {};

// Resolves to false when another tab holds the set; lost() is called when another tab takes it over.
export function hold(name, takeOver, lost) {
  release();
  return navigator.locks ? withLocks(name, takeOver, lost) : withMessages(name, takeOver, lost);
}

function withLocks(name, takeOver, lost) {
  return new Promise((resolve) => {
    let held = false;
    const options = takeOver ? { steal: true } : { signal: AbortSignal.timeout(RELOAD_MS) };
    navigator.locks
      .request(name, options, () => {
        held = true;
        resolve(true);
        return new Promise((done) => (release = done));
      })
      .catch(() => (held ? lost() : resolve(false)));
  });
}

function withMessages(name, takeOver, lost) {
  if (!globalThis.BroadcastChannel) return Promise.resolve(true);
  const channel = new BroadcastChannel(name);
  return new Promise((resolve) => {
    let held = takeOver;
    let taken = false;
    channel.onmessage = ({ data }) => {
      if (data.tab === tab) return;
      if (data.kind === "held") taken = true;
      else if (held && data.kind === "ask") channel.postMessage({ kind: "held", tab });
      else if (held && data.kind === "take") {
        channel.close();
        lost();
      }
    };
    channel.postMessage({ kind: takeOver ? "take" : "ask", tab });
    setTimeout(() => {
      held ||= !taken;
      if (held) release = () => channel.close();
      else channel.close();
      resolve(held);
    }, takeOver ? 0 : ANSWER_MS);
  });
}
