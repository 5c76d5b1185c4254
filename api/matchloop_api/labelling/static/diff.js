// What differs between two values, as a reader sees it. Pure functions, no DOM.

const segmenter = new Intl.Segmenter(undefined, { granularity: "grapheme" });
const graphemes = (text) => Array.from(segmenter.segment(text), (s) => s.segment);

const QUIET = new Set(["source", "context", "ignored"]);
const KEPT = 20000; // comparisons to remember
const LONGEST = 250000; // cells of an alignment table; longer texts are compared as bags of words

export const SAME = 0;
export const MARK = 1;
export const LACK = 2;
export const NEAR = 3; // the same in another form or place
export const MORE = 4; // only in b, in place of nothing
const USED = -1; // a lost word that has a partner in b

// Vowel signs of other scripts are letters to their readers, so only these lose their accents.
export function folded(text) {
  return text
    .normalize("NFKD")
    .replace(/([\p{Script=Latin}\p{Script=Greek}])\p{M}+/gu, "$1")
    .replace(/[\u064b-\u0652\u0591-\u05bd]/g, "")
    .replace(/е\u0308/gi, "е")
    .toLowerCase();
}

// The text without what counts as form only: case, accents, width, spaces, punctuation.
export function plain(text, kind = "text") {
  const low = folded(text);
  if (kind === "number") {
    const number = low.replace(/^([^.,]*),(?=\d{1,2}\s*$)/, "$1."); // 518,99
    if (number.trim() !== "" && Number.isFinite(Number(number))) return String(Number(number));
  }
  if (kind === "date") {
    const eight = /^\s*(\d{4})(\d\d)(\d\d)\s*$/.exec(low);
    const parts = eight ? eight.slice(1) : low.match(/\p{N}+|\p{L}+/gu) || [];
    return parts.map((x) => x.replace(/^0+(?=\d)/, "")).join("-");
  }
  // 1.5 is not 15: a point or comma between digits stays, except in codes.
  const kept = /^(code|identifier)$/.test(kind) ? low : low.replace(/(\p{N})[.,](?=\p{N})/gu, "$1\u2024");
  return kept.replace(/[^\p{L}\p{M}\p{N}\p{Sm}\p{Sc}\p{So}\u2024]+/gu, "");
}

// The shortest way from a to b: [operation, text], with SAME, MARK (only in b) or LACK (only in a).
function align(a, b, key) {
  const ka = a.map(key);
  const kb = b.map(key);
  let head = 0;
  let endA = a.length;
  let endB = b.length;
  while (head < endA && head < endB && ka[head] === kb[head]) head++;
  while (endA > head && endB > head && ka[endA - 1] === kb[endB - 1]) endA--, endB--;
  const out = b.slice(0, head).map((x) => [SAME, x]);
  const n = endA - head;
  const m = endB - head;
  if (n * m > LONGEST) {
    const [bagA, bagB] = [new Set(ka), new Set(kb)];
    for (let x = head; x < endA; x++) if (!bagB.has(ka[x])) out.push([LACK, a[x]]);
    for (let y = head; y < endB; y++) out.push([bagA.has(kb[y]) ? SAME : MARK, b[y]]);
  } else {
    const w = m + 1;
    const weight = ka.slice(head, endA).map((x) => (isWord(x) ? 3 : 1)); // a word rather than two spaces
    const best = new Uint16Array((n + 1) * w);
    for (let x = n - 1; x >= 0; x--)
      for (let y = m - 1; y >= 0; y--)
        best[x * w + y] =
          ka[head + x] === kb[head + y]
            ? best[(x + 1) * w + y + 1] + weight[x]
            : Math.max(best[(x + 1) * w + y], best[x * w + y + 1]);
    let x = 0;
    let y = 0;
    while (x < n || y < m) {
      if (x < n && y < m && ka[head + x] === kb[head + y]) x++, out.push([SAME, b[head + y++]]);
      else if (x < n && (y === m || best[(x + 1) * w + y] >= best[x * w + y + 1])) out.push([LACK, a[head + x++]]);
      else out.push([MARK, b[head + y++]]);
    }
  }
  for (const x of b.slice(endB)) out.push([SAME, x]);
  return out;
}

