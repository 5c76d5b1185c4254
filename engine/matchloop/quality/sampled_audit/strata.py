"""Strata of a sampled audit: pairs of similar score."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matchloop.quality.sampled_audit.population import CANDIDATE, FAR, WIDE, Population

__all__ = ["expected_rate", "stratify"]

BINS = 400
"""Bins of the frequency that the cuts are computed from; a convention."""

# Tuned with the designs by benchmarks/audits.py; its tuning tables are named in designs.py.
SLOPE = 1.5
"""Factor on the log odds of the score, because forests are underconfident."""

SHIFT = (0.0, -1.0, -4.0)
"""Shift of the log odds by tier, because the model never learned from pairs beyond blocking."""


def expected_rate(population: Population) -> NDArray[np.float64]:
    """Return the expected rate of matches of each pair before any answer, shape (pairs,).

    It serves to allocate questions; no estimate rests on it alone.
    """
    p = np.clip(population.probability.astype(np.float64), 1e-6, 1 - 1e-4)
    apart = np.where(population.together, 0.0, np.asarray(SHIFT)[population.tier])
    odds = SLOPE * np.log(p / (1 - p)) + apart
    return np.asarray(1 / (1 + np.exp(-odds)), np.float64)


def stratify(population: Population, strata: int = 30) -> NDArray[np.int16]:
    """Return the stratum of each pair by its score, shape (pairs,).

    Joined pairs, other candidate pairs, near misses of blocking and far pairs have separate
    strata. Inside each, cuts are at equal steps of the cumulative square root of the frequency
    (Dalenius and Hodges 1959).

    Parameters
    ----------
    population
        The pairs.
    strata
        Approximate greatest number of strata.
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
