"""The rows of an identity folder: one file per run, the latest row of a key counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from matchloop.data.matches import RESULTS
from matchloop.data.text import as_text
from matchloop.errors import InputError, counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matchloop.data.records import Records
    from matchloop.entities.identity.batch import Batch
    from matchloop.entities.identity.state import State
    from matchloop.entities.identity.store import Head, Part, Writing

__all__ = ["current_rows", "written_part", "written_rows"]

FILES = 24
"""Files of rows before they are written as one; the first one of a batch's stays as it is."""


def current_rows(tables: Sequence[pa.Table], key: str, state: State) -> pa.Table:
    """Return the latest row of each record, in the order of the state's records.

    Raises
    ------
    InputError
        A record has no row.
    """
    latest_first = pa.concat_tables([table.slice(0) for table in reversed(tables)])
    # index_in gives the first of equal keys, which is that of the latest file
    at = pc.index_in(state.keys, value_set=as_text(latest_first.column(key)))
    if at.null_count:
        raise InputError(
            f"the identity folder has no row of {counted(at.null_count, 'record')}; restore it "
            "from a copy"
        )
    return latest_first.take(at).combine_chunks()


def written_rows(
    writing: Writing, base: Head | None, before: Records | None, batch: Batch
) -> tuple[Part, ...]:
    """Write the rows of a batch, or all rows where a column is new or has another type now.

    Returns
    -------
    tuple of Part
        All files of rows after the run.
    """
    table = batch.records.table
    table = table.drop_columns([name for name in RESULTS if name in table.column_names])
    earlier = () if base is None else base.rows
    stored = sum(part.count for part in earlier)
    fits = before is not None and before.table.schema.equals(table.schema)
    if fits and len(earlier) < FILES and stored < 2 * table.num_rows:
        return (*earlier, writing.table("rows", table.slice(batch.first)))
    return (writing.table("rows", table),)


def written_part(
    writing: Writing, room: str, earlier: tuple[Part, ...], table: pa.Table
) -> tuple[Part, ...]:
    """Write what a batch adds to some files, of which the later rows count.

    Returns
    -------
    tuple of Part
        All files after the run. When they are many, all but the first are put into one.
    """
    if table.num_rows == 0:
        return earlier
    if len(earlier) < FILES:
        return (*earlier, writing.table(room, table))
    # the latest first: readers take the first of equal keys
    later = [table, *(writing.store.table(part) for part in reversed(earlier[1:]))]
    return earlier[0], writing.table(room, pa.concat_tables(later))
