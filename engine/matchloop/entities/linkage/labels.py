"""Read labels whose keys are those of the tables before they were put under each other."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from matchloop.data.files import files_at
from matchloop.data.io import read_labels
from matchloop.data.io.csv import read_csv
from matchloop.data.labels import Labels
from matchloop.data.labels.pair_columns import pair_columns
from matchloop.data.text import as_text
from matchloop.entities.linkage.tables import LinkedTables
from matchloop.errors import LabelFileError

__all__ = ["TABLES", "read_link_labels"]

TABLES = ("left_table", "right_table")
"""Columns of a table of pairs that name the tables of the two keys."""


def read_link_labels(
    files: Sequence[str],
    linked: LinkedTables,
    *,
    labels_are: Literal["groups", "pairs"] | None = None,
) -> Labels | None:
    """Read labelling files and tables of labelled pairs, merged in their order.

    A pair names its records by the keys of their own tables: the left one is of the first table
    and the right one of the second, unless columns ``left_table`` and ``right_table`` name them.

    Parameters
    ----------
    files
        The files.
    linked
        The tables.
    labels_are
        As for :func:`matchloop.read_labels`.

    Returns
    -------
    Labels or None
        None where there are no files.

    Raises
    ------
    LabelFileError
        A file cannot be read, or no key of it is in a table.
    """
    records, labels = linked.records, None
    for path in files:
        read = partial(read_labels, key=records.key, labels_are=labels_are, records=records)
        table = read_csv(partial(files_at(path).open_input, path), path)
        pairs = pair_columns(table.column_names, records.key)
        if pairs is None:
            more = read(path)
        else:
            for place, column in enumerate((pairs.left, pairs.right)):
                keys = _stacked_keys(table, column, place, linked)
                table = table.set_column(table.column_names.index(column), column, keys)
            try:
                more = read(table)
            except LabelFileError as error:
                raise LabelFileError(f"{path}: {error}") from error
        labels = more if labels is None else labels.merged(more)
    return labels


def _stacked_keys(table: pa.Table, column: str, place: int, linked: LinkedTables) -> pa.StringArray:
    """Return the keys of a column as the stacked table has them; unknown ones stay."""
    keys = as_text(table[column])
    if TABLES[place] in table.column_names:
        sources = as_text(table[TABLES[place]])
    else:
        sources = pa.array([linked.sources[place]] * len(keys))
    both = pc.binary_join_element_wise(sources, keys, "\x1f")
    rows_of = as_text(linked.records.table[linked.records.source])
    stacked_rows = pc.binary_join_element_wise(rows_of, linked.keys, "\x1f")
    place_of = pc.index_in(both, value_set=stacked_rows)
    stacked = linked.records.keys.take(place_of)
    return pc.if_else(pa.array(np.asarray(place_of.is_valid())), stacked, keys)
