"""Measure how well tables are matched end to end, with labels and with none.

For each table and seed: pairwise precision, recall and F1 of the ``match_id`` partition against the
full truth (across sources only for linkage), B-cubed F1, blocking recall, candidates per record and
seconds. One configuration for all tables. The seed shuffles rows and keys and seeds the matcher.

``--labels 0`` is the matcher without labels, ``100`` after 100 pairs were asked (20 by the own
cold start of the engine, then by uncertainty in batches of 20) and answered from the truth; those
pairs are left out of prediction and truth. As the pairs asked are the easy part of a small table's
truth, ``start_f1`` scores the matching without labels on the same remaining pairs. ``all`` trains
on a large sample of all candidates, cross-fitted by entity: no pair is scored by a model that saw
either of its entities. ``--splits`` trains on the published train and valid pairs and scores the
test pairs one by one.

    python benchmarks/quality.py --tables abt_buy,febrl3 --labels 0,100 --seeds 3 --splits
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from dataclasses import asdict
from multiprocessing import get_context
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np
from numpy.typing import NDArray

from judging import (
    bcubed,
    entities,
    judge_pairs,
    judge_partition,
    recall_of_candidates,
)
from matchloop.active_learning.loop import LabelingLoop
from matchloop.active_learning.questions import LabelingSet
from matchloop.data.labels import Labels
from matchloop.data.matches import Matches
from matchloop.data.pairs import CandidatePairs, Scores, pair_ids
from matchloop.matching.backends import PreparedTable, prepare
from matchloop.matching.grouping import pairs_to_complete
from matchloop.matching.matcher import Matcher
from peers import chosen_tables
from provenance import HERE, Results, provenance
from tables import PARTIAL, Table, load_table, names

#: Pairs asked in one batch.
BATCH = 20
#: Candidates that "all labels" trains on at most.
SAMPLE = 50_000
FOLDS = 5

Pairs = NDArray[np.int64]
Row = dict[str, Any]


def main() -> None:
    """Measure what the command line asks for and print a table."""
    options = parse()
    results = Results(options.out, again=options.again)
    jobs = [job for job in wanted(options) if not results.has(row_name(*job))]
    for (table, seed, what), row in measured(jobs, options.jobs):
        origin = provenance(seed=seed)
        results.put(
            row_name(table, seed, what),
            {"table": table, "seed": seed, "what": what, **row, "provenance": origin},
        )
        print(f"{table:28} seed {seed} {what:>6}: {said(row)}", flush=True)
    rows = json.loads(options.out.read_text()) if options.out.exists() else {}
    print_means([rows[row_name(*job)] for job in wanted(options) if row_name(*job) in rows])


def parse() -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tables", default="all", help="names, comma between them, or all")
    parser.add_argument("--labels", default="0,100", help="numbers of labels, or all; or none")
    parser.add_argument("--seeds", type=int, default=3, help="how many seeds, from 0")
    parser.add_argument("--splits", action="store_true", help="also the published pair splits")
    parser.add_argument("--jobs", type=int, default=1, help="tables measured at a time")
    parser.add_argument("--out", type=Path, default=HERE / "results" / "quality.json")
    parser.add_argument("--again", action="store_true", help="measure rows that are there already")
    return parser.parse_args()


def wanted(options: argparse.Namespace) -> list[tuple[str, int, str]]:
    """Return what is to be measured: table, seed, number of labels or ``split``."""
    known = names()
    tables = known if options.tables == "all" else chosen_tables(options.tables)
    budgets = [what for what in options.labels.split(",") if what != "none"]
    jobs = []
    for table in tables:
        has_split = (Path(os.environ["MATCHLOOP_DATA"]) / table / "pairs_test.csv").exists()
        for seed in range(options.seeds):
            if table not in PARTIAL:
                jobs += [(table, seed, what) for what in budgets]
            if options.splits and has_split:
                jobs.append((table, seed, "split"))
    return jobs


def row_name(table: str, seed: int, what: str) -> str:
    """Return the name of a row of results."""
    return f"{table} seed={seed} labels={what}"


def measured(
    jobs: list[tuple[str, int, str]], processes: int
) -> Iterator[tuple[tuple[str, int, str], Row]]:
    """Measure, one table and seed at a time, or several side by side in processes of their own."""
    together: dict[tuple[str, int], list[str]] = {}
    for table, seed, what in jobs:
        together.setdefault((table, seed), []).append(what)
    if processes == 1:
        for (table, seed), whats in together.items():
            yield from measure(table, seed, whats)
        return
    os.environ["NUMBA_NUM_THREADS"] = str(max(1, (os.cpu_count() or 1) // processes))
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        waiting: list[Future[list[tuple[tuple[str, int, str], Row]]]] = [
            pool.submit(listed, table, seed, whats) for (table, seed), whats in together.items()
        ]
        for done in as_completed(waiting):
            yield from done.result()


def listed(table: str, seed: int, whats: list[str]) -> list[tuple[tuple[str, int, str], Row]]:
    """Return what :func:`measure` gives, as a list that can travel between processes."""
    return list(measure(table, seed, whats))


def measure(name: str, seed: int, whats: list[str]) -> Iterator[tuple[tuple[str, int, str], Row]]:
    """Measure one table with one seed: everything that shares its blocking."""
    table = load_table(name, seed=seed)
    start = time.perf_counter()
    prepared = prepare(table.records())
    seconds = time.perf_counter() - start
    for what in whats:
        start = time.perf_counter()
        if what == "split":
            row = published_split(table, prepared, seed)
        elif what == "all":
            row = all_labels(table, prepared, seed)
        else:
            row = some_labels(table, prepared, seed, int(what))
        row.setdefault("seconds", round(seconds + time.perf_counter() - start, 2))
        yield (name, seed, what), row


def some_labels(table: Table, prepared: PreparedTable, seed: int, count: int) -> Row:
    """Match with a number of pairs asked and answered from the truth."""
    loop = LabelingLoop(prepared, seed=seed)
    start = group_of(loop.match())
    truth, asked = ids_of(table.truth), np.empty((0, 2), np.int64)
    while len(asked) < count:
        questions = loop.ask(sets=min(BATCH, count - len(asked)), rows=2)
        if not questions.sets:
            break
        pairs = np.sort(np.array(questions.sets, np.int64), axis=1)
        loop.learn(questions.answered(as_labels(np.isin(ids_of(pairs), truth))))
        asked = np.concatenate([asked, pairs])
    if not count:
        return judged(table, prepared, start) | {"assumed": loop.matcher.assumed}
    group = group_of(loop.match())
    row = judged(table, prepared, group, asked)
    before = judge_partition(start, table.truth, sources=table.sources, left_out=asked)
    whole = judge_partition(group, table.truth, sources=table.sources)
    return row | {
        "asked": len(asked),
        "asked_matches": int(np.isin(ids_of(asked), truth).sum()),
        "start_f1": before.f1,
        "f1_with_labelled": whole.f1,
    }


def labels_of(
    prepared: PreparedTable, pairs: NDArray[np.integer], is_match: NDArray[np.bool_]
) -> Labels:
    """Return labels for pairs, each a set of two rows."""
    sets = tuple(pairs.astype(np.int32))
    return LabelingSet(prepared.records, sets).answered(as_labels(is_match))


def as_labels(is_match: NDArray[np.bool_]) -> list[str]:
    """Return the labels of both rows of each pair."""
    return [label for match in is_match for label in ("1", "1" if match else "2")]


def all_labels(table: Table, prepared: PreparedTable, seed: int) -> Row:
    """Match with all labels, cross-fitted: no model scores an entity it was trained on.

    A pair is scored by the model trained on the pairs of the folds that neither record is in. Pairs
    inside components that blocking left out are scored in the same way, as the matcher does.
    """
    rng = np.random.default_rng([seed, 200])
    entity = entities(table.truth, len(table))
    fold = rng.integers(0, FOLDS, int(entity.max()) + 1)[entity]
    candidates = prepared.candidates
    is_match = np.isin(candidates.ids(), ids_of(table.truth))
    home = homes(candidates, fold)
    probability = np.empty(len(candidates), np.float32)
    models, trained = {}, []
    for one in range(FOLDS):
        for two in range(one, FOLDS):
            met = np.isin(fold[candidates.left], (one, two))
            met |= np.isin(fold[candidates.right], (one, two))
            chosen = np.flatnonzero(~met)
            if len(chosen) > SAMPLE:
                chosen = np.sort(rng.choice(chosen, SAMPLE, replace=False))
            pairs = np.column_stack([candidates.left[chosen], candidates.right[chosen]])
            model = Matcher(seed=seed).fit(prepared, labels_of(prepared, pairs, is_match[chosen]))
            here = home == one * FOLDS + two
            probability[here] = model.score(prepared).probability[here]
            models[one * FOLDS + two] = model
            trained.append(len(chosen))
    scores = Scores(candidates, probability)
    missing = pairs_to_complete(prepared, scores)
    home = homes(missing, fold)
    for number, model in models.items():
        some = missing.take(home == number)
        if len(some):
            scores = scores.overlaid(Scores(some, model.score_pairs(prepared, some)))
    row = judged(table, prepared, group_of(Matcher(seed=seed).group(prepared, scores)))
    return row | {"trained_on": trained}


def homes(pairs: CandidatePairs, fold: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return one number per pair for the folds of its two records, in either order."""
    left, right = fold[pairs.left], fold[pairs.right]
    return np.minimum(left, right) * FOLDS + np.maximum(left, right)


