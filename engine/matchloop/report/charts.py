"""Charts of reports as inline SVG; their colours follow the page's light or dark theme."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from matchloop.errors import MissingExtra
from matchloop.quality.sampled_audit import CalibrationBin, QualityPoint
from matchloop.report.report import CurvePoint

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = [
    "BINS",
    "calibration_chart",
    "count_scores",
    "curve_chart",
    "inline_svg",
    "precision_recall_chart",
    "score_chart",
]

BINS = 20
"""Bins of the score chart; a convention."""

# Placeholder colours: inline_svg replaces them by CSS variables, so one SVG serves both themes.
INK, MUTED, GRID, FIRST, SECOND, THIRD = (f"#01020{digit}" for digit in "345678")
_VARIABLES = {
    INK: "var(--ink)",
    MUTED: "var(--muted)",
    GRID: "var(--line)",
    FIRST: "var(--first)",
    SECOND: "var(--second)",
    THIRD: "var(--third)",
}


def curve_chart(curve: Sequence[CurvePoint]) -> str:
    """Draw precision, recall and F1 by labelled rows.

    Parameters
    ----------
    curve
        At least one point, in order of rows.

    Returns
    -------
    str
        An ``<svg>`` element.

    Raises
    ------
    MissingExtra
        matplotlib is not installed.
    """
    figure, axes = _figure()
    from matplotlib.ticker import MaxNLocator

    rows = [point.rows for point in curve]
    series = [
        ("F1", [point.f1 for point in curve], FIRST, "-", 2.6, "o"),
        ("precision", [point.precision for point in curve], SECOND, "--", 1.6, "s"),
        ("recall", [point.recall for point in curve], THIRD, ":", 1.9, "^"),
    ]
    for name, values, colour, dashes, width, marker in series:
        axes.plot(
            rows, values, color=colour, linestyle=dashes, linewidth=width, marker=marker,
            markersize=5, label=name,
        )  # fmt: skip
    low = min(min(values) for _, values, *_ in series)
    low = min(low, 0.98)  # a narrower axis would show sampling noise as a trend
    axes.set_ylim(max(0.0, low - (1 - low) / 4), 1 + (1 - low) / 20)
    axes.yaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 2.5, 5, 10]))
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:.3f}" if value <= 1 else "")
    axes.set_xticks(rows)
    axes.set_xlabel("labelled rows", color=MUTED)
    _legend(axes)
    return inline_svg(figure, _VARIABLES)


def count_scores(
    probability: NDArray[np.floating], is_match: NDArray[np.bool_] | None
) -> list[tuple[float, int, int]]:
    """Count candidate pairs by probability.

    Parameters
    ----------
    probability
        Shape (pairs,).
    is_match
        Shape (pairs,), or None where the truth is not known.

    Returns
    -------
    list of tuple
        Lower edge of each bin, pairs that do not match (or all, without truth), pairs that do.
    """
    edges = np.linspace(0, 1, BINS + 1)
    truth = np.zeros(len(probability), np.bool_) if is_match is None else is_match
    no, _ = np.histogram(probability[~truth], edges)
    yes, _ = np.histogram(probability[truth], edges)
    return [(float(edges[i]), int(no[i]), int(yes[i])) for i in range(BINS)]


def score_chart(probability: NDArray[np.floating], is_match: NDArray[np.bool_] | None) -> str:
    """Draw a histogram of the match probabilities of candidate pairs, on a logarithmic scale.

    Raises
    ------
    MissingExtra
        matplotlib is not installed.
    """
    figure, axes = _figure()
    counts = count_scores(probability, is_match)
    left = np.array([edge for edge, _, _ in counts])
    bars = [("do not match", 1, SECOND), ("match in truth", 2, FIRST)]
    if is_match is None:
        bars = [("candidate pairs", 1, FIRST)]
    width = 1 / BINS / len(bars) * 0.86
    for place, (name, column, colour) in enumerate(bars):
        heights = [row[column] for row in counts]
        axes.bar(
            left + 0.07 / BINS + place * width, heights, width, align="edge", color=colour,
            label=name,
        )  # fmt: skip
    axes.set_yscale("log")
    axes.set_ylim(0.7, max(10, max(max(no, yes) for _, no, yes in counts) * 1.6))
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    axes.set_xlim(0, 1)
    axes.set_xlabel("match probability", color=MUTED)
    if is_match is not None:
        _legend(axes)
    return inline_svg(figure, _VARIABLES)


def precision_recall_chart(curve: Sequence[QualityPoint]) -> str:
    """Draw precision by recall, with a confidence band where they are estimated.

    Parameters
    ----------
    curve
        At least one point, in order of thresholds.
    """
    figure, axes = _figure()
    recall = [point.recall.value for point in curve]
    precision = [point.precision.value for point in curve]
    low = [point.precision.low for point in curve]
    high = [point.precision.high for point in curve]
    if low != high:
        axes.fill_between(recall, low, high, color=FIRST, alpha=0.18, linewidth=0, label="95 %")
    axes.plot(recall, precision, color=FIRST, linewidth=2.2, label="precision")
    half = min(curve, key=lambda point: abs(point.threshold - 0.5))
    if low != high:
        for x, y in (
            ([half.recall.low, half.recall.high], [half.precision.value] * 2),
            ([half.recall.value] * 2, [half.precision.low, half.precision.high]),
        ):
            axes.plot(x, y, color=SECOND, linewidth=1.4)
    axes.plot([half.recall.value], [half.precision.value], "o", color=SECOND, markersize=8)
    # One lower end for both axes, at most .85: a narrower one would show noise as a trend.
    least = max(0.0, min(0.9, *recall, *low) - 0.05)
    axes.set_xlim(least, 1 + (1 - least) / 50)
    axes.set_ylim(least, 1 + (1 - least) / 25)
    axes.set_xlabel("recall", color=MUTED)
    axes.set_ylabel("precision", color=MUTED)
    return inline_svg(figure, _VARIABLES)


def calibration_chart(bins: Sequence[CalibrationBin]) -> str:
    """Draw the share of matches by probability, with intervals where it is estimated."""
    figure, axes = _figure()
    axes.plot([0, 1], [0, 1], color=MUTED, linestyle=":", linewidth=1.4)
    probability = [bin_.probability for bin_ in bins]
    share = [bin_.share.value for bin_ in bins]
    for bin_ in bins:
        ends = [bin_.share.low, bin_.share.high]
        axes.plot([bin_.probability] * 2, ends, color=FIRST, linewidth=1.4, alpha=0.6)
    axes.plot(probability, share, color=FIRST, linewidth=1.6, marker="o", markersize=5)
    axes.set_xlim(-0.02, 1.02)
    axes.set_ylim(-0.02, 1.04)
    axes.set_xlabel("match probability", color=MUTED)
    axes.set_ylabel("share that matches", color=MUTED)
    return inline_svg(figure, _VARIABLES)


def _figure() -> tuple[Figure, Axes]:
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise MissingExtra(
            "a report needs matplotlib and jinja2; run: pip install 'matchloop[plots]'"
        ) from None
    figure = Figure(figsize=(6.4, 3.5), layout="constrained")
    axes = figure.subplots()
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(MUTED)
    axes.tick_params(colors=MUTED, labelcolor=INK, length=0, which="both")
    axes.grid(axis="y", color=GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    return figure, axes


def _legend(axes: Axes) -> None:
    axes.legend(
        loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=3, frameon=False, labelcolor=INK
    )


def inline_svg(figure: Figure, variables: Mapping[str, str]) -> str:
    """Return a figure as an ``<svg>`` element, the same bytes for the same figure.

    Parameters
    ----------
    figure
        The finished figure.
    variables
        The CSS variable that replaces each colour.
    """
    import matplotlib as mpl

    buffer = io.StringIO()
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "matchloop"}):
        figure.savefig(
            buffer,
            format="svg",
            transparent=True,
            metadata={"Date": None, "Creator": None, "Format": None, "Type": None},
        )
    text = buffer.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    text = re.sub(r'\sxmlns(:\w+)?="[^"]*"', "", text, count=2)
    text = text.replace("xlink:href", "href")
    text = re.sub(r'font: ([\d.]+)px [^;"]+', r"font: \1px system-ui, sans-serif", text)
    text = re.sub(r'<svg [^>]*?viewBox="([^"]+)"[^>]*>', r'<svg viewBox="\1">', text, count=1)
    for colour, variable in variables.items():
        text = text.replace(colour, variable)
    return text
