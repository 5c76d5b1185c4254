"""Figures of the questions: their share of matches, and their probability before asking."""

from __future__ import annotations

import math
from collections.abc import Mapping

from matchloop.lab.simulation.asked import BINS, Asked
from matchloop.lab.simulation.canvas import COLUMN, PAGE, Chart, canvas, looks, styled, tidy
from matchloop.lab.simulation.charts.panels import columns_of, featured, hide, legend, ticks
from matchloop.lab.simulation.standings import Comparison

__all__ = ["asked_matches", "asked_probabilities"]


@styled
def asked_matches(comparison: Comparison, questions: Mapping[str, Asked]) -> Chart | None:
    """Draw the share of true matches among the questions of each round; None without events."""
    styles = {
        name: look
        for name, look in looks(featured(comparison), comparison.reference).items()
        if name in questions
    }
    if not styles:
        return None
    figure, (axes,) = canvas(1, 1, COLUMN, 2.5)
    for name, look in styles.items():
        shares = questions[name].matches
        axes.plot(range(1, len(shares) + 1), shares, label=name, **look.line())
    axes.set_ylim(0, 1)
    axes.set_xlabel("round")
    axes.set_ylabel("share of matches among questions")
    axes.xaxis.set_major_locator(ticks(8, whole=True))
    tidy(axes)
    legend(figure, [axes], 2)
    most = max(len(questions[name].matches) for name in styles)
    return Chart(
        "asked-matches",
        "How many of the questions were matches",
        "Of the pairs in the questions of a round, mean over tables and seeds. A half keeps both "
        "answers in sight; near 0 or 1 the answers say little new.",
        figure,
        ["contender", *(f"round {at}" for at in range(1, most + 1))],
        [[name, *(f"{share:.2f}" for share in questions[name].matches)] for name in styles],
    )


@styled
def asked_probabilities(comparison: Comparison, questions: Mapping[str, Asked]) -> Chart | None:
    """Draw the match probability of the pairs before asking, by round; None without events."""
    names = [name for name in featured(comparison) if name in questions]
    if not names:
        return None
    columns = columns_of(len(names), 3)
    lines = math.ceil(len(names) / columns)
    figure, panels = canvas(lines, columns, PAGE, 1.35 * lines + 0.4, sharex=True, sharey=True)
    drawn = None
    for panel, name in zip(panels, names, strict=False):
        shares = questions[name].probability
        drawn = panel.imshow(
            shares.T, origin="lower", aspect="auto", cmap="Blues", vmin=0, vmax=0.5,
            extent=(0.5, len(shares) + 0.5, 0, 1), interpolation="nearest",
        )  # fmt: skip
        panel.set_title(name, loc="left")
        panel.xaxis.set_major_locator(ticks(8, whole=True))
        panel.tick_params(length=2, width=0.6)
    hide(panels, len(names), columns)
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
        for at, line in enumerate(questions[name].probability)
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
