"""Render a label check as one self-contained HTML page."""

from __future__ import annotations

import os

import numpy as np

from matchloop.quality.label_checks.checks import CHECKS
from matchloop.quality.label_checks.label_check import LabelCheck
from matchloop.report.templates import fill_template, write_filled

__all__ = ["render_label_checks", "write_label_checks"]

SHOWN = 25
"""Suspects and contradictions of a kind that the page shows; a convention."""


def render_label_checks(result: LabelCheck) -> str:
    """Return the page as self-contained HTML without a script.

    Raises
    ------
    MissingExtra
        jinja2 is not installed.
    """
    return fill_template(
        "matchloop.report",
        "label_checks.html.j2",
        result=result,
        labels=result.labels,
        rules=CHECKS,
        shown=SHOWN,
        values=_record_values(result),
        contradicting=len(
            {number for conflict in result.contradictions for number in conflict.sets}
        ),
    )


def write_label_checks(result: LabelCheck, path: str | os.PathLike[str]) -> None:
    """Write the page atomically.

    Raises
    ------
    MissingExtra
        jinja2 is not installed.
    OutputError
        The file cannot be written.
    """
    write_filled(render_label_checks(result), path)


def _record_values(result: LabelCheck) -> dict[str, str]:
    """Return the values of the records of the shown suspects, by key."""
    suspects, records = result.suspects, result.labels.records
    keys = {suspect.key for suspect in suspects.rows[:SHOWN]}
    for pair in suspects.pairs[:SHOWN]:
        keys |= {pair.left_key, pair.right_key}
    names = [name for name in records.columns if name != records.key]
    rows = np.array([records.positions[key] for key in sorted(keys)], np.int64)
    shown = records.table.select(names).take(rows).to_pylist()
    return {
        key: " · ".join(str(value) for value in row.values() if value is not None)
        for key, row in zip(sorted(keys), shown, strict=True)
    }
