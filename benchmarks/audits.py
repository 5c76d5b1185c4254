"""Measure whether audits are right, and whether their intervals hold what they promise.

For each table: one model after 100 pair questions, its groups, and the pairs that could match, of
which the far ones are sampled anew several times. Then audits of a given size are drawn from them
and answered by the truth, 200 times each; the truth they are held against is that of all pairs of
the table, also of those that no blocking finds. Beside the default stand the other designs and the
textbook estimators, and Glue's estimate on held-out labels of the same model.

    python benchmarks/audits.py --tables abt_buy,febrl3 --sizes 100,200 --audits 200
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from judging import bcubed, entities, judge_partition, recall_of_candidates
from matchloop.active_learning.loop import LabelingLoop
from matchloop.errors import InputError
from matchloop.lab.simulation import TruthOracle
from matchloop.matching.backends import prepare
from matchloop.quality.estimating import estimate_quality
from matchloop.quality.sampled_audit import (
    AuditDraw,
    Population,
    quality_of,
    stratified_f1,
    stratify,
)
from matchloop.quality.sampled_audit.population import FAR
from peers import chosen_tables
from provenance import HERE, Results, provenance
from tables import load_table

#: Pairs asked before the audit, in batches.
LABELS, BATCH = 100, 20
#: How often the far pairs are sampled.
SAMPLES = 8
TABLES = (
    "abt_buy,amazon_google,dblp_acm,febrl1,febrl3,febrl4,fodors_zagats,cora,fake_1000,imdb_tmdb,"
    "census841,chicago_early_childhood,restaurant_864,restaurants_oaei,imdb_tvdb,"
    "autofj50/Artwork,autofj50/BasketballTeam,autofj50/Country,"
    "autofj50/Amphibian,autofj50/Drug,autofj50/Enzyme,autofj50/FootballLeagueSeason"
)
#: Drawing on until the interval of F1 is narrow: pairs at first, more each time, and at most.
FIRST, FURTHER, MOST = 60, 20, 300

Row = dict[str, Any]
FIGURES = (
    *("precision", "recall", "f1", "reached_recall", "reached_f1"),
    *("blocking_recall", "bcubed_precision"),
)


def main() -> None:
    """Measure what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tables", default=TABLES, help="names, comma between them")
    parser.add_argument("--sizes", default="200", help="pairs per audit, comma between them")
    parser.add_argument("--designs", default="neyman", help="names, comma between them")
    parser.add_argument("--audits", type=int, default=200, help="audits of each kind")
    parser.add_argument(
        "--until", type=float, help="draw on until the interval of F1 is this narrow, instead"
    )
    parser.add_argument("--out", type=Path, default=HERE / "results" / "audits.json")
    parser.add_argument("--again", action="store_true", help="measure rows that are there already")
    options = parser.parse_args()
    until = options.until
    results = Results(options.out, again=options.again)
    for table in chosen_tables(options.tables):
        jobs = [
            (f"{table}/{design}/{size}", design, int(size))
            for design in options.designs.split(",")
            for size in options.sizes.split(",")
        ]
        if until is not None:
            jobs = [(f"{table}/neyman/until {until:g}", "neyman", 0)]
        jobs = [job for job in jobs if not results.has(job[0])]
        if not jobs:
            continue
        populations, entity, truth = modelled(table)
        for name, design, size in jobs:
            if until is None:
                row = audited(populations, entity, truth, design, size, options.audits)
            else:
                row = drawn_until(populations, entity, truth, until, options.audits)
            results.put(
                name,
                {"table": table, "design": design, "labels": size, "truth": truth, **row}
                | {"provenance": provenance(seed=0)},
            )
            said = json.dumps({k: v for k, v in row.items() if k != "textbook"}, default=str)
            print(f"{name:28} {said}", flush=True)


