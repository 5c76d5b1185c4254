"""The keys of records: values, conjunctions of common values, words; the same in every table."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from matchloop.data.views import Views
from matchloop.matching.blocking.conjunctions import JOINED
from matchloop.matching.blocking.key_kernels import ROW_BITS, joined, tagged
from matchloop.matching.blocking.word_blocks import packed_words

__all__ = [
    "CONTENT",
    "MOST_ROWS",
    "Taker",
    "WORD",
    "content_entries",
    "part_name",
    "value_keys",
    "walk_keys",
]

Keys = NDArray[np.uint64]
Mask = NDArray[np.bool_]

MOST_ROWS = 1 << ROW_BITS
"""Rows of a table whose entries fit into 64 bits."""

WORD = "words"
CONTENT = "content"


class Taker(Protocol):
    """What is done with the entries of each kind of key, in :func:`walk_keys`."""

    def take(self, name: str, entries: Keys) -> Mask:
        """Take the entries of one kind of key, in any order.

        Returns
        -------
        numpy.ndarray
            Shape (rows,): whether the key of a row is so common that it may join another.
        """
        ...

    def joinable(self, size: int) -> Sequence[int]:
        """Return the columns whose common values are joined ``size`` at a time, ascending."""
        ...


def value_keys(views: Views) -> Keys:
    """Return the key of each value, shape (columns, rows), 0 where missing."""
    return np.stack(
        [
            tagged(views.distinct(column).hashes(), number + 1)
            for number, column in enumerate(views.columns)
        ]
    )


def walk_keys(views: Views, values: Keys, rows: Mask, taker: Taker) -> None:
    """Give the entries of a table to a taker, one kind of key after another.

    Parameters
    ----------
    views
        The table.
    values
        What :func:`value_keys` returned for it.
    rows
        Whether a row has entries at all, shape (rows,).
    taker
        Takes the entries. A conjunction of values is given only for rows of which every part is
        common, as in :func:`matchloop.matching.blocking.conjunctions.joint_blocks`.
    """
    common: dict[tuple[int, ...], Mask] = {}
    for number in range(len(values)):
        present = np.flatnonzero(rows & (values[number] > 0)).astype(np.uint64)
        entries = (values[number][present] << np.uint64(ROW_BITS)) | present
        common[number,] = taker.take(part_name((number,)), entries)
    before = common
    for size in range(2, JOINED + 1):
        masks = {}
        for columns in combinations(taker.joinable(size), size):
            parts = list(combinations(columns, size - 1))
            if any(part not in before for part in parts):
                continue
            everywhere = np.flatnonzero(np.logical_and.reduce([before[part] for part in parts]))
            if len(everywhere) == 0:
                continue
            entries = joined(values, np.array(columns), everywhere)
            mask = taker.take(part_name(columns), entries)
            if mask.any():
                masks[columns] = mask
        before = masks
    taker.take(WORD, _word_entries(views, rows))


def content_entries(values: Keys) -> Keys:
    """Return the sorted entries of whole records, by their keys in all columns."""
    rows = np.flatnonzero((values > 0).any(axis=0))
    entries = joined(values, np.arange(len(values)), rows)
    entries.sort()
    return np.asarray(entries, np.uint64)


def part_name(columns: tuple[int, ...]) -> str:
    """Return the name of the keys of some columns together."""
    return "values " + " ".join(map(str, columns))


def _word_entries(views: Views, rows: Mask) -> Keys:
    rank = np.where(rows, np.arange(len(views)), -1).astype(np.int32)
    columns = (views.distinct(column) for column in views.columns)
    return np.concatenate([packed_words(column, rank, ROW_BITS) for column in columns])
