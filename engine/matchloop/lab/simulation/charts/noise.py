"""Figure of the loss by wrong answers."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np

from matchloop.lab.simulation.canvas import INK, MUTED, PAGE, Chart, canvas, styled
from matchloop.lab.simulation.charts.panels import columns_of, hide
from matchloop.lab.simulation.curves import Curves
from matchloop.lab.simulation.reading import METRIC_NAMES, with_interval
from matchloop.lab.simulation.statistics import interval

__all__ = ["noise_grid"]

LOST = 0.2
"""Loss, as a share of the metric, at which the colour is full (a convention)."""


@styled
def noise_grid(curves: Curves) -> Chart | None:
    """Draw the metric at the end of the budget by oracle; None where there is only one."""
    oracles = sorted(curves.oracles, key=lambda name: (name != "truth", name))
    played = {(curve.contender, curve.oracle) for curve in curves.curves}
    often = Counter(name for name, _ in played)
    names = [name for name in curves.contenders if often[name] > 1]
    if len(oracles) < 2 or not names:
        return None
    tables = curves.tables
    ends = {
        table: curves.where(lambda curve: curve.contender in names).span(table)[2]
        for table in tables
    }
    columns = columns_of(len(tables), max(1, min(4, int(6 / (0.5 * len(oracles))))))
    high = 0.55 + (0.2 * len(names) + 0.45) * math.ceil(len(tables) / columns)
    figure, panels = canvas(
        math.ceil(len(tables) / columns), columns, PAGE, high, sharex=True, sharey=True
    )
    rows, drawn = [], None
    for panel, table in zip(panels, tables, strict=False):
        cells = np.full((len(names), len(oracles)), np.nan)
        for row, name in enumerate(names):
            for column, oracle in enumerate(oracles):
                own = curves.where(lambda curve, oracle=oracle: curve.oracle == oracle)  # type: ignore[misc]
                if reached := _ends(own, table, name, ends[table]):
                    mean = interval(reached)
                    cells[row, column] = mean.mean
                    rows.append([table, name, oracle, with_interval(mean)])
        lost = 1 - cells / cells[:, :1]
        drawn = panel.imshow(lost, cmap="Oranges", vmin=0, vmax=LOST, aspect="auto")
        for (row, column), value in np.ndenumerate(cells):
            is_played = not math.isnan(value)
            dark = is_played and lost[row, column] > 0.6 * LOST
            panel.text(
                column, row, f"{value:.3f}".removeprefix("0") if is_played else "not\nplayed",
                ha="center", va="center", color="white" if dark else INK if is_played else MUTED,
                fontsize=6.5 if is_played else 5.5,
            )  # fmt: skip
        panel.set_title(table, loc="left")
        panel.set_yticks(range(len(names)), names)
        panel.set_xticks(range(len(oracles)), [_plain(name) for name in oracles])
        panel.tick_params(length=0)
        for spine in panel.spines.values():
            spine.set_visible(False)
    hide(panels, len(tables), columns)
    if drawn is not None:
        bar = figure.colorbar(drawn, ax=panels, shrink=0.9, pad=0.01, extend="max")
        bar.set_label("share lost", fontsize=6.5)
        bar.ax.tick_params(labelsize=6, length=2)
        bar.outline.set_visible(False)
    return Chart(
        "noise",
        "What wrong answers cost",
        f"{METRIC_NAMES[curves.metric]} at the end of the budget, by who answered. Colour: the "
        f"share lost against answers by {oracles[0]}.",
        figure,
        ["table", "contender", "answers", METRIC_NAMES[curves.metric]],
        rows,
    )


def _ends(curves: Curves, table: str, name: str, end: float) -> list[float]:
    return [float(curve.at(end)) for curve in curves.of(table, name).values()]


def _plain(oracle: str) -> str:
    """Write ``uniform(rate=0.1)`` on two lines, without the names of its settings."""
    name, _, rest = oracle.partition("(")
    values = [setting.partition("=")[2] for setting in rest.rstrip(")").split(", ")]
    return f"{name}\n{', '.join(values)}"
