// The answer to a practice set.

import { compareRows } from "./diff.js";
import { cells, closing, open, table } from "./dialog.js";
import { badge, el, send } from "./dom.js";
import { title } from "./grid.js";

const score = { right: 0, of: 0 };

// Explains the answer, then goes on to the next practice set or to the first real one.
export async function practised({ desk, practice, display, next }) {
  const following = practice[practice.indexOf(desk.set) + 1];
  const result = await showPractice(desk.set, desk.state, !following);
  score.right += result.right;
  score.of += result.of;
  if (following) return display(following.set);
  practice.length = 0;
  desk.set = null;
  send("practice", score).catch(() => {});
  return next();
}

async function showPractice(set, state, isLast) {
  const result = rightPairs(Object.fromEntries(state.group), set.answer);
  const lines = set.rows.map((row, i) => {
    const first = set.rows.find(({ token }) => set.answer[token] === set.answer[row.token]);
    const marked = first !== row && compareRows(first.cells, row.cells, set.columns);
    const [mine, truth] = [state.group.get(row.token), set.answer[row.token]].map((letter) => (letter ? badge(letter) : "left out"));
    return el("tr", el("th", { scope: "row" }, String(i + 1)), el("td", mine), el("td", truth), ...cells(row, marked));
  });
  const columns = ["yours", "right", ...set.columns.map((c) => title(c.name))];
  await open(`${result.right} of ${result.of} pairs are right`, el("p", set.why), table(columns, lines), closing(isLast ? "Begin" : "Next practice set"));
  return result;
}

// Share of right pairs of an answer to a practice set.
export function rightPairs(answer, truth) {
  const tokens = Object.keys(truth);
  const pairs = tokens.flatMap((a, i) => tokens.slice(i + 1).map((b) => [a, b]));
  const joined = (groups, [a, b]) => groups[a] !== null && groups[a] === groups[b];
  return { right: pairs.filter((pair) => joined(answer, pair) === joined(truth, pair)).length, of: pairs.length };
}
