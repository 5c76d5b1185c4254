"""Render a label check as one self-contained HTML page."""

from __future__ import annotations

import os

import numpy as np

from matchloop.quality.label_checks.audit import LabelAudit
from matchloop.quality.label_checks.checks import CHECKS
from matchloop.report.templates import fill_template, write_filled

__all__ = ["render_label_checks", "write_label_checks"]

SHOWN = 25
"""Suspects and contradictions of a kind that the page shows."""


def render_label_checks(audit: LabelAudit) -> str:
    """Return the page as HTML: no script, and nothing is loaded from elsewhere.

    Raises
    ------
    MissingExtra
        jinja2 is not installed.
    """
    return fill_template(
        "matchloop.report",
        "label_checks.html.j2",
        audit=audit,
        given=audit.given,
        rules=CHECKS,
        shown=SHOWN,
        told=_told(audit),
        contradicting=len({at for one in audit.contradictions for at in one.sets}),
    )


def write_label_checks(audit: LabelAudit, path: str | os.PathLike[str]) -> None:
    """Write the page; it appears whole or not at all.

    Raises
    ------
    MissingExtra
        jinja2 is not installed.
    OutputError
        The file cannot be written.
    """
    write_filled(render_label_checks(audit), path)


def _told(audit: LabelAudit) -> dict[str, str]:
    """Return what the records of shown suspects hold, by key, so that a reader can judge."""
    suspects, records = audit.suspects, audit.given.records
    keys = {one.key for one in suspects.rows[:SHOWN]}
    for pair in suspects.pairs[:SHOWN]:
        keys |= {pair.left_key, pair.right_key}
    names = [name for name in records.columns if name != records.key]
    rows = np.array([records.positions[key] for key in sorted(keys)], np.int64)
    shown = records.table.select(names).take(rows).to_pylist()
    return {
        key: " · ".join(str(value) for value in row.values() if value is not None)
        for key, row in zip(sorted(keys), shown, strict=True)
    }
