"""Compiled loops over the words and n-grams of text, and over sets of them."""

from __future__ import annotations

import numba
import numpy as np

__all__ = [
    "append_tokens",
    "count_grams",
    "count_records",
    "count_words",
    "distinct_per_record",
    "first_records",
    "hash_grams",
    "hash_words",
    "number_hashes",
]

FEW = 32  # tokens of a record up to which they are sorted by insertion (a convention)


@numba.njit(cache=True, nogil=True)
def count_words(offsets, codes, unspaced):  # type: ignore[no-untyped-def]
    """Count the words of coded strings; see :func:`matchloop.data.text.words`."""
    total = 0
    for i in range(len(offsets) - 1):
        previous_space = True
        for at in range(offsets[i], offsets[i + 1]):
            space = codes[at] == 32
            after_unspaced = at > offsets[i] and unspaced[codes[at - 1]]
            if not space and (previous_space or unspaced[codes[at]] or after_unspaced):
                total += 1
            previous_space = space
    return total


@numba.njit(cache=True, nogil=True)
def hash_words(offsets, codes, points, unspaced, count):  # type: ignore[no-untyped-def]
    """Return where the words of each string start, the hash of each, and whether it has a digit."""
    records = len(offsets) - 1
    indptr = np.zeros(records + 1, np.int64)
    hashes = np.empty(count, np.uint64)
    digits = np.empty(count, np.bool_)
    end = 0
    for i in range(records):
        at = offsets[i]
        stop = offsets[i + 1]
        while at < stop:
            if codes[at] == 32:
                at += 1
                continue
            value = np.uint64(14695981039346656037)
            digit = False
            if unspaced[codes[at]]:
                has_next = at + 1 < stop and unspaced[codes[at + 1]]
                had_previous = at > offsets[i] and unspaced[codes[at - 1]]
                if has_next or not had_previous:
                    value = (value ^ np.uint64(points[codes[at]])) * np.uint64(1099511628211)
                    if has_next:
                        value = (value ^ np.uint64(points[codes[at + 1]])) * np.uint64(
                            1099511628211
                        )
                    hashes[end] = value
                    digits[end] = False
                    end += 1
                at += 1
                continue
            while at < stop and codes[at] != 32 and not unspaced[codes[at]]:
                value = (value ^ np.uint64(points[codes[at]])) * np.uint64(1099511628211)
                digit |= 48 <= codes[at] <= 57
                at += 1
            hashes[end] = value
            digits[end] = digit
            end += 1
        indptr[i + 1] = end
    return indptr, hashes[:end].copy(), digits[:end].copy()


@numba.njit(cache=True, nogil=True)
def count_grams(offsets, codes, size):  # type: ignore[no-untyped-def]
    """Count the padded n-grams of the words of coded strings."""
    total = 0
    for i in range(len(offsets) - 1):
        length = 0
        for at in range(offsets[i], offsets[i + 1] + 1):
            if at == offsets[i + 1] or codes[at] == 32:
                if length:
                    total += max(1, length + 3 - size)
                length = 0
            else:
                length += 1
    return total


@numba.njit(cache=True, nogil=True)
def hash_grams(offsets, codes, points, size, count):  # type: ignore[no-untyped-def]
    """Return where the n-grams of each string start, the hash of each, whether it has a digit."""
    records = len(offsets) - 1
    indptr = np.zeros(records + 1, np.int64)
    hashes = np.empty(count, np.uint64)
    digits = np.empty(count, np.bool_)
    end = 0
    for i in range(records):
        start = offsets[i]
        for at in range(offsets[i], offsets[i + 1] + 1):
            if at < offsets[i + 1] and codes[at] != 32:
                continue
            length = at - start
            if length:
                for first in range(-1, max(0, length + 2 - size)):
                    value = np.uint64(14695981039346656037)
                    digit = False
                    for place in range(first, min(first + size, length + 1)):
                        if 0 <= place < length:
                            code = np.uint64(points[codes[start + place]])
                            digit |= bool(48 <= code <= 57)
                        else:
                            code = np.uint64(32)
                        value = (value ^ code) * np.uint64(0x100000001B3)
                    hashes[end] = value
                    digits[end] = digit
                    end += 1
            start = at + 1
        indptr[i + 1] = end
    return indptr, hashes[:end].copy(), digits[:end].copy()


