"""Compiled loops over the keys of a stored table.

An entry is ``key << ROW_BITS | row``: a hash of 40 bits and the row that has it.
"""

from __future__ import annotations

import numba
import numpy as np

from matchloop.data.text.hashing import mix

__all__ = ["KEY_BITS", "ROW_BITS", "cut_runs", "joined", "tagged"]

ROW_BITS = 24
KEY_BITS = 64 - ROW_BITS

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)


@numba.njit(cache=True, nogil=True)
def tagged(hashes, tag):  # type: ignore[no-untyped-def]
    """Return the key of each hash in the column of a tag, 0 where there is no value."""
    keys = np.zeros(len(hashes), np.uint64)
    last = (np.uint64(1) << np.uint64(KEY_BITS)) - np.uint64(1)
    for row in range(len(hashes)):
        if hashes[row]:
            keys[row] = max(mix(hashes[row] + _GOLDEN * np.uint64(tag)) & last, np.uint64(1))
    return keys


@numba.njit(cache=True, nogil=True)
def joined(values, columns, rows):  # type: ignore[no-untyped-def]
    """Return the entries of some rows by their keys in several columns at once.

    ``values[column, row]`` is the key of a row in one column.
    """
    entries = np.empty(len(rows), np.uint64)
    for at in range(len(rows)):
        value = np.uint64(0)
        for column in columns:
            value = mix((value ^ values[column, rows[at]]) + _GOLDEN)
        entries[at] = (value << np.uint64(ROW_BITS)) | np.uint64(rows[at])
    return entries


@numba.njit(cache=True, nogil=True)
def cut_runs(entries, largest, ample, is_common):  # type: ignore[no-untyped-def]
    """Keep the entries of keys that at most ``largest`` rows have, in place.

    Parameters
    ----------
    entries
        Sorted; an entry that occurs twice counts once.
    largest, ample
        Most rows of a key to keep; rows from which a key counts as common.
    is_common
        Output, shape (rows,): whether the key of the row is common.

    Returns
    -------
    tuple
        How many entries were kept, the keys that were not, and the common keys, ascending.
    """
    shift = np.uint64(ROW_BITS)
    low = (np.uint64(1) << shift) - np.uint64(1)
    frequent = np.empty(len(entries) // (largest + 1) + 1, np.uint64)
    common = np.empty(len(entries) // (ample + 1) + 1, np.uint64)
    kept = 0
    frequents = 0
    commons = 0
    start = 0
    for at in range(1, len(entries) + 1):
        if at < len(entries) and entries[at] >> shift == entries[start] >> shift:
            continue
        size = 1
        for other in range(start + 1, at):
            if entries[other] != entries[other - 1]:
                size += 1
        key = entries[start] >> shift
        if size > ample:
            common[commons] = key
            commons += 1
            for other in range(start, at):
                is_common[entries[other] & low] = True
        if size > largest:
            frequent[frequents] = key
            frequents += 1
        else:
            previous = np.uint64(0)
            for other in range(start, at):
                entry = entries[other]
                if other == start or entry != previous:
                    entries[kept] = entry
                    kept += 1
                previous = entry
        start = at
    return kept, frequent[:frequents].copy(), common[:commons].copy()
