"""Compiled disjoint sets of records: the connected components of their pairs."""

from __future__ import annotations

import numba
import numpy as np

__all__ = ["first_records", "join", "numbered", "root"]


@numba.njit(cache=True, nogil=True)
def root(parent, node):  # type: ignore[no-untyped-def]
    """Return the first record of a record's group, and shorten the path to it."""
    while parent[node] != node:
        parent[node] = parent[parent[node]]
        node = parent[node]
    return node


@numba.njit(cache=True, nogil=True)
def join(parent, a, b):  # type: ignore[no-untyped-def]
    """Join the groups of two records."""
    a, b = root(parent, a), root(parent, b)
    # the lower record is the root, so that groups do not depend on the order of joins
    if a < b:
        parent[b] = a
    else:
        parent[a] = b


@numba.njit(cache=True, nogil=True)
def numbered(group):  # type: ignore[no-untyped-def]
    """Number groups by first appearance; ``group`` holds a record position per record."""
    number = np.full(len(group), -1, np.int64)
    out = np.empty(len(group), np.int64)
    count = 0
    for i in range(len(group)):
        if number[group[i]] < 0:
            number[group[i]] = count
            count += 1
        out[i] = number[group[i]]
    return out, count


@numba.njit(cache=True, nogil=True)
def first_records(left, right, count):  # type: ignore[no-untyped-def]
    """Return the first record of the connected component of each of ``count`` records."""
    parent = np.arange(count, dtype=np.int32)
    for i in range(len(left)):
        join(parent, left[i], right[i])
    for i in range(count):
        parent[i] = root(parent, i)
    return parent
