"""The keys of records to delete, as a table lists them."""

from __future__ import annotations

import pyarrow as pa

from matchloop.data.text import as_text
from matchloop.errors import TableError, counted, some

__all__ = ["keys_to_delete"]


def keys_to_delete(table: pa.Table, key: str, *, name: str) -> list[str]:
    """Return the keys that a table of deleted records lists.

    Parameters
    ----------
    table
        A table with the key column; its other columns do not count.
    key
        Name of the key column.
    name
        What errors call the table.

    Raises
    ------
    TableError
        The table lacks the column, or a row of it has no key.
    """
    if key not in table.column_names:
        raise TableError(
            f"{name} lacks the key column {key!r}; it has {some(table.column_names)}; give a "
            "table with the keys of the records to delete"
        )
    column = as_text(table.column(key))
    if column.null_count:
        lacking = counted(column.null_count, "row has", "rows have")
        raise TableError(f"{name}: {lacking} no {key!r}; leave them out, or fill the key in")
    keys: list[str] = column.to_pylist()
    return keys
