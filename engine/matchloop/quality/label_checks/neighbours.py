"""Features of third records: whether both records of a pair match the same neighbours.

A pair whose values are ambiguous is easier to judge by its neighbours. If the two records match,
a third record is a probable match of both or of neither. No label is needed. The features help
most where entities have many records. Between two tables they are empty: there, no three records
are compared pairwise.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matchloop.data.pairs import CandidatePairs

__all__ = ["NEIGHBOUR_FEATURES", "compare_neighbours"]

NEIGHBOUR_FEATURES = (
    "best third record",
    "shared",
    "share of all",
    "differs most",
    "share of fewer",
)

FEW = 0.05
"""Sum of probabilities below which a record has no neighbours; a convention."""

AT_ONCE = 20_000
"""Pairs compared at once, to bound the memory; a convention."""

Floats = NDArray[np.float64]


def compare_neighbours(
    candidates: CandidatePairs, prior: NDArray[np.floating], pairs: CandidatePairs, n_records: int
) -> NDArray[np.float32]:
    """Compare the neighbours of both records of each pair.

    Parameters
    ----------
    candidates
        Candidate pairs of the table.
    prior
        Match probability of each by the prior model, shape (candidates,).
    pairs
        The pairs to compute features for.
    n_records
        Number of records in the table.

    Returns
    -------
    numpy.ndarray
        Shape (pairs, 5), a column for each of :data:`NEIGHBOUR_FEATURES`. The smaller probability
        of the best third record; the sum of smaller probabilities; its share of all neighbours;
        the greatest difference of a third record's probabilities; the share of the neighbours of
        the record that has fewer. Shares are NaN without neighbours.
    """
    of = np.concatenate((candidates.left, candidates.right)).astype(np.int64)
    other = np.concatenate((candidates.right, candidates.left)).astype(np.int64)
    order = np.argsort(of * n_records + other)
    of, other = of[order], other[order]
    chance: Floats = np.tile(np.asarray(prior, np.float64), 2)[order]
    pair_keys = of * n_records + other
    starts = np.searchsorted(of, np.arange(n_records + 1))
    total = np.bincount(of, weights=chance, minlength=n_records).astype(np.float64)
    columns = [np.empty((0, len(NEIGHBOUR_FEATURES)), np.float32)]
    for at in range(0, len(pairs), AT_ONCE):
        left = pairs.left[at : at + AT_ONCE].astype(np.int64)
        right = pairs.right[at : at + AT_ONCE].astype(np.int64)
        columns.append(_compared(left, right, starts, other, chance, pair_keys, total))
    return np.concatenate(columns)


def _compared(
    left: NDArray[np.int64],
    right: NDArray[np.int64],
    starts: NDArray[np.int64],
    other: NDArray[np.int64],
    chance: Floats,
    pair_keys: NDArray[np.int64],
    total: Floats,
) -> NDArray[np.float32]:
    n_records = len(starts) - 1
    count = starts[left + 1] - starts[left]
    pair = np.repeat(np.arange(len(left)), count)
    place = np.arange(len(pair)) - np.repeat(np.cumsum(count) - count, count)
    place += np.repeat(starts[left], count)
    third, first = other[place], chance[place]
    itself = third == right[pair]
    between = np.bincount(pair[itself], weights=first[itself], minlength=len(left))
    wanted = right[pair] * n_records + third
    at = np.minimum(np.searchsorted(pair_keys, wanted), max(len(pair_keys) - 1, 0))
    both = (
        np.flatnonzero(~itself & (pair_keys[at] == wanted))
        if len(pair_keys)
        else np.empty(0, np.int64)
    )
    pair, first, second = pair[both], first[both], chance[at[both]]
    best, differs = np.zeros(len(left)), np.zeros(len(left))
    np.maximum.at(best, pair, np.minimum(first, second))
    np.maximum.at(differs, pair, np.abs(first - second))
    shared = np.bincount(pair, weights=np.minimum(first, second), minlength=len(left))
    own, others = total[left] - between, total[right] - between
    fewer = np.minimum(own, others)
    of_all = np.where(own + others > FEW, shared / np.maximum(own + others - shared, FEW), np.nan)
    of_fewer = np.where(fewer > FEW, shared / np.maximum(fewer, FEW), np.nan)
    return np.stack((best, shared, of_all, differs, of_fewer), axis=1).astype(np.float32)
