"""A figure and how sure it is: intervals by drawing sets anew.

The pairs of a set share their rows, so that one slip spoils several of them: sets are what is
drawn, never pairs.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["CONFIDENCE", "FEW_SETS", "Figure", "Sums", "figure", "weights"]

CONFIDENCE = 0.95
"""Of every interval."""

RESAMPLES = 2_000
FEW_SETS = 8
"""Below this many sets an interval by drawing them anew is too narrow to be told."""

Sums = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure with its interval.

    Parameters
    ----------
    value
        The figure; None where it is not defined.
    low, high
        Bounds of 95 %; None where there is no interval.
    sets
        How many sets it rests on.
    reason
        Why there is no figure or no interval; empty where there is one.
    """

    value: float | None
    low: float | None
    high: float | None
    sets: int
    reason: str = ""


def weights(sets: int, *, seed: int) -> NDArray[np.float64]:
    """Return how often each set is drawn in each sample, shape (samples, sets)."""
    rng = np.random.default_rng(seed)
    return rng.multinomial(sets, np.full(sets, 1 / sets), RESAMPLES).astype(np.float64)


def figure(
    sums: Sums, statistic: Callable[[Sums], NDArray[np.float64]], *, seed: int, missing: str
) -> Figure:
    """Return a figure that is a function of sums over sets, with its interval.

    Parameters
    ----------
    sums
        What each set adds, shape (sets, parts); sets that add nothing to any part are no evidence
        and are left out.
    statistic
        From sums, shape (samples, parts), to figures, shape (samples,); NaN where undefined.
    seed
        Of the drawing.
    missing
        Why the figure may be undefined, for its reason.
    """
    told = sums[np.any(sums != 0, axis=1)]
    count = len(told)
    if not count:
        return Figure(None, None, None, 0, "no set was labelled by both")
    value = float(statistic(told.sum(axis=0)[None])[0])
    if not math.isfinite(value):
        return Figure(None, None, None, count, missing)
    if count < FEW_SETS:
        reason = f"an interval needs {FEW_SETS} shared sets or more, there are {count}"
        return Figure(value, None, None, count, reason)
    drawn = statistic(weights(count, seed=seed) @ told)
    known = drawn[np.isfinite(drawn)]
    if len(known) < 0.9 * len(drawn):
        return Figure(value, None, None, count, f"no interval: in many samples {missing}")
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(known, [tail, 1 - tail])
    return Figure(value, min(float(low), value), max(float(high), value), count)
