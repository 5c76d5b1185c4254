"""Sets of rows beside pairs, at equal cost."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from matchloop.lab.simulation.canvas import PAGE, Chart, Look, canvas, looks, styled, tidy
from matchloop.lab.simulation.charts.panels import choice_of, draw, legend, ticks
from matchloop.lab.simulation.curves import Curve, Curves
from matchloop.lab.simulation.reading import METRIC_NAMES, UNITS, with_interval
from matchloop.lab.simulation.standings import Comparison

__all__ = ["sets_and_pairs"]


@styled
def sets_and_pairs(
    found: Comparison, on_axis: Callable[[str], Curves], axes: Sequence[str]
) -> Chart | None:
    """Draw sets of rows beside pairs, at equal cost on several axes; None without sets.

    Parameters
    ----------
    found
        The comparison.
    on_axis
        Returns the curves over an axis.
    axes
        The axes.
    """
    base = choice_of(on_axis(axes[0]), found.reference)

    def shapes(curve: Curve) -> bool:
        plain = curve.choice._replace(set_rows=base.set_rows, strategy=base.strategy)
        return curve.oracle == found.oracle and plain == base

    every = {axis: on_axis(axis).where(shapes) for axis in axes}
    choices = {curve.contender: curve.choice for curve in every[axes[0]].curves}
    both = {one.strategy for one in choices.values() if one.set_rows != base.set_rows}
    names = {
        name: f"{one.strategy}, {'pairs' if one.set_rows == 2 else f'sets of {one.set_rows}'}"
        for name, one in sorted(choices.items())
        if one.strategy in both
    }
    if not both:
        return None
    tables = every[axes[0]].tables
    figure, panels = canvas(len(tables), len(axes), PAGE, 1.25 * len(tables) + 0.5)
    plain = looks(sorted(both), found.reference)
    rows = []
    for at, table in enumerate(tables):
        for column, axis in enumerate(axes):
            panel, own = panels[at * len(axes) + column], every[axis]
            own = own.where(lambda curve: curve.contender in names)
            end = own.span(table)[2]
            for name, told in names.items():
                look = plain[choices[name].strategy]
                dash = "-" if choices[name].set_rows == base.set_rows else (0, (4, 1.5))
                style = Look(look.color, dash, "", 1.2)
                if drawn := draw(panel, own.of(table, name), end, style, told):
                    rows.append([table, told, UNITS[axis], f"{end:,.0f}", with_interval(drawn)])
            tidy(panel)
            panel.set_xlim(0, end)
            panel.set_title(table if column == 0 else "", loc="left")
            panel.set_xlabel(UNITS[axis] if at == len(tables) - 1 else "")
            panel.xaxis.set_major_locator(ticks(4))
            panel.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
            if column:
                panel.sharey(panels[at * len(axes)])
                panel.tick_params(labelleft=False)
    legend(figure, panels[:1], 4)
    figure.supylabel(METRIC_NAMES[found.metric], fontsize=7)
    return Chart(
        "sets-and-pairs",
        "Sets of rows beside pairs, at equal cost",
        "The same runs over what is read, judged and waited for; each panel ends where the "
        "cheapest run does. Mean over seeds with bands of 95 %; seconds are reckoned by the cost "
        "model where nobody was timed.",
        figure,
        ["table", "contender", "over", "at", f"{METRIC_NAMES[found.metric]}"],
        rows,
    )
