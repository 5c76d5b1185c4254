"""An inverted index: which records share which keys, and each record's nearest others."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray

from matchloop.blocking.kernels import fill_forward, fill_postings, nearest, pair_scores
from matchloop.blocking.order import Order
from matchloop.text import Tokens

__all__ = ["FULL", "Index", "Neighbours", "capped", "token_index", "value_index"]

FULL = 1 << 15  # a weight of 1, as an integer


@dataclass(frozen=True, slots=True, eq=False)
class Neighbours:
    """The nearest others of each record, best first, by canonical position.

    Parameters
    ----------
    others
        Shape (indexed, k): canonical positions, -1 where there are fewer.
    scores
        Shape (indexed, k): shared weight.
    """

    others: NDArray[np.int32]
    scores: NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class Index:
    """Keys of each record and records of each key, by canonical position.

    Parameters
    ----------
    indptr, keys, weights
        Record ``i`` has ``keys[indptr[i]:indptr[i + 1]]``, ascending, with integer weights.
    starts, members, member_weights
        Key ``k`` stands in records ``members[starts[k]:starts[k + 1]]``, ascending. Without
        ``member_weights`` a shared key counts its weight, with them the product of both.
    norms
        Shape (indexed,): what a record shares with itself, keys that are left out included.
    """

    indptr: NDArray[np.int64]
    keys: NDArray[np.int32]
    weights: NDArray[np.uint16]
    starts: NDArray[np.int64]
    members: NDArray[np.int32]
    member_weights: NDArray[np.uint16]
    norms: NDArray[np.float32]

    def nearest(self, order: Order, k: int) -> Neighbours:
        """Find the k records nearest to each."""
        records = len(order)
        others = np.full((records, k), -1, np.int32)
        scores = np.zeros((records, k), np.int32)
        step = max(1024, -(-records // 64))

        def work(first: int) -> None:
            nearest(
                first,
                min(first + step, records),
                self.indptr,
                self.keys,
                self.weights,
                self.starts,
                self.members,
                self.member_weights,
                order.low,
                order.high,
                k,
                others,
                scores,
            )

        with ThreadPoolExecutor(numba.get_num_threads()) as pool:
            list(pool.map(work, range(0, records, step)))
        return Neighbours(others, scores)

    def similarity(
        self, order: Order, left: NDArray[np.int32], right: NDArray[np.int32]
    ) -> NDArray[np.float32]:
        """Return the cosine of pairs of rows, shape (pairs,), in [0, 1]."""
        out = np.zeros(len(left), np.float32)
        step = 1 << 16

        def work(first: int) -> None:
            part = slice(first, first + step)
            shared = pair_scores(
                left[part],
                right[part],
                order.rank,
                self.indptr,
                self.keys,
                self.weights,
                len(self.member_weights) > 0,
            )
            norm = self.norms[order.rank[left[part]]] * self.norms[order.rank[right[part]]]
            out[part] = np.minimum(shared / np.sqrt(np.maximum(norm, 1.0)), 1.0)

        with ThreadPoolExecutor(numba.get_num_threads()) as pool:
            list(pool.map(work, range(0, len(left), step)))
        return out


def capped(sizes: NDArray[np.integer], visits: int) -> int:
    """Return the largest block size at which looking up all smaller blocks keeps to a budget.

    Parameters
    ----------
    sizes
        Shape (keys,): records per key.
    visits
        Posting visits in all; a block of ``s`` records costs ``s * s``.
    """
    if not len(sizes):
        return 2
    counts = np.bincount(sizes)
    size = np.arange(len(counts), dtype=np.float64)
    counts[:2] = 0
    cost = np.cumsum(counts * size * size)
    return max(2, int(np.searchsorted(cost, float(visits), "right")) - 1)


def value_index(
    blocks: list[tuple[NDArray[np.int32], NDArray[np.int64]]],
    records: int,
    norms: NDArray[np.float32],
) -> Index:
    """Build an index whose keys weigh the logarithm of their rarity."""
    members = np.concatenate([member for member, _ in blocks])
    offsets = np.cumsum([0, *(len(member) for member, _ in blocks)])
    ends = [end + offset for (_, end), offset in zip(blocks, offsets, strict=False)]
    starts = np.concatenate([np.zeros(1, np.int64), *ends])
    key_weights = rarity(np.diff(starts), records)
    none = np.zeros(0, np.uint16)
    indptr, keys, weights = fill_forward(starts, members, key_weights, none, records)
    return Index(indptr, keys, weights, starts, members, none, norms)


def rarity(sizes: NDArray[np.integer], records: int) -> NDArray[np.uint16]:
    """Return the information that sharing a block carries, in 1/256 bit; at least one bit."""
    bits = np.log2(records / np.maximum(sizes, 1).astype(np.float64))
    return np.clip(np.round(256 * np.maximum(bits, 1.0)), 1, 65_535).astype(np.uint16)


def token_index(tokens: Tokens, weights: NDArray[np.float64], order: Order, visits: int) -> Index:
    """Build an index of tokens with unit-length weights, common tokens left out.

    Parameters
    ----------
    tokens
        The tokens of each row.
    weights
        Shape (tokens in all records,): the weight of each, the squares of a record adding up
        to 1 at most.
    order
        Canonical order.
    visits
        Budget of posting visits.
    """
    whole = np.minimum(np.round(weights * FULL), 2 * FULL - 1).astype(np.uint16)
    lengths = np.diff(tokens.indptr)
    frequency = tokens.frequency
    if int((order.rank >= 0).sum()) < len(tokens):
        kept = np.repeat(order.rank >= 0, lengths)
        frequency = np.bincount(tokens.ids[kept], minlength=len(frequency)).astype(np.int32)
    used = (frequency > 1) & (frequency <= capped(frequency, visits))
    # Keys are numbered by the hash of the token, not by where it first stood.
    number = np.flatnonzero(used)
    number = number[np.argsort(tokens.hashes[number], kind="stable")]
    key_of = np.full(len(frequency), -1, np.int32)
    key_of[number] = np.arange(len(number), dtype=np.int32)
    sizes = frequency[number].astype(np.int64)
    starts, members, member_weights = fill_postings(
        tokens.indptr, tokens.ids, whole, order.rows, key_of, sizes
    )
    none = np.zeros(0, np.uint16)
    indptr, keys, forward = fill_forward(starts, members, none, member_weights, len(order))
    norms = np.full(len(order), float(FULL) ** 2, np.float32)
    return Index(indptr, keys, forward, starts, members, member_weights, norms)
