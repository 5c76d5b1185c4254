"""Compiled hash table and heap of links between clusters, both over plain arrays.

A link is a number ``e`` with ends ``u[e]`` and ``v[e]``. The table (a power of two long, open
addressing) finds the link of two clusters. The heap yields the link of highest level. ``place[e]``
is the position of link ``e`` in the heap, or -1, so that any link can move or leave in log time.
"""

from __future__ import annotations

import numba
import numpy as np

__all__ = ["drop", "find", "forget", "sift"]


@numba.njit(cache=True, nogil=True)
def _slot(a, b, mask):  # type: ignore[no-untyped-def]
    # a link has no direction; multiply and shift spread neighbouring numbers over the table
    low, high = (a, b) if a < b else (b, a)
    mixed = np.uint64(low) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(high)
    mixed = (mixed ^ (mixed >> np.uint64(29))) * np.uint64(0xBF58476D1CE4E5B9)
    return np.int64((mixed ^ (mixed >> np.uint64(32))) & np.uint64(mask))


@numba.njit(cache=True, nogil=True)
def find(table, mask, u, v, a, b):  # type: ignore[no-untyped-def]
    """Return the slot of the link of two clusters, or the free slot where it belongs."""
    at = _slot(a, b, mask)
    while True:
        e = table[at]
        if e < 0 or (u[e] == a and v[e] == b) or (u[e] == b and v[e] == a):
            return at
        at = (at + 1) & mask


@numba.njit(cache=True, nogil=True)
def forget(table, mask, u, v, at):  # type: ignore[no-untyped-def]
    """Empty a slot, and move later entries up, so that no search stops too early."""
    hole = at
    at = (at + 1) & mask
    while table[at] >= 0:
        home = _slot(u[table[at]], v[table[at]], mask)
        # an entry may move to the hole unless the hole lies before its home slot
        if ((at - home) & mask) >= ((at - hole) & mask):
            table[hole] = table[at]
            hole = at
        at = (at + 1) & mask
    table[hole] = -1


@numba.njit(cache=True, nogil=True)
def _before(level, ties, i, j):  # type: ignore[no-untyped-def]
    # a total order: ties end with the link number, so that the merge order is unique
    if level[i] != level[j]:
        return level[i] > level[j]
    for k in range(3):
        if ties[i, k] != ties[j, k]:
            return ties[i, k] < ties[j, k]
    return i < j


@numba.njit(cache=True, nogil=True)
def sift(heap, place, size, level, ties, link):  # type: ignore[no-untyped-def]
    """Move a link up or down the heap until the heap is in order again."""
    at = place[link]
    while at > 0:
        up = (at - 1) >> 1
        if not _before(level, ties, link, heap[up]):
            break
        heap[at] = heap[up]
        place[heap[at]] = at
        at = up
    while True:
        down = 2 * at + 1
        if down >= size:
            break
        if down + 1 < size and _before(level, ties, heap[down + 1], heap[down]):
            down += 1
        if not _before(level, ties, heap[down], link):
            break
        heap[at] = heap[down]
        place[heap[at]] = at
        at = down
    heap[at] = link
    place[link] = at


@numba.njit(cache=True, nogil=True)
def drop(heap, place, size, level, ties, link):  # type: ignore[no-untyped-def]
    """Remove a link from the heap if it is in it; return the size of the heap."""
    at = place[link]
    if at < 0:
        return size
    place[link] = -1
    size -= 1
    last = heap[size]
    if last != link:
        heap[at] = last
        place[last] = at
        sift(heap, place, size, level, ties, last)
    return size
