"""Read a CSV file: every column as text, strictly, with the line of the first mistake."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import islice
from typing import BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as arrow_csv

from matchloop.data.io import csv_kernel
from matchloop.data.io.encoding import NotUtf8, OpenFile, check_utf8, undecodable
from matchloop.errors import TableError, counted

__all__ = [
    "LONGEST_ROW",
    "BadRow",
    "check_csv",
    "delimiter_of",
    "first_lines",
    "long_row",
    "read_csv",
]

LONGEST_ROW = 1 << 26
"""Bytes of the longest row that is read; a packed file may hold a row of any size."""

_BLOCK = 1 << 23
_DELIMITERS = ",;\t|"


class BadRow(TableError):
    """A row whose quotes or number of fields are wrong, which may be right with escapes."""


def read_csv(
    open_file: OpenFile,
    name: str,
    delimiter: str = ",",
    *,
    columns: Sequence[str] | None = None,
    skip: int = 0,
    quote: str = '"',
    escape: str | None = None,
) -> pa.Table:
    """Read a CSV file as a table of text; an empty field is missing.

    Keys such as ``007`` and ``1E+15`` stay as they are written. UTF-8 with or without byte order
    mark; fields may be quoted and hold line ends; blank lines are skipped.

    Parameters
    ----------
    open_file
        Opens the file for reading from its start; called up to three times.
    name
        What messages call the file.
    delimiter
        Between fields. A header without any comma but with a semicolon, tab or bar between its
        names is cut there instead.
    columns
        Names of the columns of a file that has no header line.
    skip
        Lines before the header, or before the rows where there is no header.
    quote, escape
        What encloses a field, and what takes the meaning from the character after it.

    Raises
    ------
    TableError
        Empty, not UTF-8, broken quoting, a row of more or fewer fields than the header or over
        64 MB long: with the line.
    """
    parse = partial(arrow_csv.ParseOptions, quote_char=quote, escape_char=escape or False)
    expected = 0 if columns is None else len(columns)
    read = partial(
        arrow_csv.ReadOptions, skip_rows=skip, column_names=None if columns is None else columns
    )
    if columns is None:
        with open_file() as file:
            delimiter, columns = _header(file, name, delimiter, skip, quote)
    if quote == '"' and escape is None:
        with open_file() as file:
            _check(file, name, delimiter, skip, expected)
    block = _BLOCK
    while True:
        try:
            with open_file() as file:
                table = _read(file, columns, read(block_size=block), parse(delimiter=delimiter))
            if block > _BLOCK and _longest(table) > LONGEST_ROW:
                raise long_row(name)  # a row may reach over one end of a block
            return table.rename_columns(columns)
        except pa.ArrowInvalid as error:
            if "straddling" not in str(error):
                with open_file() as file:
                    check_utf8(file, name)
                raise TableError(f"{name}: {str(error).splitlines()[0]}") from error
            if block >= LONGEST_ROW:
                raise long_row(name) from error
            block *= 8  # a row is larger than a block


def check_csv(open_file: OpenFile, name: str, delimiter: str = ",") -> tuple[str, list[str]]:
    """Check the quoting and the fields of a file with a header; return its delimiter and columns.

    Raises
    ------
    TableError
        As :func:`read_csv`, except for bytes below the header that are not UTF-8.
    """
    with open_file() as file:
        delimiter, columns = _header(file, name, delimiter, 0, '"')
    with open_file() as file:
        _check(file, name, delimiter, 0, 0)
    return delimiter, columns


def first_lines(text: io.TextIOWrapper, name: str) -> Iterator[str]:
    """Iterate over the lines of a file; raise at a line that is longer than a row may be."""
    while line := text.readline(LONGEST_ROW):
        if len(line) == LONGEST_ROW:
            raise long_row(name)
        yield line


def long_row(name: str, line: int | None = None) -> TableError:
    """Return the error for a row that is longer than the limit."""
    where = name if line is None else f"{name}, line {line}"
    return TableError(
        f"{where}: a row is longer than {LONGEST_ROW >> 20} MB; look for a quote that is never "
        "closed, or leave such values out"
    )


def _header(
    file: BinaryIO, name: str, delimiter: str, skip: int, quote: str
) -> tuple[str, list[str]]:
    start = file.read(2)
    if start in (b"\xff\xfe", b"\xfe\xff"):
        raise NotUtf8(f"{name} is UTF-16; save it as UTF-8")
    file.seek(0)
    text = io.TextIOWrapper(file, "utf-8-sig", newline="")
    try:
        lines = islice(first_lines(text, name), skip, None)
        first = next((line for line in lines if line.strip()), "")
        delimiter = delimiter_of(first, delimiter)
        text.seek(0)
        lines = islice(first_lines(text, name), skip, None)
        rows = csv.reader(lines, delimiter=delimiter, quotechar=quote, strict=True)
        columns = next((row for row in rows if row), [])
    except UnicodeDecodeError as error:
        raise undecodable(file, name) from error
    except csv.Error as error:
        raise BadRow(f"{name}, line 1: the header cannot be read: {error}") from error
    finally:
        text.detach()  # the file is its opener's to close
    if any("\0" in column for column in columns):
        raise TableError(f"{name} is not a CSV file: its first line holds binary data")
    if not columns:
        raise TableError(f"{name} is empty; expected a header line and records")
    return delimiter, columns


def delimiter_of(header: str, expected: str) -> str:
    """Return the delimiter of a header line."""
    if expected in header:
        return expected
    counts = {delimiter: header.count(delimiter) for delimiter in _DELIMITERS}
    most = max(counts, key=counts.__getitem__)
    return most if counts[most] else expected


def _check(file: BinaryIO, name: str, delimiter: str, skip: int, expected: int) -> None:
    state = csv_kernel.new_state()
    for _ in range(skip):
        file.readline(LONGEST_ROW)
    state[csv_kernel.LINE] = state[csv_kernel.RECORD_LINE] = skip + 1
    state[csv_kernel.EXPECTED] = expected
    block = file.read(_BLOCK).removeprefix(b"\xef\xbb\xbf")
    rows = unended = 0
    while block and not state[csv_kernel.PROBLEM]:
        csv_kernel.scan_csv(np.frombuffer(block, np.uint8), ord(delimiter), state)
        unended = unended + len(block) if state[csv_kernel.ROWS] == rows else 0
        if unended > LONGEST_ROW:
            raise long_row(name, int(state[csv_kernel.RECORD_LINE]))
        rows = state[csv_kernel.ROWS]
        block = file.read(_BLOCK)
    csv_kernel.end_of_file(state)
    line, start = state[csv_kernel.LINE], state[csv_kernel.RECORD_LINE]
    match int(state[csv_kernel.PROBLEM]):
        case csv_kernel.FIELDS:
            fields, wanted = int(state[csv_kernel.COLUMN]), int(state[csv_kernel.EXPECTED])
            cure = (
                f"quote values that hold {delimiter!r}"
                if fields > wanted
                else "add what is missing, or remove the line if it is no record"
            )
            raise BadRow(
                f"{name}, line {start}: the row has {counted(fields, 'field')}, the "
                f"{'table' if expected else 'header'} has {wanted}; {cure}"
            )
        case csv_kernel.OPEN:
            raise BadRow(
                f"{name}, line {start}: a quote opens in this row and never closes; close it"
            )
        case csv_kernel.TEXT_AFTER_QUOTE:
            raise BadRow(
                f"{name}, line {line}: text follows a closing quote; double the quotes inside a "
                "value"
            )


def _longest(table: pa.Table) -> int:
    """Return the bytes of the longest value."""
    return max(
        (pc.max(pc.binary_length(column)).as_py() or 0 for column in table.columns), default=0
    )


def _read(
    file: BinaryIO,
    columns: Sequence[str],
    read_options: arrow_csv.ReadOptions,
    parse_options: arrow_csv.ParseOptions,
) -> pa.Table:
    parse_options.newlines_in_values = True
    return arrow_csv.read_csv(
        file,
        read_options=read_options,
        parse_options=parse_options,
        convert_options=arrow_csv.ConvertOptions(
            column_types=dict.fromkeys(columns, pa.string()),
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=True,
        ),
    )
