"""Measure what a few labels do to groups and probabilities, on the pairs still unlabelled.

The loop is played without errors, in sets of ten rows. After 50, 100, 200 and 300 rows the groups
are compared with those without labels, on the pairs that have no label; and the probabilities of
the candidates without a label are compared with the truth, in tenths from 0 to 1. One JSON line
per table, seed and number of rows. ``judge`` sums them up: how many cells are worse than without
labels, and the calibration error (ECE) from .2 to .9, the range that decides, where each table
counts the same.

    python benchmarks/calibration.py play --tables abt_buy,cora --seeds 2 -o runs/calibration.jsonl
    python benchmarks/calibration.py judge runs/calibration.jsonl
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from judging import entities, judge_partition
from matchloop.active_learning.loop import LabelingLoop
from matchloop.data.pairs import pair_ids
from matchloop.matching.backends import prepare
from provenance import provenance
from tables import Table, load_table

ROUNDS = ((5, 50), (5, 100), (10, 200), (10, 300))  # sets of ten rows, rows in all
TENTHS = 10
DECIDING = slice(2, 9)  # from .2 to .9
WORSE = 0.002  # F1 by which a cell is worse


def play(table: Table, seed: int) -> Iterator[dict[str, Any]]:
    """Play the loop on a table and describe it after each of the rounds."""
    prepared = prepare(table.records())
    candidates = prepared.candidates.ids()
    is_match = np.isin(candidates, pair_ids(table.truth[:, 0], table.truth[:, 1]))
    entity = entities(table.truth, len(table))
    loop = LabelingLoop(prepared, seed=seed)
    without = np.asarray(loop.match().match_id, np.int64)
    yield {"rows": 0, "bins": tenths(loop.scores.probability, is_match)}
    for sets, rows in ROUNDS:
        asked = loop.ask(sets=sets)
        loop.learn(asked.answered([str(entity[row]) for row in asked.positions.tolist()]))
        assert loop.labels is not None
        known = loop.labels.pairs(prepared.records)
        given = np.unique(known.ids())
        left_out = np.column_stack([given >> 32, given & 0xFFFFFFFF])
        free = ~np.isin(candidates, given)
        group = np.asarray(loop.match().match_id, np.int64)
        now, before = (
            judge_partition(one, table.truth, sources=table.sources, left_out=left_out)
            for one in (group, without)
        )
        yield {
            "rows": rows,
            "f1": now.f1,
            "f1_without": before.f1,
            "f1_with_labelled": judge_partition(group, table.truth, sources=table.sources).f1,
            "true": now.true,
            "bins": tenths(loop.scores.probability[free], is_match[free]),
        }


def tenths(probability: NDArray[np.float32], is_match: NDArray[np.bool_]) -> list[list[float]]:
    """Return count, summed probability and matches for each tenth of the probabilities."""
    place = np.minimum((probability * TENTHS).astype(np.int64), TENTHS - 1)
    parts = [
        np.bincount(place, weights=weight, minlength=TENTHS)
        for weight in (None, probability.astype(np.float64), is_match.astype(np.float64))
    ]
    return [[float(part[tenth]) for part in parts] for tenth in range(TENTHS)]


def judge(rows: list[dict[str, Any]]) -> None:
    """Print how many cells are worse than without labels, and how far probabilities are off."""
    by_rows = defaultdict(list)
    for row in rows:
        by_rows[row["rows"]].append(row)
    for count, some in sorted(by_rows.items()):
        line = f"{count:4} rows, {len(some):3} runs: ECE {ece(some):.3f}"
        gain = np.array([r["f1"] - r["f1_without"] for r in some if r.get("true")])
        if len(gain):
            line += (
                f", F1 {gain.mean():+.4f} against no label, worse by more than {WORSE}: "
                f"{int((gain < -WORSE).sum())}, at worst {gain.min():+.4f}"
            )
        print(line)


def ece(rows: list[dict[str, Any]]) -> float:
    """Return the mean distance of probability and share of matches, over the deciding tenths."""
    bins = np.array([row["bins"] for row in rows])[:, DECIDING]
    size = bins[:, :, :1].sum(axis=1, keepdims=True)
    summed = (bins / np.maximum(size, 1)).sum(axis=0)
    return float(np.abs(summed[:, 1] - summed[:, 2]).sum() / max(summed[:, 0].sum(), 1e-9))


def main() -> None:
    """Play or judge, as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    playing = commands.add_parser("play", help="play the loop and store what it came to")
    playing.add_argument("--tables", required=True, help="names, comma between them")
    playing.add_argument("--seeds", type=int, default=2, help="how many seeds, from 0")
    playing.add_argument("-o", "--out", type=Path, required=True)
    judging = commands.add_parser("judge", help="sum up what was stored")
    judging.add_argument("files", type=Path, nargs="+")
    options = parser.parse_args()
    if options.command == "judge":
        judge([json.loads(line) for file in options.files for line in file.open()])
        return
    options.out.parent.mkdir(parents=True, exist_ok=True)
    with options.out.open("a") as out:
        for name in options.tables.split(","):
            for seed in range(options.seeds):
                for row in play(load_table(name, seed=seed), seed):
                    made = {"table": name, "seed": seed, **row, "from": provenance(seed=seed)}
                    out.write(json.dumps(made) + "\n")
                    out.flush()


if __name__ == "__main__":
    main()