const WORDS = /\p{Script=Han}|\p{Script=Hiragana}|(?:[[\p{L}\p{M}\p{N}]--[\p{Script=Han}\p{Script=Hiragana}]]|(?<=\p{N})[.,](?=\p{N}))+|\s+|./gsv;
const words = (text) => text.match(WORDS) || [];
const isWord = (text) => /[\p{L}\p{N}\p{So}]/u.test(text);

// Single characters of near words: at most a third differs, or one character where digits are involved.
function within(a, b) {
  const ua = graphemes(a);
  const ub = graphemes(b);
  const most = Math.max(ua.length, ub.length);
  if (most < 3 || Math.abs(ua.length - ub.length) > most / 3) return null;
  const ops = align(ua, ub, folded);
  const added = ops.filter(([op]) => op === MARK).length;
  const lost = ops.filter(([op]) => op === LACK).length;
  const limit = /\p{N}/u.test(a + b) ? 1 : Math.max(1, Math.floor(most / 3));
  if (Math.max(added, lost) > limit) return null;
  return added ? ops.filter(([op]) => op !== LACK) : ops;
}

function joined(pieces) {
  const out = [];
  for (const [op, text] of pieces) {
    const last = out[out.length - 1];
    if (last && last[0] === op) last[1] += text;
    else out.push([op, text]);
  }
  return out;
}

// Fill the space or comma between two marks, so that a marked phrase reads as a whole.
function bridged(pieces) {
  const out = joined(pieces);
  for (let i = 1; i < out.length - 1; i++)
    if (out[i][0] === SAME && !isWord(out[i][1]) && out[i - 1][0] === out[i + 1][0] && out[i + 1][0] !== LACK) out[i][0] = out[i + 1][0];
  return joined(out);
}

// The words of both values in the order of b; run: which of them stand between the same equal words.
function aligned(a, b) {
  let run = 0;
  return align(words(a), words(b), folded).map(([op, text]) => {
    const low = isWord(text) ? folded(text) : "";
    if (op === SAME && low) run++;
    return { op, text, low, run };
  });
}

const isOpen = ({ op }) => op === LACK || op === MARK;
const pairOff = (word) => (word.op = word.op === LACK ? USED : NEAR);

// Words of one value that the other writes as one word.
function unite(ones, many) {
  for (const one of ones)
    for (let i = 0; i < many.length && isOpen(one); i++) {
      let text = "";
      for (let j = i; many[j]?.run === many[i].run && isOpen(many[j]) && one.low.startsWith((text += many[j].low)); j++)
        if (text === one.low) [one, ...many.slice(i, j + 1)].forEach(pairOff);
    }
}

// The beginning of the other word, or its initial.
const shortens = (a, b) => (a.startsWith(b) || b.startsWith(a)) && !/\p{N}/u.test(a + b);

// Find the lost words that stand in b in another place, joined or split, nearly equal, abbreviated.
function pairUp(list) {
  const [lost, more] = [LACK, MARK].map((wanted) => list.filter(({ op, low }) => op === wanted && low));
  const pair = (partsOf) => {
    for (const x of more)
      for (const y of isOpen(x) ? lost : []) {
        const parts = isOpen(x) && isOpen(y) && partsOf(y, x);
        if (!parts) continue;
        [x, y].forEach(pairOff);
        if (parts !== true) x.parts = parts;
      }
  };
  pair((y, x) => y.low === x.low);
  unite(lost, more);
  unite(more, lost);
  if (lost.length * more.length > LONGEST) return;
  pair((y, x) => within(y.text, x.text));
  pair((y, x) => y.run === x.run && shortens(y.low, x.low));
}

