"""Compiled loops of the mixture: the two steps of expectation maximisation.

A *cell* is a combination of bins of a few columns. A missing value has a bin of its own, whose
evidence is 0, because that costs less than a branch that the processor cannot predict.
"""

from __future__ import annotations

import numba
import numpy as np

__all__ = ["count_cells", "share_pairs"]


@numba.njit(cache=True, nogil=True)
def count_cells(cell, share, total):  # type: ignore[no-untyped-def]
    """Add the class shares of the pairs to each cell, shape (cells, classes)."""
    for pair in range(len(cell)):  # in order, on one thread: float sums depend on the order
        _count(cell, pair, share, total)


@numba.njit(cache=True, nogil=True)
def share_pairs(cell, evidence, prior, largest, part, share, total):  # type: ignore[no-untyped-def]
    """Write the posterior share of each of two or three classes in each pair.

    ``evidence`` holds the log probability of each cell in each class, shape (cells, classes), with
    and ``prior`` that of each class. A class is at most ``largest`` nats
    less likely than the best one. The shares, shape (pairs, classes), sum to ``part`` of a pair,
    or to 1 where that is an array of length 0. They are also added up in ``total`` as by
    :func:`count_cells`; not in an array of length 0.
    """
    rare = np.exp(-largest)
    for pair in range(len(cell)):
        # three numbers, not an array: sums in memory take twice the time
        first, second, third = prior[0], prior[1], 0.0
        if len(prior) == 2:
            for place in range(cell.shape[1]):
                at = cell[pair, place]
                first += evidence[at, 0]
                second += evidence[at, 1]
            best = max(first, second)
            first = _exp(first - best, largest, rare)
            second = _exp(second - best, largest, rare)
            whole = first + second
        else:
            third = prior[2]
            for place in range(cell.shape[1]):
                at = cell[pair, place]
                first += evidence[at, 0]
                second += evidence[at, 1]
                third += evidence[at, 2]
            best = max(first, second, third)
            first = _exp(first - best, largest, rare)
            second = _exp(second - best, largest, rare)
            third = _exp(third - best, largest, rare)
            whole = first + second + third
            share[pair, 2] = third / whole
        share[pair, 0] = first / whole
        share[pair, 1] = second / whole
        if len(part):
            for kind in range(len(prior)):
                share[pair, kind] *= part[pair]
        if len(total):
            _count(cell, pair, share, total)


@numba.njit(cache=True, nogil=True, inline="always")
def _exp(value, largest, rare):  # type: ignore[no-untyped-def]
    """Return the exponential of a number up to 0; most are 0 or too small, and cost nothing."""
    if value == 0:
        return 1.0
    return np.exp(value) if value > -largest else rare


@numba.njit(cache=True, nogil=True, inline="always")
def _count(cell, pair, share, total):  # type: ignore[no-untyped-def]
    first, second = share[pair, 0], share[pair, 1]
    if share.shape[1] == 2:
        for place in range(cell.shape[1]):
            at = cell[pair, place]
            total[at, 0] += first
            total[at, 1] += second
        return
    third = share[pair, 2]
    for place in range(cell.shape[1]):
        at = cell[pair, place]
        total[at, 0] += first
        total[at, 1] += second
        total[at, 2] += third