def published_split(table: Table, prepared: PreparedTable, seed: int) -> Row:
    """Train on the published train and valid pairs, score the test pairs one by one."""
    train = np.concatenate([table.splits[name].pairs for name in ("train", "valid")])
    is_match = np.concatenate([table.splits[name].is_match for name in ("train", "valid")])
    test = table.splits["test"]
    seen = np.isin(ids_of(train), ids_of(test.pairs))
    labels = labels_of(prepared, train[~seen], is_match[~seen])
    matcher = Matcher(seed=seed).fit(prepared, labels)
    order = np.argsort(ids_of(test.pairs))
    pairs, truth = test.pairs[order], test.is_match[order]
    probability = matcher.score_pairs(prepared, as_candidates(pairs, prepared.candidates))
    found = judge_pairs(pairs[probability >= 0.5], pairs[truth])
    return asdict(found) | {"trained_on": int((~seen).sum()), "tested_on": len(pairs)}


def as_candidates(pairs: Pairs, among: CandidatePairs) -> CandidatePairs:
    """Return sorted pairs as candidates; those that blocking did not find have strength 0."""
    ids, known = ids_of(pairs), among.ids()
    place = np.minimum(np.searchsorted(known, ids), len(known) - 1)
    found = known[place] == ids
    return CandidatePairs(
        pairs[:, 0].astype(np.int32),
        pairs[:, 1].astype(np.int32),
        np.where(found, among.strength[place], 0).astype(np.float32),
        np.where(found, among.rules[place], 0).astype(np.uint32),
        among.rule_names,
    )


