"""Figures with bootstrap intervals over sets.

The pairs of a set share rows, so one slip makes several of them wrong. The bootstrap therefore
resamples sets, never pairs.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["CONFIDENCE", "FEW_SETS", "Figure", "Sums", "figure", "weights"]

CONFIDENCE = 0.95
"""Coverage of every interval; a convention."""

RESAMPLES = 2_000
"""Bootstrap samples; a convention."""

FEW_SETS = 8
"""Number of sets below which a bootstrap interval is too narrow to be shown; a convention."""

Sums = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure with its interval.

    Parameters
    ----------
    value
        The figure; None where it is not defined.
    low, high
        Bounds of the 95 % interval; None where there is none.
    sets
        Number of sets behind it.
    reason
        Reason why the figure or the interval is missing; empty otherwise.
    """

    value: float | None
    low: float | None
    high: float | None
    sets: int
    reason: str = ""


def weights(sets: int, *, seed: int) -> NDArray[np.float64]:
    """Return the number of draws of each set in each bootstrap sample, shape (samples, sets)."""
    rng = np.random.default_rng(seed)
    return rng.multinomial(sets, np.full(sets, 1 / sets), RESAMPLES).astype(np.float64)


def figure(
    sums: Sums, statistic: Callable[[Sums], NDArray[np.float64]], *, seed: int, missing: str
) -> Figure:
    """Compute a figure from sums over sets, with its interval.

    Parameters
    ----------
    sums
        Contribution of each set, shape (sets, parts). Sets without any contribution are no
        evidence and are dropped.
    statistic
        A function from sums, shape (samples, parts), to figures, shape (samples,); NaN where
        undefined.
    seed
        Seed of the bootstrap.
    missing
        Reason to report where the figure is undefined.
    """
    evidence = sums[np.any(sums != 0, axis=1)]
    count = len(evidence)
    if not count:
        return Figure(None, None, None, 0, "no set was labelled by both")
    value = float(statistic(evidence.sum(axis=0)[None])[0])
    if not math.isfinite(value):
        return Figure(None, None, None, count, missing)
    if count < FEW_SETS:
        reason = f"an interval needs {FEW_SETS} shared sets or more, there are {count}"
        return Figure(value, None, None, count, reason)
    drawn = statistic(weights(count, seed=seed) @ evidence)
    defined = drawn[np.isfinite(drawn)]
    if len(defined) < 0.9 * len(drawn):  # a convention: fewer samples would bias the interval
        return Figure(value, None, None, count, f"no interval: in many samples {missing}")
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(defined, [tail, 1 - tail])
    return Figure(value, min(float(low), value), max(float(high), value), count)
