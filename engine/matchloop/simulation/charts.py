"""The figures of an experiment: curves, ranks, savings, errors and what was asked."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from matchloop.simulation.asked import BINS, Asked
from matchloop.simulation.canvas import (
    COLUMN,
    INK,
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
from matchloop.simulation.comparing import Comparison
from matchloop.simulation.curves import Choice, Curve, Curves
from matchloop.simulation.reading import METRIC_NAMES, UNITS, short, signed
from matchloop.simulation.statistics import Interval, bands, interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

__all__ = [
    "asked_matches",
    "asked_probabilities",
    "critical_difference",
    "featured",
    "labels_saved",
    "learning_curves",
    "noise_grid",
    "sets_and_pairs",
    "starts",
]

LOST = 0.2
"""Share of the metric at which a wrong answer's colour is full."""

SHOWN = 6
"""Contenders drawn in colour; a reader tells no more apart."""

FLOOR = "random"
"""Drawn in colour, however it ranks, where it was played."""


def featured(found: Comparison) -> list[str]:
    """Return the contenders that are drawn in colour: the reference, the floor and the best."""
    best = [one.contender for one in found.overall]
    first = [found.reference] + [name for name in (FLOOR,) if name in best]
    rest = [name for name in best if name not in first][: SHOWN - len(first)]
    return [name for name in best if name in {*first, *rest}]


@styled
def learning_curves(found: Comparison, curves: Curves, *, log: bool = False) -> Chart:
    """Draw what was reached for what was spent, a panel per table."""
    shown = featured(found)
    own = curves.where(lambda curve: curve.oracle == found.oracle)
    grey = [one.contender for one in found.overall if one.contender not in shown]
    best = {table.table: table.supervised for table in found.tables}
    figure = _curve_panels(own, looks(shown, found.reference), grey, best, log=log)
    words = "; each doubling takes the same room" if log else ""
    rest = " The dotted line is what all labels give." if any(best.values()) else ""
    rest += " Grey: the other contenders." if grey else ""
    return Chart(
        "curves-log" if log else "curves",
        f"{METRIC_NAMES[found.metric]} by {UNITS[found.axis]}" + (", logarithmic" if log else ""),
        f"Mean over seeds with bands of 95 %{words}.{rest}",
        figure,
        *_reached(found),
    )


@styled
def starts(found: Comparison, curves: Curves) -> Chart | None:
    """Draw the reference from different starts; None where there is only one."""
    own = curves.where(lambda curve: curve.oracle == found.oracle)
    base = _choice(own, found.reference)
    same = own.where(lambda curve: curve.choice._replace(start=base.start) == base)
    if len(same.contenders) < 2:
        return None
    names = {curve.contender: curve.choice.start for curve in same.curves}
    styles = looks(same.contenders, found.reference)
    figure = _curve_panels(same, styles, (), {}, names=names)
    heads, rows = _reached(found)
    return Chart(
        "starts",
        f"{base.strategy.capitalize()} after different first questions",
        "Mean over seeds with bands of 95 %. What differs is only how the first round was chosen.",
        figure,
        heads,
        [row for row in rows if row[1] in names],
    )


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
    base = _choice(on_axis(axes[0]), found.reference)

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
                if drawn := _draw(panel, own.of(table, name), end, style, told):
                    rows.append([table, told, UNITS[axis], f"{end:,.0f}", _write(drawn)])
            tidy(panel)
            panel.set_xlim(0, end)
            panel.set_title(table if column == 0 else "", loc="left")
            panel.set_xlabel(UNITS[axis] if at == len(tables) - 1 else "")
            panel.xaxis.set_major_locator(_ticks(4))
            panel.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
            if column:
                panel.sharey(panels[at * len(axes)])
                panel.tick_params(labelleft=False)
    _legend(figure, panels[:1], 4)
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


