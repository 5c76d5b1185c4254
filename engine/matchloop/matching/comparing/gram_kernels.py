"""Compiled loops for bounded 3-gram sets: hashed to 16 bits, the rarest of each record."""

from __future__ import annotations

import numba
import numpy as np

__all__ = [
    "add_squares",
    "append_grams",
    "compare_grams",
    "count_grams",
    "count_records",
    "keep_rarest",
]

NAN = np.float32(np.nan)


@numba.njit(cache=True, nogil=True)
def count_grams(offsets, codes, values, counts):  # type: ignore[no-untyped-def]
    """Add to ``counts`` the number of 3-grams of records, which have the strings ``values``."""
    for record in range(len(values)):
        i = values[record]
        for at in range(offsets[i], offsets[i + 1]):
            counts[record] += codes[at] != 32


@numba.njit(cache=True, nogil=True)
def append_grams(offsets, codes, points, values, ends, grams):  # type: ignore[no-untyped-def]
    """Append the 3-grams of words padded by spaces, one centred on each character, hashed.

    ``ends`` holds the position of the next 3-gram of each record, and is advanced.
    """
    for record in range(len(values)):
        i = values[record]
        end = ends[record]
        before = np.uint64(32)
        for at in range(offsets[i], offsets[i + 1]):
            here = np.uint64(points[codes[at]])
            if here != np.uint64(32):
                after = np.uint64(32)
                if at + 1 < offsets[i + 1]:
                    after = np.uint64(points[codes[at + 1]])
                value = (before << np.uint64(42)) ^ (here << np.uint64(21)) ^ after
                value = (value ^ (value >> np.uint64(31))) * np.uint64(0x9E3779B97F4A7C15)
                value = (value ^ (value >> np.uint64(29))) * np.uint64(0xBF58476D1CE4E5B9)
                grams[end] = np.uint16(value >> np.uint64(48))
                end += 1
            before = here
        ends[record] = end


@numba.njit(cache=True, nogil=True)
def count_records(indptr, grams, records, frequency):  # type: ignore[no-untyped-def]
    """Add the number of records with each hash to ``frequency``; ``records`` has that per set."""
    seen = np.full(len(frequency), -1, np.int32)
    for i in range(len(indptr) - 1):
        for at in range(indptr[i], indptr[i + 1]):
            if seen[grams[at]] != i:
                seen[grams[at]] = i
                frequency[grams[at]] += records[i]


@numba.njit(cache=True, nogil=True)
def keep_rarest(indptr, grams, rank, most, sizes):  # type: ignore[no-untyped-def]
    """Return the ranks of the distinct hashes of each record, ascending, at most ``most``.

    ``rank`` numbers the hashes from the rarest on; ``sizes`` receives the number kept per record.
    """
    seen = np.full(len(rank), -1, np.int32)
    longest = 1
    for i in range(len(indptr) - 1):
        longest = max(longest, indptr[i + 1] - indptr[i])
    own = np.empty(longest, np.uint16)
    kept = np.empty(len(grams), np.uint16)
    bins = np.zeros(256, np.int64)
    end = 0
    for i in range(len(indptr) - 1):
        count = 0
        for at in range(indptr[i], indptr[i + 1]):
            if seen[grams[at]] != i:
                seen[grams[at]] = i
                own[count] = rank[grams[at]]
                count += 1
        if count > 2 * most:  # drop hashes that surely rank behind, to sort fewer
            bins[:] = 0
            for at in range(count):
                bins[own[at] >> 8] += 1
            limit = 0
            enough = bins[0]
            while enough < most:
                limit += 1
                enough += bins[limit]
            near = 0
            for at in range(count):
                if own[at] >> 8 <= limit:
                    own[near] = own[at]
                    near += 1
            count = near
        own[:count].sort()
        count = min(count, most)
        kept[end : end + count] = own[:count]
        sizes[i] = count
        end += count
    return kept[:end].copy()


@numba.njit(cache=True, nogil=True)
def add_squares(indptr, ids, square):  # type: ignore[no-untyped-def]
    """Return the sum of the squared weights of each record, shape (records,)."""
    sums = np.zeros(len(indptr) - 1, np.int64)
    for i in range(len(indptr) - 1):
        for at in range(indptr[i], indptr[i + 1]):
            sums[i] += square[ids[at]]
    return sums


@numba.njit(cache=True, nogil=True)
def compare_grams(indptr, ids, square, sums, left, right, out):  # type: ignore[no-untyped-def]
    """Write the cosine of the weighted sets of each pair.

    The weights of a left record are in a table for all its pairs. Squares are whole numbers, so
    that their order of summation does not matter.
    """
    of_left = np.zeros(len(square), np.int32)
    current = -1
    for pair in range(len(left)):
        if left[pair] != current:
            if current >= 0:
                for at in range(indptr[current], indptr[current + 1]):
                    of_left[ids[at]] = 0
            current = left[pair]
            for at in range(indptr[current], indptr[current + 1]):
                of_left[ids[at]] = square[ids[at]]
        shared = 0
        for at in range(indptr[right[pair]], indptr[right[pair] + 1]):
            shared += of_left[ids[at]]
        product = np.float64(sums[current]) * np.float64(sums[right[pair]])
        out[pair] = shared / np.sqrt(product) if product > 0 else NAN