def modelled(table: str) -> tuple[list[Population], NDArray[np.int64], Row]:
    """Return a table's pairs as a model after some labels sees them, and how good it is."""
    loaded = load_table(table)
    records = loaded.records()
    prepared = prepare(records)
    entity = entities(loaded.truth, len(loaded))
    loop = LabelingLoop(prepared, None, seed=0)
    oracle = TruthOracle(entity)
    for _ in range(LABELS // BATCH):
        loop.learn(oracle.answer(loop.ask(sets=BATCH, rows=2)))
    assert loop.labels is not None
    matches = loop.match()
    every = closed(entity, records.sources)
    quality = judge_partition(matches.match_id, every, sources=records.sources)
    pairs = prepared.candidates
    truth: Row = {
        "precision": quality.precision,
        "recall": quality.recall,
        "f1": quality.f1,
        "blocking_recall": recall_of_candidates(pairs.left, pairs.right, every),
        "bcubed_precision": bcubed(matches.match_id, entity)["precision"],
    }
    try:
        truth["held_out_f1"] = estimate_quality(prepared, loop.labels).f1
    except InputError:
        truth["held_out_f1"] = None
    known = loop.labels.pairs(records)
    populations = [
        Population.of(prepared, loop.matcher, labelled=known, seed=seed) for seed in range(SAMPLES)
    ]
    right = quality.right
    reached = float(np.mean([_reached(one, entity) for one in populations]))
    truth["reached_recall"] = right / reached if reached else 1.0
    truth["reached_f1"] = 2 * right / (reached + quality.predicted)
    return populations, entity, truth


def _reached(population: Population, entity: NDArray[np.int64]) -> float:
    """Count the matches that blocking, or one of twice the effort, finds."""
    is_match = entity[population.left] == entity[population.right]
    return float(population.weight[is_match & (population.tier < FAR)].sum())


def closed(entity: NDArray[np.int64], sources: NDArray[np.integer] | None) -> NDArray[np.int64]:
    """Return every pair of records of one entity, across sources where there are any."""
    order = np.argsort(entity, kind="stable")
    rows = []
    for group in np.split(order, np.flatnonzero(np.diff(entity[order])) + 1):
        one, other = np.triu_indices(len(group), 1)
        rows.append(np.column_stack((group[one], group[other])))
    pairs = np.sort(np.concatenate(rows), axis=1)
    return pairs if sources is None else pairs[sources[pairs[:, 0]] != sources[pairs[:, 1]]]


def audited(
    populations: list[Population],
    entity: NDArray[np.int64],
    truth: Row,
    design: str,
    size: int,
    audits: int,
) -> Row:
    """Draw audits, answer them by the truth, and hold the estimates against it."""
    started = time.perf_counter()
    strata = [stratify(population) for population in populations]
    none = np.empty(0, np.int64)
    figures = list(FIGURES if not np.isnan(populations[0].alone) else FIGURES[:-1])
    errors: dict[str, list[float]] = {figure: [] for figure in figures}
    covered: dict[str, list[bool]] = {figure: [] for figure in figures}
    widths: dict[str, list[float]] = {figure: [] for figure in figures}
    textbook: dict[str, list[tuple[float, bool]]] = {"stratified": [], "difference": []}
    for number in range(audits):
        population, stratum = populations[number % SAMPLES], strata[number % SAMPLES]
        draw = AuditDraw(population, stratum, none, design, number, "")
        parts = 4 if design == "oasis" else 1
        for _ in range(parts):
            draw = draw.more(size // parts, answers=answers(draw, entity))
        asked, said = answers(draw, entity)
        told = quality_of(population, stratum, asked, said, seed=number, draws=1000)
        for figure in figures:
            interval = getattr(told, figure)
            errors[figure].append(interval.value - truth[figure])
            covered[figure].append(interval.covers(truth[figure]))
            widths[figure].append(interval.width)
        for name, control in (("stratified", False), ("difference", True)):
            f1 = stratified_f1(population, stratum, asked, said, control=control)
            textbook[name].append((f1.value - truth["f1"], f1.covers(truth["f1"])))
    return {
        "audits": audits,
        "error": {f: float(np.sqrt(np.mean(np.square(errors[f])))) for f in figures},
        "bias": {f: float(np.mean(errors[f])) for f in figures},
        "coverage": {f: float(np.mean(covered[f])) for f in figures},
        "width": {f: float(np.mean(widths[f])) for f in figures},
        "textbook": {
            name: {
                "error": float(np.sqrt(np.mean([e**2 for e, _ in rows]))),
                "coverage": float(np.mean([c for _, c in rows])),
            }
            for name, rows in textbook.items()
        },
        "seconds_per_audit": (time.perf_counter() - started) / audits,
    }


def drawn_until(
    populations: list[Population], entity: NDArray[np.int64], truth: Row, width: float, audits: int
) -> Row:
    """Draw on until the interval of F1 is narrow enough, and see how often it holds then."""
    strata = [stratify(population) for population in populations]
    none, nothing = np.empty(0, np.int64), np.empty(0, np.bool_)
    covered, asked, narrow = [], [], []
    for number in range(audits):
        population, stratum = populations[number % SAMPLES], strata[number % SAMPLES]
        draw = AuditDraw(population, stratum, none, "neyman", number, "")
        draw = draw.more(FIRST, answers=(none, nothing))
        while True:
            f1 = quality_of(population, stratum, *answers(draw, entity), seed=number, draws=500).f1
            if f1.width <= width or len(draw) >= MOST:
                break
            draw = draw.more(FURTHER, answers=answers(draw, entity))
        covered.append(f1.covers(truth["f1"]))
        asked.append(len(draw))
        narrow.append(f1.width <= width)
    return {
        "audits": audits,
        "coverage": float(np.mean(covered)),
        "labels_mean": float(np.mean(asked)),
        "narrow_enough": float(np.mean(narrow)),
    }


def answers(
    draw: AuditDraw, entity: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return the pairs drawn and whether they match in truth."""
    left, right = draw.pairs
    return draw.drawn, entity[left] == entity[right]


if __name__ == "__main__":
    main()
