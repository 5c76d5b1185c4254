"""The page that explains some pairs, or a group with the pairs that tie it together."""

from __future__ import annotations

import os
from dataclasses import dataclass

from matchloop.matching.explaining import reasons
from matchloop.report.matched import DoubtfulGroup, short
from matchloop.report.page import signed, waterfall_steps
from matchloop.report.report import ExplainedPair
from matchloop.report.templates import fill_template, write_filled

__all__ = ["ExplainedReport", "write_explained"]


@dataclass(frozen=True, slots=True)
class ExplainedReport:
    """Everything on the page.

    Parameters
    ----------
    title, subtitle
        Heading, and one sentence on what is explained.
    pairs
        The pairs, in the order of the page.
    threshold
        Probability from which records are grouped.
    group
        The group that the pairs are of; None where they are of several.
    made_with
        The version, for the foot of the page.
    """

    title: str
    subtitle: str
    pairs: tuple[ExplainedPair, ...]
    threshold: float
    group: DoubtfulGroup | None = None
    made_with: str = ""


def write_explained(report: ExplainedReport, path: str | os.PathLike[str]) -> None:
    """Write the page; it appears whole or not at all.

    Raises
    ------
    MissingExtra
        jinja2 is not installed.
    OutputError
        The file cannot be written.
    """
    page = fill_template(
        "matchloop.report",
        "explained.html.j2",
        report=report,
        reasons=reasons,
        steps=waterfall_steps,
        signed=signed,
        short=short,
    )
    write_filled(page, path)
