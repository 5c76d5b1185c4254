"""Compiled loops that unite, sketch and rank pairs."""

from __future__ import annotations

import numba
import numpy as np

from matchloop.data.text.hashing import mix

__all__ = [
    "best_ranks",
    "count_lefts",
    "fill_lefts",
    "pairs_of",
    "shared_bits",
    "sketch",
    "unite",
]


FEW = 40  # entries up to which they are sorted by insertion (a convention)


@numba.njit(cache=True, nogil=True)
def count_lefts(others, rows, counts):  # type: ignore[no-untyped-def]
    """Count neighbour pairs by the smaller of their two rows."""
    for i in range(others.shape[0]):
        for place in range(others.shape[1]):
            if others[i, place] < 0:
                break
            counts[min(rows[i], rows[others[i, place]])] += 1


@numba.njit(cache=True, nogil=True)
def fill_lefts(others, shared, rows, bit, above, filled, entries):  # type: ignore[no-untyped-def]
    """Write each neighbour pair under its smaller row, as ``larger row << 32 | rule bit``.

    Where ``shared`` is not empty, the shared weight is stored from bit ``above`` on.
    """
    for i in range(others.shape[0]):
        for place in range(others.shape[1]):
            if others[i, place] < 0:
                break
            a = rows[i]
            b = rows[others[i, place]]
            left = min(a, b)
            low = bit
            if len(shared):
                low |= np.int64(shared[i, place]) << above
            entries[filled[left]] = (np.int64(max(a, b)) << 32) | low
            filled[left] += 1


@numba.njit(cache=True, nogil=True)
def unite(first, last, indptr, entries, lefts, rights, masks):  # type: ignore[no-untyped-def]
    """Sort the entries of each left row of a range, and unite equal pairs by OR of rule bits.

    Results are packed from ``indptr[first]`` on; returns their end.
    """
    end = indptr[first]
    for left in range(first, last):
        part = entries[indptr[left] : indptr[left + 1]]
        if len(part) > FEW:  # most rows have few entries, for which insertion sort needs no copy
            part = np.sort(part)
        else:
            for at in range(1, len(part)):
                entry = part[at]
                place = at
                while place > 0 and part[place - 1] > entry:
                    part[place] = part[place - 1]
                    place -= 1
                part[place] = entry
        previous = np.int32(-1)
        for at in range(len(part)):
            right = np.int32(part[at] >> 32)
            if right == previous:
                masks[end - 1] |= np.uint32(part[at] & 0xFFFFFFFF)
            else:
                lefts[end] = left
                rights[end] = right
                masks[end] = np.uint32(part[at] & 0xFFFFFFFF)
                end += 1
            previous = right
    return end


@numba.njit(cache=True, nogil=True)
def sketch(offsets, codes, points, values, bits, first, last):  # type: ignore[no-untyped-def]
    """Set one bit per character 3-gram of each record of a range, in a row of 64-bit words.

    Record ``r`` has the string ``values[r]``.
    """
    mask = np.uint64(64 * bits.shape[1] - 1)
    for record in range(first, last):
        i = values[record]
        if offsets[i] == offsets[i + 1]:
            continue
        before = np.uint64(32)
        middle = np.uint64(points[codes[offsets[i]]])
        for at in range(offsets[i] + 1, offsets[i + 1] + 1):
            after = np.uint64(points[codes[at]]) if at < offsets[i + 1] else np.uint64(32)
            gram = (before << np.uint64(42)) | (middle << np.uint64(21)) | after
            place = mix(gram * np.uint64(0x9E3779B97F4A7C15)) & mask
            bits[record, place >> np.uint64(6)] |= np.uint64(1) << (place & np.uint64(63))
            before = middle
            middle = after


@numba.njit(cache=True, nogil=True, inline="always")
def _ones(word):  # type: ignore[no-untyped-def]
    word = word - ((word >> np.uint64(1)) & np.uint64(0x5555555555555555))
    word = (word & np.uint64(0x3333333333333333)) + (
        (word >> np.uint64(2)) & np.uint64(0x3333333333333333)
    )
    word = (word + (word >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return (word * np.uint64(0x0101010101010101)) >> np.uint64(56)


@numba.njit(cache=True, nogil=True)
def shared_bits(left, right, bits, out):  # type: ignore[no-untyped-def]
    """Return the cosine of the bit rows of each pair, 0 where one is empty."""
    for pair in range(len(left)):
        both = np.uint64(0)
        first = np.uint64(0)
        second = np.uint64(0)
        for word in range(bits.shape[1]):
            a = bits[left[pair], word]
            b = bits[right[pair], word]
            both += _ones(a & b)
            first += _ones(a)
            second += _ones(b)
        product = np.float64(first) * np.float64(second)
        out[pair] = np.float64(both) / np.sqrt(product) if product > 0 else 0.0


@numba.njit(cache=True, nogil=True)
def pairs_of(left, right, records):  # type: ignore[no-untyped-def]
    """Return the pairs of each record, as offsets and pair positions."""
    indptr = np.zeros(records + 1, np.int64)
    for pair in range(len(left)):
        indptr[left[pair] + 1] += 1
        indptr[right[pair] + 1] += 1
    for i in range(records):
        indptr[i + 1] += indptr[i]
    pairs = np.empty(2 * len(left), np.int32)
    filled = indptr[:-1].copy()
    for pair in range(len(left)):
        pairs[filled[left[pair]]] = pair
        filled[left[pair]] += 1
        pairs[filled[right[pair]]] = pair
        filled[right[pair]] += 1
    return indptr, pairs


@numba.njit(cache=True, nogil=True)
def best_ranks(first, last, indptr, pairs, strength, left, right, tie, ranks):  # type: ignore[no-untyped-def]
    """Rank the pairs of each record of a range by strength, 0 for the strongest.

    ``ranks`` has a column for the left record and one for the right. Ties go to the other record
    that comes first in ``tie``.
    """
    keys = np.empty(FEW, np.int64)
    sorted_pairs = np.empty(FEW, np.int32)
    for i in range(first, last):
        mine = pairs[indptr[i] : indptr[i + 1]]
        if len(mine) > FEW:
            order = np.empty(len(mine), np.int64)
            for at in range(len(mine)):
                order[at] = _rank_key(i, mine[at], strength, left, right, tie)
            mine = mine[np.argsort(order)]
        else:  # most records have few pairs, for which insertion sort needs no new array
            for at in range(len(mine)):
                key = _rank_key(i, mine[at], strength, left, right, tie)
                place = at
                while place > 0 and keys[place - 1] > key:
                    keys[place] = keys[place - 1]
                    sorted_pairs[place] = sorted_pairs[place - 1]
                    place -= 1
                keys[place] = key
                sorted_pairs[place] = mine[at]
            mine = sorted_pairs[: len(mine)]
        for place in range(len(mine)):
            pair = mine[place]
            ranks[pair, 0 if left[pair] == i else 1] = place


@numba.njit(cache=True, nogil=True, inline="always")
def _rank_key(i, pair, strength, left, right, tie):  # type: ignore[no-untyped-def]
    # strength and tie in one number, so that a single sort decides both
    other = right[pair] if left[pair] == i else left[pair]
    level = np.int64(strength[pair] * np.float32(1 << 24))
    return (((np.int64(1) << 25) - level) << 32) | np.int64(tie[other] + 1)
