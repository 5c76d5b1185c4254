"""Render the profile of a table as one self-contained HTML page."""

from __future__ import annotations

import os

from matchloop.data.profiling import ColumnProfile, Profile
from matchloop.report.templates import fill_template, write_filled

__all__ = ["render_profile", "write_profile"]

LONGEST = 80
"""Characters of a value that are shown."""


def render_profile(profile: Profile, name: str) -> str:
    """Return the page as HTML: no script, and nothing is loaded from elsewhere.

    Parameters
    ----------
    profile
        The profile.
    name
        What the page calls the table.

    Raises
    ------
    MissingExtra
        jinja2 is not installed.
    """
    return fill_template(
        "matchloop.report",
        "profile.html.j2",
        profile=profile,
        name=name,
        short=_short,
        share=_share,
        filled=lambda column: profile.rows - _gaps(column),
        gaps=_gaps,
        suspicious=sum(bool(c.odd or (c.dates and c.dates.is_mixed)) for c in profile.columns),
    )


def write_profile(profile: Profile, name: str, path: str | os.PathLike[str]) -> None:
    """Write the page; it appears whole or not at all.

    Raises
    ------
    MissingExtra
        jinja2 is not installed.
    OutputError
        The file cannot be written.
    """
    write_filled(render_profile(profile, name), path)


def _gaps(column: ColumnProfile) -> int:
    """Return the rows that have no value: empty ones, words that say so, and stand-ins."""
    words = (*column.placeholders, *column.stand_ins)
    return column.missing + sum(word.rows for word in words)


def _share(part: int, whole: int) -> float:
    return 100 * part / max(1, whole)


def _short(value: str) -> str:
    shown = value if len(value) <= LONGEST else value[: LONGEST - 1] + "\N{HORIZONTAL ELLIPSIS}"
    return "".join(letter if letter.isprintable() else "\N{OPEN BOX}" for letter in shown)
