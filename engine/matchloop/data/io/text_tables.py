"""Read a delimited text file as it is: its encoding, delimiter and escapes are recognized."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, cast

import pyarrow as pa
import pyarrow.compute as pc

from matchloop.data.io.csv import BadRow, read_csv
from matchloop.data.io.csv_sheets import read_csv_sheet
from matchloop.data.io.decoding import decode, in_memory, wide_encoding
from matchloop.data.io.delimiters import described, named_in_first_line, recognize_delimiter
from matchloop.data.io.encoding import NotUtf8, OpenFile
from matchloop.data.io.layouts import Layout
from matchloop.data.records import Dialect
from matchloop.errors import TableError

__all__ = ["read_text"]

_HEAD = 1 << 16
_QUOTED = re.compile(r'"((?:[^"\\]++|\\.|"")*+)"', re.DOTALL)
_ESCAPED = re.compile(r'\\(["\\\n\r])')
_LOOKED_AT = 1_000
_COMMA = r"^[^\d,.]*(\d{1,3}([. \x{a0}\x{202f}]\d{3})+,\d+|\d+,(\d{1,2}|\d{4,}))[^\d,.]*$"
_POINT = r"^[^\d,.]*(\d{1,3}(,\d{3})+\.\d+|\d+\.(\d{1,2}|\d{4,}))[^\d,.]*$"


def read_text(
    open_file: OpenFile, name: str, usual: str, layout: Layout, notes: list[str] | None
) -> tuple[pa.Table, Dialect]:
    """Read a delimited text file.

    Parameters
    ----------
    open_file, name
        As for :func:`matchloop.data.io.csv.read_csv`.
    usual
        The usual delimiter of files with this suffix.
    layout
        The options on how to read the file.
    notes
        Takes a sentence on how the file was read, where that is not UTF-8 with the usual
        delimiter, and on what was left out. Without it nothing is left out.

    Returns
    -------
    tuple
        A table of text, and how the file is written.

    Raises
    ------
    TableError
        As ``read_csv``; or two readings of the file are possible, and the message names the
        option that chooses one.
    """
    with open_file() as file:
        head = file.read(_HEAD)
    ways: list[str] = []
    encoding = "utf-8"
    if layout.encoding is not None or wide_encoding(head) is not None:
        open_file, head, encoding = _decoded(open_file, name, layout.encoding, ways)
    sep = named_in_first_line(head.decode(errors="replace"))
    if sep is not None and layout.delimiter in (None, sep):
        layout = Layout(delimiter=sep)
        open_file = _without_first_line(open_file)
    delimiter = _delimiter(head, name, usual, layout)
    left_out: list[str] | None = None if notes is None else []
    try:
        table = _read(open_file, name, delimiter, left_out, ways)
    except NotUtf8:
        open_file, head, encoding = _decoded(open_file, name, None, ways)
        left_out = None if notes is None else []
        table = _read(open_file, name, delimiter, left_out, ways)
    if delimiter != usual and table.num_columns > 1:
        ways.append(f"{described(delimiter)} between fields")
    decimal = "," if delimiter != "," and _has_decimal_commas(table) else "."
    if decimal == ",":
        ways.append("decimal commas")
    if notes is not None:
        notes.extend([", ".join(ways)] if ways else [])
        notes.extend(left_out or [])
    return table, Dialect(encoding, delimiter, decimal)


def _decoded(
    open_file: OpenFile, name: str, encoding: str | None, ways: list[str]
) -> tuple[OpenFile, bytes, str]:
    with open_file() as file:
        text, way, written = decode(file.read(), name, encoding)
    if written != "utf-8" or way != "read as UTF-8":
        ways.append(way)
    return in_memory(text), text[:_HEAD].encode()[:_HEAD], written


def _delimiter(head: bytes, name: str, usual: str, layout: Layout) -> str:
    text = head.decode(errors="replace").removeprefix("\ufeff")
    if layout.delimiter is None:
        return recognize_delimiter(text, is_whole=len(head) < _HEAD, usual=usual, name=name)
    header = next((line for line in text.splitlines() if line.strip()), "")
    if layout.delimiter not in header:
        raise TableError(
            f"{name}: the header holds no {layout.delimiter!r}, which --delimiter named; look at "
            f"the first line: {header[:60]!r}"
        )
    return layout.delimiter


def _read(
    open_file: OpenFile, name: str, delimiter: str, notes: list[str] | None, ways: list[str]
) -> pa.Table:
    try:
        return _strictly(open_file, name, delimiter, notes)
    except BadRow:
        with open_file() as file:
            data = file.read()
        if b'\\"' not in data:
            raise
        text, way, _ = (data.decode(), "", "") if _is_utf8(data) else decode(data, name, None)
        try:
            table = _strictly(
                in_memory(_with_doubled_quotes(text, delimiter)), name, delimiter, notes
            )
        except BadRow:
            table = None
        if table is None:
            raise
        ways.extend(([way] if way else []) + ["quotes escaped by backslashes"])
        return table


def _strictly(open_file: OpenFile, name: str, delimiter: str, notes: list[str] | None) -> pa.Table:
    if notes is None:
        return read_csv(open_file, name, delimiter)
    return read_csv_sheet(open_file, name, delimiter, notes)


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _with_doubled_quotes(text: str, delimiter: str) -> str:
    r"""Rewrite backslash escapes as CSV has them; MySQL's ``\N`` becomes an empty field."""

    def unescaped(match: re.Match[str]) -> str:
        inner = _ESCAPED.sub(lambda mark: '""' if mark[1] == '"' else mark[1], match[1])
        return f'"{inner}"'

    around = re.escape(delimiter)
    text = re.sub(rf"(?<![^{around}\r\n])\\N(?![^{around}\r\n])", "", text)
    return _QUOTED.sub(unescaped, text)


def _without_first_line(open_file: OpenFile) -> OpenFile:
    """Return a function that opens the file with a blank first line: line numbers stay the same."""

    @contextmanager
    def opened() -> Iterator[BinaryIO]:
        with open_file() as file:
            yield cast(BinaryIO, io.BytesIO(b"\n" + file.read().partition(b"\n")[2]))

    return opened


def _has_decimal_commas(table: pa.Table) -> bool:
    """Tell whether numbers are written with decimal commas, and none with a decimal point."""
    has_commas = False
    for column in table.columns:
        values = column.slice(0, _LOOKED_AT).drop_null()
        commas, points = (
            pc.sum(pc.match_substring_regex(values, pattern)).as_py() or 0
            for pattern in (_COMMA, _POINT)
        )
        if 2 * points > len(values):
            return False
        has_commas |= 2 * commas > len(values)
    return has_commas
