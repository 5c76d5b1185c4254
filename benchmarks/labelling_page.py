"""Measure the labelling page: are slips visible, how many seconds is a label, what costs a key.

`slips`: sets are drawn as `matchloop ask` does and answered by a person who knows the truth and
errs in 5 % of the answers. Each row is compared with the first row of its group by the page's own
diff.js. Reported is the share of a row's text that is marked, of columns that both rows fill, for
members that belong there and for members that do not.

`second`: does the second look find the slips that the marks do not show? The same answers, by five
people. Reported is how well the probability that an answer is wrong, by models that did not learn
from its set, tells members that do not belong from members that do; the same by models that know
the true answer to every other set, which bounds it; and which of the five sets offered hold a slip.

`seconds`: the keystroke-level model (a key .28 s, a decision 1.35 s; Card, Moran and Newell 1980)
over the same sets: one key and one decision for each row after the first, two for look-over and
submit; against pair by pair, with every pair asked, and with perfect transitive inference, which
asks the fewest pairs that decide all others.

`keys`: CPU time of the browser's main thread for a key, by table, the median of eight blocks.

    python benchmarks/labelling_page.py slips second seconds keys
"""

from __future__ import annotations

import argparse
import functools
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

import matchloop_api
from judging import entities
from matchloop.active_learning.loop import LabelingLoop
from matchloop.data.labels import LabeledPairs
from matchloop.data.text import as_text
from matchloop.lab.simulation import Task
from matchloop.matching.matcher import Matcher
from matchloop.quality.label_checks import label_doubts
from provenance import HERE, Results, provenance
from tables import load_table

if TYPE_CHECKING:
    from playwright.sync_api import Browser

TABLES = "febrl3,abt_buy,fake_1000,dblp_acm"
STATIC = Path(matchloop_api.__file__).parent / "labelling" / "static"
SLIP = 0.05
PEOPLE = 20
"""Simulated people who answer each set: one alone errs in about ten rows of 25 sets."""

JUDGED = 5
"""People whose answers are judged for the second look, which takes a minute of CPU."""

OFFERED = 5
"""Sets of a second look."""

KEY_S, DECISION_S = 0.28, 1.35
CONFIRMING = 2
"""Keys of a set beside its answers: look-over and submit."""

MARKED = """async ([columns, pairs]) => {
    const { compareRows, LACK, MARK } = await import("/diff.js");
    return pairs.map(([first, row]) => {
        const both = compareRows(first, row, columns).filter((result) => result.how !== "only");
        const parts = both.flatMap((result) => result.parts).filter(([op]) => op !== LACK);
        const length = (some) => some.reduce((sum, [, text]) => sum + text.length, 0);
        return length(parts.filter(([op]) => op === MARK)) / Math.max(1, length(parts));
    });
}"""

Question = tuple[Task, NDArray[np.int32]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="+", choices=tuple(LINES))
    parser.add_argument("--tables", default=TABLES, help="names, comma between")
    parser.add_argument("--sets", type=int, default=25, help="of each table, five a round")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--again", action="store_true", help="measure anew what is there")
    options = parser.parse_args()
    results = Results(HERE / "results" / "labelling_page.json", again=options.again)
    drawn = functools.cache(lambda name: draw(name, options.sets, options.seed))
    origin = {"seed": options.seed, "sets": options.sets}
    with chromium() as browser:
        for part in options.parts:
            names = ("people", "tall", "wide") if part == "keys" else options.tables.split(",")
            for name in names:
                key = f"{part} {name}"
                if not results.has(key):
                    if part == "slips":
                        found = slips(browser, *drawn(name), options.seed)
                    elif part == "second":
                        found = second_look(*drawn(name), options.seed)
                    elif part == "seconds":
                        found = seconds(*drawn(name))
                    else:
                        found = cost_of_a_key(browser, name)
                    results.put(key, {**found, **provenance(**origin)})
                print(key, {name: results.rows[key][name] for name in LINES[part]})


LINES = {
    "slips": ("right", "wrong", "marked_right", "marked_wrong", "auroc", "split"),
    "second": ("right", "wrong", "auroc", "bound", "offered_wrong"),
    "seconds": ("page", "transitive", "every_pair", "to_transitive", "to_every_pair"),
    "keys": ("cells", "nodes", "key_ms"),
}


