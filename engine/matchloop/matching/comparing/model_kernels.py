"""Compiled reading of model numbers: words that mix letters and digits, split or not."""

from __future__ import annotations

import numba
import numpy as np

__all__ = ["hash_models"]

# These three are conventions.
SHORTEST = 3  # characters
LONGEST = 24  # characters
JOINED = 3  # most words that one model number is split into


@numba.njit(cache=True, nogil=True)
def hash_models(offsets, codes, points, indptr, hashes):  # type: ignore[no-untyped-def]
    """Return how many model numbers there are; fill ``indptr`` and ``hashes`` unless empty.

    A model number mixes letters and digits, or is of five digits or more. Up to three neighbouring
    words are read as one, so that ``dsc w120`` and ``dscw120`` have one in common.
    """
    end = 0
    for i in range(len(offsets) - 1):
        stop = offsets[i + 1]
        start = offsets[i]
        while start < stop:
            value = np.uint64(14695981039346656037)
            at = start
            digits = 0
            length = 0
            joined = 0
            next_start = stop
            while joined < JOINED and at < stop and length <= LONGEST:
                while at < stop and codes[at] != 32:
                    value = (value ^ np.uint64(points[codes[at]])) * np.uint64(1099511628211)
                    digits += 48 <= codes[at] <= 57
                    length += 1
                    at += 1
                joined += 1
                at += 1
                if joined == 1:
                    next_start = at
                mixed = 0 < digits < length and length >= SHORTEST
                if length <= LONGEST and (mixed or (joined == 1 and digits >= 5)):
                    if len(hashes):
                        hashes[end] = value
                    end += 1
            start = next_start
        if len(indptr):
            indptr[i + 1] = end
    return end