// How b looks beside a. Words that replace others are marked; words that replace nothing are more.
function looked(list, b) {
  const mine = list.filter(({ op, low }) => low && op !== LACK && op !== USED);
  const lost = list.filter(({ op, low }) => low && op === LACK);
  const agree = mine.filter(({ op }) => op !== MARK).length;
  if (agree * 4 < mine.length) return { how: "differs", list, parts: [[lost.length ? MARK : MORE, b]] };
  const replaced = new Set(lost.map(({ run }) => run));
  const pieces = list.flatMap(({ op, text, low, run, parts }) => {
    if (parts) return parts;
    if (op === USED || (op === LACK && !low)) return [];
    if (op === LACK) return [[LACK, text.length > 1 ? text + " " : text]];
    return [[op !== MARK ? op : !low ? SAME : replaced.has(run) ? MARK : MORE, text]];
  });
  const all = joined(pieces);
  const isMark = (x) => x?.[0] === MARK || x?.[0] === MORE;
  const marks = all.some(isMark);
  const lacks = all.filter(([op]) => op === LACK).length;
  if (!marks && !lacks) return all.some(([op]) => op === NEAR) ? { how: "form", list, parts: [[SAME, b]] } : { how: "differs", list, parts: [[MARK, b]] };
  const clear = all.filter(([op], i) => op !== LACK || !marks || (lacks < 3 && !isMark(all[i - 1]) && !isMark(all[i + 1])));
  return { how: "differs", list, parts: bridged(clear).map(([op, x]) => [op, op === LACK ? x.trim() : x]) };
}

function byWords(a, b) {
  const list = aligned(a, b);
  pairUp(list);
  return looked(list, b);
}

// Year, month and day of a date in numbers; two readings where day and month may stand either way.
function readings(date) {
  const [, x, sign, y, z] = /^\s*(\d+)([-./\s])\s*(\d+)\2\s*(\d+)\s*$/.exec(date) || [];
  if (x?.length === 4) return { yearFirst: true, orders: [[x, y, z]] };
  return z?.length === 4 ? { yearFirst: false, orders: [[z, y, x], ...(sign === "." ? [] : [[z, x, y]])] } : null;
}

function sameDate(a, b) {
  const [ra, rb] = [readings(a), readings(b)];
  if (!ra || !rb || ra.yearFirst === rb.yearFirst) return false;
  return ra.orders.some((one) => rb.orders.some((other) => one.every((part, i) => Number(part) === Number(other[i]))));
}

function byDateParts(a, b) {
  const da = a.split(/(\D+)/);
  const db = b.split(/(\D+)/);
  if (da.length !== db.length || da.length < 3) return null;
  return { how: "differs", parts: joined(db.map((x, i) => [x !== da[i] && /\d/.test(x) ? MARK : SAME, x])) };
}

const PHONE = /^[+\d\s().\/-]{8,}$/;

// With and without the country's or the region's code: the last 8 digits decide, if a prefix shows.
function samePhone(a, b) {
  if (!PHONE.test(a) || !PHONE.test(b)) return false;
  const [da, db] = [a, b].map((x) => x.replace(/\D/g, ""));
  return da.length !== db.length && /^\s*[+0]/m.test(`${a}\n${b}`) && Math.min(da.length, db.length) >= 8 && da.slice(-8) === db.slice(-8);
}

function fresh(a, b, kind) {
  if (a === b) return { how: "same", parts: [[SAME, b]] };
  if (!b) return { how: "gone", parts: [], list: aligned(a, b) };
  if (!a) return { how: "only", parts: [[SAME, b]], list: aligned(a, b) };
  const pa = plain(a, kind);
  if ((pa && pa === plain(b, kind)) || samePhone(a, b) || (kind === "date" && sameDate(a, b))) return { how: "form", parts: [[SAME, b]] };
  return (kind === "date" && byDateParts(a, b)) || byWords(a, b);
}

