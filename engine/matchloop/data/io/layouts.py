"""Options on how to read a file whose bytes allow more than one reading."""

from __future__ import annotations

import codecs
from dataclasses import dataclass

from matchloop.errors import UsageError

__all__ = ["RECOGNIZED", "Layout"]

_NAMES = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "bar": "|", "pipe": "|"}


@dataclass(frozen=True, slots=True)
class Layout:
    """How to read a file; a field that is None is recognized from the bytes.

    Parameters
    ----------
    encoding
        Of a text file: any name that Python knows, such as ``cp1252`` or ``mac_roman``.
    delimiter
        Between the fields of a text file: one ASCII character, or ``tab``.
    sheet
        Of a workbook, by its name.

    Raises
    ------
    UsageError
        There is no such encoding, or the delimiter is not one character.
    """

    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None

    def __post_init__(self) -> None:
        if self.encoding is not None:
            object.__setattr__(self, "encoding", _encoding(self.encoding))
        if self.delimiter is not None:
            object.__setattr__(self, "delimiter", _delimiter(self.delimiter))


RECOGNIZED = Layout()
"""Nothing is known of the file."""


def _encoding(name: str) -> str:
    try:
        "".encode(name)  # refuses codecs that do not make text of bytes
        return codecs.lookup(name).name
    except (LookupError, ValueError):
        raise UsageError(
            f"--encoding {name!r}: no such encoding; give one such as cp1252, mac_roman, utf-16 or "
            "shift_jis"
        ) from None


def _delimiter(typed: str) -> str:
    delimiter = _NAMES.get(typed.lower(), typed)
    if (
        len(delimiter) != 1
        or not delimiter.isascii()
        or delimiter.isalnum()
        or delimiter in '"\r\n'
    ):
        raise UsageError(
            f"--delimiter {typed!r}: expected one ASCII character such as ';' or '|', or tab"
        )
    return delimiter
