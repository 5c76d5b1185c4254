"""Run a function over ranges of rows, on the number of threads that numba is set to."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import numba

__all__ = ["over_items", "over_ranges"]

T = TypeVar("T")
R = TypeVar("R")


def over_items(work: Callable[[T], R], items: Iterable[T]) -> list[R]:
    """Apply a function to every item, results in the order of the items."""
    with ThreadPoolExecutor(max(1, numba.get_num_threads())) as pool:
        return list(pool.map(work, items))


def over_ranges(work: Callable[[int, int], R], length: int, least: int = 1024) -> list[R]:
    """Apply a function to (first, last) ranges that cover a length.

    The ranges depend on the length alone, never on the number of threads.

    Parameters
    ----------
    work
        Called with the first row and the row after the last.
    length
        Number of rows.
    least
        Least rows of a range.
    """
    step = max(least, -(-length // 64))
    return over_items(lambda first: work(first, min(first + step, length)), range(0, length, step))
