"""Compiled loops over the matches of each record."""

from __future__ import annotations

import numba
import numpy as np

__all__ = ["count_triangles"]


@numba.njit(cache=True, nogil=True)
def count_triangles(left, right, likely, n_records):  # type: ignore[no-untyped-def]
    """Count the triangles around each record whose two sides are likely matches.

    The sides are a match of the record and a further match of that record. ``left`` and ``right``
    are all compared pairs, sorted, each once.

    Returns, per record, its likely matches, the triangles whose third side is a likely match, and
    those whose third side was compared; float32, as shares are made of them.
    """
    first = np.zeros(n_records + 1, np.int64)  # of the pairs with each record on the left
    end = np.zeros(n_records + 1, np.int64)  # of the likely matches of each record, after filling
    for pair in range(len(left)):
        first[left[pair] + 1] += 1
        if likely[pair]:
            end[left[pair] + 1] += 1
            end[right[pair] + 1] += 1
    for record in range(n_records):
        first[record + 1] += first[record]
        end[record + 1] += end[record]
    partner = np.empty(end[n_records], np.int32)
    for pair in range(len(left)):
        if likely[pair]:
            partner[end[left[pair]]] = right[pair]
            end[left[pair]] += 1
            partner[end[right[pair]]] = left[pair]
            end[right[pair]] += 1
    matches = np.zeros(n_records, np.float32)
    closed = np.zeros(n_records, np.float32)
    possible = np.zeros(n_records, np.float32)
    start = 0
    for middle in range(n_records):
        stop = end[middle]
        matches[middle] = stop - start
        for near in range(start, stop):
            for far in range(near + 1, stop):  # ascending, as the pairs are
                lower, upper = partner[near], partner[far]
                low, high = first[lower], first[lower + 1]
                while low < high:
                    place = (low + high) >> 1
                    if right[place] < upper:
                        low = place + 1
                    else:
                        high = place
                if low < first[lower + 1] and right[low] == upper:
                    possible[lower] += 1
                    possible[upper] += 1
                    if likely[low]:
                        closed[lower] += 1
                        closed[upper] += 1
        start = stop
    return matches, closed, possible
