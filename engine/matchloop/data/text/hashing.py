"""Compiled 64-bit hashes of strings, the same in all columns and tables."""

from __future__ import annotations

import numba
import numpy as np

__all__ = ["hash_values", "mix"]


@numba.njit(cache=True, nogil=True, inline="always")
def mix(value):  # type: ignore[no-untyped-def]
    """Mix the bits of a 64-bit number."""
    value = (value ^ (value >> np.uint64(29))) * np.uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> np.uint64(32))) * np.uint64(0x94D049BB133111EB)
    return value ^ (value >> np.uint64(29))


@numba.njit(cache=True, nogil=True)
def hash_values(offsets, codes, points):  # type: ignore[no-untyped-def]
    """Hash each string to 64 bits (FNV-1a, mixed); 0 where it is empty."""
    hashes = np.zeros(len(offsets) - 1, np.uint64)
    for i in range(len(hashes)):
        if offsets[i] == offsets[i + 1]:
            continue
        value = np.uint64(14695981039346656037)
        for at in range(offsets[i], offsets[i + 1]):
            value = (value ^ np.uint64(points[codes[at]])) * np.uint64(1099511628211)
        hashes[i] = max(mix(value), np.uint64(1))  # 0 is reserved for missing
    return hashes
