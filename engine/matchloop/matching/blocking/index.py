"""An inverted index: the keys of records, and the nearest neighbours of each record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matchloop.data.memory import UNLIMITED, Memory
from matchloop.data.text import Tokens
from matchloop.matching.blocking.kernels import (
    count_keys,
    fill_forward,
    fill_postings,
    nearest,
    shared_weights,
)
from matchloop.matching.blocking.order import Order
from matchloop.matching.blocking.threads import over_items, over_ranges

__all__ = ["Index", "as_similarity", "block_index", "forward", "token_index"]

FULL = 1 << 15  # a token weight of 1, as an integer
BIT = 256  # a block weight of one bit, as an integer
# Tokens in up to this share of the records count in a similarity, even if they are too frequent to
# look up. .02 to .2 are alike on tables of persons, products, films and restaurants. Without it,
# the similarity of ons_census_cis used 3 words per record, and blocking recall was .887. At 1,
# boilerplate of lspc_computers counts (recall falls from .971 to .923).
COUNTED = 0.05

DIRECT = 1 << 17
"""Records up to which those near a record are added up in one slot per record of the table: they
fit a cache. At 1,000,000 a hash table takes two thirds of the time; at 100,000 the same."""

RANGE, LEAST_RANGE = 1 << 20, 1 << 16  # records whose keys are collected at a time (a convention)


@dataclass(frozen=True, slots=True, eq=False)
class Index:
    """Keys of each record and records of each key, by canonical position.

    Parameters
    ----------
    indptr, keys, weights
        Record ``i`` has ``keys[indptr[i]:indptr[i + 1]]``, ascending, with integer weights.
    starts, members, member_weights
        Key ``k`` is in records ``members[starts[k]:starts[k + 1]]``, ascending. Without
        ``member_weights`` a shared key counts its weight, with them the product of both. The last
        keys may have no such list: they count in a similarity and are never looked up.
    whole
        The shared weight of a similarity of 1.
    """

    indptr: NDArray[np.int64]
    keys: NDArray[np.int32]
    weights: NDArray[np.uint16]
    starts: NDArray[np.int64]
    members: NDArray[np.int32]
    member_weights: NDArray[np.uint16]
    whole: float

    def nearest(
        self, order: Order, k: int, *, shared: bool = False
    ) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Find the k positions that share most weight with each, best first, -1 where fewer exist.

        Parameters
        ----------
        order
            Canonical order.
        k
            Positions per record.
        shared
            Whether to return the shared weights too.

        Returns
        -------
        tuple of NDArray
            The positions and the weights shared with them, shape (indexed, k) each; the latter
            empty unless ``shared``.
        """
        others = np.full((len(order), k), -1, np.int32)
        weights = np.zeros((len(order) if shared else 0, k), np.int32)
        lists = (self.indptr, self.keys, self.weights, self.starts, self.members)
        sides = (self.member_weights, order.low, order.high)
        over_ranges(
            lambda first, last: nearest(first, last, *lists, *sides, k, DIRECT, others, weights),
            len(order),
        )
        return others, weights

    def similarity(
        self, order: Order, left: NDArray[np.int32], right: NDArray[np.int32]
    ) -> NDArray[np.float32]:
        """Compute the similarity of pairs of rows, shape (pairs,), in [0, 1]."""
        shared = np.zeros(len(left), np.int32)
        lists = (order.rank, self.indptr, self.keys, self.weights, len(self.member_weights) > 0)

        def work(first: int, last: int) -> None:
            part = slice(first, last)
            shared_weights(left[part], right[part], *lists, shared[part])

        over_ranges(work, len(left))
        return as_similarity(shared, self.whole)


def as_similarity(shared: NDArray[np.integer], whole: float) -> NDArray[np.float32]:
    """Convert shared weights to similarities in [0, 1]; ``whole`` is the weight of 1."""
    return np.minimum(shared / np.float32(whole), np.float32(1.0))


