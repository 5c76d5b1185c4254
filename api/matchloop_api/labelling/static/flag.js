// Flag rows for a curator.

import { close, open } from "./dialog.js";
import { button, el } from "./dom.js";

// numbers: of the rows, as the set counts them.
export function showFlag(rows, numbers, reasons, act) {
  const reason = el("select", ...reasons.map((text) => el("option", text)), el("option", { value: "" }, "only a note"));
  const remark = el("textarea", { rows: 3, maxLength: 1000, dir: "auto" });
  const form = el("form", el("label", "Reason", reason), el("label", "Remark", remark), el("p.actions", button("Cancel", close), el("button.main", "Flag")));
  form.onsubmit = (event) => {
    event.preventDefault();
    close();
    const tokens = rows.map((row) => row.token);
    if (reason.value) act("flag", { rows: tokens, reason: reason.value, remark: remark.value });
    else act("note", { rows: tokens, remark: remark.value });
  };
  return open(`Flag row${rows.length > 1 ? "s" : ""} ${numbers.join(", ")} for a curator`, form);
}
