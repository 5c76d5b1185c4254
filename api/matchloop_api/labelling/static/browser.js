// What some browsers lack or forbid.

// crypto.randomUUID exists in secure contexts only.
export function uuid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 15) | 64;
  bytes[8] = (bytes[8] & 63) | 128;
  const hex = Array.from(bytes, (x) => x.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

// A storage that may be forbidden or full: what it cannot keep lasts as long as the page.
function shelf(storage) {
  const attempt = (work) => {
    try {
      return work(globalThis[storage]);
    } catch {
      return null;
    }
  };
  return {
    get: (name) => attempt((x) => x.getItem(name)),
    set: (name, value) => attempt((x) => x.setItem(name, value)),
    remove: (name) => attempt((x) => x.removeItem(name)),
    names: () => attempt((x) => Object.keys(x)) || [],
  };
}

export const local = shelf("localStorage");
export const tab = shelf("sessionStorage");
