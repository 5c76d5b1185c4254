"""Time the audit of many labels, beside one fit of the model to them.

    python benchmarks/label_audits.py --tables chicago_early_childhood --labels 10000

`pairs`: candidates drawn at random, answered by the truth. `sets`: what the loop asks first, in
sets of ten rows, until so many pairs are labelled or nothing is left to ask. One row in fifty
slips.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray

from judging import entities
from matchloop.active_learning.loop import LabelingLoop
from matchloop.active_learning.questions import LabelingSet
from matchloop.data.labels import Labels
from matchloop.matching.backends import PreparedTable, prepare
from matchloop.matching.matcher import Matcher
from matchloop.quality.label_checks import check_labels
from tables import load_table

SLIPS = 0.02
PAIRS_OF_A_SET = 45


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tables", nargs="+", default=["chicago_early_childhood"])
    parser.add_argument("--labels", type=int, default=10_000, help="labelled pairs")
    given = parser.parse_args()
    for name in given.tables:
        table = load_table(name)
        entity = entities(table.truth, len(table))
        prepared = prepare(table.records())
        for kind in ("pairs", "sets"):
            labels = answered(prepared, entity, kind, given.labels)
            count = len(labels.pairs(prepared.records))
            fit = seconds(partial(Matcher().fit, prepared, labels))
            audit = seconds(partial(check_labels, prepared, [labels]))
            print(
                f"{name}, {count:,} pairs in {labels.n_sets:,} sets: "
                f"audit {audit:.1f} s, {audit / fit:.0f} times one fit ({fit:.1f} s)",
                flush=True,
            )


def answered(prepared: PreparedTable, entity: NDArray[np.int64], kind: str, count: int) -> Labels:
    rng = np.random.default_rng(0)
    if kind == "pairs":
        pairs = prepared.candidates
        chosen = np.sort(rng.choice(len(pairs), min(count, len(pairs)), replace=False))
        drawn = np.column_stack([pairs.left[chosen], pairs.right[chosen]]).astype(np.int32)
        asked = LabelingSet(prepared.records, tuple(drawn))
    else:
        asked = LabelingLoop(prepared).ask(sets=count // PAIRS_OF_A_SET, rows=10)
    said = []
    for rows in asked.sets:
        slips = rng.random(len(rows)) < SLIPS
        said += [
            "slip" if slip else str(entity[row]) for row, slip in zip(rows, slips, strict=True)
        ]
    return asked.answered(said, assisted=False)


def seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
