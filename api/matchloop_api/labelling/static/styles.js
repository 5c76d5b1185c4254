// The styles of dialogs and screens, which the first set does without. Who imports this waits for them.

import { el } from "./dom.js";

const link = el("link", { rel: "stylesheet", href: new URL("more.css", import.meta.url).href });
await new Promise((done) => {
  link.onload = link.onerror = done;
  document.head.append(link);
});
