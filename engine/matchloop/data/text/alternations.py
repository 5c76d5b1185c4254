"""Words and numbers that stand in one another's place, such as sizes, colours and editions."""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

from matchloop.data.text.hashing import mix
from matchloop.data.text.pieces import Pieces

__all__ = ["count_alternations"]

# Conventions that bound time: contexts of long texts are never equal, and some two million
# contexts tell which words alternate.
FEWEST = 3  # least distinct pieces of a value that has contexts
MOST = 40  # most
CONTEXTS = 2_000_000


def count_alternations(
    cut: Pieces, frequency: NDArray[np.integer], least: int
) -> NDArray[np.int64]:
    """Count the contexts in which each word or number stands in place of another one.

    A context is a value without one of its pieces, in any order: "shirt blue" and "shirt red" are
    two values of one context, in which blue and red alternate. Of a large table, contexts are a
    sample drawn by their hash.

    Parameters
    ----------
    cut
        The pieces of each value.
    frequency
        In how many records each piece is, shape (vocabulary,).
    least
        Records from which a piece counts: a misspelling stands in place of the word.

    Returns
    -------
    numpy.ndarray
        Shape (vocabulary,): number of contexts, an estimate where they are a sample.
    """
    attested = np.asarray(frequency) >= least
    none = np.empty(0, np.uint64)
    total = _contexts(cut.indptr, cut.ids, cut.hashes, attested, 1, none, np.empty(0, np.int32))
    every = max(1, -(-total // CONTEXTS))
    drawn = total
    if every > 1:
        drawn = _contexts(
            cut.indptr, cut.ids, cut.hashes, attested, every, none, np.empty(0, np.int32)
        )
    keys, ids = np.empty(drawn, np.uint64), np.empty(drawn, np.int32)
    _contexts(cut.indptr, cut.ids, cut.hashes, attested, every, keys, ids)
    order = np.lexsort((ids, keys))
    counts = np.zeros(len(cut.hashes), np.int64)
    _count(keys[order], ids[order], counts)
    return np.asarray(counts * every)


@numba.njit(cache=True, nogil=True)
def _contexts(indptr, ids, hashes, attested, every, keys, out):  # type: ignore[no-untyped-def]
    """Return the number of contexts; write their keys and the piece each lacks, unless empty."""
    contexts = 0
    for i in range(len(indptr) - 1):
        count = indptr[i + 1] - indptr[i]
        if count < FEWEST:
            continue
        distinct = np.unique(ids[indptr[i] : indptr[i] + min(count, 4 * MOST)])
        if count > 4 * MOST or len(distinct) < FEWEST or len(distinct) > MOST:
            continue
        total = np.uint64(0)
        for number in distinct:
            total += hashes[number]
        for number in distinct:
            key = mix(total - hashes[number])
            if attested[number] and key % np.uint64(every) == 0:
                if len(keys):
                    keys[contexts] = key
                    out[contexts] = number
                contexts += 1
    return contexts


@numba.njit(cache=True, nogil=True)
def _count(keys, ids, counts):  # type: ignore[no-untyped-def]
    """Count, for each piece, the keys that it shares with another one; both sorted."""
    start = 0
    while start < len(keys):
        end = start + 1
        while end < len(keys) and keys[end] == keys[start]:
            end += 1
        if ids[start] != ids[end - 1]:
            for at in range(start, end):
                if at == start or ids[at] != ids[at - 1]:
                    counts[ids[at]] += 1
        start = end
