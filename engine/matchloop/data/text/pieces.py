"""Words and numbers of a column in order, cut where letters and digits meet."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from matchloop.data.text.arrays import buffers, taken
from matchloop.data.text.codes import Strings
from matchloop.data.text.piece_kernels import (
    count_pieces,
    count_records,
    cut_pieces,
    mark_decimals,
    measure_pieces,
)
from matchloop.data.text.tokens import numbered_in_order
from matchloop.data.text.units import Dimension, hashed, units

__all__ = ["Pieces", "pieces"]

_ROMAN = "ii iii iv vi vii viii ix xi xii xiii xiv xv xvi xvii xviii xix xx"
_NUMERAL = "2 3 4 6 7 8 9 11 12 13 14 15 16 17 18 19 20"
_MEASURED = (
    Dimension.MASS, Dimension.LENGTH, Dimension.VOLUME,
    Dimension.DATA, Dimension.FREQUENCY, Dimension.POWER,
)  # fmt: skip
_NO_UNITS = ("in", "t", "b", "hp")  # more often words or names than units (a convention)


@dataclass(frozen=True, slots=True, eq=False)
class Pieces:
    """The pieces of each string, in order.

    Parameters
    ----------
    strings
        The strings that the pieces are cut from.
    indptr
        Shape (strings + 1,): string ``i`` has the pieces ``indptr[i]`` to ``indptr[i + 1]``.
    ids
        Shape (pieces,): number of each piece, the same for equal words and numbers.
    starts, lengths
        Shape (pieces,): the characters of each piece, in ``strings.codes``.
    joined
        Shape (pieces,): number of the word that this piece and the next form together, or -1.
    quantity, covers
        Shape (pieces,): the quantity that starts here in its base unit, 0 for none; the number of
        its pieces.
    frequency
        Shape (vocabulary,): number of records with each piece.
    is_number
        Shape (vocabulary,): whether it is a number.
    hashes
        Shape (vocabulary,): the hash of each piece by :func:`matchloop.data.text.units.hashed`.
    """

    strings: Strings
    indptr: NDArray[np.int64]
    ids: NDArray[np.int32]
    starts: NDArray[np.int32]
    lengths: NDArray[np.int32]
    joined: NDArray[np.int32]
    quantity: NDArray[np.int64]
    covers: NDArray[np.int8]
    frequency: NDArray[np.int64]
    is_number: NDArray[np.bool_]
    hashes: NDArray[np.uint64]

    def __len__(self) -> int:
        return len(self.indptr) - 1

    def take(self, rows: NDArray[np.integer]) -> Pieces:
        """Return the pieces of some strings, numbered anew in the same order."""
        indptr, places = taken(self.indptr, rows)
        strings = self.strings.take(rows)
        moved = np.repeat(strings.offsets[:-1] - self.strings.offsets[rows], np.diff(indptr))
        ids, joined = self.ids[places], self.joined[places]
        used = np.union1d(ids, joined[joined >= 0])
        return Pieces(
            strings, indptr, np.searchsorted(used, ids).astype(np.int32),
            (self.starts[places] + moved).astype(np.int32), self.lengths[places],
            np.where(joined >= 0, np.searchsorted(used, joined), -1).astype(np.int32),
            self.quantity[places], self.covers[places],
            self.frequency[used], self.is_number[used], self.hashes[used],
        )  # fmt: skip


def pieces(
    strings: Strings, written: pa.StringArray, counts: NDArray[np.int32] | None = None
) -> Pieces:
    """Cut strings into words and numbers.

    ``Audition2`` is cut like ``Audition 2``, ``v17`` like ``17``; ``ii`` after a word is 2.

    Parameters
    ----------
    strings
        The folded values of a column, or its distinct values.
    written
        The values before folding, which removes decimal marks, shape (strings,).
    counts
        In how many records each string is, shape (strings,); one where left out.
    """
    indptr = np.zeros(len(strings) + 1, np.int64)
    count_pieces(strings.offsets, strings.codes, strings.unspaced, indptr)
    count = int(indptr[-1])
    starts, lengths = np.empty(count, np.int32), np.empty(count, np.int32)
    hashes, joined = np.empty(count, np.uint64), np.empty(count, np.uint64)
    digit = np.empty(count, np.bool_)
    cut_pieces(
        strings.offsets, strings.codes, strings.points, strings.unspaced, indptr, *_romans(),
        starts, lengths, hashes, joined, digit,
    )  # fmt: skip
    ids, distinct, is_number = numbered_in_order(hashes, digit)
    decimals = np.zeros(count, np.int8)
    mark_decimals(*buffers(written)[:2], indptr, strings.codes, starts, decimals)
    quantity, covers = np.zeros(count, np.int64), np.zeros(count, np.int8)
    measure_pieces(
        indptr, strings.codes, starts, lengths, hashes, digit, decimals, *_units(), quantity, covers
    )
    frequency = np.zeros(len(distinct), np.int64)
    records = np.ones(len(strings), np.int32) if counts is None else counts
    count_records(indptr, ids, records, frequency)
    return Pieces(
        strings, indptr, ids, starts, lengths, _numbers_of(joined, distinct), quantity, covers,
        frequency, is_number, distinct,
    )  # fmt: skip


def _numbers_of(joined: NDArray[np.uint64], distinct: NDArray[np.uint64]) -> NDArray[np.int32]:
    """Return the number of each hash in a vocabulary, -1 where it is absent."""
    numbers = np.full(len(joined), -1, np.int32)
    filled = np.flatnonzero(joined)
    if len(filled) == 0:
        return numbers
    order = np.argsort(distinct)
    place = np.minimum(np.searchsorted(distinct[order], joined[filled]), len(order) - 1)
    number = order[place]
    numbers[filled] = np.where(distinct[number] == joined[filled], number, -1)
    return numbers


@cache
def _romans() -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    pairs = sorted(
        (hashed(roman), hashed(numeral))
        for roman, numeral in zip(_ROMAN.split(), _NUMERAL.split(), strict=True)
    )
    return np.array([a for a, _ in pairs], np.uint64), np.array([b for _, b in pairs], np.uint64)


@cache
def _units() -> tuple[NDArray[np.uint64], NDArray[np.uint8], NDArray[np.float64]]:
    tables = units()
    words = np.array([hashed(word) for word in _NO_UNITS], np.uint64)
    is_measured = np.isin(tables.dimension, [int(dimension) for dimension in _MEASURED])
    kept = is_measured & ~np.isin(tables.hashes, words)
    return tables.hashes[kept], tables.dimension[kept], tables.scale[kept]
