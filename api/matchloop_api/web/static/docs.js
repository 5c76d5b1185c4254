// Opens what a link points at, and sends the examples of the page to its own server.
"use strict";
function openTarget() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (target && target.tagName === "DETAILS") {
    target.open = true;
    target.scrollIntoView();
  }
}
addEventListener("hashchange", openTarget);
openTarget();
for (const form of document.forms) {
  const [button, output] = [form.querySelector("button"), form.querySelector("pre")];
  button.hidden = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    output.hidden = false;
    try {
      const answer = await fetch(form.dataset.path, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: form.querySelector("textarea").value,
      });
      output.textContent = answer.status + "\n" + JSON.stringify(await answer.json(), null, 2);
    } catch (error) {
      output.textContent = String(error);
    }
  });
}
