"""Estimate quality on held-out labels, as Glue's evaluation does."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from matchloop.data.labels import LabeledPairs
from matchloop.errors import InputError
from matchloop.quality.evaluation.base import ConfusionMatrix, Evaluation

__all__ = ["FitAndScore", "evaluate", "precision_recall_curve", "score_metrics", "split_by_set"]

FitAndScore = Callable[[LabeledPairs, LabeledPairs], NDArray[np.floating]]
"""A function from training pairs and held-out pairs to the match probability of the latter."""

_TRIES = 200
"""Random splits to try before the labels count as too few; a convention."""


def evaluate(
    labels: LabeledPairs,
    fit_and_score: FitAndScore,
    *,
    seed: int = 0,
    threshold: float = 0.5,
    test_share: float = 0.3,
    column_importances: Mapping[str, float] | None = None,
) -> Evaluation:
    """Fit on 70 % of the labelling sets and measure on the others.

    Parameters
    ----------
    labels
        Labelled pairs.
    fit_and_score
        A function that fits a model to the training pairs and scores the held-out pairs. It must
        not use the labels of the latter.
    seed
        Seed of the split.
    threshold
        Probability from which a pair counts as a match.
    test_share
        Share of the sets held out.
    column_importances
        Importance of each column, to include in the result.

    Returns
    -------
    Evaluation
        Glue's metrics.

    Raises
    ------
    InputError
        There are too few sets for matches and non-matches on both sides of a split.
    """
    train, test = split_by_set(labels, seed=seed, test_share=test_share)
    probability = np.asarray(fit_and_score(train, test), np.float64)
    return score_metrics(
        probability,
        test.is_match,
        threshold=threshold,
        column_importances=column_importances,
        train_sets=len(np.unique(train.set_index)),
        test_sets=len(np.unique(test.set_index)),
        train_pairs=len(train),
    )


def split_by_set(
    labels: LabeledPairs, *, seed: int = 0, test_share: float = 0.3
) -> tuple[LabeledPairs, LabeledPairs]:
    """Split labelled pairs by set.

    Random splits are tried until both sides have matches and non-matches. A held-out pair that is
    also in a training set is dropped.

    Parameters
    ----------
    labels
        Labelled pairs.
    seed
        Seed of the split.
    test_share
        Share of the sets held out, at least one.

    Returns
    -------
    tuple
        Training pairs and held-out pairs.

    Raises
    ------
    InputError
        There is no such split; the message names what is missing.
    """
    sets = np.unique(labels.set_index)
    held = max(1, round(test_share * len(sets)))
    rng = np.random.default_rng(seed)
    if len(sets) > 1:
        for _ in range(_TRIES):
            test = np.isin(labels.set_index, rng.permutation(sets)[:held])
            test_only = test & ~np.isin(labels.ids(), labels.ids()[~test])
            sides = (labels.is_match[~test], labels.is_match[test_only])
            if all(side.any() and not side.all() for side in sides):
                return labels.take(~test), labels.take(test_only)
    raise InputError(_what_is_missing(labels, sets))


def _what_is_missing(labels: LabeledPairs, sets: NDArray[np.int32]) -> str:
    matching = len(np.unique(labels.set_index[labels.is_match]))
    differing = len(np.unique(labels.set_index[~labels.is_match]))
    return (
        f"too few labels to hold some out: {len(sets)} sets, {matching} with a match and "
        f"{differing} with a non-match; label at least 2 sets with each, of different pairs"
    )


def score_metrics(
    probability: NDArray[np.floating],
    is_match: NDArray[np.bool_],
    *,
    threshold: float = 0.5,
    column_importances: Mapping[str, float] | None = None,
    train_sets: int = 0,
    test_sets: int = 0,
    train_pairs: int = 0,
) -> Evaluation:
    """Measure probabilities against labels.

    Parameters
    ----------
    probability, is_match
        Match probability and truth of each pair, shape (pairs,).
    threshold
        Probability from which a pair counts as a match.
    column_importances
        Importance of each column, in [0, 1].
    train_sets, test_sets, train_pairs
        Sizes of the split, to include in the result.
    """
    predicted = probability >= threshold
    matrix = ConfusionMatrix(
        NumTruePositives=int((predicted & is_match).sum()),
        NumFalsePositives=int((predicted & ~is_match).sum()),
        NumTrueNegatives=int((~predicted & ~is_match).sum()),
        NumFalseNegatives=int((~predicted & is_match).sum()),
    )
    precision, recall, _ = precision_recall_curve(probability, is_match)
    width = np.diff(np.append(0.0, recall))
    both = precision + recall
    f1 = np.divide(2 * precision * recall, both, out=np.zeros(len(both)), where=both > 0)
    true = matrix.NumTruePositives
    named = sorted((column_importances or {}).items(), key=lambda item: (-item[1], item[0]))
    return Evaluation(
        area_under_pr_curve=float((width * precision).sum()),
        precision=true / int(predicted.sum()) if predicted.any() else 0.0,
        recall=true / int(is_match.sum()) if is_match.any() else 0.0,
        f1=float(f1.max(initial=0.0)),
        confusion_matrix=matrix,
        column_importances=dict(named),
        threshold=threshold,
        train_sets=train_sets,
        test_sets=test_sets,
        train_pairs=train_pairs,
        test_pairs=len(is_match),
    )


def precision_recall_curve(
    probability: NDArray[np.floating], is_match: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return precision, recall and threshold at each distinct probability, descending.

    Parameters
    ----------
    probability, is_match
        Match probability and truth of each pair, shape (pairs,).
    """
    order = np.argsort(-probability, kind="stable")
    ranked = np.asarray(probability, np.float64)[order]
    ends = np.flatnonzero(np.append(ranked[1:] != ranked[:-1], True)) if len(ranked) else order
    right = np.cumsum(is_match[order])[ends].astype(np.float64)
    total = max(int(is_match.sum()), 1)
    return right / (ends + 1), right / total, ranked[ends]
