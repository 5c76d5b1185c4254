"""When is noise noticed: the audit's test, on clean labels and on labels with slips.

    python benchmarks/noise_alarms.py pairs --tables abt_buy cora --seeds 3
    python benchmarks/noise_alarms.py sets --tables abt_buy cora --seeds 2
    python benchmarks/noise_alarms.py hard --seeds 300

`pairs`: 300 candidates, drawn evenly from the whole range of what a model without labels says, and
each with the same chance. `sets`: twelve sets of ten that the loop asks first, with rows that
slipped. `hard`: 300 clean answers to pairs that are as hard as models say, drawn without a table.
"""

from __future__ import annotations

import argparse
import functools
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from label_quality import Task, damaged, draw_pairs, load_task, slipped_sets
from matchloop.data.labels import LabeledPairs
from matchloop.matching.backends import PreparedTable
from matchloop.quality.label_checks.evidence import gather
from matchloop.quality.label_checks.label_files import LabelFiles
from matchloop.quality.label_checks.noise import NoiseTest, noise_test
from matchloop.quality.label_checks.suspects import find_suspects
from matchloop.quality.label_checks.unseen import Folds, Unseen, judge_unseen
from provenance import HERE, Results, provenance

PAIRS = 300
TRUE_ODDS = 0.85
"""Of the odds that models say, where they are too sure."""

Tested = tuple[NoiseTest | None, float]
"""What was found, and the share that did slip."""

HARD = {"sureness": (0.8, 1.5, 3.0), "too sure": (0.8, 1.5), "rare": (0.02, 0.05)}


def of_pairs(task: Task, rate: float, draw: str, seed: int) -> Tested:
    """Test single pairs; return what was found, and the share that did slip."""
    prepared, entity, candidates, guess = task
    rng = np.random.default_rng([seed, 1])
    drawn = draw_pairs(candidates, guess, PAIRS, draw, rng)
    true = entity[drawn.left] == entity[drawn.right]
    bad = damaged(true, guess, "uniform", rate, rng) if rate else np.zeros(len(true), bool)
    labels = LabeledPairs(drawn.left, drawn.right, true ^ bad, np.arange(len(true), dtype=np.int32))
    found = judged(prepared, labels, np.ones(len(true)), seed)
    return noise_test(found.opinion, labels.is_match, np.ones(len(true))), float(bad.mean())


def of_sets(task: Task, rate: float, seed: int) -> Tested:
    """Test sets of rows; return what was found, and the share of rows that did slip."""
    prepared, entity, _, _ = task
    sets, slipped = slipped_sets(prepared, entity, rate, seed)
    given = LabelFiles(prepared.records, ("labels",), tuple(sets))
    sizes = np.array([len(one.rows) for one in sets])
    weight = (2.0 / sizes)[given.pairs.set_index]
    found = judged(prepared, given.pairs, weight, seed)
    sure = find_suspects(given, found.probability).sure
    test = noise_test(
        found.opinion, given.pairs.is_match, weight, rows=int((sizes - 1).sum()), misplaced=sure
    )
    return test, float(np.concatenate(slipped).mean())


def of_hard(kind: str, level: float, seed: int) -> Tested:
    """Test clean answers that are as hard as models say."""
    rng = np.random.default_rng([seed, 7])
    if kind != "rare":
        odds = level * rng.normal(size=PAIRS) + np.where(rng.random(PAIRS) < 0.5, -level, level)
    else:
        odds = rng.normal(np.log(level / (1 - level)) - 0.5, 1.0, PAIRS)
    true = odds * TRUE_ODDS if kind == "too sure" else odds
    return noise_test(expit(odds), rng.random(PAIRS) < expit(true), np.ones(PAIRS)), 0.0


def judged(
    prepared: PreparedTable, labels: LabeledPairs, weight: NDArray[np.float64], seed: int
) -> Unseen:
    known = gather(prepared, labels, seed=0)
    rows, said = known.all_features, labels.is_match
    return judge_unseen(rows, known.prior, said, Folds.of(labels), weight, seed=seed)


def summed(runs: Sequence[Tested]) -> dict[str, int]:
    """Count alarms, and intervals that hold the share that slipped."""
    known = [(test, share) for test, share in runs if test is not None]  # both answers were given
    alarms = [test.p_value < 0.05 for test, _ in known]
    undecided = [test.is_undecided and test.p_value >= 0.05 for test, _ in known]
    covered = [test.low <= share <= test.high for test, share in known]
    counts = {"alarms": alarms, "cannot_tell": undecided, "covered": covered}
    return {"runs": len(known)} | {name: int(sum(of)) for name, of in counts.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=("pairs", "sets", "hard"))
    parser.add_argument("--tables", nargs="+", default=[])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--rates", nargs="+", type=float, default=[0.0, 0.05])
    parser.add_argument(
        "--draws", nargs="+", choices=("even", "random"), default=["even", "random"]
    )
    parser.add_argument("--again", action="store_true")
    parser.add_argument("-o", "--output", type=Path, default=HERE / "results/noise_alarms.json")
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    results = Results(given.output, again=given.again)
    seeds = range(given.seeds)

    def measure(row: str, run: Callable[[int], Tested]) -> None:
        row = f"{given.what}, {row}, {given.seeds} seeds"
        if not results.has(row):
            found = summed([run(seed) for seed in seeds])
            results.put(row, found | {"provenance": provenance(seed=0)})
            print(row, found, flush=True)

    if given.what == "hard":
        for kind, levels in HARD.items():
            for level in levels:
                measure(f"{kind} {level:g}", functools.partial(of_hard, kind, level))
    for name in given.tables:
        task = load_task(name)
        for rate in given.rates:
            if given.what == "sets":
                measure(f"{name}, {rate:g}", functools.partial(of_sets, task, rate))
            for draw in given.draws if given.what == "pairs" else ():
                measure(f"{draw}, {name}, {rate:g}", functools.partial(of_pairs, task, rate, draw))


if __name__ == "__main__":
    main()
