"""One order of the records that does not depend on how their rows stand in the table."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matchloop.blocking.kernels import hash_values
from matchloop.text import encode
from matchloop.views import Views

__all__ = ["COPIES", "Order", "copies_linked", "ordered"]

COPIES = 5  # of identical records this many are looked up; the others hang on them


@dataclass(frozen=True, slots=True, eq=False)
class Order:
    """Canonical positions: by source, then by content, then by key.

    Parameters
    ----------
    rows
        Shape (indexed,): the row that stands at each canonical position. Records without any
        value, and copies beyond the fifth of one record, have no position.
    rank
        Shape (records,): the canonical position of each row, -1 where it has none.
    low, high
        Shape (indexed,): the range of positions of the record's own source; empty when there are
        no sources.
    chain
        Shape (links, 2): rows of identical records, linked so that all copies hang together.
    hashes
        Per column, the hash of each value by canonical position; 0 where missing.
    """

    rows: NDArray[np.int32]
    rank: NDArray[np.int32]
    low: NDArray[np.int32]
    high: NDArray[np.int32]
    chain: NDArray[np.int32]
    hashes: list[NDArray[np.uint64]]

    def __len__(self) -> int:
        return len(self.rows)


def ordered(views: Views) -> Order:
    """Bring the records of a table into canonical order."""
    records = len(views)
    hashes = []
    content = np.zeros(records, np.uint64)
    missing = np.ones(records, np.bool_)
    for number, column in enumerate(views.columns):
        strings = views.strings(column)
        value = hash_values(strings.offsets, strings.codes, strings.points)
        hashes.append(value)
        missing &= value == 0
        content = (content ^ (value + np.uint64(number))) * np.uint64(0x9E3779B97F4A7C15)
        content ^= content >> np.uint64(29)
    keys = encode(views.records.keys)
    key_hash = hash_values(keys.offsets, keys.codes, keys.points)
    sources = views.records.sources
    side = np.zeros(records, np.int32) if sources is None else sources
    rows = np.lexsort((key_hash, content, side)).astype(np.int32)
    rows = rows[~missing[rows]]
    chain = copies_linked(rows, content, None if sources is None else side)
    rows = rows[_copy_number(content[rows], side[rows]) < COPIES]
    rank = np.full(records, -1, np.int32)
    rank[rows] = np.arange(len(rows), dtype=np.int32)
    low = np.zeros(len(rows), np.int32)
    high = np.zeros(len(rows), np.int32)
    if sources is not None:
        own = side[rows]
        low = np.searchsorted(own, own, "left").astype(np.int32)
        high = np.searchsorted(own, own, "right").astype(np.int32)
    return Order(rows, rank, low, high, chain, [value[rows] for value in hashes])


def copies_linked(
    rows: NDArray[np.int32], content: NDArray[np.uint64], side: NDArray[np.int32] | None
) -> NDArray[np.int32]:
    """Link identical records: each to the copy before it, across sources to one of another.

    Parameters
    ----------
    rows
        Rows sorted by source, content and key.
    content
        Shape (records,): equal for identical records.
    side
        Shape (records,): the source of each row; None when all rows may match.

    Returns
    -------
    NDArray
        Shape (links, 2): rows.
    """
    if side is None:
        same = content[rows[1:]] == content[rows[:-1]]
        return np.stack((rows[1:][same], rows[:-1][same]), axis=1)
    rows = rows[np.argsort(content[rows], kind="stable")]
    starts = np.flatnonzero(np.r_[True, content[rows[1:]] != content[rows[:-1]]][: len(rows)])
    sizes = np.diff(np.r_[starts, len(rows)])
    first = rows[np.repeat(starts, sizes)]
    foreign = side[rows] != side[first]
    links = [np.stack((rows[foreign], first[foreign]), axis=1)]
    place = np.flatnonzero(foreign)
    group = np.repeat(np.arange(len(starts)), sizes)
    partner = np.full(len(starts), -1, np.int64)
    partner[group[place][::-1]] = place[::-1]  # the first foreign copy of each group
    own = np.flatnonzero(~foreign & (partner[group] >= 0) & (rows != first))
    links.append(np.stack((rows[own], rows[partner[group[own]]]), axis=1))
    return np.concatenate(links)


def _copy_number(content: NDArray[np.uint64], side: NDArray[np.int32]) -> NDArray[np.int64]:
    if not len(content):
        return np.zeros(0, np.int64)
    new = np.r_[True, (content[1:] != content[:-1]) | (side[1:] != side[:-1])]
    starts = np.flatnonzero(new)
    return np.arange(len(content)) - np.repeat(starts, np.diff(np.r_[starts, len(content)]))
