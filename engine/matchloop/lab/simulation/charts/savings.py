"""Figure of the labels that each contender saves against the reference."""

from __future__ import annotations

import numpy as np

from matchloop.lab.simulation.canvas import INK, PAGE, Chart, canvas, styled, tidy
from matchloop.lab.simulation.reading import UNITS, short, signed
from matchloop.lab.simulation.standings import Comparison

__all__ = ["labels_saved"]


@styled
def labels_saved(comparison: Comparison) -> Chart | None:
    """Draw what each contender saves against the reference; None without other contenders."""
    saved = {
        rival.contender: {
            table.table: standing.saved
            for table in comparison.tables
            for standing in table.standings
            if standing.contender == rival.contender and standing.saved is not None
        }
        for rival in comparison.overall
        if rival.contender != comparison.reference
    }
    saved = {name: own for name, own in saved.items() if own}
    if not saved:
        return None
    ends = {table.table: table.end for table in comparison.tables}
    worth = {
        name: [
            saving.saved if saving.saved is not None else saving.budget - ends[table]
            for table, saving in own.items()
        ]
        for name, own in saved.items()
    }
    order = sorted(worth, key=lambda name: (np.median(worth[name]), name))
    figure, (axes,) = canvas(1, 1, PAGE * 0.72, 0.17 * len(order) + 0.75)
    for place, name in enumerate(order):
        middle = float(np.median(worth[name]))
        colour = "#56b4e9" if middle >= 0 else "#e69f00"
        axes.barh(place, middle, height=0.62, color=colour)
    tables = [table.table for table in comparison.tables]
    offsets = np.linspace(-0.2, 0.2, len(tables)) if len(tables) > 1 else np.zeros(1)
    for place, name in enumerate(order):
        for own_table, saving, value in zip(
            saved[name], saved[name].values(), worth[name], strict=True
        ):
            axes.plot(
                value,
                place + offsets[tables.index(own_table)],
                marker="o" if saving.saved is not None else "x",
                color=INK,
                markersize=2.6,
                markeredgewidth=0.8 if saving.saved is None else 0,
                linestyle="none",
            )
    axes.axvline(0, color=INK, linewidth=0.8)
    axes.set_yticks(range(len(order)), order)
    axes.set_ylim(-0.6, len(order) - 0.4)
    axes.set_xlabel(f"{UNITS[comparison.axis]} saved against {comparison.reference}")
    tidy(axes, grid="x")
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="y", length=0)
    heads = [
        "contender",
        "table",
        "level",
        f"{comparison.reference} needs",
        "needs",
        "saved",
        "95 %",
    ]
    rows = [
        [
            name,
            table,
            short(saving.level),
            f"{saving.budget:,.0f}",
            "never there" if saving.needed is None else f"{saving.needed:,.0f}",
            signed(saving.saved, 0),
            "" if saving.low is None else f"{signed(saving.low, 0)} to {signed(saving.high, 0)}",
        ]
        for name in reversed(order)
        for table, saving in saved[name].items()
    ]
    return Chart(
        "labels-saved",
        f"{UNITS[comparison.axis].capitalize()} saved",
        f"How much less a contender needs to reach what {comparison.reference} has at half of its "
        "budget. Bars are medians over tables, dots the tables; a cross has not got there by the "
        "end and stands where it would at the earliest.",
        figure,
        heads,
        rows,
    )
