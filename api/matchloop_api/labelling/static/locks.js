// One tab writes a set. Web Locks exist in secure contexts only; elsewhere tabs ask each other.

const RELOAD_MS = 400; // the page before a reload may hold its lock a moment longer

let release = () => {};

// Resolves to false when another tab holds the set; lost() is called when another tab takes it over.
export async function hold(name, takeOver, lost) {
  release();
  if (navigator.locks) return lock(name, takeOver, lost);
  const { talk } = await import("./talk.js");
  const done = await talk(name, takeOver, () => (release(), lost()));
  release = done || (() => {});
  return Boolean(done);
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
