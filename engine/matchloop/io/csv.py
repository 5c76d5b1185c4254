"""Read a CSV file: every column as text, strictly, with the line of the first mistake."""

from __future__ import annotations

import csv
import io
from typing import BinaryIO

import numpy as np
import pyarrow as pa
from pyarrow import csv as arrow_csv

from matchloop.errors import TableError
from matchloop.io import csv_kernel
from matchloop.io.encoding import OpenFile, check_utf8, undecodable

__all__ = ["read_csv"]

_BLOCK = 1 << 23
_LARGEST = 1 << 30
_DELIMITERS = ",;\t|"


def read_csv(open_file: OpenFile, name: str, delimiter: str = ",") -> pa.Table:
    """Read a CSV file as a table of text; an empty field is missing.

    Keys such as ``007`` and ``1E+15`` stay as they are written. UTF-8 with or without byte order
    mark; fields may be quoted and hold line ends; blank lines are no rows.

    Parameters
    ----------
    open_file
        Opens the file for reading from its start; called up to three times.
    name
        What messages call the file.
    delimiter
        Between fields. A header without any comma but with a semicolon, tab or bar between its
        names is cut there instead.

    Raises
    ------
    TableError
        Empty, not UTF-8, broken quoting, a row of more or fewer fields than the header: with the
        line.
    """
    with open_file() as file:
        delimiter, columns = _header(file, name, delimiter)
    with open_file() as file:
        _check(file, name, delimiter)
    block = _BLOCK
    while True:
        try:
            with open_file() as file:
                return _read(file, delimiter, columns, block)
        except pa.ArrowInvalid as error:
            with open_file() as file:
                check_utf8(file, name)
            if "straddling" not in str(error) or block >= _LARGEST:
                raise TableError(f"{name}: {str(error).splitlines()[0]}") from error
            block *= 8  # a row is larger than a block


def _header(file: BinaryIO, name: str, delimiter: str) -> tuple[str, list[str]]:
    start = file.read(2)
    if start in (b"\xff\xfe", b"\xfe\xff"):
        raise TableError(f"{name} is UTF-16; save it as UTF-8")
    file.seek(0)
    text = io.TextIOWrapper(file, "utf-8-sig", newline="")
    try:
        first = next((line for line in text if line.strip()), "")
        delimiter = _delimiter(first, delimiter)
        text.seek(0)
        rows = csv.reader(text, delimiter=delimiter, strict=True)
        columns = next((row for row in rows if row), [])
    except UnicodeDecodeError as error:
        raise undecodable(file, name) from error
    except csv.Error as error:
        raise TableError(f"{name}, line 1: the header cannot be read: {error}") from error
    finally:
        text.detach()  # the file is its opener's to close
    if any("\0" in column for column in columns):
        raise TableError(f"{name} is not a CSV file: its first line holds binary data")
    if not columns:
        raise TableError(f"{name} is empty; expected a header line and records")
    return delimiter, columns


def _delimiter(header: str, expected: str) -> str:
    if expected in header:
        return expected
    counts = {delimiter: header.count(delimiter) for delimiter in _DELIMITERS}
    most = max(counts, key=counts.__getitem__)
    return most if counts[most] else expected


def _check(file: BinaryIO, name: str, delimiter: str) -> None:
    state = csv_kernel.new_state()
    block = file.read(_BLOCK).removeprefix(b"\xef\xbb\xbf")
    while block and not state[csv_kernel.PROBLEM]:
        csv_kernel.scan_csv(np.frombuffer(block, np.uint8), ord(delimiter), state)
        block = file.read(_BLOCK)
    csv_kernel.end_of_file(state)
    line, start = state[csv_kernel.LINE], state[csv_kernel.RECORD_LINE]
    match int(state[csv_kernel.PROBLEM]):
        case csv_kernel.FIELDS:
            raise TableError(
                f"{name}, line {start}: the row has {_fields(state[csv_kernel.COLUMN])}, the "
                f"header has {state[csv_kernel.EXPECTED]}; quote values that hold {delimiter!r}"
            )
        case csv_kernel.OPEN:
            raise TableError(
                f"{name}, line {start}: a quote opens in this row and never closes; close it"
            )
        case csv_kernel.TEXT_AFTER_QUOTE:
            raise TableError(
                f"{name}, line {line}: text follows a closing quote; double the quotes inside a "
                "value"
            )


def _fields(count: int) -> str:
    return f"{count} field" if count == 1 else f"{count} fields"


def _read(file: BinaryIO, delimiter: str, columns: list[str], block: int) -> pa.Table:
    table = arrow_csv.read_csv(
        file,
        read_options=arrow_csv.ReadOptions(block_size=block),
        parse_options=arrow_csv.ParseOptions(delimiter=delimiter, newlines_in_values=True),
        convert_options=arrow_csv.ConvertOptions(
            column_types=dict.fromkeys(columns, pa.string()),
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=True,
        ),
    )
    return table.rename_columns(columns)
