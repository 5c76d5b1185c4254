"""What a contender saves against the reference, and when it is as good as with every label."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matchloop.simulation.curves import Curve
from matchloop.simulation.statistics import CONFIDENCE, RESAMPLES

__all__ = ["LEVELS", "Crossing", "Saved", "crossings", "labels_saved"]

LEVELS = (0.90, 0.95, 0.99)
"""Shares of what every label gives, whose crossing is looked for."""


@dataclass(frozen=True, slots=True)
class Saved:
    """What a contender needs to reach what the reference has at some budget.

    Parameters
    ----------
    budget, level
        The budget of the reference, and what it has reached there on average.
    needed
        The contender's budget for it; None where it never gets there.
    saved, low, high
        ``budget - needed`` and its bounds of 95 %; None where it never gets there.
    """

    budget: float
    level: float
    needed: float | None
    saved: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Crossing:
    """When runs reach a share of what every label gives.

    Parameters
    ----------
    share
        One of :data:`LEVELS`.
    first, stable
        Median budget of the first round there, and of the one from which they stay; None where
        fewer than half of the runs get there.
    reached
        Share of the runs that get there and stay.
    """

    share: float
    first: float | None
    stable: float | None
    reached: float


def labels_saved(
    reference: dict[int, Curve], own: dict[int, Curve], budget: float, end: float
) -> Saved | None:
    """Return what a contender saves against the reference at a budget.

    Parameters
    ----------
    reference, own
        Curves by seed; only the seeds of both count.
    budget
        Of the reference.
    end
        The largest budget that counts.

    Returns
    -------
    Saved or None
        Read from the mean curves; None where no seed is shared.
    """
    seeds = sorted(reference.keys() & own.keys())
    if not seeds:
        return None
    grid = np.unique(np.concatenate([own[seed].spent for seed in seeds]))
    grid = grid[grid <= end]
    levels = np.array([float(reference[seed].at(budget)) for seed in seeds])
    heights = np.array([own[seed].at(grid) for seed in seeds])
    needed = float(_needed(np.ones((1, len(seeds))), levels, heights, grid)[0])
    saved: tuple[float | None, ...] = (None, None, None)
    if np.isfinite(needed):
        saved = (budget - needed, None, None)
        if len(seeds) > 1:
            drawn = np.random.default_rng(0).multinomial(
                len(seeds), np.full(len(seeds), 1 / len(seeds)), size=RESAMPLES
            )
            spread = budget - _needed(drawn, levels, heights, grid)
            outside = (1 - CONFIDENCE) / 2
            low = float(np.quantile(spread, outside, method="lower"))
            high = float(np.quantile(spread, 1 - outside, method="higher"))
            saved = (budget - needed, max(low, budget - end), high)
    return Saved(budget, float(levels.mean()), None if saved[0] is None else needed, *saved)


def crossings(runs: Sequence[tuple[Curve, float]]) -> tuple[Crossing, ...]:
    """Return when runs reach each of :data:`LEVELS`; none without runs.

    Parameters
    ----------
    runs
        Each run with what every label gives it.
    """
    if not runs:
        return ()
    return tuple(
        Crossing(
            share,
            _median([curve.crossing(share * best) for curve, best in runs]),
            _median(stable := [curve.crossing(share * best, stable=True) for curve, best in runs]),
            sum(one is not None for one in stable) / len(stable),
        )
        for share in LEVELS
    )


def _needed(
    weights: NDArray[Any],
    levels: NDArray[np.float64],
    heights: NDArray[np.float64],
    grid: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return where the mean curve first reaches the mean level; infinite where it never does."""
    above = weights @ heights >= (weights @ levels)[:, None] - 1e-12
    return np.where(above.any(axis=1), grid[np.argmax(above, axis=1)], np.inf)


def _median(values: Sequence[float | None]) -> float | None:
    """Return the lower median, where what is never reached is beyond all."""
    ordered = sorted(np.inf if value is None else value for value in values)
    middle = ordered[(len(ordered) - 1) // 2]
    return float(middle) if np.isfinite(middle) else None
