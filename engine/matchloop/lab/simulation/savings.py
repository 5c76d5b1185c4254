"""Compute the labels that a contender saves, and those it needs to be as good as all labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matchloop.lab.simulation.curves import Curve
from matchloop.lab.simulation.statistics import CONFIDENCE, RESAMPLES

__all__ = ["LEVELS", "Crossing", "Saved", "crossings", "labels_saved"]

LEVELS = (0.90, 0.95, 0.99)
"""Shares of the metric with all labels, whose crossing is reported (a convention)."""


@dataclass(frozen=True, slots=True)
class Saved:
    """Labels that a contender needs to match the reference's metric.

    Parameters
    ----------
    budget, level
        Budget at which the mean of the reference first has the metric, and that metric.
    needed
        The contender's budget for that metric; None where it never reaches it.
    saved, low, high
        ``budget - needed`` and its bounds of 95 %; None where it never reaches it.
    """

    budget: float
    level: float
    needed: float | None
    saved: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Crossing:
    """Budgets at which runs reach a share of the metric with all labels.

    Parameters
    ----------
    share
        One of :data:`LEVELS`.
    first, stable
        Median budget of the first round that reaches it, and of the one from which runs stay there.
        None where fewer than half of the runs do.
    reached
        Share of the runs that reach it and stay there.
    """

    share: float
    first: float | None
    stable: float | None
    reached: float


def labels_saved(
    reference: dict[int, Curve], own: dict[int, Curve], budget: float, end: float
) -> Saved | None:
    """Return the labels that a contender saves to reach the reference's metric at a budget.

    Parameters
    ----------
    reference, own
        Curves by seed; only the seeds of both count.
    budget
        Budget of the reference. Where its metric has stayed the same for a while, the budget since
        it was first reached does not count.
    end
        The largest budget that counts.

    Returns
    -------
    Saved or None
        Computed on the mean curves; None where no seed is shared.
    """
    seeds = sorted(reference.keys() & own.keys())
    if not seeds:
        return None
    levels = np.array([float(reference[seed].at(budget)) for seed in seeds])
    there = _Means([reference[seed] for seed in seeds], levels, budget)
    here = _Means([own[seed] for seed in seeds], levels, end)
    once = np.ones((1, len(seeds)))
    first, needed = float(there.needed(once)[0]), float(here.needed(once)[0])
    saved: tuple[float | None, ...] = (None, None, None)
    if np.isfinite(needed):
        saved = (first - needed, None, None)
        if len(seeds) > 1:
            drawn = np.random.default_rng(0).multinomial(
                len(seeds), np.full(len(seeds), 1 / len(seeds)), size=RESAMPLES
            )
            spread = there.needed(drawn) - np.minimum(here.needed(drawn), end)
            outside = (1 - CONFIDENCE) / 2
            low = float(np.quantile(spread, outside, method="lower"))
            high = float(np.quantile(spread, 1 - outside, method="higher"))
            saved = (first - needed, low, high)
    return Saved(first, float(levels.mean()), None if saved[0] is None else needed, *saved)


def crossings(runs: Sequence[tuple[Curve, float]]) -> tuple[Crossing, ...]:
    """Return when runs reach each of :data:`LEVELS`; empty without runs.

    Parameters
    ----------
    runs
        Each run, and its metric with all labels.
    """
    if not runs:
        return ()
    return tuple(
        Crossing(
            share,
            _median([curve.crossing(share * best) for curve, best in runs]),
            _median(stable := [curve.crossing(share * best, stable=True) for curve, best in runs]),
            sum(budget is not None for budget in stable) / len(stable),
        )
        for share in LEVELS
    )


class _Means:
    """Mean curves up to a budget, and the budgets at which they reach given levels."""

    def __init__(self, curves: list[Curve], levels: NDArray[np.float64], end: float) -> None:
        spent = np.unique(np.concatenate([*(curve.spent for curve in curves), [end]]))
        self._grid = spent[spent <= end]
        self._above = np.array([curve.at(self._grid) for curve in curves]) - levels[:, None]

    def needed(self, weights: NDArray[Any]) -> NDArray[np.float64]:
        """Return the first budget at which each weighted mean has the level; else infinity."""
        above = weights @ self._above >= -1e-12
        return np.where(above.any(axis=1), self._grid[np.argmax(above, axis=1)], np.inf)


def _median(values: Sequence[float | None]) -> float | None:
    """Return the lower median, with None above all numbers; None if the median is None."""
    ordered = sorted(np.inf if value is None else value for value in values)
    middle = ordered[(len(ordered) - 1) // 2]
    return float(middle) if np.isfinite(middle) else None
