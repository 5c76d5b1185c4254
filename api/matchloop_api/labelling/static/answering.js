// What a person answers with: keys, buttons, and the lock that lets one tab write a set.
// Loaded once the first set is on the screen.

import { local } from "./browser.js";
import { root } from "./dom.js";
import { drawFoot } from "./foot.js";
import { Input } from "./input.js";
import { Keys } from "./keys.js";
import { hold } from "./locks.js";
import { run } from "./painting.js";

const LOOK_OVER_SETS = 20;

export function answering(page) {
  const keys = new Keys(local);
  const settings = {
    looksOver: () => local.get("matchloop-look-over") !== "no",
    mayChange: () => page.sets.queue.done >= LOOK_OVER_SETS,
    setLooksOver: (yes) => local.set("matchloop-look-over", yes ? "yes" : "no"),
  };
  const perform = (command) => root.screen === "set" && run(command, page);
  const input = new Input(keys, page);
  document.addEventListener("visibilitychange", () => {
    if (root.screen !== "set" || !page.desk.held) return;
    input.by = { input: "screen", key: "" };
    page.record(document.hidden ? "hide" : "focus", {});
  });
  return { keys, settings, perform, input, hold, drawFoot: () => drawFoot(page) };
}
