// Search the table for a partner that the set lacks.

import { box, close, open } from "./dialog.js";
import { ask, button, el, send } from "./dom.js";
import { content } from "./grid.js";

export function showSearch(set, add) {
  const results = el("ul.results");
  const message = el("p", { role: "status" });
  const input = el("input", { ariaLabel: "Text of the missing row", dir: "auto" });
  let asked = 0;
  const take = async (row) => {
    try {
      const answer = await send("rows", { set: set.set, version: set.version, token: row.token });
      set.version = answer.version;
      close();
      add(answer.row);
    } catch (error) {
      message.textContent = error.message;
    }
  };
  const look = async () => {
    const mine = ++asked;
    if (!input.value.trim()) return results.replaceChildren();
    try {
      const answer = await ask("search", { set: set.set, q: input.value });
      if (mine !== asked) return;
      message.textContent = answer.rows.length ? (answer.more ? "The nearest 20 rows:" : "") : "No row is like this.";
      results.replaceChildren(
        ...answer.rows.map((row) => el("li", button(row.cells.map((x) => x && el("bdi", ...content(x, null, 80))).filter(Boolean), () => take(row)))),
      );
    } catch (error) {
      message.textContent = `Search needs the server. ${error.message}`;
    }
  };
  let timer = 0;
  input.oninput = () => (clearTimeout(timer), (timer = setTimeout(look, 200)));
  box.onkeydown = (event) => {
    const all = [...results.querySelectorAll("button")];
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by && all.length) {
      event.preventDefault();
      (all[all.indexOf(document.activeElement) + by] || input).focus();
    } else if (event.key === "Enter" && event.target === input && all.length) {
      event.preventDefault();
      all[0].click();
    }
  };
  const done = open("Search for a missing partner", input, message, results, el("p.actions", button("Close", close)));
  input.focus();
  return done.then(() => (box.onkeydown = null));
}
