"""Compiled loops that order pairs for comparing, and their features afterwards."""

from __future__ import annotations

import numba
import numpy as np

__all__ = ["order_by", "turn", "values_of"]


@numba.njit(cache=True, nogil=True)
def order_by(record):  # type: ignore[no-untyped-def]
    """Return an order that sorts records roughly, by buckets of neighbours, in one pass."""
    highest = 0
    for at in range(len(record)):
        highest = max(highest, record[at])
    shift = 0
    while highest >> shift >= 1 << 16:
        shift += 1
    starts = np.zeros((1 << 16) + 1, np.int64)
    for at in range(len(record)):
        starts[(record[at] >> shift) + 1] += 1
    for bucket in range(1 << 16):
        starts[bucket + 1] += starts[bucket]
    order = np.empty(len(record), np.int32)
    for at in range(len(record)):
        bucket = record[at] >> shift
        order[starts[bucket]] = at
        starts[bucket] += 1
    return order


@numba.njit(cache=True, nogil=True)
def values_of(number, records):  # type: ignore[no-untyped-def]
    """Return the value of each record; indexing with int32 takes NumPy several times as long."""
    values = np.empty(len(records), np.int32)
    for at in range(len(records)):
        values[at] = number[records[at]]
    return values


@numba.njit(cache=True, nogil=True)
def turn(by_name, order, features):  # type: ignore[no-untyped-def]
    """Copy features stored name by name to one row per pair, the row that ``order`` names."""
    names, pairs = by_name.shape
    for start in range(0, pairs, 16):  # in tiles that fit the cache
        for name in range(names):
            for pair in range(start, min(start + 16, pairs)):
                features[order[pair], name] = by_name[name, pair]
