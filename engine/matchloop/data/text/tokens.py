"""Words and character n-grams of a column, as sets of numbers per record."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numba
import numpy as np
from numpy.typing import NDArray

from matchloop.data.text.arrays import taken
from matchloop.data.text.codes import Strings

__all__ = ["Tokens", "grams", "merged", "numbered", "numbered_in_order", "words"]

FEW = 32  # tokens of a record up to which they are sorted by insertion (a convention)


@dataclass(frozen=True, slots=True, eq=False)
class Tokens:
    """The distinct tokens of each record.

    Parameters
    ----------
    indptr
        Shape (records + 1,): record ``i`` has ``ids[indptr[i]:indptr[i + 1]]``.
    ids
        Token numbers, ascending and distinct within a record.
    frequency
        Shape (vocabulary,): number of records with each token.
    hashes
        Shape (vocabulary,): the 64-bit hash of each token, the same in all columns and tables.
    has_digit
        Shape (vocabulary,): whether the token holds a digit.
    """

    indptr: NDArray[np.int64]
    ids: NDArray[np.int32]
    frequency: NDArray[np.int32]
    hashes: NDArray[np.uint64]
    has_digit: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.indptr) - 1

    def take(self, rows: NDArray[np.integer]) -> Tokens:
        """Return the sets of some records, in any order, with the frequencies of all."""
        indptr, places = taken(self.indptr, rows)
        return replace(self, indptr=indptr, ids=self.ids[places])

    def idf(self, records: int | None = None) -> NDArray[np.float32]:
        """Return the smoothed inverse document frequency of each token, shape (vocabulary,).

        ``log((1 + records) / (1 + frequency)) + 1``, as in scikit-learn's TfidfTransformer.

        Parameters
        ----------
        records
            Records that the frequencies are about, where these are a part of them.
        """
        count = len(self) if records is None else records
        return (np.log((1 + count) / (1.0 + self.frequency)) + 1).astype(np.float32)


def words(strings: Strings, counts: NDArray[np.integer] | None = None) -> Tokens:
    """Cut strings into words at spaces, and unspaced scripts into pairs of characters.

    Parameters
    ----------
    strings
        The column, or its distinct values.
    counts
        In how many records each string is, shape (strings,); one where left out.
    """
    count = _count_words(strings.offsets, strings.codes, strings.unspaced)
    indptr, hashes, digits = _hash_words(
        strings.offsets, strings.codes, strings.points, strings.unspaced, count
    )
    return numbered(indptr, hashes, digits, counts)


def grams(strings: Strings, size: int = 3) -> Tokens:
    """Cut the words of strings into character n-grams, padded by a space on both sides.

    Parameters
    ----------
    strings
        The column.
    size
        Characters per n-gram, 2 to 4; a padded word shorter than that is one n-gram.
    """
    count = _count_grams(strings.offsets, strings.codes, size)
    indptr, hashes, digits = _hash_grams(
        strings.offsets, strings.codes, strings.points, size, count
    )
    return numbered(indptr, hashes, digits)


def merged(
    parts: Sequence[Tokens],
    sets: Sequence[NDArray[np.int32]] | None = None,
    *,
    after_each: Callable[[], None] | None = None,
) -> Tokens:
    """Unite the tokens of several columns of the same records, each token once per record.

    Parameters
    ----------
    parts
        The tokens of each column.
    sets
        Which set of its column each record has, shape (records,) per column; the record's own
        where left out.
    after_each
        Called when a column has been read, for example to take its pages out of memory.
    """
    if sets is None:
        if len(parts) == 1:
            return parts[0]
        sets = [np.arange(len(part), dtype=np.int32) for part in parts]
    numbers, distinct, digit = _vocabulary(parts, sets, after_each)
    indptr = np.zeros(len(sets[0]) + 1, np.int64)
    for part, of_record in zip(parts, sets, strict=True):
        indptr[1:] += np.diff(part.indptr)[of_record]
    np.cumsum(indptr, out=indptr)
    ids = np.empty(indptr[-1], np.int32)
    filled = indptr[:-1].copy()
    for part, of_record, number in zip(parts, sets, numbers, strict=True):
        _append(part.indptr, part.ids, of_record, number, filled, ids)
        if after_each is not None:
            after_each()
    return _tokens(indptr, ids, distinct, digit)


def _vocabulary(
    parts: Sequence[Tokens],
    sets: Sequence[NDArray[np.int32]],
    after_each: Callable[[], None] | None,
) -> tuple[list[NDArray[np.int32]], NDArray[np.uint64], NDArray[np.bool_]]:
    """Number the tokens of several columns by first appearance: record by record, then by column.

    Returns the new number of each token of each column, and the distinct tokens. Only the distinct
    tokens of a column are looked up, which are a fraction of all.
    """
    firsts = []
    for part, of_record in zip(parts, sets, strict=True):
        seen = np.zeros(len(part), np.bool_)
        firsts.append(_first_record(part.indptr, part.ids, of_record, seen, len(part.hashes)))
        if after_each is not None:
            after_each()
    first = np.concatenate(firsts)
    order = np.argsort(first, kind="stable")
    order = order[: np.count_nonzero(first < len(sets[0]))]
    hashes = np.concatenate([part.hashes for part in parts])[order]
    digits = np.concatenate([part.has_digit for part in parts])[order]
    number = np.full(len(first), -1, np.int32)
    number[order], distinct, digit = _number(hashes, digits)
    ends = np.cumsum([len(part.hashes) for part in parts])
    return np.split(number, ends[:-1]), distinct, digit


def numbered(
    indptr: NDArray[np.int64],
    hashes: NDArray[np.uint64],
    digits: NDArray[np.bool_],
    counts: NDArray[np.integer] | None = None,
) -> Tokens:
    """Make token sets from the hash of every token and whether it holds a digit.

    Parameters
    ----------
    indptr
        Shape (records + 1,): record ``i`` has ``hashes[indptr[i]:indptr[i + 1]]``.
    hashes, digits
        Shape (tokens,); a record may hold a token several times.
    counts
        As for :func:`words`.
    """
    ids, distinct, digit = _number(hashes, digits)
    return _tokens(indptr, ids, distinct, digit, counts)


def numbered_in_order(
    hashes: NDArray[np.uint64], digits: NDArray[np.bool_]
) -> tuple[NDArray[np.int32], NDArray[np.uint64], NDArray[np.bool_]]:
    """Number hashes in order of first appearance.

    Returns
    -------
    tuple of numpy.ndarray
        The number of each token, shape (tokens,); the distinct hashes, and whether each is of a
        token with a digit, shape (vocabulary,).
    """
    ids, distinct, digit = _number(hashes, digits)
    return ids, distinct, digit


def _tokens(
    indptr: NDArray[np.int64],
    ids: NDArray[np.int32],
    distinct: NDArray[np.uint64],
    digit: NDArray[np.bool_],
    counts: NDArray[np.integer] | None = None,
) -> Tokens:
    new_indptr, kept = _distinct_per_record(indptr, ids)
    frequency = np.zeros(len(distinct), np.int32)
    once = np.empty(0, np.int32)
    _count(new_indptr, kept, once if counts is None else counts, frequency)
    return Tokens(new_indptr, kept, frequency, distinct, digit)


@numba.njit(cache=True, nogil=True)
def _count_words(offsets, codes, unspaced):  # type: ignore[no-untyped-def]
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
def _hash_words(offsets, codes, points, unspaced, count):  # type: ignore[no-untyped-def]
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
def _count_grams(offsets, codes, size):  # type: ignore[no-untyped-def]
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
def _hash_grams(offsets, codes, points, size, count):  # type: ignore[no-untyped-def]
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
def _first_record(indptr, ids, sets, seen, count):  # type: ignore[no-untyped-def]
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
def _count(indptr, ids, counts, frequency):  # type: ignore[no-untyped-def]
    """Add to ``frequency`` how many records have each token; without ``counts`` one per set."""
    for i in range(len(indptr) - 1):
        records = counts[i] if len(counts) else 1
        for at in range(indptr[i], indptr[i + 1]):
            frequency[ids[at]] += records


@numba.njit(cache=True, nogil=True)
def _append(indptr, ids, sets, number, filled, out):  # type: ignore[no-untyped-def]
    for record in range(len(sets)):
        i = sets[record]
        for at in range(indptr[i], indptr[i + 1]):
            out[filled[record]] = number[ids[at]]
            filled[record] += 1


@numba.njit(cache=True, nogil=True)
def _number(hashes, digits):  # type: ignore[no-untyped-def]
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
def _distinct_per_record(indptr, ids):  # type: ignore[no-untyped-def]
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