def draw(name: str, sets: int, seed: int) -> tuple[Task, list[NDArray[np.int32]]]:
    """Draw sets as people get them, each round after true answers to the one before."""
    table = load_table(name)
    task = Task.of(name, table.records(), entities(table.truth, len(table)))
    loop = LabelingLoop(task.prepared, seed=seed, matcher=Matcher(seed=seed))
    drawn: list[NDArray[np.int32]] = []
    while len(drawn) < sets:
        asked = loop.ask(sets=min(5, sets - len(drawn)), rows=10)
        if not asked.sets:
            break
        drawn += list(asked.sets)
        loop.learn(asked.answered([str(task.entities[row]) for row in asked.positions.tolist()]))
    return task, drawn


def slips(
    browser: Browser, task: Task, sets: Sequence[NDArray[np.int32]], seed: int
) -> dict[str, Any]:
    """Compare every row with the first of its group, after answers with slips."""
    rng = np.random.default_rng(seed)
    records = task.records
    columns = [{"name": name, "kind": str(records.kinds[name])} for name in records.columns]
    pairs: list[tuple[int, int]] = []
    split = 0
    for rows in sets:
        for _ in range(PEOPLE):
            groups = answered(task.entities[rows], rng)
            firsts = [groups.index(group) for group in groups]
            pairs += [(rows[first], rows[at]) for at, first in enumerate(firsts) if first != at]
            split += sum(
                task.entities[rows[at]] == task.entities[rows[other]]
                for at in set(firsts)
                for other in set(firsts)
                if at < other
            )
    shown = records.table.take(np.unique(np.array(pairs)).tolist())
    place = {int(row): at for at, row in enumerate(np.unique(np.array(pairs)))}
    texts = [as_text(shown[name]).to_pylist() for name in records.columns]
    cells = list(zip(*texts, strict=True))
    page = browser.new_page()
    page.route("**/*", lambda route: route.fulfill(path=STATIC / Path(route.request.url).name))
    page.route("http://page.test/", lambda route: route.fulfill(body="", content_type="text/html"))
    page.goto("http://page.test/")
    sent = [(cells[place[int(first)]], cells[place[int(row)]]) for first, row in pairs]
    marked = np.array(page.evaluate(MARKED, [columns, sent]))
    page.close()
    is_right = np.array([task.entities[first] == task.entities[row] for first, row in pairs])
    right, wrong = marked[is_right], marked[~is_right]
    above = (wrong[:, None] > right[None, :]).mean() + (wrong[:, None] == right[None, :]).mean() / 2
    return {
        "right": len(right),
        "wrong": len(wrong),
        "marked_right": round(float(right.mean()), 3),
        "marked_wrong": round(float(wrong.mean()), 3),
        "auroc": round(float(above), 4),
        "split": int(split),
    }


def second_look(task: Task, sets: Sequence[NDArray[np.int32]], seed: int) -> dict[str, Any]:
    """Judge answers with slips, and the same answers by models that learn the truth."""
    rng = np.random.default_rng(seed)
    ends = [np.triu_indices(len(rows), 1) for rows in sets]
    left = np.concatenate([rows[a] for rows, (a, _) in zip(sets, ends, strict=True)])
    right = np.concatenate([rows[b] for rows, (_, b) in zip(sets, ends, strict=True)])
    number = np.repeat(np.arange(len(sets), dtype=np.int32), [len(a) for a, _ in ends])
    left, right = np.minimum(left, right), np.maximum(left, right)
    is_match = task.entities[left] == task.entities[right]

    def doubts(given: NDArray[np.bool_]) -> NDArray[np.float64]:
        return label_doubts(task.prepared, LabeledPairs(left, right, given, number), seed=seed)

    true_doubt = doubts(is_match)
    match_by_truth = np.where(is_match, 1 - true_doubt, true_doubt)
    doubt, bound, is_wrong, offered = [], [], [], []
    for _ in range(JUDGED):
        groups = [np.array(answered(task.entities[rows], rng)) for rows in sets]
        given = np.concatenate([g[a] == g[b] for g, (a, b) in zip(groups, ends, strict=True)])
        judged = doubts(given)
        of_first = np.concatenate([_is_first(g, *ab) for g, ab in zip(groups, ends, strict=True)])
        member = given & of_first
        doubt.append(judged[member])
        bound.append(1 - match_by_truth[member])
        is_wrong.append(~is_match[member])
        worst = np.zeros(len(sets))
        np.maximum.at(worst, number, judged)
        holds_slip = np.zeros(len(sets), bool)
        np.logical_or.at(holds_slip, number, given != is_match)
        offered.append(holds_slip[np.argsort(-worst, kind="stable")[:OFFERED]].mean())
    wrong = np.concatenate(is_wrong)
    return {
        "right": int((~wrong).sum()),
        "wrong": int(wrong.sum()),
        "auroc": round(float(roc_auc_score(wrong, np.concatenate(doubt))), 4),
        "bound": round(float(roc_auc_score(wrong, np.concatenate(bound))), 4),
        "offered_wrong": round(float(np.mean(offered)), 3),
        "people": JUDGED,
    }


