// Keys, mouse and touch on the grid and its row of buttons.

import { $, root } from "./dom.js";
import { namesOf } from "./keys.js";

const REPEATING = new Set(["up", "down", "left", "right", "select-up", "select-down", "undo", "redo"]);

// page: desk, perform(command), more(command), held(): undefined while a set is being opened.
export class Input {
  by = { input: "screen", key: "" };
  #waiting = [];

  constructor(keys, page) {
    Object.assign(this, { keys, page });
    document.addEventListener("keydown", (event) => this.#key(event));
    $("keys").addEventListener("click", (event) => this.#button(event));
    $("work").addEventListener("click", (event) => this.#cell(event));
    // Nothing else on the page wants the focus, and without it the keys are dead.
    document.addEventListener("click", () => {
      if (document.activeElement === document.body && this.#isOnSet()) page.desk.focus();
    });
  }

  #isOnSet = () => root.screen === "set" && !$("dialog").open;

  // Keys act only where the grid or its buttons have the focus; a button keeps its own two keys.
  #key(event) {
    const isButton = event.target.tagName === "BUTTON";
    const isHere = $("work").contains(event.target) || $("keys").contains(event.target);
    if (!this.#isOnSet() || !isHere || (isButton && /^( |Enter)$/.test(event.key))) return;
    if ((event.ctrlKey || event.metaKey) && event.key === "Enter") return this.page.more("address");
    const names = namesOf(event);
    const command = this.keys.commandOf(names);
    if (!command) return;
    event.preventDefault();
    if (!event.repeat || REPEATING.has(command)) this.#take(command, { input: "key", key: names[0] });
  }

  #take(...given) {
    this.#waiting.push(given);
    this.catchUp();
  }

  // What was pressed while the set was being opened.
  catchUp() {
    while (this.#waiting.length && this.page.held() !== undefined) {
      const [command, by] = this.#waiting.shift();
      this.by = by;
      this.page.perform(command);
    }
  }

  #source({ detail, pointerType }) {
    return { input: !detail ? "screen" : /touch|pen/.test(pointerType) ? "touch" : "mouse", key: "" };
  }

  #button(event) {
    const { command, letter } = event.target.closest("button")?.dataset || {};
    if (command || letter) this.#take(command || `group-${letter}`, this.#source(event));
  }

  #cell(event) {
    if (event.target.id === "unfold") return this.#take("unfold", this.#source(event));
    const { desk } = this.page;
    const place = desk.grid.where(event.target);
    if (!place) return desk.focus();
    desk.cursor.col = place.col;
    return desk.go(place.at, true, event.shiftKey);
  }
}
