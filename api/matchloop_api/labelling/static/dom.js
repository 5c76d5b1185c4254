// Elements and the server, in as few words as possible. All text goes in as text, never as markup.

import { shapeOf } from "./state.js";

export const $ = (id) => document.getElementById(id);

// el("td.name", {title: "x"}, child, ...): properties with a dash or unknown to the element are attributes.
export function el(name, properties = {}, ...children) {
  const [tag, ...classes] = name.split(".");
  const node = document.createElement(tag);
  if (classes.length) node.className = classes.join(" ");
  for (const [key, value] of Object.entries(properties)) {
    if (key in node && key !== "role") node[key] = value;
    else node.setAttribute(key, value);
  }
  node.append(...children);
  return node;
}

const SVG = "http://www.w3.org/2000/svg";

export function badge(letter, alone = false) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `#shape-${shapeOf(letter)}`);
  svg.append(use);
  return el(`span.badge.g${shapeOf(letter)}${alone ? ".alone" : ""}`, {}, svg, el("b", {}, letter));
}

export const kbd = (text) => el("kbd", {}, text);

export const button = (text, onclick, properties = {}) => el("button", { type: "button", onclick, ...properties }, ...[text].flat());

export function hint(text) {
  const live = $("live");
  live.textContent = "";
  live.textContent = text;
}

// A line that is seen as well as read aloud, until the next one or the next key.
export function notice(text, ...actions) {
  const box = $("notice");
  box.replaceChildren(text, ...actions);
  box.hidden = !text;
}

const root = document.documentElement.dataset;

async function answer(response) {
  const json = /json/.test(response.headers.get("content-type") || "") ? await response.json() : null;
  if (response.ok || (json && json.stored)) return json;
  const error = new Error(json?.error || `The server answered ${response.status}.`);
  error.status = response.status;
  error.retryMs = 1000 * Number(response.headers.get("retry-after")) || 0;
  throw error;
}

export const ask = async (path) => answer(await fetch(`${root.base}/${path}`, { cache: "no-store" }));

export async function send(path, body, keepaliveBytes = 0) {
  const text = JSON.stringify(body);
  const headers = { "Content-Type": "application/json", "X-CSRF-Token": root.csrf };
  const keepalive = text.length < keepaliveBytes;
  return answer(await fetch(`${root.base}/${path}`, { method: "POST", headers, body: text, keepalive }));
}

export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
