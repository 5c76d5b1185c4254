"""How well wrong labels are found: noise put in, and looked for.

    python benchmarks/label_quality.py --tables abt_buy cora --rates 0.1 --draw random

Pairs are 500 candidates, drawn evenly from the whole range of what a model without labels says, or
(``--draw random``) each with the same chance; rows are those of the sets of ten that the loop asks
first, twelve of them (about 500 pairs). Every method
sees the same labels; cleanlab (`pip install cleanlab`) sees the same folds.
"""

from __future__ import annotations

import argparse
import itertools
import warnings
from collections import defaultdict
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import average_precision_score

from judging import entities
from matchloop.active_learning.loop import LabelingLoop
from matchloop.data.labels import LabeledPairs
from matchloop.data.pairs import CandidatePairs
from matchloop.matching.backends import PreparedTable, prepare
from matchloop.quality.label_checks.evidence import gather
from matchloop.quality.label_checks.label_files import FileSet, pairs_of_sets
from matchloop.quality.label_checks.moves import best_moves
from matchloop.quality.label_checks.unseen import FOLDS, Folds, judge_unseen
from provenance import HERE, Results, provenance
from tables import load_table

PAIRS, SETS = 500, 12
Floats = NDArray[np.floating]
Bools = NDArray[np.bool_]
Task = tuple[PreparedTable, NDArray[np.int64], CandidatePairs, Floats]
"""A table, the entity of each record, the candidates, and what a model without labels says."""

Run = dict[str, float]
KINDS = ("uniform", "hard", "class", "rows", "annotator")
RATES = (0.02, 0.05, 0.1, 0.2)


