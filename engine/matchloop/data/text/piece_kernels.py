"""Compiled code that cuts strings into pieces: words and numbers, also where they are joined."""

from __future__ import annotations

import numba
import numpy as np

__all__ = ["count_pieces", "count_records", "cut_pieces", "mark_decimals", "measure_pieces"]

SPACE, COMMA, POINT, ZERO, NINE, LETTER_V, LETTER_X = 32, 44, 46, 48, 57, 118, 120
FNV_START = np.uint64(14695981039346656037)
FNV_PRIME = np.uint64(1099511628211)
LARGEST = 9  # most digits of a number in a quantity (a convention)
STEPS = 1e4  # quantities are rounded to a ten-thousandth of a gram, metre, byte (a convention)


@numba.njit(cache=True, nogil=True, inline="always")
def _is_digit(code):  # type: ignore[no-untyped-def]
    return ZERO <= code <= NINE


@numba.njit(cache=True, nogil=True, inline="always")
def _end(codes, unspaced, at, stop):  # type: ignore[no-untyped-def]
    """Return the end of the piece that starts at ``at``."""
    if unspaced[codes[at]]:
        return at + 1
    digit = _is_digit(codes[at])
    end = at + 1
    while end < stop and codes[end] != SPACE and _is_digit(codes[end]) == digit:
        if unspaced[codes[end]]:
            break
        end += 1
    return end


@numba.njit(cache=True, nogil=True, inline="always")
def _is_version_mark(codes, at, end, stop):  # type: ignore[no-untyped-def]
    """Return whether a piece is the v before a number."""
    if end != at + 1 or codes[at] != LETTER_V:
        return False
    after = end + 1 if end < stop and codes[end] == SPACE else end
    return after < stop and _is_digit(codes[after])


@numba.njit(cache=True, nogil=True)
def count_pieces(offsets, codes, unspaced, indptr):  # type: ignore[no-untyped-def]
    """Fill ``indptr``, shape (records + 1,), by the number of pieces of each string."""
    for i in range(len(offsets) - 1):
        count = 0
        at = offsets[i]
        stop = offsets[i + 1]
        while at < stop:
            if codes[at] == SPACE:
                at += 1
                continue
            end = _end(codes, unspaced, at, stop)
            count += not _is_version_mark(codes, at, end, stop)
            at = end
        indptr[i + 1] = indptr[i] + count


@numba.njit(cache=True, nogil=True)
def cut_pieces(  # type: ignore[no-untyped-def]
    offsets,
    codes,
    points,
    unspaced,
    indptr,
    romans,
    numerals,
    starts,
    lengths,
    hashes,
    joined,
    digit,
):
    """Fill the start, length, hash, hash with the next piece, and kind of each piece.

    Numbers lose their leading zeros. Roman numerals (``romans``, ascending) after another piece get
    the hash of their number (``numerals``). ``joined`` is 0 for the last piece.
    """
    for i in range(len(offsets) - 1):
        place = indptr[i]
        at = offsets[i]
        stop = offsets[i + 1]
        while at < stop:
            if codes[at] == SPACE:
                at += 1
                continue
            end = _end(codes, unspaced, at, stop)
            if _is_version_mark(codes, at, end, stop):
                at = end
                continue
            number = _is_digit(codes[at])
            first = at
            while number and first + 1 < end and codes[first] == ZERO:
                first += 1
            value = _hash(FNV_START, codes, points, first, end)
            if not number and end - at > 1 and place > indptr[i]:
                roman = np.searchsorted(romans, value)
                if roman < len(romans) and romans[roman] == value:
                    value = numerals[roman]
                    number = True
            starts[place] = first
            lengths[place] = end - first
            hashes[place] = value
            digit[place] = number
            joined[place] = 0
            if place > indptr[i]:
                before = starts[place - 1]
                value = _hash(FNV_START, codes, points, before, before + lengths[place - 1])
                joined[place - 1] = _hash(value, codes, points, at, end)
            place += 1
            at = end


