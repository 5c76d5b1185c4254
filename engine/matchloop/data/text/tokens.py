"""Words and character n-grams of a column, as sets of numbers per record."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from matchloop.data.text.arrays import taken
from matchloop.data.text.codes import Strings
from matchloop.data.text.token_kernels import (
    append_tokens,
    count_grams,
    count_records,
    count_words,
    distinct_per_record,
    first_records,
    hash_grams,
    hash_words,
    number_hashes,
)

__all__ = ["Tokens", "grams", "merged", "numbered", "numbered_in_order", "words"]


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
    count = count_words(strings.offsets, strings.codes, strings.unspaced)
    indptr, hashes, digits = hash_words(
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
    count = count_grams(strings.offsets, strings.codes, size)
    indptr, hashes, digits = hash_grams(strings.offsets, strings.codes, strings.points, size, count)
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
        append_tokens(part.indptr, part.ids, of_record, number, filled, ids)
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
        firsts.append(first_records(part.indptr, part.ids, of_record, seen, len(part.hashes)))
        if after_each is not None:
            after_each()
    first = np.concatenate(firsts)
    order = np.argsort(first, kind="stable")
    order = order[: np.count_nonzero(first < len(sets[0]))]
    hashes = np.concatenate([part.hashes for part in parts])[order]
    digits = np.concatenate([part.has_digit for part in parts])[order]
    number = np.full(len(first), -1, np.int32)
    number[order], distinct, digit = number_hashes(hashes, digits)
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
    ids, distinct, digit = number_hashes(hashes, digits)
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
    ids, distinct, digit = number_hashes(hashes, digits)
    return ids, distinct, digit


def _tokens(
    indptr: NDArray[np.int64],
    ids: NDArray[np.int32],
    distinct: NDArray[np.uint64],
    digit: NDArray[np.bool_],
    counts: NDArray[np.integer] | None = None,
) -> Tokens:
    new_indptr, kept = distinct_per_record(indptr, ids)
    frequency = np.zeros(len(distinct), np.int32)
    once = np.empty(0, np.int32)
    count_records(new_indptr, kept, once if counts is None else counts, frequency)
    return Tokens(new_indptr, kept, frequency, distinct, digit)
