"""Figure of the mean ranks over the tables, and which do not differ significantly."""

from __future__ import annotations

import math

import numpy as np

from matchloop.lab.simulation.canvas import INK, MUTED, PAGE, Chart, canvas, styled
from matchloop.lab.simulation.standings import Comparison

__all__ = ["critical_difference"]


@styled
def critical_difference(comparison: Comparison) -> Chart | None:
    """Draw the mean ranks, joining those that do not differ significantly; None without ranks."""
    ranks = comparison.ranking
    if ranks is None:
        return None
    order = np.argsort(ranks.ranks, kind="stable")
    names, values = [comparison.ranked[at] for at in order], [ranks.ranks[at] for at in order]
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
    caption = f"critical difference {ranks.critical_difference:.2f}"
    axes.text(1 + wide + 0.01 * count, -1.75, f" {caption}", ha="left", va="center")
    for place, (name, value) in enumerate(zip(names, values, strict=True)):
        left = place < half
        height = top + (place if left else count - 1 - place)
        edge = 1 - 0.04 * count if left else count + 0.04 * count
        axes.plot([value, value, edge], [0, height, height], color=MUTED, linewidth=0.6)
        weight = "bold" if name == comparison.reference else "normal"
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
        "are not distinguishable (Nemenyi, 95 %); the reference is set in bold.",
        figure,
        ["contender", "mean rank"],
        [[name, f"{value:.2f}"] for name, value in zip(names, values, strict=True)],
    )
