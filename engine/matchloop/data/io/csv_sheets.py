"""Read CSV from spreadsheets: blank lines before the header, empty columns and rows."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from itertools import chain

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from matchloop.data.io.csv import delimiter_of, read_csv
from matchloop.data.io.encoding import OpenFile
from matchloop.errors import TableError, counted, some

__all__ = ["read_csv_sheet", "without_nothing"]

_EMPTY = ' \t\r\n,;|"\ufeff'
"""Characters of a line without any value."""

_NO_NAME = re.compile(r"[-+]?\d+([.,/:-]\d+)*|\S+@\S+\.\S+")
"""A number, a date or a mail address, which few columns are called."""

_SHOWN = 5


@dataclass(frozen=True, slots=True)
class _Head:
    """Lines before the header and with it, its fields, and those of the first row below it."""

    before: int
    through: int
    delimiter: str
    names: tuple[str, ...]
    first_row: int

    @property
    def fields(self) -> int:
        return len(self.names)


def read_csv_sheet(open_file: OpenFile, name: str, delimiter: str, notes: list[str]) -> pa.Table:
    """Read CSV as :func:`matchloop.data.io.csv.read_csv` does, without its empty parts.

    Left out are lines without a value before the header, columns with neither a name nor a value,
    and rows without any value. One column with values may have no name.

    Parameters
    ----------
    open_file, name, delimiter
        As for ``read_csv``.
    notes
        Takes a sentence on everything that was left out.

    Raises
    ------
    TableError
        As ``read_csv``; or several columns hold values and have no name.
    """
    head = _head(open_file, delimiter)
    table = None
    if head is not None and head.first_row > head.fields > 0:
        table = _without_fields_beyond(open_file, name, head)
        if table is not None:
            beyond = head.first_row - head.fields
            notes.append(
                f"every row ends in {counted(beyond, 'empty field')} that the "
                "header lacks; left out"
            )
    if table is None:
        table = read_csv(open_file, name, delimiter, skip=0 if head is None else head.before)
    return without_nothing(table, name, notes)


def without_nothing(table: pa.Table, name: str, notes: list[str]) -> pa.Table:
    """Return a table of text without nameless empty columns and rows without any value.

    Raises
    ------
    TableError
        Several columns hold values and have no name.
    """
    notes.extend(_header_is_record(table))
    return _without_blank_rows(_named(table, name, notes), notes)


def _head(open_file: OpenFile, delimiter: str) -> _Head | None:
    """Read the head of a file; None where it cannot be read: ``read_csv`` will raise the reason."""
    with open_file() as file:
        text = io.TextIOWrapper(file, "utf-8-sig", newline="")
        try:
            before, first = 0, ""
            for line in text:
                first = line
                if line.strip(_EMPTY):
                    break
                before += 1
            delimiter = delimiter_of(first, delimiter)
            rows = csv.reader(chain([first], text), delimiter=delimiter, strict=True)
            names = tuple(next(rows, []))
            through = before + rows.line_num
            below = next((row for row in rows if row), [])
            return _Head(before, through, delimiter, names, len(below))
        except (UnicodeDecodeError, csv.Error):
            return None
        finally:
            text.detach()  # the file is its opener's to close


def _without_fields_beyond(open_file: OpenFile, name: str, head: _Head) -> pa.Table | None:
    """Read a file all of whose rows have more fields than the header; None where these hold any."""
    places = [str(place) for place in range(head.first_row)]
    try:
        table = read_csv(open_file, name, head.delimiter, columns=places, skip=head.through)
    except TableError:
        return None  # rows of other lengths: read_csv names the first of them
    if any(column.null_count < len(column) for column in table.columns[head.fields :]):
        return None
    return table.select(places[: head.fields]).rename_columns(list(head.names))


def _named(table: pa.Table, name: str, notes: list[str]) -> pa.Table:
    unnamed = [at for at, column in enumerate(table.column_names) if not column.strip()]
    empty = [at for at in unnamed if table.column(at).null_count == table.num_rows]
    full = [at for at in unnamed if at not in empty]
    if len(full) > 1:
        values = [pc.drop_null(table.column(at))[0].as_py() for at in full]
        raise TableError(
            f"{name}: columns {_places(full)} have values ({some(values, 3)}) and no name in the "
            "header; name them or remove them, or remove the lines above the header"
        )
    if empty:
        are = "columns {} have" if len(empty) > 1 else "column {} has"
        notes.append(f"{are.format(_places(empty))} neither a name nor a value; left out")
        table = table.select([at for at in range(table.num_columns) if at not in empty])
    return table


def _header_is_record(table: pa.Table) -> list[str]:
    """Return a warning if the line of names looks like the first record of a file without names.

    One cell is no name, and one is a value of its column, or one less than the first value below.
    """
    names = [column.strip() for column in table.column_names]
    if table.num_rows == 0 or not any(map(_NO_NAME.fullmatch, names)):
        return []
    first = table.column(0)[0].as_py() or ""
    are_numbers = all(re.fullmatch(r"[0-9]{1,18}", cell) for cell in (names[0], first))
    counts_on = are_numbers and int(first) == int(names[0]) + 1
    if not counts_on and not any(
        name and pc.any(pc.equal(column, name)).as_py()
        for name, column in zip(names, table.columns, strict=True)
    ):
        return []
    return [
        f"the first line was taken for the names of the columns and looks like a record: "
        f"{some(names, 3)}; put a line of names above it"
    ]


def _places(columns: list[int]) -> str:
    return ", ".join(str(at + 1) for at in columns[:_SHOWN]) + ", ..." * (len(columns) > _SHOWN)


def _without_blank_rows(table: pa.Table, notes: list[str]) -> pa.Table:
    blank = np.ones(table.num_rows, np.bool_)
    for column in table.columns:
        if not blank.any():
            return table
        blank &= np.asarray(column.is_null())
    count = int(blank.sum())
    if count == 0 or count == len(blank):
        return table
    rows = _places(np.flatnonzero(blank)[: _SHOWN + 1].tolist())
    notes.append(
        f"{count:,} rows hold no value ({rows}); left out"
        if count > 1
        else f"row {rows} holds no value; left out"
    )
    return table.filter(pa.array(~blank))
