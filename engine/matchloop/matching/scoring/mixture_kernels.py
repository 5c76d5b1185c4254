"""Compiled loops of the mixture: the two steps of expectation maximisation over all pairs."""

from __future__ import annotations

import numba
import numpy as np

__all__ = ["count_bins", "share_pairs"]


@numba.njit(cache=True, nogil=True)
def count_bins(number, columns, share, size):  # type: ignore[no-untyped-def]
    """Sum the class shares of the pairs in each bin.

    Returns an array of shape (columns, classes, size); pairs without a value count nowhere.
    """
    n_classes = share.shape[1]
    total = np.zeros((len(columns), n_classes, size))
    for pair in range(len(number)):
        for place in range(len(columns)):
            at = number[pair, columns[place]]
            if at >= 0:
                for kind in range(n_classes):
                    total[place, kind, at] += share[pair, kind]
    return total


@numba.njit(cache=True, nogil=True)
def share_pairs(number, columns, tables, prior, evidence, largest):  # type: ignore[no-untyped-def]
    """Return the posterior share of each class in each pair, shape (pairs, classes).

    ``tables`` holds the log probability of each bin, shape (columns, classes, size). A missing
    value is no evidence. Classes less likely than the best by ``largest`` nats stop there.
    """
    n_classes = len(prior)
    share = np.empty((len(number), n_classes))
    total = np.empty(n_classes)
    for pair in range(len(number)):
        for kind in range(n_classes):
            total[kind] = prior[kind]
        for place in range(len(columns)):
            at = number[pair, columns[place]]
            if at >= 0:
                for kind in range(n_classes):
                    total[kind] += evidence * tables[place, kind, at]
        best = total.max()
        whole = 0.0
        for kind in range(n_classes):
            share[pair, kind] = np.exp(max(total[kind] - best, -largest))
            whole += share[pair, kind]
        for kind in range(n_classes):
            share[pair, kind] /= whole
    return share
