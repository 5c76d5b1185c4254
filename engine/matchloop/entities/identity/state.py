"""The state of stable ids: which record has which id, and what became of every id."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from matchloop.errors import InputError

__all__ = ["IDS", "RECORDS", "Resolution", "State", "Status"]

Ids = NDArray[np.int64]

RECORDS = pa.schema(
    [
        ("key", pa.string()),
        ("match_id", pa.int64()),
        ("content_hash", pa.binary(16)),
        ("since", pa.int64()),
    ]
)
"""Columns of the records; ``since`` is the run that gave the record its id."""

IDS = pa.schema(
    [
        ("match_id", pa.int64()),
        ("status", pa.string()),
        ("into", pa.list_(pa.int64())),
        ("since", pa.int64()),
    ]
)
"""Columns of the ids; ``since`` is the run that gave the id its status."""


class Status(StrEnum):
    """What became of an id."""

    ACTIVE = "active"  # records have it
    MERGED = "merged"  # all of its records went to one other id
    SPLIT = "split"  # its records went to several other ids
    RETIRED = "retired"  # all of its records were deleted


@dataclass(frozen=True, slots=True)
class Resolution:
    """The groups that hold the records of an earlier id now.

    Parameters
    ----------
    match_id
        The id in question.
    status
        Whether it is active, or how it ended.
    active
        The ids of the groups that hold its records now, ascending: the id itself, one survivor,
        the parts of a split, or none.
    """

    match_id: int
    status: Status
    active: tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """All ids after a run. States never change; a run makes another one.

    Parameters
    ----------
    records
        One row per record, columns as in :data:`RECORDS`.
    ids
        One row per id that any group ever had, ascending, columns as in :data:`IDS`.
    next_id
        Lowest id that no group has had.
    run
        Number of the run that made the state; 0 before the first one.
    """

    records: pa.Table
    ids: pa.Table
    next_id: int = 0
    run: int = 0

    @classmethod
    def empty(cls) -> State:
        """Return the state before the first run."""
        return cls(RECORDS.empty_table(), IDS.empty_table())

    @classmethod
    def of(cls, keys: pa.StringArray, match_id: Ids, content: pa.Array, next_id: int) -> State:
        """Return the state that a table of an earlier run stands for, all of its ids active.

        Parameters
        ----------
        keys, match_id, content
            Key, id and content hash of each record, shape (records,).
        next_id
            Lowest id that no group has had, at least; ids of the table count in any case.
        """
        count, ids = len(keys), np.unique(match_id)
        records = pa.table(
            [keys, pa.array(match_id), content, pa.array(np.zeros(count, np.int64))], schema=RECORDS
        )
        blank = pa.ListArray.from_arrays(
            pa.array(np.zeros(len(ids) + 1, np.int32)), pa.array([], pa.int64())
        )
        status = pa.array([Status.ACTIVE.value] * len(ids), pa.string())
        since = pa.array(np.zeros(len(ids), np.int64))
        table = pa.table([pa.array(ids), status, blank, since], schema=IDS)
        return cls(records, table, max(next_id, int(match_id.max(initial=-1)) + 1))

    def changed(self, records: Sequence[pa.Table], ids: Sequence[pa.Table]) -> State:
        """Return the state with later records and ids put over it.

        Parameters
        ----------
        records
            Tables of records in their order; one without an id was deleted.
        ids
            Tables of ids in their order.
        """
        table, of_ids = self.records, self.ids
        if records:
            table = _latest([table, *records], "key")
            table = table.filter(pc.is_valid(table.column("match_id")))
        if ids:
            of_ids = _latest([of_ids, *ids], "match_id").sort_by("match_id")
        return State(table.combine_chunks(), of_ids.combine_chunks(), self.next_id, self.run)

    @property
    def keys(self) -> pa.StringArray:
        """Key of each record."""
        return self.records.column("key").combine_chunks()

    @property
    def match_id(self) -> Ids:
        """Id of each record."""
        return np.asarray(self.records.column("match_id").combine_chunks(), np.int64)

    def resolve(self, match_id: int) -> Resolution:
        """Find the groups that hold the records of an id now.

        Raises
        ------
        InputError
            No group ever had the id.
        """
        row = self._row(match_id)
        if row is None:
            raise InputError(f"no group ever had the id {match_id}; ids are below {self.next_id}")
        status = Status(self.ids.column("status")[row].as_py())
        active: set[int] = set()
        open_ids, seen = [match_id], {match_id}
        while open_ids:  # ends: an id only leads to ids that lost their records in a later run
            current = open_ids.pop()
            at = self._row(current)
            if at is None:
                continue
            if self.ids.column("status")[at].as_py() == Status.ACTIVE:
                active.add(current)
            following = self.ids.column("into")[at].as_py()
            open_ids += [other for other in following if other not in seen]
            seen.update(following)
        return Resolution(match_id, status, tuple(sorted(active)))

    def _row(self, match_id: int) -> int | None:
        numbers = np.asarray(self.ids.column("match_id").combine_chunks(), np.int64)
        row = int(np.searchsorted(numbers, match_id))
        return row if row < len(numbers) and numbers[row] == match_id else None


def _latest(tables: Sequence[pa.Table], column: str) -> pa.Table:
    """Return the last row of each value of a column, in the order of their first rows."""
    values = pa.chunked_array([chunk for table in tables for chunk in table.column(column).chunks])
    latest_first = pa.concat_tables([table.slice(0) for table in reversed(tables)])
    # index_in gives the first of equal values; inside a table each is there once
    return latest_first.take(pc.index_in(pc.unique(values), latest_first.column(column)))
