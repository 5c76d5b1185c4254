"""Figure of sets of rows beside pairs, at equal cost."""

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
    comparison: Comparison, on_axis: Callable[[str], Curves], axes: Sequence[str]
) -> Chart | None:
    """Draw sets of rows beside pairs, at equal cost on several axes; None without sets.

    Parameters
    ----------
    comparison
        The comparison.
    on_axis
        Function that returns the curves over an axis.
    axes
        Axes to draw over.
    """
    base = choice_of(on_axis(axes[0]), comparison.reference)

    def shapes(curve: Curve) -> bool:
        plain = curve.choice._replace(set_rows=base.set_rows, strategy=base.strategy)
        return curve.oracle == comparison.oracle and plain == base

    every = {axis: on_axis(axis).where(shapes) for axis in axes}
    choices = {curve.contender: curve.choice for curve in every[axes[0]].curves}
    both = {choice.strategy for choice in choices.values() if choice.set_rows != base.set_rows}
    names = {
        name: f"{choice.strategy}, "
        + ("pairs" if choice.set_rows == 2 else f"sets of {choice.set_rows}")
        for name, choice in sorted(choices.items())
        if choice.strategy in both
    }
    if not both:
        return None
    tables = every[axes[0]].tables
    figure, panels = canvas(len(tables), len(axes), PAGE, 1.25 * len(tables) + 0.5)
    plain = looks(sorted(both), comparison.reference)
    rows = []
    for at, table in enumerate(tables):
        for column, axis in enumerate(axes):
            panel, own = panels[at * len(axes) + column], every[axis]
            own = own.where(lambda curve: curve.contender in names)
            end = own.span(table)[2]
            for name, label in names.items():
                look = plain[choices[name].strategy]
                dash = "-" if choices[name].set_rows == base.set_rows else (0, (4, 1.5))
                style = Look(look.color, dash, "", 1.2)
                if drawn := draw(panel, own.of(table, name), end, style, label):
                    rows.append([table, label, UNITS[axis], f"{end:,.0f}", with_interval(drawn)])
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
    figure.supylabel(METRIC_NAMES[comparison.metric], fontsize=7)
    return Chart(
        "sets-and-pairs",
        "Sets of rows beside pairs, at equal cost",
        "The same runs over what is read, judged and waited for; each panel ends where the "
        "cheapest run does. Mean over seeds with bands of 95 %; seconds are reckoned by the cost "
        "model where nobody was timed.",
        figure,
        ["table", "contender", "over", "at", f"{METRIC_NAMES[comparison.metric]}"],
        rows,
    )