def spread(
    candidates: CandidatePairs, guess: Floats, count: int, rng: np.random.Generator
) -> CandidatePairs:
    """Draw pairs evenly from ten parts of the range of scores."""
    level = np.minimum((guess * 10).astype(int), 9)
    parts = sorted((rng.permutation(np.flatnonzero(level == at)) for at in range(10)), key=len)
    shares, left = [], min(count, len(guess))
    for number, part in enumerate(parts):
        shares.append(part[: left // (10 - number)])
        left -= len(shares[-1])
    return candidates.take(np.sort(np.concatenate(shares)))


def draw_pairs(
    candidates: CandidatePairs, guess: Floats, count: int, draw: str, rng: np.random.Generator
) -> CandidatePairs:
    """Draw pairs as is asked for."""
    if draw == "even":
        return spread(candidates, guess, count, rng)
    return candidates.take(np.sort(rng.permutation(len(candidates))[:count]))


def damaged(
    is_match: Bools, guess: Floats, kind: str, rate: float, rng: np.random.Generator
) -> Bools:
    """Turn answers round: which ones."""
    count = len(is_match)
    if kind == "annotator":  # one of three errs three times as often as the share asked for
        third = rng.integers(3, size=count) == 0
        return np.asarray(third & (rng.random(count) < min(3 * rate, 1.0)))
    weight = np.ones(count)
    if kind == "hard":
        weight = np.asarray(4 * guess * (1 - guess) + 0.05, np.float64)
    if kind == "class":  # matches are missed five times as often as seen where there is none
        weight = np.where(is_match, 5.0, 1.0)
    bad = np.zeros(count, bool)
    wrong = rng.choice(count, max(1, int(rate * count)), replace=False, p=weight / weight.sum())
    bad[wrong] = True
    return bad


def cleanlab_score(features: Floats, is_match: Bools, folds: Folds, seed: int) -> Floats:
    """Score labels as cleanlab does, by one random forest out of fold."""
    from cleanlab.rank import get_label_quality_scores

    rows = np.where(np.isfinite(features), features, -1)
    fold = folds.deal(np.random.default_rng([seed, 0]))
    probability = np.full((len(rows), 2), 0.5)
    for number in range(FOLDS):
        out = fold == number
        if out.any() and is_match[~out].any() and not is_match[~out].all():
            model = RandomForestClassifier(60, random_state=seed).fit(rows[~out], is_match[~out])
            probability[out] = model.predict_proba(rows[out])
    return 1 - np.asarray(get_label_quality_scores(is_match.astype(int), probability))


def f1_after(
    features: Floats, is_match: Bools, test_features: Floats, test: Bools, seed: int
) -> float:
    """Return F1 on other pairs of a model that learned these labels."""
    rows = np.where(np.isfinite(features), features, -1)
    other = np.where(np.isfinite(test_features), test_features, -1)
    taken = RandomForestClassifier(60, random_state=seed).fit(rows, is_match).predict(other)
    return 2 * float((taken & test).sum()) / max(float(taken.sum() + test.sum()), 1.0)


def told(wrong: Bools, score: Floats) -> tuple[float, float]:
    """Return area under precision and recall, and precision at as many as are wrong."""
    count = int(wrong.sum())
    top = np.argsort(-score, kind="stable")[:count]
    return float(average_precision_score(wrong, score)), float(wrong[top].mean())


def play_pairs(task: Task, kind: str, rate: float, seed: int, *, draw: str) -> Run:
    prepared, entity, candidates, guess = task
    rng = np.random.default_rng([seed, KINDS.index(kind), int(1000 * rate)])
    drawn = draw_pairs(candidates, guess, 2 * PAIRS, draw, np.random.default_rng([seed, 1]))
    mine = np.sort(rng.permutation(len(drawn))[: len(drawn) // 2])
    rest = np.setdiff1d(np.arange(len(drawn)), mine)
    true = entity[drawn.left] == entity[drawn.right]
    labels = LabeledPairs(drawn.left, drawn.right, true, np.arange(len(drawn), dtype=np.int32))
    known = gather(prepared, labels, seed=0)
    features, at = known.features[mine], true[mine]
    bad = damaged(at, known.prior[mine].astype(float), kind, rate, rng)
    said = at ^ bad
    folds = Folds.of(LabeledPairs(drawn.left[mine], drawn.right[mine], said,
                                  np.arange(len(mine), dtype=np.int32)))  # fmt: skip
    unseen = judge_unseen(
        known.all_features[mine], known.prior[mine], said, folds, np.ones(len(mine)), seed=seed
    ).probability
    score = np.where(said, 1 - unseen, unseen)
    out: Run = {}
    out["auprc"], out["at_k"] = told(bad, score)
    out["cleanlab"], out["cleanlab_at_k"] = told(bad, cleanlab_score(features, said, folds, seed))
    top = np.argsort(-score, kind="stable")[: int(bad.sum())]
    mended = said.copy()
    mended[top] = at[top]
    judged = known.features[rest], true[rest]
    out["f1_clean"] = f1_after(features, at, *judged, seed)
    out["f1_noisy"] = f1_after(features, said, *judged, seed)
    out["f1_mended"] = f1_after(features, mended, *judged, seed)
    sizes = (50, 100, 200, 300, 400)
    order = rng.permutation(len(mine))
    curve = [f1_after(features[order[:n]], at[order[:n]], *judged, seed) for n in sizes]
    enough = [n for n, f1 in zip(sizes, curve, strict=True) if f1 >= out["f1_noisy"]]
    out["noisy_per_clean"] = len(mine) / (enough[0] if enough else len(mine))
    return out


def slipped_sets(
    prepared: PreparedTable, entity: NDArray[np.int64], rate: float, seed: int
) -> tuple[list[FileSet], list[Bools]]:
    """Return the first sets asked with rows that slipped, and which rows of each did."""
    rng = np.random.default_rng([seed, 9, int(1000 * rate)])
    sets: list[FileSet] = []
    slipped: list[Bools] = []
    for rows in LabelingLoop(prepared, None, seed=seed).ask(sets=SETS, rows=10).sets:
        rows = np.sort(rows)
        true = np.unique(entity[rows], return_inverse=True)[1]
        errs = rng.random(len(rows)) < rate
        said = list(true)
        for row in np.flatnonzero(errs):  # alone, or into another group of the set
            others = sorted({g for at, g in enumerate(said) if at != row} - {said[row]})
            company = said.count(said[row]) > 1
            if company and (not others or rng.random() < 0.5):
                said[row] = 100 + row
            elif others:
                said[row] = others[int(rng.integers(len(others)))]
        names, groups = np.unique(said, return_inverse=True)
        sets.append(FileSet(0, str(len(sets)), rows, groups, tuple(map(str, names))))
        slipped.append(np.array(said) != true)
    return sets, slipped


def play_rows(task: Task, rate: float, seed: int) -> Run:
    prepared, entity, _, _ = task
    sets, slipped = slipped_sets(prepared, entity, rate, seed)
    pairs = pairs_of_sets(sets)
    known = gather(prepared, pairs, seed=0)
    bad = pairs.is_match != (entity[pairs.left] == entity[pairs.right])
    weight = (2.0 / np.array([len(one.rows) for one in sets]))[pairs.set_index]
    folds = Folds.of(pairs)
    judged = judge_unseen(known.all_features, known.prior, pairs.is_match, folds, weight, seed=seed)
    unseen = judged.probability
    score = np.where(pairs.is_match, 1 - unseen, unseen)
    other = cleanlab_score(known.features, pairs.is_match, folds, seed)
    wrong = np.concatenate(slipped)
    if not bad.any() or not wrong.any():
        return {}
    gains: list[float] = []
    plain: list[float] = []
    best: list[float] = []
    for number, one in enumerate(sets):
        inside = pairs.set_index == number
        gains += [move.gain for move in best_moves(one, unseen[inside])]
        exact = (entity[pairs.left] == entity[pairs.right])[inside].astype(float)
        best += [move.gain for move in best_moves(one, exact)]
        of_pair = np.zeros((len(one.rows),) * 2)
        of_pair[np.triu_indices(len(one.rows), 1)] = other[inside]
        plain += list((of_pair + of_pair.T).sum(axis=1) / (len(one.rows) - 1))
    out: Run = {}
    out["auprc"], out["at_k"] = told(bad, score)
    out["cleanlab"], out["cleanlab_at_k"] = told(bad, other)
    out["row_auprc"], out["row_at_k"] = told(wrong, np.array(gains))
    out["row_cleanlab"], _ = told(wrong, np.array(plain))
    out["row_truth"], _ = told(wrong, np.array(best))  # what ties leave to one who knows
    return out


def load_task(name: str) -> Task:
    """Return the prepared table, the entity of each record, the candidates and the guess."""
    table = load_table(name)
    prepared = prepare(table.records())
    start = prepared.candidates.take(slice(0, 1))
    one = LabeledPairs(start.left, start.right, np.ones(1, bool), np.zeros(1, np.int32))
    guess = gather(prepared, one, seed=0).of_candidates.astype(float)
    return prepared, entities(table.truth, len(table)), prepared.candidates, guess


def means(runs: Iterable[Run]) -> Run:
    """Return the mean of each figure over the runs that have it."""
    figures: dict[str, list[float]] = defaultdict(list)
    for run in runs:
        for key, value in run.items():
            figures[key].append(value)
    return {key: round(float(np.mean(values)), 4) for key, values in figures.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tables", nargs="+", required=True)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--kinds", nargs="+", default=list(KINDS), choices=KINDS)
    parser.add_argument("--rates", nargs="+", type=float, default=list(RATES))
    parser.add_argument("--draw", choices=("even", "random"), default="even")
    parser.add_argument("--again", action="store_true")
    parser.add_argument("-o", "--output", type=Path, default=HERE / "results/label_quality.json")
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    results = Results(given.output, again=given.again)
    for name in given.tables:
        task = None
        for kind, rate in itertools.product(given.kinds, given.rates):
            row = f"{given.draw}, {name}, {kind} {rate:g}"
            if results.has(row):
                continue
            task = task or load_task(name)
            found = means(
                play_rows(task, rate, seed)
                if kind == "rows"
                else play_pairs(task, kind, rate, seed, draw=given.draw)
                for seed in range(given.seeds)
            )
            results.put(
                row,
                found
                | {
                    "provenance": provenance(
                        seed=0,
                        seeds=given.seeds,
                        peer_versions={"cleanlab": metadata.version("cleanlab")},
                    )
                },
            )
            print(row, found, flush=True)


if __name__ == "__main__":
    main()