def block_index(
    blocks: list[tuple[NDArray[np.int32], NDArray[np.int64]]],
    shares: Sequence[float],
    records: int,
    memory: Memory = UNLIMITED,
) -> Index:
    """Build an index of blocks, each weighing the bits of information that sharing it carries.

    Parameters
    ----------
    blocks
        Per kind of key, the members of its blocks, concatenated, and the end of each block. The
        list is emptied: the index is as large.
    shares
        Per kind of key, the factor on its bits: less than 1 where other kinds carry the same
        information.
    records
        Number of positions.
    memory
        Keeps the first half of the index while the second is computed.

    Returns
    -------
    Index
        The index. A similarity of 1 is enough information to identify one pair among all: twice
        ``log2(records)`` bits.
    """
    offsets = np.cumsum([0, *(len(member) for member, _ in blocks)])
    counts = np.cumsum([0, *(len(end) for _, end in blocks)])
    starts = np.zeros(counts[-1] + 1, np.int64)
    weights = np.empty(counts[-1], np.uint16)
    for kind, (_, end) in enumerate(blocks):
        starts[counts[kind] + 1 : counts[kind + 1] + 1] = end + offsets[kind]
        size = np.diff(end, prepend=0)
        of_size = np.log2(np.maximum(records / np.arange(1, size.max(initial=1) + 1), 2.0))
        weights[counts[kind] : counts[kind + 1]] = np.round(BIT * of_size * shares[kind])[size - 1]
    members = memory.keep(np.concatenate([member for member, _ in blocks]))
    blocks.clear()
    starts = memory.keep(starts)
    none = np.zeros(0, np.uint16)
    indptr, keys, of_record = forward(starts, members, weights, none, records)
    whole = 2 * BIT * float(np.log2(max(records, 2)))
    return Index(indptr, keys, of_record, starts, members, none, whole)


def token_index(tokens: Tokens, weights: NDArray[np.float64], order: Order, visits: int) -> Index:
    """Build an index of tokens whose similarity is the cosine of their weights.

    Parameters
    ----------
    tokens
        The tokens of each row.
    weights
        Shape (tokens of all rows,): the squares of a row sum to at most 1.
    order
        Canonical order.
    visits
        Budget of posting visits. A token of ``s`` records costs ``s * s`` visits. The most frequent
        tokens are never looked up, to stay within the budget. They still count in similarities if
        at most a twentieth of the records have them.
    """
    whole = np.round(weights * FULL).astype(np.uint16)
    frequency = tokens.frequency
    if len(order) < len(tokens):
        kept = np.repeat(order.rank >= 0, np.diff(tokens.indptr))
        frequency = np.bincount(tokens.ids[kept], minlength=len(frequency)).astype(np.int32)
    largest = _largest(frequency, visits)
    counted = max(largest, int(COUNTED * len(order)))
    used = np.flatnonzero((frequency > 1) & (frequency <= counted))
    # Numbered by hash, not by position, so that the order of rows does not matter; those that are
    # looked up come first.
    used = used[np.lexsort((tokens.hashes[used], frequency[used] > largest))]
    key_of = np.full(len(frequency), -1, np.int32)
    key_of[used] = np.arange(len(used), dtype=np.int32)
    starts, members, member_weights = fill_postings(
        tokens.indptr, tokens.ids, whole, order.rows, key_of, frequency[used].astype(np.int64)
    )
    none = np.zeros(0, np.uint16)
    indptr, keys, of_record = forward(starts, members, none, member_weights, len(order))
    starts = starts[: 1 + np.count_nonzero(frequency[used] <= largest)]
    members, member_weights = members[: starts[-1]].copy(), member_weights[: starts[-1]].copy()
    return Index(indptr, keys, of_record, starts, members, member_weights, float(FULL) ** 2)


def forward(
    starts: NDArray[np.int64],
    members: NDArray[np.int32],
    key_weights: NDArray[np.uint16],
    member_weights: NDArray[np.uint16],
    records: int,
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.uint16]]:
    """Invert postings (key to records).

    Every range of records reads all members, and writes to a part of the result that fits a cache.
    At 10,000,000 records this takes a third of the time of one range.

    Returns
    -------
    tuple of NDArray
        The keys of each record, ascending, and their weights, as in :class:`Index`.
    """
    step = records if records <= LEAST_RANGE else min(-(-records // 2), RANGE)
    ranges = [(first, min(first + step, records)) for first in range(0, records, max(step, 1))]
    indptr = np.zeros(records + 1, np.int64)
    over_items(lambda part: count_keys(*part, members, indptr[1:]), ranges)
    np.cumsum(indptr, out=indptr)
    keys = np.empty(len(members), np.int32)
    weights = np.empty(len(members), np.uint16)
    lists = (starts, members, key_weights, member_weights, indptr[:-1].copy(), keys, weights)
    over_items(lambda part: fill_forward(*part, *lists), ranges)
    return indptr, keys, weights


def _largest(sizes: NDArray[np.integer], visits: int) -> int:
    if not len(sizes):
        return 1
    counts = np.bincount(sizes)
    cost = np.cumsum(counts * np.square(np.arange(len(counts), dtype=np.float64)))
    return int(np.searchsorted(cost, float(visits), "right")) - 1