def _is_first(
    groups: NDArray[np.integer], left: NDArray[np.integer], right: NDArray[np.integer]
) -> NDArray[np.bool_]:
    """Return which pairs are a row and the first row of its group."""
    first = np.array([int(np.flatnonzero(groups == group)[0]) for group in groups])
    return np.asarray(first[right] == left)


def answered(truth: NDArray[np.integer], rng: np.random.Generator) -> list[int]:
    """Return the group of each row, given by a person who errs in some answers."""
    groups = [0]
    group_of = {int(truth[0]): 0}
    for entity in truth[1:].tolist():
        following = max(groups) + 1
        right = group_of.get(entity, following)
        group = right
        if rng.random() < SLIP:
            others = [other for other in range(following + 1) if other != right]
            group = int(rng.choice(others))
        group_of.setdefault(entity, group)
        groups.append(group)
    return groups


def seconds(task: Task, sets: Sequence[NDArray[np.int32]]) -> dict[str, Any]:
    """Return seconds per labelled pair by the keystroke-level model."""
    labelled = page = fewest = 0
    for rows in sets:
        count, groups = len(rows), len(np.unique(task.entities[rows]))
        labelled += count * (count - 1) // 2
        page += count - 1 + CONFIRMING
        fewest += (count - groups) + groups * (groups - 1) // 2
    step = KEY_S + DECISION_S
    mine, transitive = page * step / labelled, fewest * step / labelled
    return {
        "page": round(mine, 3),
        "transitive": round(transitive, 3),
        "every_pair": round(step, 3),
        "to_transitive": round(mine / transitive, 3),
        "to_every_pair": round(mine / step, 3),
    }


def cost_of_a_key(browser: Browser, table: str) -> dict[str, Any]:
    """Return the CPU milliseconds of the main thread for a key."""
    sys.path.insert(0, str(HERE.parent / "tests"))
    from api.labelling.static.person import Labelling, PageServer

    with tempfile.TemporaryDirectory() as folder:
        server = PageServer(Path(folder) / "events.sqlite", table)
        server.start()
        try:
            page = browser.new_page(viewport={"width": 1366, "height": 768})
            person = Labelling(page, server, []).open().wait_for().wait_until_saved()
            protocol = page.context.new_cdp_session(page)
            protocol.send("Performance.enable", {"timeDomain": "threadTicks"})
            blocks = []
            for _ in range(8):
                before = busy_s(protocol)
                person.press(" ", "n", "z", "n", " ")
                page.evaluate("() => new Promise((done) => requestAnimationFrame(() => "
                              "setTimeout(done)))")  # fmt: skip
                blocks.append((busy_s(protocol) - before) / 5 * 1000)
            shape = page.eval_on_selector(
                "#grid", "(x) => [x.rows.length - 1, x.rows[1].cells.length - 2]"
            )
            nodes = page.evaluate("document.querySelectorAll('*').length")
            page.close()
        finally:
            server.kill()
    return {
        "cells": f"{shape[0]} x {shape[1]}",
        "nodes": nodes,
        "key_ms": round(float(np.median(blocks)), 1),
    }


def busy_s(protocol: Any) -> float:
    """Return the CPU seconds that the main thread has used."""
    metrics = protocol.send("Performance.getMetrics")["metrics"]
    return float(next(one["value"] for one in metrics if one["name"] == "TaskDuration"))


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start the chromium that is installed."""
    from playwright.sync_api import sync_playwright

    program = os.environ.get("MATCHLOOP_CHROMIUM") or shutil.which("chromium")
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=arguments)
        yield browser
        browser.close()


if __name__ == "__main__":
    main()