def judged(
    table: Table, prepared: PreparedTable, group: NDArray[np.int64], asked: Pairs | None = None
) -> Row:
    """Score a partition and the blocking behind it."""
    candidates = prepared.candidates
    found = judge_partition(group, table.truth, sources=table.sources, left_out=asked)
    entity = entities(table.truth, len(table))
    return asdict(found) | {
        "bcubed_f1": bcubed(group, entity)["f1"],
        "blocking_recall": recall_of_candidates(candidates.left, candidates.right, table.truth),
        "pairs_per_record": len(candidates) / len(table),
    }


def group_of(matches: Matches) -> NDArray[np.int64]:
    """Return the group of each record, in the order of the table."""
    return np.asarray(matches.match_id, np.int64)


def ids_of(pairs: Pairs) -> NDArray[np.int64]:
    """Return one number per pair."""
    return pair_ids(pairs[:, 0], pairs[:, 1])


def said(row: Row) -> str:
    """Return a row of results in a few words."""
    words = f"F1 {row['f1']:.4f} (P {row['precision']:.4f} R {row['recall']:.4f})"
    if "blocking_recall" in row:
        words += f", B3 {row['bcubed_f1']:.4f}, blocking {row['blocking_recall']:.4f}"
        words += f" at {row['pairs_per_record']:.1f} pairs a record"
    if "start_f1" in row:
        words += f", at the start {row['start_f1']:.4f} on the same pairs"
    return f"{words}, {row['seconds']:.1f} s"


def print_means(rows: list[Row]) -> None:
    """Print the mean over seeds, table by table, and over the tasks of a collection."""
    groups: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        if row["true"] == 0:  # every true pair was asked about: nothing is left to score
            continue
        groups.setdefault((row["table"], row["what"]), []).append(row)
        if "/" in row["table"]:
            groups.setdefault((row["table"].split("/")[0], row["what"]), []).append(row)
    print(
        f"\n{'table':28} {'labels':>6} {'runs':>4} {'F1':>7} {'least':>7} {'most':>7} {'P':>7}"
        f" {'R':>7}"
    )
    for (table, what), group in groups.items():
        f1 = [row["f1"] for row in group]
        mean = [fmean(row[name] for row in group) for name in ("precision", "recall")]
        values = " ".join(f"{value:7.4f}" for value in (fmean(f1), min(f1), max(f1), *mean))
        print(f"{table:28} {what:>6} {len(group):4} {values}")


if __name__ == "__main__":
    main()