@styled
def critical_difference(found: Comparison) -> Chart | None:
    """Draw the mean ranks and which of them are not told apart; None without ranks."""
    ranks = found.ranking
    if ranks is None:
        return None
    order = np.argsort(ranks.ranks, kind="stable")
    names, values = [found.ranked[at] for at in order], [ranks.ranks[at] for at in order]
    groups = ranks.alike()
    count, half = len(names), math.ceil(len(names) / 2)
    top = 0.9 + 0.32 * len(groups)
    figure, (axes,) = canvas(1, 1, PAGE, 0.17 * (half + top + 2.4))
    margin = 0.75 * (count - 1)
    axes.set_xlim(1 - margin, count + margin)
    axes.set_ylim(top + half + 0.2, -2.4)
    axes.axis("off")
    axes.plot([1, count], [0, 0], color=INK, linewidth=0.8)
    for tick in range(1, count + 1):
        axes.plot([tick, tick], [0, -0.25], color=INK, linewidth=0.8)
        axes.text(tick, -0.4, str(tick), ha="center", va="bottom")
    wide = min(ranks.critical_difference, count - 1)
    axes.plot([1, 1 + wide], [-1.75, -1.75], color=INK, linewidth=1.2)
    for end in (1, 1 + wide):
        axes.plot([end, end], [-1.6, -1.9], color=INK, linewidth=1.2)
    told = f"critical difference {ranks.critical_difference:.2f}"
    axes.text(1 + wide + 0.01 * count, -1.75, f" {told}", ha="left", va="center")
    for place, (name, value) in enumerate(zip(names, values, strict=True)):
        left = place < half
        height = top + (place if left else count - 1 - place)
        edge = 1 - 0.04 * count if left else count + 0.04 * count
        axes.plot([value, value, edge], [0, height, height], color=MUTED, linewidth=0.6)
        weight = "bold" if name == found.reference else "normal"
        parts = (name, f"{value:.2f}", "") if left else ("", f"{value:.2f}", name)
        text = "\N{NO-BREAK SPACE}\N{NO-BREAK SPACE}".join(parts)
        axes.text(
            edge, height, text, ha="right" if left else "left", va="center", fontweight=weight
        )
    for at, (first, last) in enumerate(groups):
        height = 0.55 + 0.32 * at
        ends = [values[first] - 0.04, values[last] + 0.04]
        axes.plot(ends, [height, height], color=INK, linewidth=2.6, solid_capstyle="butt")
    return Chart(
        "critical-difference",
        "Mean ranks over the tables",
        f"By area under the curve on {ranks.tables} tables, 1 is best. Contenders that a bar joins "
        "are not told apart (Nemenyi, 95 %); the reference is set in bold.",
        figure,
        ["contender", "mean rank"],
        [[name, f"{value:.2f}"] for name, value in zip(names, values, strict=True)],
    )


@styled
def labels_saved(found: Comparison) -> Chart | None:
    """Draw what each contender saves against the reference; None where nothing is compared."""
    saved = {
        one.contender: {
            table.table: standing.saved
            for table in found.tables
            for standing in table.standings
            if standing.contender == one.contender and standing.saved is not None
        }
        for one in found.overall
        if one.contender != found.reference
    }
    saved = {name: own for name, own in saved.items() if own}
    if not saved:
        return None
    ends = {table.table: table.end for table in found.tables}
    worth = {
        name: [
            one.saved if one.saved is not None else one.budget - ends[table]
            for table, one in own.items()
        ]
        for name, own in saved.items()
    }
    order = sorted(worth, key=lambda name: (np.median(worth[name]), name))
    figure, (axes,) = canvas(1, 1, PAGE * 0.72, 0.17 * len(order) + 0.75)
    for place, name in enumerate(order):
        middle = float(np.median(worth[name]))
        colour = "#56b4e9" if middle >= 0 else "#e69f00"
        axes.barh(place, middle, height=0.62, color=colour)
    tables = [table.table for table in found.tables]
    offsets = np.linspace(-0.2, 0.2, len(tables)) if len(tables) > 1 else np.zeros(1)
    for place, name in enumerate(order):
        for own_table, one, value in zip(
            saved[name], saved[name].values(), worth[name], strict=True
        ):
            axes.plot(
                value,
                place + offsets[tables.index(own_table)],
                marker="o" if one.saved is not None else "x",
                color=INK,
                markersize=2.6,
                markeredgewidth=0.8 if one.saved is None else 0,
                linestyle="none",
            )
    axes.axvline(0, color=INK, linewidth=0.8)
    axes.set_yticks(range(len(order)), order)
    axes.set_ylim(-0.6, len(order) - 0.4)
    axes.set_xlabel(f"{UNITS[found.axis]} saved against {found.reference}")
    tidy(axes, grid="x")
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="y", length=0)
    heads = ["contender", "table", "level", f"{found.reference} needs", "needs", "saved", "95 %"]
    rows = [
        [
            name,
            table,
            short(one.level),
            f"{one.budget:,.0f}",
            "never there" if one.needed is None else f"{one.needed:,.0f}",
            signed(one.saved, 0),
            "" if one.low is None else f"{signed(one.low, 0)} to {signed(one.high, 0)}",
        ]
        for name in reversed(order)
        for table, one in saved[name].items()
    ]
    return Chart(
        "labels-saved",
        f"{UNITS[found.axis].capitalize()} saved",
        f"How much less a contender needs to reach what {found.reference} has at half of its "
        "budget. Bars are medians over tables, dots the tables; a cross has not got there by the "
        "end and stands where it would at the earliest.",
        figure,
        heads,
        rows,
    )


