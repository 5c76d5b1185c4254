// One tab writes a set. Web Locks exist in secure contexts only; elsewhere tabs ask each other.

const ANSWER_MS = 150;
const RELOAD_MS = 400; // the page before a reload may hold its lock a moment longer

let release = () => {};

// Resolves to false when another tab holds the set; lost() is called when another tab takes it over.
export function hold(name, takeOver, lost) {
  release();
  return navigator.locks ? lock(name, takeOver, lost) : talk(name, takeOver, lost);
}

function lock(name, takeOver, lost) {
  return new Promise((resolve) => {
    let held = false;
    const options = takeOver ? { steal: true } : { signal: AbortSignal.timeout(RELOAD_MS) };
    const keep = () => {
      resolve((held = true));
      return new Promise((done) => (release = done));
    };
    navigator.locks.request(name, options, keep).catch(() => (held ? lost() : resolve(false)));
  });
}

async function talk(name, takeOver, lost) {
  const channel = new BroadcastChannel(name);
  let held = takeOver;
  let taken = false;
  channel.onmessage = ({ data }) => {
    if (data === "held") taken = true;
    else if (held && data === "ask") channel.postMessage("held");
    else if (held) release(), lost();
  };
  channel.postMessage(takeOver ? "take" : "ask");
  await new Promise((resolve) => setTimeout(resolve, takeOver ? 0 : ANSWER_MS));
  held ||= !taken;
  if (held) release = () => channel.close();
  else channel.close();
  return held;
}
