"""Blocks of records that share a word, or two near words, in one column or another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from matchloop.data.distinct import Distinct
from matchloop.data.views import Views
from matchloop.matching.blocking.conjunctions import Blocks, cut_blocks
from matchloop.matching.blocking.kernels import pack_words
from matchloop.matching.blocking.order import Order
from matchloop.matching.blocking.threads import over_items

__all__ = ["packed_words", "word_blocks"]

# All are limits of work or memory, and conventions.
WORDS = 24  # words of a cell that are looked up whatever the size of the table
PART = 1_000_000  # words to sort at a time, about: few enough for a cache
MOST_HALVINGS = 12  # of all hashes, into ranges of so many words
AT_ONCE = 64_000_000  # words in memory ...
SHARE = 8  # ... and under a limit their bytes are at most one of so many


def packed_words(
    column: Distinct, rank: NDArray[np.int32], bits: int, *, one_of: int = 1
) -> NDArray[np.uint64]:
    """Return ``hash << bits | position`` of the words and pairs of near words of a column.

    Parameters
    ----------
    column
        The values of the column.
    rank
        Position of each row, -1 where it has none.
    bits
        Bits of a position.
    one_of
        A power of two: of the hashes, the lowest range of so many equal ones is taken.
    """
    halvings = one_of.bit_length() - 1
    count = np.zeros(1, np.int64)
    _pack(column, rank, bits, halvings, 0, count, np.empty(0, np.uint64))
    packed = np.empty(count[0], np.uint64)
    if len(packed):
        _pack(column, rank, bits, halvings, 0, np.zeros(1, np.int64), packed)
    return packed


def word_blocks(views: Views, order: Order, bits: int, largest: int) -> list[Blocks]:
    """Return the blocks of words and pairs of near words, of at most ``largest`` records.

    All words are hashed once to count those of each range of hashes, and once more for every
    :data:`AT_ONCE` of them. The words of a range are sorted together.
    """
    memory = views.records.memory
    columns = [views.distinct(column) for column in views.columns]
    characters = sum(column.characters for column in columns)
    halvings = min(MOST_HALVINGS, (characters // (2 * PART)).bit_length())
    counts = np.zeros((len(columns), 1 << halvings), np.int64)
    nothing = np.empty(0, np.uint64)
    over_items(
        lambda at: _pack(columns[at], order.rank, bits, halvings, 0, counts[at], nothing),
        range(len(columns)),
    )
    most = AT_ONCE if memory.limit is None else min(AT_ONCE, memory.limit // (8 * SHARE))
    blocks = []
    for first, last in _waves(counts.sum(axis=0), most):
        ranges = _packed_ranges(columns, order.rank, bits, halvings, first, counts[:, first:last])
        cut = over_items(
            lambda part: cut_blocks(part, bits, largest, len(order), order.rank)[0], ranges
        )
        blocks.append(memory.keep(_concatenated(cut)))
    return blocks


def _packed_ranges(
    columns: Sequence[Distinct],
    rank: NDArray[np.int32],
    bits: int,
    halvings: int,
    first: int,
    counts: NDArray[np.int64],
) -> list[NDArray[np.uint64]]:
    """Return the words of each range from ``first`` on; ``counts`` has a row per column."""
    sizes = counts.T  # in memory range by range, and column by column inside a range
    stops = np.cumsum(sizes).reshape(sizes.shape)
    ends = np.ascontiguousarray((stops - sizes).T)
    packed = np.empty(stops[-1, -1], np.uint64)
    over_items(
        lambda at: _pack(columns[at], rank, bits, halvings, first, ends[at], packed),
        range(len(columns)),
    )
    return np.split(packed, stops[:-1, -1])


def _pack(
    column: Distinct,
    rank: NDArray[np.int32],
    bits: int,
    halvings: int,
    first: int,
    ends: NDArray[np.int64],
    packed: NDArray[np.uint64],
) -> None:
    """Write the words of a column whose hashes are in some ranges; see :func:`pack_words`."""
    text = column.strings
    lists = (text.offsets, text.codes, text.points, text.unspaced, column.number, rank)
    pack_words(*lists, bits, WORDS, np.uint64(64 - bits - halvings), first, ends, packed)


def _waves(sizes: NDArray[np.int64], most: int) -> Iterator[tuple[int, int]]:
    """Group neighbouring ranges into waves of at most ``most`` words, or of one range."""
    first = 0
    while first < len(sizes):
        reach = np.cumsum(sizes[first:])
        last = first + max(1, int(np.searchsorted(reach, most, "right")))
        if reach[last - first - 1]:
            yield first, last
        first = last


def _concatenated(blocks: list[Blocks]) -> Blocks:
    offsets = np.cumsum([0, *(len(members) for members, _ in blocks)])
    ends = [end + offset for (_, end), offset in zip(blocks, offsets, strict=False)]
    return np.concatenate([members for members, _ in blocks]), np.concatenate(ends)
