// What a person answers with: keys, buttons, and the lock that lets one tab write a set.
// Loaded once the first set is on the screen.

import { local } from "./browser.js";
import { root } from "./dom.js";
import { drawFoot } from "./foot.js";
import { Input } from "./input.js";
import { Keys } from "./keys.js";
import { hold } from "./locks.js";
import { run } from "./painting.js";

export function answering(page) {
  const keys = new Keys(local);
  const perform = (command) => root.screen === "set" && run(command, page);
  return { keys, perform, input: new Input(keys, page), hold, drawFoot: () => drawFoot(page.desk, keys) };
}
