"""Recognize what separates the fields of a text file, and refuse where two readings fit."""

from __future__ import annotations

import csv
import io
import re

from matchloop.data.io.csv import delimiter_of
from matchloop.errors import TableError

__all__ = ["described", "named_in_first_line", "recognize_delimiter"]

USUAL = ",;\t|"
OTHERS = "^~:!\x01\x1e\x1f"
"""Characters that are tried where no usual delimiter is in the header."""

_NOTHING = ' \t\r\n,;|"\ufeff'
_NAMES = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
_QUOTED = re.compile('"[^"]*"')
_SEP = re.compile(r'\ufeff?"?sep=(.)"?\s*', re.IGNORECASE)


def described(delimiter: str) -> str:
    """Name a delimiter for people: ``semicolons``."""
    return _NAMES.get(delimiter, repr(delimiter))


def named_in_first_line(head: str) -> str | None:
    """Return the delimiter that a first line ``sep=;`` names to a spreadsheet."""
    named = _SEP.fullmatch(head.partition("\n")[0])
    return named.group(1) if named else None


def recognize_delimiter(head: str, *, is_whole: bool, usual: str, name: str) -> str:
    """Return the delimiter that cuts the head of a file into rows of as many fields.

    Parameters
    ----------
    head
        The start of the file.
    is_whole
        Whether it is all of the file; otherwise its last line may be cut.
    usual
        The usual delimiter of files with this suffix.
    name
        What messages call the file.

    Returns
    -------
    str
        The only delimiter that fits. Where none does, the most frequent one of the header: the
        check of the whole file then names the first row that does not fit.

    Raises
    ------
    TableError
        Two delimiters fit; or one fits, and another is in the header and as frequent.
    """
    lines = head.splitlines(keepends=True)
    if not is_whole and len(lines) > 1:
        lines.pop()
    while lines and not lines[0].strip(_NOTHING):
        lines.pop(0)
    if not lines:
        return usual
    fits = _fitting(lines, USUAL)
    if not fits and not set(lines[0]) & set(USUAL):
        fits = _fitting(lines, OTHERS)
    if not fits:
        return delimiter_of(lines[0], usual)
    if usual == "\t" and usual in fits:
        return usual
    (best, fields), *others = sorted(fits.items(), key=lambda fit: -fit[1])
    if others:
        other, count = others[0]
        rival = f"{other!r} into {count}"
    else:
        contested = [
            character
            for character in USUAL
            if character not in fits and _contests(lines, character, best)
        ]
        if not contested:
            return best
        other = contested[0]
        rival = f"{other!r} many rows into several"
    raise TableError(
        f"{name}: {best!r} cuts every row into {fields} fields, and {rival}; name the right one "
        f"with --delimiter '{best}' or --delimiter '{other}'"
    )


def _contests(lines: list[str], delimiter: str, best: str) -> bool:
    """Tell whether a delimiter of the header is as frequent as the one that fits, out of quotes.

    One that cuts all rows but a damaged one may be right, and a sign of prose fit by chance.
    """
    bare = [_QUOTED.sub("", line) for line in lines]
    text = "".join(bare)
    return delimiter in bare[0] and text.count(delimiter) >= text.count(best)


def _fitting(lines: list[str], delimiters: str) -> dict[str, int]:
    """Return the number of fields for each delimiter that cuts all rows into as many."""
    text = "".join(lines)
    fits = {}
    for delimiter in delimiters:
        if delimiter not in lines[0]:
            continue
        for escape in (None, "\\"):
            counts = _field_counts(text, delimiter, escape)
            if counts and counts[0] > 1 and _agree(counts):
                fits[delimiter] = counts[0]
                break
    return fits


def _agree(counts: list[int]) -> bool:
    """Tell whether rows have as many fields; all below the header may have further empty ones."""
    return len(set(counts)) == 1 or (len(set(counts[1:])) == 1 and counts[1] > counts[0])


def _field_counts(text: str, delimiter: str, escape: str | None) -> list[int]:
    rows = csv.reader(
        io.StringIO(text, newline=""),
        delimiter=delimiter,
        escapechar=escape,
        doublequote=True,
        strict=True,
    )
    counts = []
    try:
        for row in rows:
            if row:
                counts.append(len(row))
    except csv.Error as error:
        if "unexpected end" not in str(error):  # a quoted value that the head cuts
            return []
    return counts
