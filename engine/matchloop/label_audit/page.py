"""Put an audit of labels on one HTML page that needs nothing but itself."""

from __future__ import annotations

import os
from importlib.resources import files

from matchloop.errors import MissingExtra
from matchloop.io import atomic_write
from matchloop.label_audit.audit import LabelAudit
from matchloop.label_audit.checks import CHECKS

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
    try:
        import jinja2
    except ImportError:
        raise MissingExtra("a page needs jinja2; run: pip install 'matchloop[plots]'") from None
    environment = jinja2.Environment(
        autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined
    )
    style = (files("matchloop.reporting") / "page.css").read_text(encoding="utf-8")
    template = files("matchloop.label_audit") / "page.html.j2"
    most = max((one.candidates for one in audit.strata), default=1)
    return environment.from_string(template.read_text(encoding="utf-8")).render(
        audit=audit,
        given=audit.given,
        rules=CHECKS,
        style=style,
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