const memo = new Map();

// b seen beside a: {how: same | form | gone | only | differs, parts: [[SAME | MARK | LACK, text], ...]}
export function compare(a, b, kind = "text") {
  const key = `${kind}\0${a ?? ""}\0${b ?? ""}`;
  let result = memo.get(key);
  if (!result) {
    if (memo.size > KEPT) memo.clear();
    result = fresh(a ?? "", b ?? "", kind);
    memo.set(key, result);
  }
  return result;
}

// A row beside another one, a result for each column; a value that stands in another column of the
// other row is "moved", from that column, and not marked. Quiet columns are never compared.
export function compareRows(a, b, columns) {
  const results = columns.map((column, j) =>
    QUIET.has(column.kind) ? { how: "quiet", parts: [[SAME, b[j] ?? ""]] } : compare(a[j], b[j], column.kind),
  );
  if (!results.some(({ how }) => how === "differs" || how === "only")) return results;
  const [plainA, plainB] = [a, b].map((cells) => columns.map((column, j) => (cells[j] && !QUIET.has(column.kind) ? plain(cells[j]) : "")));
  const once = (values, value) => values.indexOf(value) === values.lastIndexOf(value);
  const seen = results.map((result, j) => {
    if (result.how !== "differs" && result.how !== "only") return result;
    const value = plainB[j];
    const k = plainA.indexOf(value);
    // A short word, or one that stands in several columns, stands there by chance.
    const isMoved = value.length > 2 && k >= 0 && k !== j && once(plainA, value) && once(plainB, value) && !/same|form/.test(results[k].how);
    return isMoved ? { how: "moved", from: columns[k].name, parts: [[SAME, b[j]]] } : result;
  });
  return elsewhere(seen, b);
}

// A short word, or a small number, stands in another column by chance.
const isTelling = (low) => (/\p{L}/u.test(low) ? low.length > 2 : low.length > 3);

// A word that one column lost and another one has is the same word in another place.
function elsewhere(results, b) {
  const [lost, more] = [LACK, MARK].map((op) => new Set(results.flatMap(({ list = [] }) => list.filter((word) => word.op === op && isTelling(word.low)).map(({ low }) => low))));
  const isShared = (word) => isOpen(word) && lost.has(word.low) && more.has(word.low);
  return results.map((x, j) => {
    if (x.how !== "differs" || !x.list?.some(isShared)) return x;
    const list = x.list.map((word) => ({ ...word }));
    list.filter(isShared).forEach(pairOff);
    return looked(list, b[j]);
  });
}

export const isQuiet = (column) => QUIET.has(column.kind);

// Characters that cannot be seen or that turn the text around. A joiner after a letter or an emoji is spelling.
const HIDDEN =
  /(?<![\p{L}\p{M}\p{Extended_Pictographic}\ufe0f])[\u200c\u200d]|[\0-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|\p{Cs}|[\u{e0000}-\u{e007f}]/gu;
const named = (c) => `⟨U+${c.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}⟩`;

// [[isWrittenOut, text], ...]
export function written(text) {
  const out = [];
  let from = 0;
  for (const hit of text.matchAll(HIDDEN)) {
    if (hit.index > from) out.push([false, text.slice(from, hit.index)]);
    out.push([true, named(hit[0])]);
    from = hit.index + hit[0].length;
  }
  if (from < text.length) out.push([false, text.slice(from)]);
  return out;
}

// Alphabets with letters that look alike.
const ALPHABETS = ["Latin", "Cyrillic", "Greek", "Armenian", "Cherokee"].map((name) => new RegExp(`\\p{Script=${name}}`, "u"));

export function mixesAlphabets(text) {
  if (/^[\0-\u024f]*$/.test(text)) return false;
  return (text.match(/\p{L}+/gu) || []).some((word) => ALPHABETS.filter((one) => one.test(word)).length > 1);
}