@numba.njit(cache=True, nogil=True)
def count_records(indptr, ids, records, frequency):  # type: ignore[no-untyped-def]
    """Add to ``frequency`` the number of records that hold each piece; ``records`` per string."""
    seen = np.full(len(frequency), -1, np.int64)
    for i in range(len(indptr) - 1):
        for at in range(indptr[i], indptr[i + 1]):
            if seen[ids[at]] != i:
                frequency[ids[at]] += records[i]
                seen[ids[at]] = i


@numba.njit(cache=True, nogil=True, inline="always")
def _hash(value, codes, points, first, end):  # type: ignore[no-untyped-def]
    for at in range(first, end):
        value = (value ^ np.uint64(points[codes[at]])) * FNV_PRIME
    return value


@numba.njit(cache=True, nogil=True)
def mark_decimals(offsets, data, indptr, codes, starts, decimals):  # type: ignore[no-untyped-def]
    """Fill the number of decimals after each number, read from the unfolded values.

    Folding removes the decimal marks. Three digits after a mark may be thousands, and several marks
    a date or a version: these are no decimals.
    """
    for i in range(len(indptr) - 1):
        place = indptr[i]
        before = -1  # the number whose decimals may come next
        chained = False
        at = offsets[i]
        stop = offsets[i + 1]
        while at < stop:
            if not _is_digit(data[at]):
                at += 1
                continue
            end = at
            while end < stop and _is_digit(data[end]):
                end += 1
            while place < indptr[i + 1] and not _is_digit(codes[starts[place]]):
                place += 1
            if place == indptr[i + 1]:
                break
            marked = end + 1 < stop and (data[end] == POINT or data[end] == COMMA)
            marked = marked and _is_digit(data[end + 1])
            if before >= 0 and not marked and not chained and end - at != 3:
                decimals[before] = end - at
            chained = before >= 0 and marked
            before = place if marked else -1
            place += 1
            at = end


@numba.njit(cache=True, nogil=True)
def measure_pieces(  # type: ignore[no-untyped-def]
    indptr,
    codes,
    starts,
    lengths,
    hashes,
    digit,
    decimals,
    names,
    dimension,
    scale,
    quantity,
    covers,
):
    """Fill the quantity that starts at each piece, 0 for none, and how many pieces it covers.

    A quantity is a number and a unit (64 gb), or a number of packs of one (6 x 1 kg).
    """
    for i in range(len(indptr) - 1):
        for place in range(indptr[i], indptr[i + 1] - 1):
            if not digit[place] or (place > indptr[i] and decimals[place - 1]):
                continue
            last = indptr[i + 1]
            packs = 1.0
            at = place
            is_pack = at + 3 < last and digit[at + 2] and lengths[at + 1] == 1
            if is_pack and codes[starts[at + 1]] == LETTER_X:
                packs = _number(codes, starts[at], lengths[at])
                at += 2
            size = packs * _number(codes, starts[at], lengths[at])
            if decimals[at] and at + 1 < last:
                part = _number(codes, starts[at + 1], lengths[at + 1])
                size += packs * part / 10.0 ** decimals[at]
                at += 1
            if at + 1 == last:
                continue
            unit = np.searchsorted(names, hashes[at + 1])
            if unit == len(names) or names[unit] != hashes[at + 1]:
                continue
            size *= scale[unit]
            if size > 0 and size < 1e14:
                quantity[place] = np.int64(np.round(size * STEPS)) * 16 + dimension[unit]
                covers[place] = at + 2 - place


@numba.njit(cache=True, nogil=True, inline="always")
def _number(codes, start, length):  # type: ignore[no-untyped-def]
    """Read a number; 0 if it is too long or has letters."""
    if length > LARGEST:
        return 0.0
    value = 0.0
    for at in range(start, start + length):
        if not _is_digit(codes[at]):
            return 0.0
        value = value * 10 + (codes[at] - ZERO)
    return value
