"""Character 3-grams that two values or two records share, weighted by rarity.

Memory is bounded: 3-grams are hashed to 16 bits, and a record keeps its rarest ones. Up to a few
hundred thousand records, these are all of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from matchloop.data.records import Kind
from matchloop.data.statistics import Recorder
from matchloop.data.text import Strings
from matchloop.data.text.arrays import taken
from matchloop.data.views import Views
from matchloop.matching.comparing.base import Features, Positions
from matchloop.matching.comparing.gram_kernels import (
    add_squares,
    append_grams,
    compare_grams,
    count_grams,
    count_records,
    keep_rarest,
)
from matchloop.matching.comparing.slices import in_slices

__all__ = ["GramSets", "Grams", "RecordGrams"]

KEPT = 32_000_000
"""3-grams to keep per table: 64 MB (a convention)."""

LEAST = 24
"""Least 3-grams to keep per record, for any size of table (a convention)."""

Column = tuple[Strings, NDArray[np.int32]]

HASHES = 1 << 16  # values of a 3-gram's hash, so that it fits in uint16


@dataclass(frozen=True, slots=True, eq=False)
class GramSets:
    """The 3-grams of each record.

    Parameters
    ----------
    indptr
        Shape (records + 1,): record ``i`` has ``ids[indptr[i]:indptr[i + 1]]``.
    ids
        3-grams numbered from the rarest on, ascending, uint16.
    square
        Squared inverse document frequency of each number, in thousandths, shape (65,536,), int32.
    sums
        Sum of the squares per record, shape (records,).
    """

    indptr: NDArray[np.int64]
    ids: NDArray[np.uint16]
    square: NDArray[np.int32]
    sums: NDArray[np.int64]

    @classmethod
    def of(
        cls,
        columns: Sequence[Column],
        counts: NDArray[np.int32] | None = None,
        whole: Recorder | None = None,
        name: str = "",
    ) -> Self:
        """Build the sets of 3-grams of some columns together.

        Parameters
        ----------
        columns
            The strings of each column, and which of them each record has.
        counts
            Where the records are distinct values: in how many records each is.
        whole, name
            Statistics of the whole table, and the name of the columns there.
        """
        records = len(columns[0][1])
        counts = np.ones(records, np.int32) if counts is None else counts
        counted: list[NDArray[np.int64]] = []

        def count(start: int, stop: int) -> None:
            frequency = np.zeros(HASHES, np.int64)
            count_records(*_raw(columns, start, stop), counts[start:stop], frequency)
            counted.append(frequency)

        in_slices(records, count)
        frequency = np.sum(counted, axis=0) if counted else np.zeros(HASHES, np.int64)
        population = int(counts.sum())
        if whole is not None:
            frequency, population = whole.tallied(name, frequency), whole.population
        order = np.argsort(np.where(frequency == 0, population + 1, frequency), kind="stable")
        rank = np.empty(HASHES, np.uint16)
        rank[order] = np.arange(HASHES)
        most = max(LEAST, KEPT // max(population, 1))
        sizes = np.zeros(records, np.int64)
        kept: dict[int, NDArray[np.uint16]] = {}

        def keep(start: int, stop: int) -> None:
            kept[start] = keep_rarest(*_raw(columns, start, stop), rank, most, sizes[start:stop])

        in_slices(records, keep)
        indptr = np.concatenate((np.zeros(1, np.int64), np.cumsum(sizes)))
        joined = np.empty(indptr[-1], np.uint16)
        for start in sorted(kept):  # each part is freed before the next one is copied
            part = kept.pop(start)
            joined[indptr[start] : indptr[start] + len(part)] = part
        weight = np.log((1 + population) / (1.0 + frequency[order])) + 1
        square = (1000 * weight**2).astype(np.int32)
        return cls(indptr, joined, square, add_squares(indptr, joined, square))

    def take(self, rows: Positions) -> Self:
        """Keep the sets of some records."""
        indptr, places = taken(self.indptr, rows)
        return replace(self, indptr=indptr, ids=self.ids[places], sums=self.sums[rows])

    def cosine(self, left: Positions, right: Positions, out: Features) -> None:
        """Write the cosine of the weighted sets of each pair, shape (pairs,)."""
        compare_grams(self.indptr, self.ids, self.square, self.sums, left, right, out)


@dataclass(frozen=True, slots=True, eq=False)
class Grams:
    """Cosine of the character 3-grams weighted by rarity."""

    kinds: ClassVar[frozenset[Kind]] = frozenset({Kind.TEXT})
    of_values: ClassVar[bool] = True
    measures: ClassVar[tuple[str, ...]] = ("grams",)
    sets: GramSets

    @classmethod
    def plan(cls, views: Views, column: str) -> Self:
        """Prepare a column."""
        distinct = views.distinct(column)
        each = np.arange(len(distinct.counts), dtype=np.int32)
        columns = [(distinct.strings, each)]
        return cls(GramSets.of(columns, distinct.counts, views.recorder, f"grams of {column}"))

    def take(self, rows: Positions) -> Self:
        """Keep some values."""
        return replace(self, sets=self.sets.take(rows))

    def compare(self, left: Positions, right: Positions, out: Features) -> None:
        """Compare pairs."""
        self.sets.cosine(left, right, out[0])


@dataclass(frozen=True, slots=True, eq=False)
class RecordGrams:
    """The same over all columns of a record."""

    kinds: ClassVar[frozenset[Kind]] = frozenset(Kind)
    measures: ClassVar[tuple[str, ...]] = ("grams",)
    sets: GramSets

    @classmethod
    def plan(cls, views: Views) -> Self:
        """Prepare a table."""
        distinct = [views.distinct(column) for column in views.columns]
        columns = [(column.strings, column.number) for column in distinct]
        return cls(GramSets.of(columns, None, views.recorder, "grams"))

    def take(self, rows: Positions) -> Self:
        """Keep some records."""
        return replace(self, sets=self.sets.take(rows))

    def compare(self, left: Positions, right: Positions, out: Features) -> None:
        """Compare pairs."""
        self.sets.cosine(left, right, out[0])


def _raw(
    columns: Sequence[Column], start: int, stop: int
) -> tuple[NDArray[np.int64], NDArray[np.uint16]]:
    """Return the hashed 3-grams of some records, with repeats, as (indptr, hashes)."""
    counts = np.zeros(stop - start, np.int64)
    for strings, number in columns:
        count_grams(strings.offsets, strings.codes, number[start:stop], counts)
    indptr = np.concatenate((np.zeros(1, np.int64), np.cumsum(counts)))
    grams = np.empty(indptr[-1], np.uint16)
    ends = indptr[:-1].copy()
    for strings, number in columns:
        lists = (strings.offsets, strings.codes, strings.points, number[start:stop])
        append_grams(*lists, ends, grams)
    return indptr, grams
