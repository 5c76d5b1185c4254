"""A canonical order of the records, independent of the order of rows in the table."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from matchloop.data.text import encode
from matchloop.data.views import Views
from matchloop.matching.blocking.threads import over_items

__all__ = ["COPIES", "Order", "ordered"]

COPIES = 5  # identical records that are looked up; further copies are linked to them (a convention)


@dataclass(frozen=True, slots=True, eq=False)
class Order:
    """Canonical positions: by source, then by content, then by key.

    Parameters
    ----------
    rows
        Shape (indexed,): the row at each position. Records without any value, and copies of one
        record beyond the fifth, have no position.
    rank
        Shape (records,): the position of each row, -1 where it has none.
    low, high
        Shape (indexed,): the range of positions of the record's own source; empty when there are
        no sources.
    links
        Shape (links, 2): rows of identical records, linked so that all copies are connected.
    """

    rows: NDArray[np.int32]
    rank: NDArray[np.int32]
    low: NDArray[np.int32]
    high: NDArray[np.int32]
    links: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.rows)


def ordered(views: Views) -> Order:
    """Compute the canonical order of the records of a table."""
    records = len(views)
    if views.records.memory.limit is None:
        over_items(views.distinct, views.columns)  # under a limit, one column at a time
    content = np.zeros(records, np.uint64)
    missing = np.ones(records, np.bool_)
    for number, column in enumerate(views.columns):
        value = views.distinct(column).hashes()
        missing &= value == 0
        content = (content ^ (value + np.uint64(number))) * np.uint64(0x9E3779B97F4A7C15)
        content ^= content >> np.uint64(29)
        views.records.memory.ease()
    key_hash = encode(views.records.keys).hashes()
    sources = _named_sources(views)
    side = np.zeros(records, np.int32) if sources is None else sources
    by_source = sources is not None
    order = np.lexsort((key_hash, content, side)) if by_source else _sorted(key_hash, content)
    rows = order.astype(np.int32)
    rows = rows[~missing[rows]]
    links = _linked(rows, content, None if sources is None else side)
    rows = rows[_copy_number(content[rows], side[rows]) < COPIES]
    rank = np.full(records, -1, np.int32)
    rank[rows] = np.arange(len(rows), dtype=np.int32)
    low = np.zeros(len(rows), np.int32)
    high = np.zeros(len(rows), np.int32)
    if sources is not None:
        own = side[rows]
        low = np.searchsorted(own, own, "left").astype(np.int32)
        high = np.searchsorted(own, own, "right").astype(np.int32)
    return Order(rows, rank, low, high, links)


def _sorted(key_hash: NDArray[np.uint64], content: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Return the order by content, then by key, then by row, as lexsort does.

    Few rows have equal content. Sorting only these by all three takes a fifth of the time.
    """
    rows = np.argsort(content)
    is_equal = content[rows[1:]] == content[rows[:-1]]
    places = np.flatnonzero(np.append(is_equal, False) | np.append(False, is_equal))
    tied = np.sort(rows[places])
    rows[places] = tied[np.lexsort((key_hash[tied], content[tied]))]
    return rows


def _named_sources(views: Views) -> NDArray[np.int32] | None:
    """Number the sources in the order of their names."""
    sources, column = views.records.sources, views.records.source
    if sources is None or column is None:
        return None
    first = np.unique(sources, return_index=True)[1]
    names = [str(name) for name in views.records.table[column].take(pa.array(first)).to_pylist()]
    return np.argsort(np.argsort(names, kind="stable")).astype(np.int32)[sources]


def _linked(
    rows: NDArray[np.int32], content: NDArray[np.uint64], side: NDArray[np.int32] | None
) -> NDArray[np.int32]:
    """Link identical records: each to the copy before it, or to the first of another source."""
    if side is None:
        same = content[rows[1:]] == content[rows[:-1]]
        return np.stack((rows[1:][same], rows[:-1][same]), axis=1)
    rows = rows[np.argsort(content[rows], kind="stable")]
    group, starts = _groups(content[rows])
    first = rows[starts][group]
    foreign = np.flatnonzero(side[rows] != side[first])
    partner = np.full(len(starts), -1, np.int64)
    partner[group[foreign][::-1]] = foreign[::-1]  # the first copy from another source
    own = np.flatnonzero((side[rows] == side[first]) & (partner[group] >= 0) & (rows != first))
    links = [
        np.stack((rows[foreign], first[foreign]), axis=1),
        np.stack((rows[own], rows[partner[group[own]]]), axis=1),
    ]
    return np.concatenate(links)


def _copy_number(content: NDArray[np.uint64], side: NDArray[np.int32]) -> NDArray[np.int64]:
    group, starts = _groups(content, side)
    return np.arange(len(content)) - starts[group]


def _groups(*sorted_by: NDArray[np.generic]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Number runs of equal values; return the run of each position, and the start of each run."""
    new = np.zeros(len(sorted_by[0]), np.bool_)
    new[:1] = True
    for values in sorted_by:
        new[1:] |= values[1:] != values[:-1]
    return np.cumsum(new) - 1, np.flatnonzero(new)
