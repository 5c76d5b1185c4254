"""Propose a key column for a table without a named one, or number its rows."""

from __future__ import annotations

import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from matchloop.data.kinds import infer_kind
from matchloop.data.matches import RESULTS
from matchloop.data.records import Kind
from matchloop.data.text import as_text
from matchloop.data.text.phones import are_phones

__all__ = ["ROW", "with_key"]

ROW = "row"
"""Name of the column of row numbers, where the table has no column of that name."""

_FEWEST = 5
"""Rows from which on rising numbers are no accident."""

_PROPOSED = (
    "the key is {!r}: it has a value in every row and none twice (--key names another column)"
)

_CODE = r"^[A-Za-z0-9]+([-_/][A-Za-z0-9]+)*$"
_UNLIKE = (Kind.DATE, Kind.LOCATION, Kind.TEXT)


def with_key(table: pa.Table) -> tuple[pa.Table, str, str]:
    """Return a table, the column to identify its records by, and a sentence on it.

    A column is proposed if it has no gaps and repeats, its values are whole numbers or codes, and
    it counts the rows (its values rise) or is the first column. Names and titles that happen to
    differ in every row are never proposed: they are needed to match records. Without such a column
    the rows are numbered in a new first column.
    """
    for at, name in enumerate(table.column_names):
        if not name.strip() or name in RESULTS or table.column_names.count(name) > 1:
            continue
        if _identifies(table.column(at), is_first=at == 0):
            return table, name, _PROPOSED.format(name)
    name, number = ROW, 2
    while name in table.column_names:
        name, number = f"{ROW} {number}", number + 1
    rows = pa.array(np.arange(1, table.num_rows + 1))
    return (
        table.add_column(0, name, rows),
        name,
        f"no column identifies the records; {name!r} numbers them and is the key (--key names "
        "another column)",
    )


def _identifies(column: pa.ChunkedArray, *, is_first: bool) -> bool:
    if column.null_count or not len(column) or not _has_text(column.type):
        return False
    text = as_text(column)
    if not pc.all(pc.match_substring_regex(text, _CODE)).as_py():
        return False
    if pc.count_distinct(text).as_py() < len(text):
        return False
    if not pc.all(pc.match_substring_regex(text, r"\d")).as_py():
        return False
    if len(text) >= _FEWEST and _rises(text):
        return True
    return is_first and infer_kind(text) not in _UNLIKE and not are_phones(text, 0.5)


def _has_text(kind: pa.DataType) -> bool:
    return bool(
        pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_integer(kind)
    )


def _rises(text: pa.StringArray) -> bool:
    """Tell whether each value is above the one before; numbers inside count as numbers."""
    before: tuple[object, ...] | None = None
    for value in text.to_pylist():
        now = tuple(
            (piece, 0) if at % 2 == 0 else ("", int(piece))
            for at, piece in enumerate(re.split(r"(\d+)", value))
        )
        if before is not None and now <= before:
            return False
        before = now
    return True