@numba.njit(cache=True, nogil=True)
def first_records(indptr, ids, sets, seen, count):  # type: ignore[no-untyped-def]
    """Return the first record with each token; the number of records where none has it.

    ``seen`` marks the sets that were read, shape (sets,).
    """
    first = np.full(count, len(sets), np.int32)
    for record in range(len(sets)):
        i = sets[record]
        if seen[i]:
            continue
        seen[i] = True
        for at in range(indptr[i], indptr[i + 1]):
            if first[ids[at]] == len(sets):
                first[ids[at]] = record
    return first


@numba.njit(cache=True, nogil=True)
def count_records(indptr, ids, counts, frequency):  # type: ignore[no-untyped-def]
    """Add to ``frequency`` how many records have each token; without ``counts`` one per set."""
    for i in range(len(indptr) - 1):
        records = counts[i] if len(counts) else 1
        for at in range(indptr[i], indptr[i + 1]):
            frequency[ids[at]] += records


@numba.njit(cache=True, nogil=True)
def append_tokens(indptr, ids, sets, number, filled, out):  # type: ignore[no-untyped-def]
    """Write the tokens of the set of each record behind those in ``out``, under new numbers."""
    for record in range(len(sets)):
        i = sets[record]
        for at in range(indptr[i], indptr[i + 1]):
            out[filled[record]] = number[ids[at]]
            filled[record] += 1


@numba.njit(cache=True, nogil=True)
def number_hashes(hashes, digits):  # type: ignore[no-untyped-def]
    """Number hashes in order of first appearance, by an open-addressing table that doubles."""
    size = 1 << 12
    slots = np.full(size, -1, np.int32)
    distinct = np.empty(size // 2, np.uint64)
    digit = np.empty(size // 2, np.bool_)
    count = 0
    ids = np.empty(len(hashes), np.int32)
    for at in range(len(hashes)):
        if count == size // 2:
            size *= 2
            slots = np.full(size, -1, np.int32)
            grown = np.empty(size // 2, np.uint64)
            grown[:count] = distinct[:count]
            distinct = grown
            grown_digit = np.empty(size // 2, np.bool_)
            grown_digit[:count] = digit[:count]
            digit = grown_digit
            for number in range(count):
                slots[_slot(slots, distinct, distinct[number])] = number
        slot = _slot(slots, distinct, hashes[at])
        if slots[slot] < 0:
            slots[slot] = count
            distinct[count] = hashes[at]
            digit[count] = digits[at]
            count += 1
        ids[at] = slots[slot]
    return ids, distinct[:count].copy(), digit[:count].copy()


@numba.njit(cache=True, nogil=True, inline="always")
def _slot(slots, distinct, value):  # type: ignore[no-untyped-def]
    mask = np.uint64(len(slots) - 1)
    mixed = value * np.uint64(0x9E3779B97F4A7C15)
    slot = (mixed ^ (mixed >> np.uint64(32))) & mask
    while slots[slot] >= 0 and distinct[slots[slot]] != value:
        slot = (slot + np.uint64(1)) & mask
    return slot


@numba.njit(cache=True, nogil=True)
def distinct_per_record(indptr, ids):  # type: ignore[no-untyped-def]
    """Sort the numbers of each record and drop repeated ones, in place."""
    new_indptr = np.zeros(len(indptr), np.int64)
    end = 0
    for i in range(len(indptr) - 1):
        first, last = indptr[i], indptr[i + 1]
        if last - first > FEW:
            ids[first:last].sort()
        else:
            _insertion_sort(ids, first, last)
        before = np.int32(-1)
        for at in range(first, last):
            here = ids[at]
            if here != before:
                ids[end] = here
                end += 1
            before = here
        new_indptr[i + 1] = end
    return new_indptr, ids[:end]


@numba.njit(cache=True, nogil=True, inline="always")
def _insertion_sort(ids, first, last):  # type: ignore[no-untyped-def]
    for at in range(first + 1, last):
        value = ids[at]
        place = at
        while place > first and ids[place - 1] > value:
            ids[place] = ids[place - 1]
            place -= 1
        ids[place] = value
