"""Run the loop: match without labels, then label from the truth, learn and match again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter

import numpy as np

from matchloop.active_learning.loop import LabelingLoop
from matchloop.data.labels import Labels
from matchloop.data.matches import Matches
from matchloop.demo.tables import KnownTable
from matchloop.lab.simulation.oracles import TruthOracle
from matchloop.matching.backends import PreparedTable, prepare
from matchloop.matching.matcher import Matcher
from matchloop.quality.evaluation import PartitionQuality, compare_with_pairs

__all__ = ["DemoRun", "Round", "run_demo"]

OnStage = Callable[[str, float], None]


@dataclass(frozen=True, slots=True)
class Round:
    """Quality after a number of rounds.

    Parameters
    ----------
    rows
        Rows labelled so far.
    quality
        Quality of the groups, without the labelled pairs.
    """

    rows: int
    quality: PartitionQuality


@dataclass(frozen=True, eq=False)
class DemoRun:
    """Result of a demo.

    Parameters
    ----------
    table
        The table and its truth.
    prepared
        The table with its candidate pairs.
    rounds
        Quality without labels, then after each round.
    labels
        All labels; None where there was no round.
    matcher, matches
        Of the last round.
    assumed
        The assumption of the first matching, which has no labels.
    seconds
        Duration of the run.
    """

    table: KnownTable
    prepared: PreparedTable
    rounds: tuple[Round, ...]
    labels: Labels | None
    matcher: Matcher
    matches: Matches
    assumed: str
    seconds: float


def run_demo(
    table: KnownTable,
    *,
    rounds: int = 5,
    sets: int = 10,
    rows: int = 10,
    seed: int = 0,
    on_stage: OnStage | None = None,
) -> DemoRun:
    """Run the whole loop on a table with a truth.

    Parameters
    ----------
    table
        The table.
    rounds
        Rounds of labels after the first matching.
    sets, rows
        Sets per round, and about how many rows each holds.
    seed
        The same seed gives the same run.
    on_stage
        Progress callback.

    Returns
    -------
    DemoRun
        The quality after each round, and the last matching.
    """
    began = perf_counter()
    report = on_stage or (lambda stage, fraction: None)
    report("find candidate pairs", 0.0)
    prepared = prepare(table.records)
    oracle = TruthOracle.from_pairs(table.left, table.right, len(table.records))
    loop = LabelingLoop(prepared, seed=seed)
    results: list[Round] = []
    assumed = ""
    for number in range(rounds + 1):
        step = f"round {number} of {rounds}" if number else "match without labels"
        report(step, (number + 0.3) / (rounds + 1.5))
        if number:
            questions = loop.ask(sets=sets, rows=rows)
            if not len(questions):
                break
            loop.learn(oracle.answer(questions))
        report(step, (number + 0.6) / (rounds + 1.5))
        matches = loop.match()
        assumed = assumed or loop.matcher.assumed
        answered = 0 if loop.labels is None else len(loop.labels)
        results.append(Round(answered, judge(table, matches, loop.labels)))
    seconds = perf_counter() - began
    return DemoRun(
        table, prepared, tuple(results), loop.labels, loop.matcher, matches, assumed, seconds
    )


def judge(table: KnownTable, matches: Matches, labels: Labels | None) -> PartitionQuality:
    """Measure groups against the truth, without the labelled pairs."""
    answered = None
    if labels is not None:
        pairs = labels.pairs(table.records)
        answered = (pairs.left.astype(np.int64), pairs.right.astype(np.int64))
    return compare_with_pairs(
        matches.match_id,
        (table.left, table.right),
        sources=table.records.sources,
        left_out=answered,
    )
