"""Count matches and non-matches in the first questions, when nothing is labelled.

For each table and seed: how often the first two sets of ten rows, and the first 20 single pairs,
hold one class only; and how many rounds of two sets, or of 20 pairs, the loop takes until it knows
a match, all answered rightly (40 at most). ``--rare SHARE`` first thins each table to one record
per entity and adds duplicates again for that share of the records (.001 is one in a thousand).

    python benchmarks/first_questions.py --tables abt_buy,febrl3 --seeds 50
    python benchmarks/first_questions.py --tables febrl3 --seeds 10 --rare .001
"""

from __future__ import annotations

import argparse
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from judging import entities
from matchloop.active_learning.loop import LabelingLoop
from matchloop.active_learning.questions import PairGraph, Round, draw_sets
from matchloop.lab.simulation import TruthOracle
from matchloop.matching.backends import PreparedTable, prepare
from matchloop.matching.matcher import Matcher
from matchloop.matching.scoring import rarity, text_rarity
from tables import Table, load_table, names, pairs_of_groups

MOST_ROUNDS = 40


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tables", default="", help="names, comma between; all if left out")
    parser.add_argument("--seeds", type=int, default=50)
    parser.add_argument("--rare", type=float, help="share of records to have a duplicate")
    options = parser.parse_args()
    for name in options.tables.split(",") if options.tables else names():
        table = load_table(name)
        if options.rare is not None:
            table = thinned(table, options.rare)
        print(f"{name}: {measured(table, options.seeds)}", flush=True)


def thinned(table: Table, share: float) -> Table:
    rng = np.random.default_rng(0)
    entity = entities(table.truth, len(table))
    order = rng.permutation(len(table))
    _, first = np.unique(entity[order], return_index=True)
    others = np.setdiff1d(order, order[first])
    _, once = np.unique(entity[others], return_index=True)
    added = rng.permutation(others[once])[: max(1, round(share * len(first)))]
    rows = rng.permutation(np.concatenate([order[first], added]))
    frame = table.frame.iloc[rows].reset_index(drop=True)
    return replace(table, frame=frame, truth=pairs_of_groups(entity[rows]), splits={})


def measured(table: Table, seeds: int) -> str:
    prepared = prepare(table.records())
    scores = Matcher().fit(prepared).score(prepared)
    graph = PairGraph(scores.pairs, len(table))
    seldom = aligned = None
    if prepared.is_kept:
        compared = prepared.comparisons.features, prepared.comparisons.names
        seldom, aligned = rarity(*compared), text_rarity(*compared)
    entity = entities(table.truth, len(table))
    told = []
    for what, sets, rows, first in (("two sets", 10, 10, 2), ("20 pairs", 20, 2, 20)):
        counts = []
        for seed in range(seeds):
            rng = np.random.default_rng(seed)
            nothing = np.empty(0, np.int64)
            around = Round(
                graph,
                scores.probability,
                nothing,
                rng,
                prepared.records.sources,
                rarity=seldom,
                text_rarity=aligned,
            )
            drawn = draw_sets(around, None, sets=sets, rows=rows)[:first]
            counts.append(sum(answers(one, entity, table.sources) for one in drawn))
        both = np.array(counts)
        told.append(
            f"first {what}: one class in {(both == 0).any(axis=1).sum()} of {seeds}, "
            f"matches {both[:, 0].mean():.1f} (least {both[:, 0].min()})"
        )
    for what, sets, rows in (("two sets", 2, 10), ("20 pairs", 20, 2)):
        rounds = [rounds_to_a_match(prepared, entity, sets, rows, seed) for seed in range(seeds)]
        told.append(f"rounds of {what} to a match: {np.mean(rounds):.1f} (most {max(rounds)})")
    return "; ".join(told)


def rounds_to_a_match(
    prepared: PreparedTable, entity: NDArray[np.int64], sets: int, rows: int, seed: int
) -> int:
    loop, oracle = LabelingLoop(prepared, seed=seed), TruthOracle(entity)
    for number in range(1, MOST_ROUNDS):
        asked = loop.ask(sets=sets, rows=rows)
        if not asked.sets:
            break
        labels = oracle.answer(asked)
        if labels.pairs(prepared.records).is_match.any():
            return number
        loop.learn(labels)
    return MOST_ROUNDS


def answers(
    rows: NDArray[np.int32], entity: NDArray[np.int64], sources: NDArray[np.int64] | None
) -> NDArray[np.int64]:
    """Return how many pairs of a set match and how many do not, across sources for linkage."""
    one, other = (rows[ends] for ends in np.triu_indices(len(rows), 1))
    counted = np.ones(len(one), np.bool_) if sources is None else sources[one] != sources[other]
    match = entity[one] == entity[other]
    return np.array([(match & counted).sum(), (~match & counted).sum()])


if __name__ == "__main__":
    main()
