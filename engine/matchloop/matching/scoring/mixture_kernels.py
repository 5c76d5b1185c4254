"""Compiled loops of the mixture: the two steps of expectation maximisation.

Bin numbers are given one higher, with 0 for a missing value: a place in the tables that changes no
sum costs less than a branch, which the processor cannot predict.
"""

from __future__ import annotations

import numba
import numpy as np

__all__ = ["count_bins", "share_pairs"]


@numba.njit(cache=True, nogil=True)
def count_bins(number, share, size):  # type: ignore[no-untyped-def]
    """Sum the class shares of the pairs in each bin.

    Returns an array of shape (columns, size + 1, classes), with the pairs without a value in a
    column at place 0.
    """
    columns = number.shape[1]
    n_classes = share.shape[1]
    total = np.zeros((columns, size + 1, n_classes))
    for pair in range(len(number)):  # in order, on one thread: float sums depend on the order
        for place in range(columns):
            at = number[pair, place]
            for kind in range(n_classes):
                total[place, at, kind] += share[pair, kind]
    return total


@numba.njit(cache=True, nogil=True)
def share_pairs(number, evidence, prior, largest):  # type: ignore[no-untyped-def]
    """Return the posterior share of each of two or three classes in each pair.

    ``evidence`` holds the log probability of each bin in each class, shape (columns, size + 1,
    classes), with zeros at place 0 for missing values, and ``prior`` that of each class. A class is
    at most ``largest`` nats less likely than the best one. Returns shape (pairs, classes).
    """
    n_classes = len(prior)
    share = np.empty((len(number), n_classes))
    for pair in range(len(number)):
        first = prior[0]  # three numbers, not an array: sums in memory take twice the time
        second = prior[1]
        third = prior[2] if n_classes > 2 else -np.inf
        for place in range(number.shape[1]):
            at = number[pair, place]
            first += evidence[place, at, 0]
            second += evidence[place, at, 1]
            if n_classes > 2:
                third += evidence[place, at, 2]
        # the best is subtracted before exp, which would overflow or underflow otherwise
        best = max(first, second, third)
        first = np.exp(max(first - best, -largest))
        second = np.exp(max(second - best, -largest))
        whole = first + second
        if n_classes > 2:
            third = np.exp(max(third - best, -largest))
            whole += third
            share[pair, 2] = third / whole
        share[pair, 0] = first / whole
        share[pair, 1] = second / whole
    return share
