// Stylesheets that the first set does without.

import { el } from "./dom.js";

const loaded = new Map();

export function style(name) {
  if (!loaded.has(name)) {
    const link = el("link", { rel: "stylesheet", href: new URL(name, import.meta.url).href });
    loaded.set(name, new Promise((done) => (link.onload = link.onerror = done)));
    document.head.append(link);
  }
  return loaded.get(name);
}
