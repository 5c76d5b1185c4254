// What is in sight: the grid, or a screen in its place.

import { $, root } from "./dom.js";

export function show(name, ...nodes) {
  root.screen = name;
  const grid = name === "set";
  for (const id of ["saved", "answers", "end", "help"]) $(id).hidden = name === "setup";
  $("where").hidden = /^(end|answers|flags)$/.test(name);
  $("work").hidden = $("keys").hidden = $("groups").hidden = $("guide").hidden = !grid;
  $("screen").hidden = grid;
  $("screen").className = name;
  $("screen").replaceChildren(...nodes);
  if (!grid) {
    delete root.shown;
    $("screen").querySelector(".main")?.focus({ preventScroll: true });
  }
}
