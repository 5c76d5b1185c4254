"""Escape values that a spreadsheet would run as formulas when it opens a CSV file."""

from __future__ import annotations

import os
from collections.abc import Collection

import pyarrow as pa
import pyarrow.compute as pc

from matchloop.data.io.formats import format_of
from matchloop.errors import OutputError

__all__ = ["escape_formulas", "is_spreadsheet"]

# The characters that Excel, LibreOffice and Google Sheets begin a formula with; a tab or carriage
# return before them is skipped. Signed digits with nothing to call or to add are none, and stay.
_FORMULA = r"(?s)^(?:[=@\t\r]|[+-].*[^\d.,%\s()/])"
_TEXT = pa.scalar("'", pa.large_string())
_NOTHING = pa.scalar("", pa.large_string())


def escape_formulas(table: pa.Table, *, keep: Collection[str] = ()) -> pa.Table:
    """Put an apostrophe before each value that a spreadsheet would take for a formula.

    Parameters
    ----------
    table
        The table; only columns of text can hold a formula.
    keep
        Columns that stay as they are, such as the key by which a label file is read back.

    Returns
    -------
    pa.Table
        The table with the same columns. ``=1+1`` is ``'=1+1``; ``-5`` and ``+49 30 1`` stay.
    """
    for at, field in enumerate(table.schema):
        if field.name in keep or not _holds_text(field.type):
            continue
        column = table.column(at).cast(pa.large_string())
        escaped = pc.binary_join_element_wise(_TEXT, column, _NOTHING)
        chosen = pc.if_else(pc.match_substring_regex(column, _FORMULA), escaped, column)
        table = table.set_column(at, field.name, chosen)
    return table


def _holds_text(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def is_spreadsheet(path: str | os.PathLike[str]) -> bool:
    """Tell whether a path has a suffix of CSV, which spreadsheets open."""
    return format_of(os.fspath(path), OutputError).name in ("csv", "tsv")
