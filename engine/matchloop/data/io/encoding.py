"""Find where a file stops being UTF-8."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import BinaryIO

from matchloop.errors import TableError

__all__ = ["NotUtf8", "OpenFile", "check_utf8", "undecodable"]

OpenFile = Callable[[], AbstractContextManager[BinaryIO]]
"""Opens a file for reading, from its start, for as long as a ``with`` block lasts."""


class NotUtf8(TableError):
    """A file that is not UTF-8, which may be readable in another encoding."""


def check_utf8(file: BinaryIO, name: str) -> None:
    """Check that a file, read from its start, is UTF-8.

    Raises
    ------
    TableError
        It is not; the message names the line of the first bad byte.
    """
    file.seek(0)
    for number, line in enumerate(file, start=1):
        try:
            line.decode()
        except UnicodeDecodeError as error:
            raise NotUtf8(
                f"{name}, line {number}: byte 0x{line[error.start]:02x} is not UTF-8; save the "
                "file as UTF-8"
            ) from error


def undecodable(file: BinaryIO, name: str) -> TableError:
    """Return the error for a file that could not be decoded."""
    try:
        check_utf8(file, name)
    except TableError as error:
        return error
    return NotUtf8(f"{name} is not UTF-8; save the file as UTF-8")