@styled
def noise_grid(curves: Curves) -> Chart | None:
    """Draw the end of the budget under different oracles; None where there is only one."""
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
    columns = _columns(len(tables), max(1, min(4, int(6 / (0.5 * len(oracles))))))
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
                    told = interval(reached)
                    cells[row, column] = told.mean
                    rows.append([table, name, oracle, _write(told)])
        lost = 1 - cells / cells[:, :1]
        drawn = panel.imshow(lost, cmap="Oranges", vmin=0, vmax=LOST, aspect="auto")
        for (row, column), value in np.ndenumerate(cells):
            if not math.isnan(value):
                dark = lost[row, column] > 0.6 * LOST
                panel.text(
                    column, row, f"{value:.3f}".removeprefix("0"), ha="center", va="center",
                    color="white" if dark else INK, fontsize=6.5,
                )  # fmt: skip
        panel.set_title(table, loc="left")
        panel.set_yticks(range(len(names)), names)
        panel.set_xticks(range(len(oracles)), [_plain(name) for name in oracles])
        panel.tick_params(length=0)
        for spine in panel.spines.values():
            spine.set_visible(False)
    _hide(panels, len(tables), columns)
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


@styled
def asked_matches(found: Comparison, asked: Mapping[str, Asked]) -> Chart | None:
    """Draw the share of true matches among the questions of each round."""
    styles = {
        name: look
        for name, look in looks(featured(found), found.reference).items()
        if name in asked
    }
    if not styles:
        return None
    figure, (axes,) = canvas(1, 1, COLUMN, 2.5)
    for name, look in styles.items():
        shares = asked[name].matches
        axes.plot(range(1, len(shares) + 1), shares, label=name, **look.line())
    axes.set_ylim(0, 1)
    axes.set_xlabel("round")
    axes.set_ylabel("share of matches among questions")
    axes.xaxis.set_major_locator(_ticks(8, whole=True))
    tidy(axes)
    _legend(figure, [axes], 2)
    most = max(len(asked[name].matches) for name in styles)
    return Chart(
        "asked-matches",
        "How many of the questions were matches",
        "Of the pairs in the questions of a round, mean over tables and seeds. A half keeps both "
        "answers in sight; near 0 or 1 the answers say little new.",
        figure,
        ["contender", *(f"round {at}" for at in range(1, most + 1))],
        [[name, *(f"{share:.2f}" for share in asked[name].matches)] for name in styles],
    )


