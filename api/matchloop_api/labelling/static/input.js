// Keys, mouse and touch on the grid and its row of buttons.

import { $, root } from "./dom.js";
import { namesOf } from "./keys.js";

const REPEATING = new Set(["up", "down", "left", "right", "select-up", "select-down", "undo", "redo"]);

// on: perform(command), letter(name), cell(node, isMore), held(): undefined while a set is being opened.
export class Input {
  by = { input: "screen", key: "" };
  #backlog = [];

  constructor(keys, on) {
    Object.assign(this, { keys, on });
    document.addEventListener("keydown", (event) => this.#key(event));
    $("keys").addEventListener("click", (event) => this.#button(event));
    $("work").addEventListener("click", (event) => {
      this.#pointer(event);
      on.cell(event.target, event.shiftKey);
    });
    // Nothing else on the page wants the focus, and without it the keys are dead.
    document.addEventListener("click", () => {
      if (document.activeElement === document.body && this.#isOnSet()) on.focus();
    });
  }

  #isOnSet = () => root.screen === "set" && !$("dialog").open;

  // Keys act only where the grid or its buttons have the focus; a button keeps its own two keys.
  #key(event) {
    const isButton = event.target.tagName === "BUTTON";
    const isHere = $("work").contains(event.target) || $("keys").contains(event.target);
    if (!this.#isOnSet() || !isHere || (isButton && /^( |Enter)$/.test(event.key))) return;
    if ((event.ctrlKey || event.metaKey) && event.key === "Enter") return this.on.address();
    const names = namesOf(event);
    const command = this.keys.commandOf(names);
    if (!command) return;
    event.preventDefault();
    if (event.repeat && !REPEATING.has(command)) return;
    if (this.on.held() === undefined) this.#backlog.push([command, names[0]]);
    else this.#press(command, names[0]);
  }

  #press(command, key) {
    if (root.screen !== "set") return;
    this.by = { input: "key", key };
    this.on.perform(command);
  }

  // Keys that were pressed while the set was being opened.
  catchUp(isHeld) {
    const waiting = this.#backlog.splice(0);
    if (isHeld) waiting.forEach(([command, key]) => this.#press(command, key));
  }

  #pointer({ detail, pointerType }) {
    this.by = { input: !detail ? "screen" : /touch|pen/.test(pointerType) ? "touch" : "mouse", key: "" };
  }

  #button(event) {
    const { command, letter } = event.target.closest("button")?.dataset || {};
    if (!command && !letter) return;
    this.#pointer(event);
    if (letter) this.on.letter(letter);
    else this.on.perform(command);
  }
}
