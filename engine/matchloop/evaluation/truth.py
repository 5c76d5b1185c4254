"""Read what is true of a table, given beside it."""

from __future__ import annotations

import os
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from matchloop.errors import InputError, some
from matchloop.evaluation.partitions import groups_of_pairs, pairs_of_keys
from matchloop.io import read_table
from matchloop.records import Records
from matchloop.text import as_text

__all__ = ["GivenTruth", "groups_by_key", "number_groups", "read_truth"]


@dataclass(frozen=True, slots=True, eq=False)
class GivenTruth:
    """What is true of a table.

    Parameters
    ----------
    groups
        Entity of each record, shape (records,): those told, or the connected components of the
        pairs told.
    pairs
        The pairs told, as two arrays of row positions; None where entities were told.
    """

    groups: NDArray[np.int64]
    pairs: tuple[NDArray[np.int64], NDArray[np.int64]] | None = None


def read_truth(path: str | os.PathLike[str], records: Records) -> GivenTruth:
    """Read a table with the key column and an entity, or with two columns of keys that match.

    Parameters
    ----------
    path
        Any table that :func:`matchloop.read_records` reads. With the key column, the first other
        one says what each record is; without it, the first two are pairs of keys.
    records
        What it is the truth of.

    Raises
    ------
    TableError
        The file cannot be read.
    InputError
        It is the truth of another table, or has one column only.
    """
    name = os.fspath(path)
    table = read_table(name)
    columns = table.column_names
    if len(columns) < 2:
        raise InputError(
            f"{name} has one column, {some(columns)}; expected '{records.key}' and what each "
            "record is, or two columns of keys"
        )
    if records.key in columns:
        entity = next(column for column in columns if column != records.key)
        return GivenTruth(groups_by_key(records, table, entity, name=name))
    left, right = (as_text(column).to_pylist() for column in table.columns[:2])
    pairs = pairs_of_keys(records, left, right)
    return GivenTruth(groups_of_pairs(pairs, len(records)), pairs)


def groups_by_key(
    records: Records, table: pa.Table, column: str, *, name: str
) -> NDArray[np.int64]:
    """Return the group of each record from a table with the key and a column of groups.

    Parameters
    ----------
    records
        What to group.
    table
        A row for each of them, in any order; other rows are ignored.
    column
        Equal values are a group; a record without one is alone.
    name
        What to call the table in an error.

    Raises
    ------
    InputError
        A record is missing; up to five are named.
    """
    at = pc.index_in(records.keys, value_set=as_text(table[records.key]))
    if at.null_count:
        missing = records.keys.filter(pc.is_null(at))
        raise InputError(
            f"{name} lacks {len(missing):,} keys of the table: "
            f"{some(missing[:6].to_pylist())}; name every record of it"
        )
    return number_groups(table[column])[np.asarray(at, np.int64)]


def number_groups(column: pa.ChunkedArray) -> NDArray[np.int64]:
    """Number the values of a column; every missing one is a group of its own."""
    codes = as_text(column).dictionary_encode().indices
    numbers = np.asarray(codes.fill_null(-1), np.int64)
    missing = numbers < 0
    numbers[missing] = numbers.max(initial=-1) + 1 + np.arange(missing.sum())
    return numbers
