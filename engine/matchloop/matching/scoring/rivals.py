"""Rivals of a pair: mutual best pairs, and runners-up as examples of non-matches."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matchloop.data.pairs import CandidatePairs

__all__ = ["Runners", "best_of_each", "fit_against_runners_up", "mutual_best"]

# These three are conventions.
TREES = 200
LEAF = 10  # least pairs in a leaf: probabilities need more than single pairs
LOW_END = 0.3  # share of the runners-up, the lowest, among which no match is expected


@dataclass(frozen=True, slots=True, eq=False)
class Runners:
    """Scores of all pairs, and match probability of the mutual best ones (0 elsewhere)."""

    score: NDArray[np.float64]
    probability: NDArray[np.float64]
    match_share: float


def best_of_each(
    left: NDArray[np.int32],
    right: NDArray[np.int32],
    score: NDArray[np.float64],
    n_records: int,
) -> NDArray[np.float64]:
    """Return the highest score among the pairs of each record, shape (records,)."""
    best = np.full(n_records, -np.inf)
    np.maximum.at(best, left, score)
    np.maximum.at(best, right, score)
    return best


def mutual_best(
    left: NDArray[np.int32],
    right: NDArray[np.int32],
    score: NDArray[np.float64],
    n_records: int,
) -> NDArray[np.bool_]:
    """Return which pairs are the best of both their records, ties included, shape (pairs,)."""
    best = best_of_each(left, right, score, n_records)
    return (score >= best[left]) & (score >= best[right])


def fit_against_runners_up(
    features: NDArray[np.float32],
    pairs: CandidatePairs,
    score: NDArray[np.float64],
    n_records: int,
    *,
    seed: int,
    rounds: int = 2,
) -> Runners:
    """Fit a forest that separates best pairs from runners-up.

    A runner-up would be best if the best pairs were removed. Where every record has at most one
    match, the runners-up of matched records are non-matches, and look like the best pair of a
    record without a match. A forest that separates best pairs from runners-up therefore estimates
    their ratio at each score. The ratio gives the share of matches among the best pairs and the
    match probability of each (a mixture of a known and an unknown class: Elkan and Noto 2008; the
    share as in Storey 2002).

    Parameters
    ----------
    features
        Shape (pairs, features), without any that reveals the rank of a pair.
    pairs
        All candidates of the records.
    score
        Similarity for the first ranking, shape (pairs,).
    n_records
        Records of the table.
    seed
        The same seed gives the same result.
    rounds
        How often to fit; from the second fit on, pairs are ranked by the fit before.

    Returns
    -------
    Runners
        Scores and probabilities of all pairs.
    """
    from sklearn.ensemble import RandomForestClassifier

    left, right = pairs.left, pairs.right
    tie = 1e-6 * (score - score.min()) / max(float(np.ptp(score)), 1e-9)
    current = score
    learned = Runners(score, np.zeros(len(score)), 0.0)
    partner = np.ones(n_records)
    for number in range(rounds):
        best = np.flatnonzero(mutual_best(left, right, current, n_records))
        rest = np.ones(len(current), np.bool_)
        rest[best] = False
        others = np.flatnonzero(rest)
        runner = others[mutual_best(left[others], right[others], current[others], n_records)]
        if len(runner) < 2 * LEAF or len(best) < 2 * LEAF:
            return _undecided(current, best)
        shown = np.concatenate((best, runner))
        is_best = np.arange(len(shown)) < len(best)
        weight = _weights(partner, left[runner], right[runner], len(best))
        forest = RandomForestClassifier(
            n_estimators=TREES, min_samples_leaf=LEAF, oob_score=True, random_state=seed + number
        )
        with warnings.catch_warnings():  # pairs in every tree's sample get 0.5 below
            warnings.filterwarnings("ignore", message="Some inputs do not have OOB scores")
            forest.fit(features[shown], is_best, sample_weight=weight)
        current = forest.predict_proba(features)[:, 1]
        out_of_bag = np.nan_to_num(forest.oob_decision_function_[:, 1], nan=0.5)
        current[shown] = out_of_bag  # trees score their own training pairs too well
        current = current + tie
        learned, partner = _calibrated(current, left, right, best, runner, n_records)
    final = mutual_best(left, right, current, n_records)
    return Runners(current, np.where(final, learned.probability, 0.0), learned.match_share)


def _weights(
    partner: NDArray[np.float64],
    left: NDArray[np.int32],
    right: NDArray[np.int32],
    count: int,
) -> NDArray[np.float64]:
    taken = np.maximum(np.maximum(partner[left], partner[right]), 0.02)
    return np.concatenate((np.ones(count), taken * (count / taken.sum())))


def _calibrated(
    score: NDArray[np.float64],
    left: NDArray[np.int32],
    right: NDArray[np.int32],
    best: NDArray[np.int64],
    runner: NDArray[np.int64],
    n_records: int,
) -> tuple[Runners, NDArray[np.float64]]:
    """Convert scores to match probabilities.

    A runner-up weighs the more, the surer one of its records has a match.
    """
    from sklearn.isotonic import IsotonicRegression

    shown = np.concatenate((best, runner))
    is_best = np.arange(len(shown)) < len(best)
    partner = np.zeros(n_records)
    np.maximum.at(partner, left[best], 1.0)
    np.maximum.at(partner, right[best], 1.0)
    probability = np.zeros(len(score))
    unmatched = 1.0
    order = np.argsort(score[runner], kind="stable")
    for _ in range(4):  # weights and probabilities depend on each other; the number is a convention
        weight = _weights(partner, left[runner], right[runner], len(best))
        fitted = IsotonicRegression(out_of_bounds="clip").fit(
            score[shown], is_best, sample_weight=weight
        )
        share = np.clip(fitted.predict(score), 1e-4, 1 - 1e-4)
        mass = np.cumsum(weight[len(best) :][order]) / len(best)
        place = min(int(np.searchsorted(mass, LOW_END)), len(order) - 1)
        low = score[runner][order[place]]
        unmatched = float(np.clip((score[best] <= low).mean() / mass[place], 0.02, 1))
        probability = np.clip(1 - unmatched * (1 - share) / share, 0, 1)
        partner = np.zeros(n_records)
        np.maximum.at(partner, left[best], probability[best])
        np.maximum.at(partner, right[best], probability[best])
    return Runners(score, probability, 1 - unmatched), partner


def _undecided(score: NDArray[np.float64], best: NDArray[np.int64]) -> Runners:
    """Return a default for too few pairs to fit: the mutual best ones by their score."""
    probability = np.zeros(len(score))
    probability[best] = np.clip(0.5 + score[best] / 2, 0.5, 0.95)
    return Runners(score, probability, 1.0)
