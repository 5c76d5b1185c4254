"""Strata: pairs of about the same score, so that a few answers of each speak for the others."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matchloop.auditing.population import CANDIDATE, FAR, WIDE, Population

__all__ = ["expected_rate", "log_odds", "stratify"]

SLOPE = 1.2
"""How much steeper true rates are in the score than the score says: forests are too modest."""

SHIFT = (0.0, -1.0, -4.0)
"""What is taken off the log odds by tier: the model never learned how rare matches are there."""

TAKEN = 1.0
"""What is taken off the log odds of a pair apart for each of its records that stands with another.

A record that has found its match seldom has one more. Chosen on tuning tables, where it makes the
answers of candidates apart likelier on all but one."""


def log_odds(population: Population) -> NDArray[np.float64]:
    """Return how likely a pair matches by the model and by where its records stand, shape (pairs,).

    Pairs are put into strata by it, and rates are a curve in it.
    """
    p = np.clip(population.probability.astype(np.float64), 1e-6, 1 - 1e-4)
    left, right, together = population.left, population.right, population.together
    accompanied = np.zeros(int(max(left.max(initial=0), right.max(initial=0))) + 1)
    accompanied[left[together]] = accompanied[right[together]] = 1.0
    taken = np.where(together, 0.0, TAKEN * (accompanied[left] + accompanied[right]))
    return np.asarray(np.log(p / (1 - p)) - taken, np.float64)


def expected_rate(population: Population) -> NDArray[np.float64]:
    """Guess the chance of a match of each pair before any answer, shape (pairs,).

    Good enough to share out questions by; estimates never rest on it alone.
    """
    apart = np.where(population.together, 0.0, np.asarray(SHIFT)[population.tier])
    odds = SLOPE * log_odds(population) + apart
    return np.asarray(1 / (1 + np.exp(-odds)), np.float64)


def stratify(population: Population, strata: int = 30) -> NDArray[np.int16]:
    """Put each pair into a stratum by its score, shape (pairs,).

    Pairs together, pairs apart, near misses of blocking and far pairs have strata of their own;
    inside each, cuts are at equal steps of the cumulated standard deviation that the score leaves
    a pair, as equal products of size and deviation are nearly best (Dalenius 1950; Cochran 1977,
    5A.7). So the many unlikely pairs are not all of one stratum.

    Parameters
    ----------
    population
        The pairs.
    strata
        How many strata at most, roughly.
    """
    out = np.zeros(len(population), np.int16)
    rooms = (
        (population.together, 10),
        (~population.together & (population.tier == CANDIDATE), 13),
        (~population.together & (population.tier == WIDE), 4),
        (~population.together & (population.tier == FAR), 3),
    )
    used = 0
    odds = log_odds(population)
    for room, share in rooms:
        at = np.flatnonzero(room)
        if len(at):
            cut = _cut(odds[at], population.weight[at], max(1, round(strata * share / 30)))
            out[at] = used + cut
            used += int(cut.max()) + 1
    return out


def _cut(odds: NDArray[np.float64], weight: NDArray[np.float64], count: int) -> NDArray[np.int64]:
    order = np.argsort(odds, kind="stable")
    deviation = weight[order] / np.cosh(odds[order] / 2)  # twice the root of p (1 - p)
    level = np.cumsum(deviation) - deviation / 2
    step = np.empty(len(odds), np.int64)
    step[order] = np.minimum(level / deviation.sum() * count, count - 1)
    return np.asarray(np.unique(step, return_inverse=True)[1], np.int64)
