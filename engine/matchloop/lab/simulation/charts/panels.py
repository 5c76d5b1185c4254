"""Shared parts of the figures: curves on a panel, the layout of panels, and legends."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from matchloop.lab.simulation.canvas import Look
from matchloop.lab.simulation.curves import Choice, Curve, Curves
from matchloop.lab.simulation.standings import Comparison
from matchloop.lab.simulation.statistics import Interval, bands, interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

__all__ = ["choice_of", "columns_of", "draw", "featured", "hide", "legend", "ticks"]

DENSE = 0.38
"""Opacity of all bands of a panel together where they overlap (a convention)."""

SHOWN = 6
"""Contenders drawn in colour: as many as readers can tell apart (a convention)."""

FLOOR = "random"
"""Contender that is drawn in colour whatever its rank, as the lower reference."""


def featured(comparison: Comparison) -> list[str]:
    """Return the contenders to draw in colour: the reference, the floor and the best."""
    best = [rival.contender for rival in comparison.overall]
    first = [comparison.reference] + [name for name in (FLOOR,) if name in best]
    rest = [name for name in best if name not in first][: SHOWN - len(first)]
    return [name for name in best if name in {*first, *rest}]


def choice_of(curves: Curves, name: str) -> Choice:
    """Return the settings of a contender."""
    return next(curve.choice for curve in curves.curves if curve.contender == name)


def draw(
    panel: Axes,
    own: Mapping[int, Curve],
    end: float,
    look: Look,
    label: str,
    *,
    bands_drawn: int = 1,
    low: float = 0,
) -> Interval | None:
    """Draw the mean of a contender's runs and its band; return the interval at the end.

    The more bands share the panel (``bands_drawn``), the fainter each is; otherwise they would hide
    the lines. 0 draws no band.
    """
    if not own:
        return None
    runs = list(own.values())
    grid = _grid(runs, low, end)
    mean, lower, upper = bands(np.array([run.along(grid) for run in runs]))
    if bands_drawn and len(runs) > 1:
        faint = 1 - (1 - DENSE) ** (1 / bands_drawn)
        panel.fill_between(grid, lower, upper, color=look.color, alpha=faint, linewidth=0)
    style = dict(look.line())
    if len(grid) > 16:
        style["markevery"] = len(grid) // 8
    panel.plot(grid, mean, label=label or None, **style)
    return interval([float(run.along(end)) for run in runs])


def _grid(runs: Sequence[Curve], low: float, end: float) -> NDArray[np.float64]:
    first = runs[0].spent
    if all(np.array_equal(first, run.spent) for run in runs):
        return np.append(first[(first >= low) & (first < end)], end)
    return np.linspace(low, end, 49)


def columns_of(panels: int, most: int) -> int:
    """Return how many panels to put side by side, so that few places stay empty."""
    return math.ceil(panels / math.ceil(panels / most))


def hide(panels: Sequence[Axes], used: int, columns: int) -> None:
    """Hide the empty places, and label the axes of the panels above them."""
    for place, panel in enumerate(panels):
        panel.set_visible(place < used)
        if place < used <= place + columns:
            panel.tick_params(labelbottom=True)


def legend(
    figure: Figure, panels: Sequence[Axes], columns: int, *, backwards: bool = False
) -> None:
    """Write above the panels what each colour means, once."""
    handles: dict[str, Any] = {}
    for panel in panels:
        for handle, label in zip(*panel.get_legend_handles_labels(), strict=True):
            handles.setdefault(label, handle)
    order = list(reversed(handles)) if backwards else list(handles)
    figure.legend(
        [handles[name] for name in order],
        order,
        loc="outside upper center",
        ncols=min(columns, len(order)),
        frameon=False,
        handlelength=2.6,
        columnspacing=1.4,
        fontsize=7,
    )


def ticks(count: int, *, whole: bool = False) -> MaxNLocator:
    """Return a locator of about ``count`` ticks at round numbers."""
    from matplotlib.ticker import MaxNLocator

    return MaxNLocator(count, integer=whole, steps=[1, 2, 2.5, 5, 10] if not whole else None)
