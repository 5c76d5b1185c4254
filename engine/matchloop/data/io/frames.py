"""Take tables from memory: pandas, Arrow, and any object with an Arrow stream."""

from __future__ import annotations

import sys
from typing import Any

import pyarrow as pa

from matchloop.errors import TableError, UsageError

__all__ = ["table_from", "without_views"]


def table_from(source: Any, key: str | None = None) -> pa.Table:
    """Return a table in memory as an Arrow table, without copying where the types allow.

    Parameters
    ----------
    source
        A pandas DataFrame, a pyarrow Table or RecordBatch, or any object with
        ``__arrow_c_stream__`` (a polars DataFrame, a duckdb relation).
    key
        The key column; a pandas index of that name becomes a column.

    Raises
    ------
    UsageError
        It is none of these.
    TableError
        A column has no Arrow type.
    """
    if isinstance(source, pa.Table):
        return source
    if isinstance(source, pa.RecordBatch):
        return pa.Table.from_batches([source])
    pandas = sys.modules.get("pandas")
    if pandas is not None and isinstance(source, pandas.DataFrame):
        return _from_pandas(source, key)
    try:
        if hasattr(source, "__arrow_c_stream__"):
            return pa.table(source)
        if hasattr(source, "__arrow_c_array__"):
            return pa.Table.from_batches([pa.record_batch(source)])
    except (pa.ArrowException, TypeError, ValueError) as error:
        reason = str(error).splitlines()[0]
        raise TableError(f"the {type(source).__name__} is not a table: {reason}") from error
    raise UsageError(
        f"records cannot be read from a {type(source).__name__}; give a path, a pandas DataFrame, "
        "an Arrow table, or an object with an Arrow stream (polars, duckdb)"
    )


def without_views(table: pa.Table) -> pa.Table:
    """Return a table whose view columns (polars, duckdb) become text: pyarrow cannot take views."""
    for place, field in enumerate(table.schema):
        if pa.types.is_string_view(field.type):
            plain = table.column(place).cast(pa.string())
            table = table.set_column(place, field.with_type(pa.string()), plain)
    return table


def _from_pandas(frame: Any, key: str | None) -> pa.Table:
    if key is not None and key not in frame.columns and frame.index.name == key:
        frame = frame.reset_index()
    names = [str(name) for name in frame.columns]
    arrays = [_array(frame.iloc[:, place], name) for place, name in enumerate(names)]
    if not arrays:
        return pa.table({})
    return pa.Table.from_arrays(arrays, names=names)


def _array(series: Any, name: str) -> pa.ChunkedArray | pa.Array:
    try:
        return pa.Array.from_pandas(series)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, OverflowError):
        pass  # values of several types, as objects: taken as text
    except UnicodeEncodeError as error:
        raise TableError(
            f"column {name!r} holds text that is no valid Unicode ({error.reason}); clean it first"
        ) from error
    missing = series.isna()
    text = series.astype(str).astype(object)
    try:
        return pa.Array.from_pandas(text.where(~missing, None), type=pa.string())
    except (pa.ArrowException, ValueError) as error:
        reason = str(error).splitlines()[0]
        raise TableError(f"column {name!r} cannot be read as text: {reason}") from error
