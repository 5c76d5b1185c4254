"""The Fellegi-Sunter model: matches and non-matches, columns independent within each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matchloop.scoring.columns import Bins

__all__ = ["Elsewhere", "Mixture", "fit_mixture"]

ROUNDS = 100
STILL = 1e-6  # mean change of the probabilities at which the fit is done
LARGEST = 40.0  # log odds beyond which nothing changes


@dataclass(frozen=True, slots=True, eq=False)
class Elsewhere:
    """The pairs that are no candidates, all taken as non-matches.

    Parameters
    ----------
    number
        Bin numbers of some of them, drawn at random, shape (pairs, columns).
    count
        How many there are for the pairs at hand.
    """

    number: NDArray[np.int8]
    count: float


@dataclass(frozen=True, slots=True, eq=False)
class Mixture:
    """A fitted mixture: the log odds of a match and its probability, shape (pairs,) each."""

    log_odds: NDArray[np.float64]
    probability: NDArray[np.float64]


def fit_mixture(
    bins: Bins,
    start: NDArray[np.float64],
    *,
    elsewhere: Elsewhere | None = None,
    evidence: float = 1.0,
) -> Mixture:
    """Fit the two-class mixture by expectation maximisation.

    After Fellegi and Sunter (1969) and Winkler (1988). The evidence of a column never falls with
    its similarity (isotonic weights), and a missing value is no evidence.

    Parameters
    ----------
    bins
        Bins of the pairs.
    start
        Match probability of each pair to start from.
    elsewhere
        What is known of all other pairs; without, the candidates speak for the non-matches.
    evidence
        Factor on the log odds of every column, below 1 where columns repeat each other.

    Returns
    -------
    Mixture
        Of the pairs, in order.
    """
    probability = np.asarray(start, np.float64)
    cells = [_column(bins, place) for place in range(len(bins.counts)) if bins.counts[place] > 1]
    others = [
        _others(elsewhere, bins, place)
        for place in range(len(bins.counts))
        if bins.counts[place] > 1
    ]
    count = 0.0 if elsewhere is None else elsewhere.count
    log_odds = np.zeros(len(probability))
    for _ in range(ROUNDS):
        matches = float(np.clip(probability.sum(), 1e-3, None))
        rest = max(len(probability) + count - matches, 1e-3)
        log_odds = np.full(len(probability), np.log(matches / rest))
        for (pairs, number, size), other in zip(cells, others, strict=True):
            share = probability[pairs]
            met = np.bincount(number, weights=share, minlength=size) + 1 / size
            unmet = np.bincount(number, weights=1 - share, minlength=size) + 1 / size + other
            weight = np.log(met / met.sum()) - np.log(unmet / unmet.sum())
            rising = isotonic(weight, met / met.sum() + unmet / unmet.sum())
            log_odds[pairs] += evidence * rising[number]
        updated = 1 / (1 + np.exp(-np.clip(log_odds, -LARGEST, LARGEST)))
        change = np.abs(updated - probability).mean()
        probability = updated
        if change < STILL:
            break
    return Mixture(log_odds, probability)


def isotonic(values: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the nearest rising values by weighted squares (pool adjacent violators)."""
    blocks: list[tuple[float, float, int]] = []
    for value, weight in zip(values.tolist(), weights.tolist(), strict=True):
        block = (value, weight, 1)
        while blocks and blocks[-1][0] > block[0]:
            before = blocks.pop()
            total = before[1] + block[1]
            mean = (before[0] * before[1] + block[0] * block[1]) / total
            block = (mean, total, before[2] + block[2])
        blocks.append(block)
    return np.repeat([block[0] for block in blocks], [block[2] for block in blocks])


def _column(bins: Bins, place: int) -> tuple[NDArray[np.int64], NDArray[np.int8], int]:
    pairs = np.flatnonzero(bins.number[:, place] >= 0)
    return pairs, bins.number[pairs, place], int(bins.counts[place])


def _others(elsewhere: Elsewhere | None, bins: Bins, place: int) -> NDArray[np.float64]:
    size = int(bins.counts[place])
    if elsewhere is None or len(elsewhere.number) == 0:
        return np.zeros(size)
    number = elsewhere.number[:, place]
    drawn = np.bincount(number[number >= 0], minlength=size)
    return np.asarray(drawn * (elsewhere.count / len(elsewhere.number)), np.float64)
