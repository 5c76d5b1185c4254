"""Load the table of a grid and its truth."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from matchloop.errors import InputError, some
from matchloop.evaluation import pairs_of_keys
from matchloop.io import read_records, read_table
from matchloop.records import Records
from matchloop.simulation.grid import TableSource
from matchloop.simulation.tasks import Task

__all__ = ["load_task"]


def load_task(source: TableSource, folder: Path) -> Task:
    """Read and prepare the table of a grid.

    Parameters
    ----------
    source
        Where it is.
    folder
        What relative paths are relative to: the folder of the grid's file.

    Raises
    ------
    InputError
        A file cannot be read, or the truth is not that of the table.
    """
    file = _placed(source.file, folder)
    columns = read_table(file).column_names
    kinds = dict(source.kinds)
    in_table = source.truth in columns
    if in_table:
        kinds[source.truth] = "ignore"
    records = read_records(file, key=source.key, source=source.source, kinds=kinds)
    if in_table:
        entities = _codes(records.table[source.truth])
    else:
        entities = _entities(records, _placed(source.truth, folder))
    return Task.of(source.name, records, entities)


def _placed(path: str, folder: Path) -> str:
    return path if "://" in path else str(folder / path)


def _entities(records: Records, path: str) -> NDArray[np.int64]:
    truth = read_table(path)
    names = truth.column_names
    if len(names) < 2:
        raise InputError(
            f"{path} has one column, {some(names)}; expected '{records.key}' and what each record "
            "is, or two columns of keys"
        )
    if records.key in names:
        at = pc.index_in(records.keys, value_set=truth[records.key].cast("string"))
        if at.null_count:
            missing = records.keys.filter(pc.is_null(at)).slice(0, 6).to_pylist()
            raise InputError(f"{path} lacks keys of the table: {some(missing)}; name every record")
        column = next(name for name in names if name != records.key)
        return _codes(truth[column])[np.asarray(at, np.int64)]
    left, right = (column.cast("string").to_pylist() for column in truth.columns[:2])
    pairs = pairs_of_keys(records, left, right)
    ones = np.ones(len(pairs[0]))
    edges = coo_array((ones, (pairs[0], pairs[1])), shape=(len(records), len(records)))
    return np.asarray(connected_components(edges, directed=False)[1], np.int64)


def _codes(column: pa.ChunkedArray) -> NDArray[np.int64]:
    """Number the values; every missing one is an entity of its own."""
    codes = column.cast("string").combine_chunks().dictionary_encode().indices
    numbers = np.asarray(codes.fill_null(-1), np.int64)
    missing = numbers < 0
    numbers[missing] = numbers.max(initial=-1) + 1 + np.arange(missing.sum())
    return numbers
