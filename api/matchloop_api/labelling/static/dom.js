// Elements and the server. All text goes in as text, never as markup.

import { shapeOf } from "./state.js";

export const $ = (id) => document.getElementById(id);
export const root = document.documentElement.dataset;

// el("td.name", {title: "x"}, child, ...): what is no property of the element becomes an attribute.
export function el(name, ...rest) {
  const [tag, ...classes] = name.split(".");
  const node = document.createElement(tag);
  if (classes.length) node.className = classes.join(" ");
  if (rest[0]?.constructor === Object) {
    for (const [key, value] of Object.entries(rest.shift())) {
      if (key in node) node[key] = value;
      else node.setAttribute(key, value);
    }
  }
  node.append(...rest);
  return node;
}

const SVG = "http://www.w3.org/2000/svg";

export function badge(letter, alone = false) {
  const shape = shapeOf(letter);
  const svg = document.createElementNS(SVG, "svg");
  svg.ariaHidden = "true";
  svg.append(document.createElementNS(SVG, "use"));
  svg.firstChild.setAttribute("href", `#shape-${shape}`);
  return el(`span.badge.g${shape}${alone ? ".alone" : ""}`, svg, el("b", letter));
}

export const button = (text, onclick, more = {}) => el("button", { type: "button", onclick, ...more }, ...[text].flat());

export const time = (ms) => el("time", new Date(ms).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" }));

export const hint = (text) => void ($("live").textContent = text);

// A line that is seen as well as read aloud, until the next key.
export function notice(...parts) {
  $("notice").replaceChildren(...parts);
  $("notice").hidden = !parts[0];
}

async function call(path, request) {
  const response = await fetch(`${root.base}/${path}`, { cache: "no-store", ...request });
  const json = await response.json().catch(() => null);
  if (response.ok || json?.stored) return json;
  const error = new Error(json?.error || `The server answered ${response.status}.`);
  error.status = response.status;
  error.retryMs = 1000 * response.headers.get("retry-after");
  throw error;
}

export const ask = (path, query = {}) => call(`${path}?${new URLSearchParams(query)}`);

export function send(path, body, keepaliveBytes = 0) {
  const text = JSON.stringify(body);
  const headers = { "Content-Type": "application/json", "X-CSRF-Token": root.csrf };
  return call(path, { method: "POST", headers, body: text, keepalive: text.length < keepaliveBytes });
}

export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
