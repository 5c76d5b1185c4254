"""Pairs of columns whose values some records have in each other's place: given name and surname."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

__all__ = ["swapped_columns"]

Hashes = NDArray[np.uint64]

LEAST = 6
"""Records whose two values another record has the other way round, from which two columns count
as swapped: three slips. A convention."""

AT_HOME = 0.8
"""Least share of the records whose value is in its own column more often than in the other one.

Two columns of one vocabulary, such as the two airports of a flight, are not swapped by mistake:
there and back are two flights. A convention between a half, which these have, and 1."""

SAMPLE = 100_000
"""Records from which two columns are judged, about; bounds time."""


def swapped_columns(hashes: Mapping[str, Hashes]) -> list[str]:
    """Find the two columns whose values are swapped in most records.

    Parameters
    ----------
    hashes
        Hash of each record's value by column, shape (records,); 0 where missing.

    Returns
    -------
    list of str
        The two columns; empty where no two are swapped.
    """
    most, columns = 0, list[str]()
    for first, second in combinations(hashes, 2):
        count = _count_swapped(hashes[first], hashes[second])
        if count > most:
            most, columns = count, [first, second]
    return columns


def _count_swapped(first: Hashes, second: Hashes) -> int:
    """Count the records whose values another one has the other way round; 0 if by no mistake."""
    filled = (first != 0) & (second != 0) & (first != second)
    # both records of a swap are in the sample, or neither is
    share = np.uint64(max(len(first) // SAMPLE, 1))
    chosen = filled & ((first ^ second) % share == 0)
    first, second = first[chosen], second[chosen]
    factor = np.uint64(0x9E3779B97F4A7C15)  # an odd number: the order of the two must count
    count = int(np.isin(first * factor + second, second * factor + first).sum())
    if count < LEAST or min(_at_home(first, second), _at_home(second, first)) < AT_HOME:
        return 0
    return count


def _at_home(values: Hashes, others: Hashes) -> float:
    """Return the share of values that are more often here than in the other column."""
    distinct, number, count = np.unique(values, return_inverse=True, return_counts=True)
    there, there_count = np.unique(others, return_counts=True)
    at = np.minimum(np.searchsorted(there, distinct), len(there) - 1)
    elsewhere = np.where(there[at] == distinct, there_count[at], 0)
    return float((count > elsewhere)[number].mean())
