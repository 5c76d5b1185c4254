"""Process slices on several threads: compiled loops release the interpreter lock."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numba

__all__ = ["in_slices"]

SLICE = 131_072
"""Most pairs that one thread compares at a time, column by column, so that a column stays in its
cache. A slice of a few thousand pairs takes twice the time per pair."""


def in_slices(count: int, work: Callable[[int, int], None]) -> None:
    """Call ``work(start, stop)`` for slices that cover ``count``, on every thread.

    The results of slices must be independent: their number depends on the number of threads.
    """
    threads = numba.get_num_threads()
    size = max(min(-(-count // threads), SLICE), 1)
    starts = range(0, count, size)
    stops = [min(start + size, count) for start in starts]
    if len(stops) <= 1:
        for start, stop in zip(starts, stops, strict=True):
            work(start, stop)
        return
    with ThreadPoolExecutor(threads) as pool:
        for _ in pool.map(work, starts, stops):
            pass
