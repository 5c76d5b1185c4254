"""The precision-recall curve and the calibration of scores, with intervals if estimated."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv

from matchloop.quality.sampled_audit.base import Interval
from matchloop.quality.sampled_audit.estimating import quality_of
from matchloop.quality.sampled_audit.population import Population

__all__ = [
    "CalibrationBin",
    "QualityPoint",
    "audited_calibration",
    "audited_curve",
    "known_calibration",
    "known_curve",
]

# Conventions: finer near 0 and 1, where most pairs are.
THRESHOLDS = (0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98)

BINS = (0.0, 0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 0.95, 0.98, 1.0)


@dataclass(frozen=True, slots=True)
class QualityPoint:
    """Precision and recall of pairs at a threshold, before clustering."""

    threshold: float
    precision: Interval
    recall: Interval


@dataclass(frozen=True, slots=True)
class CalibrationBin:
    """Pairs of similar probability, and the share of them that match.

    Parameters
    ----------
    probability
        Their mean probability.
    share
        Share of matches among them.
    pairs
        Number of them with an answer.
    """

    probability: float
    share: Interval
    pairs: int


def audited_curve(
    population: Population,
    stratum: NDArray[np.integer],
    answered: NDArray[np.integer],
    is_match: NDArray[np.bool_],
) -> tuple[QualityPoint, ...]:
    """Estimate the precision-recall curve from a sampled audit.

    Parameters
    ----------
    population, stratum, answered
        As for :func:`quality_of`.
    is_match
        The answers.
    """
    points = []
    for threshold in THRESHOLDS:
        above = population.probability >= threshold
        if not above.any():
            break
        predicted = round(float(population.weight[above].sum()))
        moved = replace(population, together=above, predicted=predicted)
        quality = quality_of(moved, stratum, answered, is_match, draws=500)
        points.append(QualityPoint(threshold, quality.precision, quality.recall))
    return tuple(points)


def known_curve(
    probability: NDArray[np.floating], is_match: NDArray[np.bool_], missed: int = 0
) -> tuple[QualityPoint, ...]:
    """Compute the precision-recall curve from the truth.

    Parameters
    ----------
    probability, is_match
        Match probability and truth of each pair, shape (pairs,).
    missed
        Number of matches that are not among the pairs, such as those that blocking lost.
    """
    points = []
    total = max(int(is_match.sum()) + missed, 1)
    for threshold in THRESHOLDS:
        above = probability >= threshold
        if not above.any():
            break
        right = int((is_match & above).sum())
        precision, recall = right / int(above.sum()), right / total
        points.append(QualityPoint(threshold, _exact(precision), _exact(recall)))
    return tuple(points)


def audited_calibration(
    population: Population,
    answered: NDArray[np.integer],
    is_match: NDArray[np.bool_],
    weights: NDArray[np.float64],
) -> tuple[CalibrationBin, ...]:
    """Estimate the calibration of candidate pairs from a sampled audit.

    Parameters
    ----------
    population
        The pairs.
    answered, is_match
        Positions of the answered pairs, and their answers.
    weights
        Number of pairs that each represents.
    """
    chosen = population.tier[answered] == 0
    return _bins(
        population.probability[answered][chosen], is_match[chosen], weights[chosen], exact=False
    )


def known_calibration(
    probability: NDArray[np.floating], is_match: NDArray[np.bool_]
) -> tuple[CalibrationBin, ...]:
    """Compute the calibration from the truth."""
    return _bins(probability, is_match, np.ones(len(probability)), exact=True)


def _bins(
    probability: NDArray[np.floating],
    is_match: NDArray[np.bool_],
    weight: NDArray[np.float64],
    *,
    exact: bool,
) -> tuple[CalibrationBin, ...]:
    made = []
    at = np.clip(np.searchsorted(BINS, probability, side="right") - 1, 0, len(BINS) - 2)
    for number in range(len(BINS) - 1):
        inside = at == number
        if not inside.any():
            continue
        own, right = weight[inside], is_match[inside]
        share = float((own * right).sum() / own.sum())
        mean = float((own * probability[inside]).sum() / own.sum())
        count = float(own.sum() ** 2 / (own**2).sum())  # Kish's effective sample size
        interval = _exact(share) if exact else _jeffreys(share, count)
        made.append(CalibrationBin(mean, interval, int(inside.sum())))
    return tuple(made)


def _jeffreys(share: float, count: float) -> Interval:
    yes, no = share * count + 0.5, (1 - share) * count + 0.5
    low = 0.0 if share == 0 else float(betaincinv(yes, no, 0.025))
    high = 1.0 if share == 1 else float(betaincinv(yes, no, 0.975))
    return Interval(share, low, high)


def _exact(value: float) -> Interval:
    return Interval(value, value, value)
