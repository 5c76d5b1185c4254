"""Whether a decision turns without the labels that are named as its teachers.

    python benchmarks/teaching_labels.py --tables abt_buy cora --decisions 20

A hundred questions about pairs are answered by the truth. Of decisions with a probability between
.1 and .9, drawn evenly from that range, the five labelled pairs that weigh most are taken away and
the model is learned anew; then five drawn at random. Whether the five are the labels' doing or the
trees' is seen by models of another seed: are the decision with all labels and the one without the
same five on different sides of one half there, too?
"""

from __future__ import annotations

import argparse
import json
import warnings
from pathlib import Path

import numpy as np

from judging import entities
from matchloop.active_learning.loop import LabelingLoop
from matchloop.matching.backends import prepare
from matchloop.matching.learning import learn
from matchloop.quality.label_checks.teaching import decide, most_taught, without
from tables import load_table

MEASURED = ("before", "after", "random", "again", "without again")


def play(name: str, decisions: int, seed: int) -> list[dict[str, float]]:
    table = load_table(name)
    prepared = prepare(table.records())
    entity = entities(table.truth, len(table))
    loop = LabelingLoop(prepared, None, seed=seed)
    for _ in range(5):
        asked = loop.ask(sets=20, rows=2)
        loop.learn(asked.answered([str(entity[row]) for row in asked.positions]))
    assert loop.labels is not None
    labelled = loop.labels.pairs(prepared.records)
    scores = learn(prepared, labelled, seed=seed).score(prepared)[0]
    rng = np.random.default_rng([seed, 4])
    near = np.flatnonzero((np.abs(scores.probability - 0.5) < 0.4)
                          & ~np.isin(scores.pairs.ids(), labelled.ids()))  # fmt: skip
    bins = ((scores.probability[near] - 0.1) / 0.8 * 8).astype(int)
    out = []
    for at in range(8):
        for one in rng.permutation(near[bins == at])[: max(1, decisions // 8)]:
            pair = scores.pairs.take(np.array([one]))
            before = decide(prepared, labelled, pair, seed)
            best = most_taught(prepared, labelled, pair, before >= 0.5, 5, seed)
            after = decide(prepared, without(labelled, best), pair, seed)
            chance = rng.choice(len(labelled), 5, replace=False)
            other = decide(prepared, without(labelled, chance), pair, seed)
            again = [
                decide(prepared, kept, pair, seed + 1)
                for kept in (labelled, without(labelled, best))
            ]
            out.append(dict(zip(MEASURED, (before, after, other, *again), strict=True)))
    return out


def turned(runs: list[dict[str, float]]) -> dict[str, dict[str, float | int | None]]:
    """Return how many decisions turn, by how far from one half they are."""
    before, after, other, again, without_again = (
        np.array([run[key] for run in runs]) for key in MEASURED
    )
    flips = {
        "five most": (after >= 0.5) != (before >= 0.5),
        "five random": (other >= 0.5) != (before >= 0.5),
        "another seed, all labels": (again >= 0.5) != (before >= 0.5),
        "five most, another seed": (without_again >= 0.5) != (again >= 0.5),
    }
    found = {}
    for low, high in ((0.0, 0.1), (0.1, 0.2), (0.2, 0.3), (0.3, 0.4), (0.0, 0.4)):
        inside = (np.abs(before - 0.5) >= low) & (np.abs(before - 0.5) < high)
        found[f"{low} to {high}"] = {"decisions": int(inside.sum())} | {
            name: round(float(flip[inside].mean()), 3) if inside.any() else None
            for name, flip in flips.items()
        }
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tables", nargs="+", required=True)
    parser.add_argument("--decisions", type=int, default=24)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("-o", "--output", type=Path)
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    runs = {}
    found = {}
    for name in given.tables:
        runs[name] = play(name, given.decisions, given.seed)
        found[name] = turned(runs[name])
        print(name, json.dumps(found[name]), flush=True)
    found["together"] = turned([one for played in runs.values() for one in played])
    print("together", json.dumps(found["together"]))
    if given.output:
        given.output.write_text(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
