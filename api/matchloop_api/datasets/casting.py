"""Cast values to the catalog's types; an error names each value that does not fit."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc

from matchloop.data.text import as_text
from matchloop.errors import TableError

__all__ = ["cast_column"]

_SHOWN = 5


def cast_column(
    column: pa.ChunkedArray, kind: pa.DataType, *, name: str, hive: str, where: str
) -> pa.ChunkedArray:
    """Return a column cast to another type.

    Parameters
    ----------
    column
        The values, as text or in the type of the file.
    kind, hive
        The new type, for Arrow and as the catalog names it.
    name, where
        The column and the file, for the message.

    Raises
    ------
    TableError
        Some values do not have that type; up to five are named with their rows.
    """
    if column.type == kind:
        return column
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if pa.types.is_nested(column.type) or pa.types.is_binary(column.type):
        raise TableError(f"{where}: column '{name}' holds {column.type}, the catalog has {hive}")
    if pa.types.is_string(kind):
        chunks = [as_text(chunk) for chunk in column.chunks]
        return pa.chunked_array(chunks, pa.string())
    chunks = []
    row = 0
    for chunk in column.chunks:
        try:
            chunks.append(_cast(chunk, kind))
        except pa.ArrowException:
            misfits = list(_misfits(chunk, kind, row))
            raise _misfit(misfits, name, hive, where) from None
        row += len(chunk)
    return pa.chunked_array(chunks, kind)


def _cast(values: pa.Array, kind: pa.DataType) -> pa.Array:
    if pa.types.is_large_string(values.type) or pa.types.is_string_view(values.type):
        values = values.cast(pa.string())
    if not pa.types.is_string(values.type):
        return _cast_typed(values, kind)
    values = pc.utf8_trim_whitespace(values)
    if pc.any(pc.equal(values, "")).as_py():
        values = pc.if_else(pc.equal(values, ""), pa.scalar(None, pa.string()), values)
    try:
        return values.cast(kind)
    except pa.ArrowInvalid:
        if pa.types.is_integer(kind):  # 1999.0, as spreadsheets write whole numbers
            return pc.replace_substring_regex(values, r"^\+?(-?\d+)(\.0*)?$", r"\1").cast(kind)
        if pa.types.is_timestamp(kind):  # with a zone
            return values.cast(pa.timestamp("us", "UTC")).cast(kind)
        if pa.types.is_floating(kind) or pa.types.is_decimal(kind):
            return pc.replace_substring_regex(values, r"^\+", "").cast(kind)
        raise


def _cast_typed(values: pa.Array, kind: pa.DataType) -> pa.Array:
    if pa.types.is_floating(values.type) and not pa.types.is_floating(kind):
        missing = pc.is_nan(values)  # of pandas, where there is no value
        values = pc.if_else(missing, pa.scalar(None, values.type), values)
    if pa.types.is_integer(values.type) and pa.types.is_decimal(kind):
        values = values.cast(
            pa.string()
        )  # Arrow compares the digits of the types, not of the values
    return values.cast(kind)


def _misfits(values: pa.Array, kind: pa.DataType, row: int) -> Iterator[tuple[int, str]]:
    """Yield the values that cannot be cast, found by bisection."""
    try:
        _cast(values, kind)
    except pa.ArrowException:
        if len(values) == 1:
            yield row + 1, str(values[0].as_py())
            return
        half = len(values) // 2
        count = 0
        for at in (0, half):
            part = values.slice(at, half if at == 0 else None)
            for misfit in _misfits(part, kind, row + at):
                yield misfit
                count += 1
                if count == _SHOWN + 1:
                    return


def _misfit(misfits: list[tuple[int, str]], name: str, hive: str, where: str) -> TableError:
    listed = ", ".join(f"'{value[:40]}' (row {row:,})" for row, value in misfits[:_SHOWN])
    more = ", ..." if len(misfits) > _SHOWN else ""
    return TableError(
        f"{where}: column '{name}' is {hive} in the catalog and holds {listed}{more}; "
        "correct the values, or make the column a string"
    )
