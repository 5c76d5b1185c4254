"""Measure the labelling page: are slips visible, how many seconds is a label, what costs a key.

`slips`: sets are drawn as `matchloop ask` does and answered by a person who knows the truth and
errs in 5 % of the answers. Each row is compared with the first row of its group by the page's own
diff.js. Reported is the share of a row's text that is marked, of columns that both rows fill, for
members that belong there and for members that do not.

`seconds`: the keystroke-level model (a key .28 s, a decision 1.35 s; Card, Moran and Newell 1980)
over the same sets: one key and one decision for each row after the first, two for look-over and
submit; against pair by pair, with every pair asked, and with perfect transitive inference, which
asks the fewest pairs that decide all others.

`keys`: CPU time of the browser's main thread for a key, by table, the median of eight blocks.

    python benchmarks/labelling_page.py slips seconds keys
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

import matchloop_api
from judging import entities
from matchloop.active_learning.loop import LabelingLoop
from matchloop.data.text import as_text
from matchloop.lab.simulation import Task
from matchloop.matching.matcher import Matcher
from provenance import HERE, Results, provenance
from tables import load_table

if TYPE_CHECKING:
    from playwright.sync_api import Browser

TABLES = "febrl3,abt_buy,fake_1000,dblp_acm"
STATIC = Path(matchloop_api.__file__).parent / "labelling" / "static"
SLIP = 0.05
PEOPLE = 20
"""Simulated people who answer each set: one alone errs in about ten rows of 25 sets."""

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
    parser.add_argument("parts", nargs="+", choices=("slips", "seconds", "keys"))
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
                    elif part == "seconds":
                        found = seconds(*drawn(name))
                    else:
                        found = cost_of_a_key(browser, name)
                    results.put(key, {**found, **provenance(**origin)})
                print(key, {name: results.rows[key][name] for name in LINES[part]})


LINES = {
    "slips": ("right", "wrong", "marked_right", "marked_wrong", "auroc", "split"),
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
