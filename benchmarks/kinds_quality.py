"""Measure the engine on made-up tables of many kinds, and on real ones, with few labels or none.

For each table and seed: pairwise F1, precision and recall end to end, and false pairs per 200
records, which is what counts on a list without duplicates. Labels are rows: the engine's own loop
asks sets of ten rows, fifty rows a round, answered from the truth; pairs inside a set are left out
of prediction and truth. The loop is played once, to the largest number; ``f1_without`` is the F1
without labels on the pairs that are left. ``tfidf`` and ``forest`` among the labels are the
baselines of ``kinds/baselines.py``, which show that a table can be solved.

    python benchmarks/kinds_quality.py --labels 0,100,300 --seeds 3 --jobs 2 --split choose
    python benchmarks/kinds_quality.py --tables households,huge --labels 0,tfidf,forest
    python benchmarks/kinds_quality.py --compare before.jsonl after.jsonl
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict
from multiprocessing import get_context
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np
from numpy.typing import NDArray

from judging import entities, judge_partition, recall_of_candidates
from kinds import baselines
from kinds.registry import KINDS, load, real_tables
from matchloop.active_learning.loop import LabelingLoop
from matchloop.matching.backends import prepare
from provenance import HERE, provenance
from tables import Table

#: Rows of a set, and sets asked between two fits.
SET_ROWS, SETS_A_ROUND = 10, 5
BASELINES = {"tfidf": baselines.tfidf, "forest": baselines.forest}

Job = tuple[str, int, tuple[str, ...]]
Row = dict[str, Any]


def main() -> None:
    """Measure, or compare two files of results, as the command line says."""
    options = parse()
    if options.compare:
        compare(*(read(path) for path in options.compare))
        return
    marks = marked(options)
    if options.list:
        for name, (kind, use) in marks.items():
            print(f"{name:28} {use:6}  {kind}")
        return
    there = {} if options.again else read(options.out)
    whats = options.labels.split(",")
    jobs = []
    for name in marks:
        for seed in range(options.seeds):
            left = tuple(w for w in whats if row_name(name, seed, w, options.rows) not in there)
            if left:
                jobs.append((name, seed, left))
    options.out.parent.mkdir(parents=True, exist_ok=True)
    for rows in measured(jobs, options.rows, options.jobs):
        for row in rows:
            kind, use = marks[row["table"]]
            row |= {"kind": kind, "use": use, "provenance": provenance(seed=row["seed"])}
            with options.out.open("a") as file:
                file.write(json.dumps(row, default=float) + "\n")
            print(said(row), flush=True)


def parse() -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--labels", default="0", help="labelled rows, or tfidf, forest; commas")
    parser.add_argument("--seeds", type=int, default=1, help="how many seeds, from 0")
    parser.add_argument("--kinds", default="", help="kinds, commas between them; all if left out")
    parser.add_argument("--tables", default="", help="tables, commas between them")
    parser.add_argument("--split", choices=("choose", "report"), help="only kinds of this use")
    parser.add_argument("--real", action="store_true", help="also the tables of MATCHLOOP_DATA")
    parser.add_argument("--rows", type=int, help="rows of made-up tables; usual number if left out")
    parser.add_argument("--jobs", type=int, default=1, help="tables measured at a time")
    parser.add_argument("--out", type=Path, default=HERE / "results" / "kinds.jsonl")
    parser.add_argument("--again", action="store_true", help="measure rows that are there already")
    parser.add_argument(
        "--list", action="store_true", help="list tables with kind and use, and end"
    )
    parser.add_argument("--compare", type=Path, nargs=2, metavar=("BEFORE", "AFTER"))
    return parser.parse_args()


def marked(options: argparse.Namespace) -> dict[str, tuple[str, str]]:
    """Return kind and use of each table that the options ask for."""
    marks = {name: (kind.kind, kind.use) for name, kind in KINDS.items()}
    asked = [name for name in options.tables.split(",") if name]
    if options.real or any(name not in KINDS for name in asked):
        marks |= real_tables()
    kinds = [kind.strip() for kind in options.kinds.split(",") if kind.strip()]
    known = {kind for kind, _ in marks.values()}
    for word, given, have in (("table", asked, set(marks)), ("kind", kinds, known)):
        for one in given:
            if one not in have:
                raise SystemExit(f"no {word} {one!r}, expected some of: {', '.join(sorted(have))}")
    return {
        name: (kind, use)
        for name, (kind, use) in marks.items()
        if (not asked or name in asked)
        and (not kinds or kind in kinds)
        and options.split in (None, use)
    }


def row_name(table: str, seed: int, what: str, rows: int | None) -> str:
    """Return the name of a row of results."""
    return f"{table} seed={seed} labels={what} rows={rows if table in KINDS and rows else 'usual'}"


def read(path: Path) -> dict[str, Row]:
    """Return the rows of a file of results by name; the last of a name counts."""
    lines = path.read_text().splitlines() if path.exists() else []
    rows = [json.loads(line) for line in lines]
    return {row_name(row["table"], row["seed"], row["what"], row["rows"]): row for row in rows}


def measured(jobs: list[Job], rows: int | None, processes: int) -> Iterator[list[Row]]:
    """Measure one table and seed after another, or several side by side."""
    if processes == 1:
        for job in jobs:
            yield from ([row] for row in measure(job, rows))
        return
    os.environ["NUMBA_NUM_THREADS"] = str(max(1, (os.cpu_count() or 1) // processes))
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        waiting = [pool.submit(listed, job, rows) for job in jobs]
        for done in as_completed(waiting):
            yield done.result()


def listed(job: Job, rows: int | None) -> list[Row]:
    """Return what :func:`measure` gives, as a list that can travel between processes."""
    return list(measure(job, rows))


def measure(job: Job, rows: int | None) -> Iterator[Row]:
    """Measure one table with one seed."""
    name, seed, whats = job
    table = load(name, seed=seed, rows=rows)
    common = {"table": name, "seed": seed, "rows": rows if name in KINDS else None}
    common["records"] = len(table)
    start = time.perf_counter()
    counts = sorted(int(what) for what in whats if what not in BASELINES)
    for count, found in zip(counts, played(table, seed, counts), strict=True):
        yield {"what": str(count), **common, **found, **since(start)}
    for what in (name for name in BASELINES if name in whats):
        start = time.perf_counter()
        yield {"what": what, **common, **judged(table, BASELINES[what](table)), **since(start)}


def since(start: float) -> Row:
    """Return the seconds since a start."""
    return {"seconds": round(time.perf_counter() - start, 2)}


def played(table: Table, seed: int, counts: list[int]) -> Iterator[Row]:
    """Match after each of some numbers of rows was asked and answered from the truth."""
    if not counts:
        return
    prepared = prepare(table.records())
    loop = LabelingLoop(prepared, seed=seed)
    without = np.asarray(loop.match().match_id, np.int64)
    candidates = prepared.candidates
    blocking = {
        "blocking_recall": recall_of_candidates(candidates.left, candidates.right, table.truth),
        "pairs_per_record": len(candidates) / len(table),
    }
    entity = entities(table.truth, len(table))
    pairs, rows, matches, goes_on = np.empty((0, 2), np.int64), 0, 0, True
    for count in counts:
        while goes_on and rows < count:
            sets = min(SETS_A_ROUND, -(-(count - rows) // SET_ROWS))
            questions = loop.ask(sets=sets, rows=SET_ROWS)
            goes_on = bool(questions.sets)
            if goes_on:
                labels = [f"e{entity[row]}" for one in questions.sets for row in one]
                loop.learn(questions.answered(labels))
            for one in questions.sets:
                left, right = (np.asarray(one)[end] for end in np.triu_indices(len(one), 1))
                pairs = np.concatenate([pairs, np.sort(np.column_stack([left, right]), axis=1)])
                matches += int((entity[left] == entity[right]).sum())
                rows += len(one)
        row = judged(table, np.asarray(loop.match().match_id, np.int64), pairs) | blocking
        if rows:
            row |= {"f1_without": judged(table, without, pairs)["f1"]}
            row |= {"asked_rows": rows, "asked_matches": matches}
        yield row


def judged(table: Table, group: NDArray[np.int64], asked: NDArray[np.int64] | None = None) -> Row:
    """Score a partition."""
    found = judge_partition(group, table.truth, sources=table.sources, left_out=asked)
    false = found.predicted - found.right
    largest = int(np.unique(group, return_counts=True)[1].max())
    return asdict(found) | {"false_per_200": 200 * false / len(table), "largest_group": largest}


def said(row: Row) -> str:
    """Return a row of results in a line."""
    words = f"{row['table']:24} seed {row['seed']} {row['what']:>6}: {row['records']:6,} records, "
    if row["true"]:
        words += f"F1 {row['f1']:.3f} (P {row['precision']:.3f} R {row['recall']:.3f}), "
    words += f"{row['false_per_200']:.2f} false pairs per 200, largest {row['largest_group']}"
    if "blocking_recall" in row:
        words += f", blocking {row['blocking_recall']:.3f}"
    return f"{words}, {row['seconds']:.1f} s"


def compare(before: dict[str, Row], after: dict[str, Row]) -> None:
    """Print what changed from one file of results to another, the worst losses first.

    Only rows of one table, seed, size and number of labels that both files hold are compared.
    """
    shared = before.keys() & after.keys()
    old, new = (means({name: rows[name] for name in sorted(shared)}) for rows in (before, after))
    both = sorted(old)
    for title, name, is_clean, sign in (
        ("F1", "f1", False, 1),
        ("false pairs per 200 records, lists without duplicates", "false_per_200", True, -1),
    ):
        some = [key for key in both if (old[key]["true"] == 0) == is_clean]
        gain = {key: sign * (new[key][name] - old[key][name]) for key in some}
        if not some:
            continue
        print(f"\n{title}\n{'table':24} {'labels':>6} {'use':>6} {'before':>9} {'after':>9} change")
        for key in sorted(some, key=lambda each: gain[each]):
            was, now = old[key], new[key]
            print(
                f"{key[0]:24} {key[1]:>6} {was['use']:>6} {was[name]:9.3f} {now[name]:9.3f}"
                f" {now[name] - was[name]:+9.3f}"
            )
        values = [fmean(each[key][name] for key in some) for each in (old, new)]
        lost = sum(value < -0.01 for value in gain.values())
        won = sum(value > 0.01 for value in gain.values())
        print(
            f"mean of {len(some)}: {values[0]:.3f} to {values[1]:.3f}; {won} better, {lost} worse"
        )
    if only := len(before.keys() ^ after.keys()):
        print(f"\n{only} rows stand in one of the files only")


def means(rows: dict[str, Row]) -> dict[tuple[str, str, int], Row]:
    """Return the mean over seeds by table, number of labels and number of records."""
    groups: dict[tuple[str, str, int], list[Row]] = {}
    for row in rows.values():
        groups.setdefault((row["table"], row["what"], row["records"]), []).append(row)
    return {
        key: group[0]
        | {name: fmean(row[name] for row in group) for name in ("f1", "false_per_200", "true")}
        for key, group in groups.items()
    }


if __name__ == "__main__":
    main()