@styled
def asked_probabilities(found: Comparison, asked: Mapping[str, Asked]) -> Chart | None:
    """Draw how probable a match the pairs were before they were asked, by round."""
    names = [name for name in featured(found) if name in asked]
    if not names:
        return None
    columns = _columns(len(names), 3)
    lines = math.ceil(len(names) / columns)
    figure, panels = canvas(lines, columns, PAGE, 1.35 * lines + 0.4, sharex=True, sharey=True)
    drawn = None
    for panel, name in zip(panels, names, strict=False):
        shares = asked[name].probability
        drawn = panel.imshow(
            shares.T, origin="lower", aspect="auto", cmap="Blues", vmin=0, vmax=0.5,
            extent=(0.5, len(shares) + 0.5, 0, 1), interpolation="nearest",
        )  # fmt: skip
        panel.set_title(name, loc="left")
        panel.xaxis.set_major_locator(_ticks(8, whole=True))
        panel.tick_params(length=2, width=0.6)
    _hide(panels, len(names), columns)
    figure.supxlabel("round", fontsize=7)
    figure.supylabel("probability before asking", fontsize=7)
    if drawn is not None:
        bar = figure.colorbar(drawn, ax=panels, shrink=0.9, pad=0.01, extend="max")
        bar.set_label("share of the round", fontsize=6.5)
        bar.ax.tick_params(labelsize=6, length=2)
        bar.outline.set_visible(False)
    rows = [
        [name, str(at + 1), *(f"{share:.2f}" for share in line)]
        for name in names
        for at, line in enumerate(asked[name].probability)
    ]
    return Chart(
        "asked-probabilities",
        "What was asked over time",
        "Each column is a round: how the pairs that were asked spread over the probability they "
        "had just before. Mean over tables and seeds.",
        figure,
        ["contender", "round", *(f"from {at / BINS:.1f}" for at in range(BINS))],
        rows,
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
    columns = _columns(len(tables), 3)
    lines = math.ceil(len(tables) / columns)
    width = COLUMN if columns == 1 else PAGE
    figure, panels = canvas(lines, columns, width, (1.75 if columns > 1 else 2.1) * lines + 0.45)
    for panel, table in zip(panels, tables, strict=False):
        _, first, end = curves.span(table)
        for name in grey:
            own, thin = curves.of(table, name), Look(OTHERS, "-", "", 0.6)
            _draw(panel, own, end, thin, "", band=False, low=first if log else 0)
        for name, look in reversed(list(styles.items())):
            told = name if names is None else names.get(name, name)
            _draw(panel, curves.of(table, name), end, look, told, low=first if log else 0)
        if (most := best.get(table)) is not None:
            panel.axhline(most.mean, color=MUTED, linewidth=0.8, linestyle=(0, (1, 1.5)))
        panel.set_title(table, loc="left")
        tidy(panel)
        if log:
            panel.set_xscale("log", base=2)
            panel.set_xlim(first * 0.93, end * 1.08)
            panel.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
            ticks = [first * 2**step for step in range(12) if first * 2**step * 1.2 <= end]
            panel.set_xticks([*ticks, end])
            panel.minorticks_off()
        else:
            panel.set_xlim(0, end * 1.02)
            panel.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
        panel.yaxis.set_major_locator(_ticks(5))
        panel.yaxis.set_major_formatter(lambda value, _: f"{value:.3g}".removeprefix("0"))
    _hide(panels, len(tables), columns)
    figure.supxlabel(UNITS[curves.axis], fontsize=7)
    figure.supylabel(METRIC_NAMES[curves.metric], fontsize=7)
    _legend(figure, panels[: len(tables)], 2 if columns == 1 else 4, backwards=True)
    return figure


def _draw(
    panel: Axes,
    own: Mapping[int, Curve],
    end: float,
    look: Look,
    label: str,
    *,
    band: bool = True,
    low: float = 0,
) -> Interval | None:
    """Draw the mean of a contender's runs and its band; return what it has at the end."""
    if not own:
        return None
    runs = list(own.values())
    grid = _grid(runs, low, end)
    mean, lower, upper = bands(np.array([run.along(grid) for run in runs]))
    if band and len(runs) > 1:
        panel.fill_between(grid, lower, upper, color=look.color, alpha=0.13, linewidth=0)
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


def _ends(curves: Curves, table: str, name: str, end: float) -> list[float]:
    return [float(curve.at(end)) for curve in curves.of(table, name).values()]


def _columns(panels: int, most: int) -> int:
    """Return how many panels stand side by side, so that few places stay empty."""
    return math.ceil(panels / math.ceil(panels / most))


def _hide(panels: Sequence[Axes], used: int, columns: int) -> None:
    """Hide the places that stay empty, and label the panels above them."""
    for place, panel in enumerate(panels):
        panel.set_visible(place < used)
        if place < used <= place + columns:
            panel.tick_params(labelbottom=True)


def _choice(curves: Curves, name: str) -> Choice:
    return next(curve.choice for curve in curves.curves if curve.contender == name)


def _reached(found: Comparison) -> tuple[list[str], list[list[str]]]:
    heads = ["table", "contender", "at", METRIC_NAMES[found.metric]]
    rows = [
        [table.table, one.contender, f"{point:,.0f}", _write(reached)]
        for table in found.tables
        for one in table.standings
        for point, reached in zip(table.points, one.reached, strict=True)
    ]
    return heads, rows


def _write(one: Interval) -> str:
    if one.low is None:
        return short(one.mean)
    return f"{short(one.mean)} [{short(one.low)}, {short(one.high)}]"


def _plain(oracle: str) -> str:
    """Write ``uniform(rate=0.1)`` on two lines, without the names of its settings."""
    name, _, rest = oracle.partition("(")
    values = [one.partition("=")[2] for one in rest.rstrip(")").split(", ")]
    return f"{name}\n{', '.join(values)}"


def _legend(
    figure: Figure, panels: Sequence[Axes], columns: int, *, backwards: bool = False
) -> None:
    found: dict[str, Any] = {}
    for panel in panels:
        for handle, label in zip(*panel.get_legend_handles_labels(), strict=True):
            found.setdefault(label, handle)
    order = list(reversed(found)) if backwards else list(found)
    figure.legend(
        [found[name] for name in order],
        order,
        loc="outside upper center",
        ncols=min(columns, len(order)),
        frameon=False,
        handlelength=2.6,
        columnspacing=1.4,
        fontsize=7,
    )


def _ticks(count: int, *, whole: bool = False) -> MaxNLocator:
    from matplotlib.ticker import MaxNLocator

    return MaxNLocator(count, integer=whole, steps=[1, 2, 2.5, 5, 10] if not whole else None)
