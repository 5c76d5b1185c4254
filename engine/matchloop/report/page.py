"""Render a report of a matching as one self-contained HTML page."""

from __future__ import annotations

import os

from matchloop.matching.explaining import Explanation, describe, name_of
from matchloop.report.charts import count_scores, curve_chart, score_chart
from matchloop.report.report import Report
from matchloop.report.templates import fill_template, write_filled

__all__ = ["render", "signed", "waterfall_steps", "write_report"]

LONGEST = 160
"""Characters of a value that are shown; a convention."""


def render(report: Report) -> str:
    """Return the page as HTML.

    Parameters
    ----------
    report
        The figures, groups and pairs to show.

    Returns
    -------
    str
        Self-contained HTML: its style and charts are inside, and it has no script.

    Raises
    ------
    MissingExtra
        jinja2 or matplotlib is not installed.
    """
    return fill_template(
        "matchloop.report",
        "page.html.j2",
        report=report,
        curve=curve_chart(report.curve) if report.curve else "",
        scores=score_chart(report.probability, report.is_match),
        counts=count_scores(report.probability, report.is_match),
        steps=waterfall_steps,
        signed=signed,
    )


def write_report(report: Report, path: str | os.PathLike[str]) -> None:
    """Write the page atomically.

    Raises
    ------
    MissingExtra
        jinja2 or matplotlib is not installed.
    OutputError
        The file cannot be written.
    """
    write_filled(render(report), path)


def waterfall_steps(explanation: Explanation) -> list[dict[str, object]]:
    """Return one bar per contribution, with its place between 0 and 100 per cent."""
    steps = []
    level = explanation.base
    for part in explanation.contributions:
        start, level = level, level + part.amount
        low, high = sorted((min(max(start, 0.0), 1.0), min(max(level, 0.0), 1.0)))
        steps.append(
            {
                "name": name_of(part),
                "amount": part.amount,
                "at": 100 * low,
                "width": max(100 * (high - low), 0.4),
                "left": _short(part.left),
                "right": _short(part.right),
                "is_known": part.is_known,
                "told": describe(part),
            }
        )
    return steps


def signed(amount: float) -> str:
    """Return an amount with its sign, as a page shows it."""
    text = f"{amount:+.3f}"
    return "0.000" if text.endswith("0.000") else text.replace("-", "\N{MINUS SIGN}")


def _short(value: str | None) -> str | None:
    if value is None or len(value) <= LONGEST:
        return value
    return value[: LONGEST - 1] + "\N{HORIZONTAL ELLIPSIS}"
