"""Put an audit of labels on one HTML page that needs nothing but itself."""

from __future__ import annotations

import os

from matchloop.io import atomic_write
from matchloop.label_audit.audit import LabelAudit
from matchloop.label_audit.checks import CHECKS
from matchloop.reporting.templates import fill_template

__all__ = ["render", "write_page"]

SHOWN = 25
"""Suspects and contradictions of a kind that the page shows."""


def render(audit: LabelAudit) -> str:
    """Return the page as HTML: no script, and nothing is loaded from elsewhere.

    Raises
    ------
    MissingExtra
        jinja2 is not installed.
    """
    most = max((one.candidates for one in audit.strata), default=1)
    return fill_template(
        "matchloop.label_audit",
        "page.html.j2",
        audit=audit,
        given=audit.given,
        rules=CHECKS,
        shown=SHOWN,
        most=max(most, 1),
        pairs=len(audit.given.pairs),
    )


def write_page(audit: LabelAudit, path: str | os.PathLike[str]) -> None:
    """Write the page; it appears whole or not at all.

    Raises
    ------
    MissingExtra
        jinja2 is not installed.
    OutputError
        The file cannot be written.
    """
    text = render(audit)
    with atomic_write(path) as file:
        file.write(text.encode())
