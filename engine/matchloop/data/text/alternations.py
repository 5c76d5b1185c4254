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


def count_alternations(cut: Pieces, counts: NDArray[np.int32], least: int) -> NDArray[np.int64]:
    """Count the contexts in which each word or number stands in place of another one.

    A context is a value without one of its pieces, in any order: "shirt blue" and "shirt red" are
    two values of one context, in which blue and red alternate. Of a large table, contexts are a
    sample drawn by their hash.

    Parameters
    ----------
    cut
        The pieces of each value.
    counts
        In how many records each value is, shape (values,).
    least
        Records from which a piece counts: a misspelling stands in place of the word.

    Returns
    -------
    numpy.ndarray
        Shape (vocabulary,): number of contexts, an estimate where they are a sample.
    """
    lists = (cut.indptr, cut.ids, cut.hashes, cut.frequency >= least, counts)
    none, nothing = np.empty(0, np.uint64), np.empty(0, np.int32)
    drawn, total = _contexts(*lists, 1, none, nothing)
    every = max(1, -(-total // CONTEXTS))
    if every > 1:
        drawn, _ = _contexts(*lists, every, none, nothing)
    keys, ids = np.empty(drawn, np.uint64), np.empty(drawn, np.int32)
    _contexts(*lists, every, keys, ids)
    order = np.lexsort((ids, keys))
    contexts = np.zeros(len(cut.hashes), np.int64)
    _count(keys[order], ids[order], contexts)
    return np.asarray(contexts * every)


@numba.njit(cache=True, nogil=True)
def _contexts(indptr, ids, hashes, attested, counts, every, keys, out):  # type: ignore[no-untyped-def]
    """Write the keys of contexts and the piece each lacks, unless to an array of length 0.

    Returns the contexts of all values, and how many they are of all records.
    """
    contexts = 0
    of_records = 0
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
                of_records += counts[i]
    return contexts, of_records


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
