"""Strata: pairs of about the same score, so that a few answers of each speak for the others."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matchloop.quality.sampled_audit.population import CANDIDATE, FAR, WIDE, Population

__all__ = ["expected_rate", "stratify"]

BINS = 400
SLOPE = 1.5
"""How much steeper true rates are in the score than the score says: forests are too modest."""

SHIFT = (0.0, -1.0, -4.0)
"""What is taken off the log odds by tier: the model never learned how rare matches are there."""


def expected_rate(population: Population) -> NDArray[np.float64]:
    """Guess the chance of a match of each pair before any answer, shape (pairs,).

    Good enough to share out questions by; estimates never rest on it alone.
    """
    p = np.clip(population.probability.astype(np.float64), 1e-6, 1 - 1e-4)
    apart = np.where(population.together, 0.0, np.asarray(SHIFT)[population.tier])
    odds = SLOPE * np.log(p / (1 - p)) + apart
    return np.asarray(1 / (1 + np.exp(-odds)), np.float64)


def stratify(population: Population, strata: int = 30) -> NDArray[np.int16]:
    """Put each pair into a stratum by its score, shape (pairs,).

    Pairs together, pairs apart, near misses of blocking and far pairs have strata of their own;
    inside each, cuts are at equal steps of the cumulated square root of the frequency (Dalenius
    and Hodges 1959).

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
    for room, share in rooms:
        at = np.flatnonzero(room)
        if len(at):
            cut = _cum_sqrt_f(
                population.probability[at].astype(np.float64),
                population.weight[at],
                max(1, round(strata * share / 30)),
            )
            out[at] = used + cut
            used += int(cut.max()) + 1
    return out


def _cum_sqrt_f(
    score: NDArray[np.float64], weight: NDArray[np.float64], count: int
) -> NDArray[np.int64]:
    edges = np.linspace(0, 1, BINS + 1)
    at = np.clip(np.searchsorted(edges, score, side="right") - 1, 0, BINS - 1)
    level = np.cumsum(np.sqrt(np.bincount(at, weights=weight, minlength=BINS)))
    step = np.minimum((level - 1e-9) / level[-1] * count, count - 1e-9).astype(np.int64)
    step = np.maximum(step, 0)
    return np.asarray(np.unique(step[at], return_inverse=True)[1], np.int64)
