"""Learning curves: the metric over the spent budget, a line per contender, a panel per table."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from matchloop.lab.simulation.canvas import (
    COLUMN,
    MUTED,
    OTHERS,
    PAGE,
    Chart,
    Look,
    canvas,
    looks,
    styled,
    tidy,
)
from matchloop.lab.simulation.charts.panels import (
    choice_of,
    columns_of,
    draw,
    featured,
    hide,
    legend,
    ticks,
)
from matchloop.lab.simulation.curves import Curves
from matchloop.lab.simulation.reading import METRIC_NAMES, UNITS, with_interval
from matchloop.lab.simulation.standings import Comparison
from matchloop.lab.simulation.statistics import Interval

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["learning_curves", "starts"]


@styled
def learning_curves(comparison: Comparison, curves: Curves, *, log: bool = False) -> Chart:
    """Draw the metric over the spent budget, a panel per table."""
    shown = featured(comparison)
    own = curves.where(lambda curve: curve.oracle == comparison.oracle)
    grey = [rival.contender for rival in comparison.overall if rival.contender not in shown]
    best = {table.table: table.supervised for table in comparison.tables}
    figure = _curve_panels(own, looks(shown, comparison.reference), grey, best, log=log)
    words = "; each doubling takes the same room" if log else ""
    rest = " The dotted line is what all labels give." if any(best.values()) else ""
    rest += " Grey: the other contenders." if grey else ""
    return Chart(
        "curves-log" if log else "curves",
        f"{METRIC_NAMES[comparison.metric]} by {UNITS[comparison.axis]}"
        + (", logarithmic" if log else ""),
        f"Mean over seeds with bands of 95 %{words}.{rest}",
        figure,
        *_reached(comparison),
    )


@styled
def starts(comparison: Comparison, curves: Curves) -> Chart | None:
    """Draw the reference with each start; None where there is only one."""
    own = curves.where(lambda curve: curve.oracle == comparison.oracle)
    base = choice_of(own, comparison.reference)
    same = own.where(lambda curve: curve.choice._replace(start=base.start) == base)
    if len(same.contenders) < 2:
        return None
    names = {curve.contender: curve.choice.start for curve in same.curves}
    styles = looks(same.contenders, comparison.reference)
    figure = _curve_panels(same, styles, (), {}, names=names)
    heads, rows = _reached(comparison)
    return Chart(
        "starts",
        f"{base.strategy.capitalize()} after different first questions",
        "Mean over seeds with bands of 95 %. What differs is only how the first round was chosen.",
        figure,
        heads,
        [row for row in rows if row[1] in names],
    )


def _curve_panels(
    curves: Curves,
    styles: Mapping[str, Look],
    grey: Sequence[str],
    best: Mapping[str, Interval | None],
    *,
    names: Mapping[str, str] | None = None,
    log: bool = False,
) -> Figure:
    tables = curves.tables
    columns = columns_of(len(tables), 3)
    lines = math.ceil(len(tables) / columns)
    width = COLUMN if columns == 1 else PAGE
    figure, panels = canvas(lines, columns, width, (1.75 if columns > 1 else 2.1) * lines + 0.45)
    for panel, table in zip(panels, tables, strict=False):
        _, first, end = curves.span(table)
        if (most := best.get(table)) is not None:
            dots = (0, (1, 1.5))
            panel.axhline(most.mean, color=MUTED, linewidth=0.8, linestyle=dots, label="all labels")
        for name in grey:
            own, thin = curves.of(table, name), Look(OTHERS, "-", "", 0.6)
            draw(panel, own, end, thin, "others", bands_drawn=0, low=first if log else 0)
        for name, look in reversed(list(styles.items())):
            label = name if names is None else names.get(name, name)
            own, low = curves.of(table, name), first if log else 0
            draw(panel, own, end, look, label, bands_drawn=len(styles), low=low)
        panel.set_title(table, loc="left")
        tidy(panel)
        if log:
            panel.set_xscale("log", base=2)
            panel.set_xlim(first * 0.93, end * 1.08)
            panel.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
            doubled = [first * 2**step for step in range(12) if first * 2**step * 1.2 <= end]
            panel.set_xticks([*doubled, end])
            panel.minorticks_off()
        else:
            panel.set_xlim(0, end * 1.02)
            panel.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
        panel.yaxis.set_major_locator(ticks(5))
        panel.yaxis.set_major_formatter(lambda value, _: f"{value:.3g}".removeprefix("0"))
    hide(panels, len(tables), columns)
    figure.supxlabel(UNITS[curves.axis], fontsize=7)
    figure.supylabel(METRIC_NAMES[curves.metric], fontsize=7)
    legend(figure, panels[: len(tables)], 2 if columns == 1 else 4, backwards=True)
    return figure


def _reached(comparison: Comparison) -> tuple[list[str], list[list[str]]]:
    heads = ["table", "contender", "at", METRIC_NAMES[comparison.metric]]
    rows = [
        [table.table, standing.contender, f"{point:,.0f}", with_interval(reached)]
        for table in comparison.tables
        for standing in table.standings
        for point, reached in zip(table.points, standing.reached, strict=True)
    ]
    return heads, rows
