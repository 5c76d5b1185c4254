"""What third records say of a pair: whether both keep the same company.

A pair that is hard to judge by its values is easier where both of its records are like the same
other records, and none of these is like one but not the other. That needs no label, and tells most
where entities have many records; between two tables nothing is known, as no record there is
compared with two others that are compared with each other.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matchloop.data.pairs import CandidatePairs

__all__ = ["COMPANY", "compare_company"]

COMPANY = ("best third record", "shared", "share of all", "differs most", "share of fewer")

FEW = 0.05
"""Company, as a sum of probabilities, below which nothing is known."""

AT_ONCE = 20_000
"""Pairs compared at once, to bound the memory."""

Floats = NDArray[np.float64]


def compare_company(
    candidates: CandidatePairs, guess: NDArray[np.floating], pairs: CandidatePairs, n_records: int
) -> NDArray[np.float32]:
    """Compare the company of both records of each pair.

    Parameters
    ----------
    candidates
        Pairs whose match probability was guessed.
    guess
        That probability, shape (candidates,).
    pairs
        The pairs to be told of.
    n_records
        Records of the table.

    Returns
    -------
    numpy.ndarray
        A column for each of :data:`COMPANY`, shape (pairs, 5): how well the best third record
        goes with both; the company they share; its share of all their company, and of that of
        the record that has less, NaN where there is none; and the greatest difference of a record
        that both were compared with, in the fourth column.
    """
    of = np.concatenate((candidates.left, candidates.right)).astype(np.int64)
    other = np.concatenate((candidates.right, candidates.left)).astype(np.int64)
    order = np.argsort(of * n_records + other)
    of, other = of[order], other[order]
    chance: Floats = np.tile(np.asarray(guess, np.float64), 2)[order]
    known = of * n_records + other
    starts = np.searchsorted(of, np.arange(n_records + 1))
    total = np.bincount(of, weights=chance, minlength=n_records).astype(np.float64)
    told = [np.empty((0, len(COMPANY)), np.float32)]
    for at in range(0, len(pairs), AT_ONCE):
        left = pairs.left[at : at + AT_ONCE].astype(np.int64)
        right = pairs.right[at : at + AT_ONCE].astype(np.int64)
        told.append(_compared(left, right, starts, other, chance, known, total))
    return np.concatenate(told)


def _compared(
    left: NDArray[np.int64],
    right: NDArray[np.int64],
    starts: NDArray[np.int64],
    other: NDArray[np.int64],
    chance: Floats,
    known: NDArray[np.int64],
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
    at = np.minimum(np.searchsorted(known, wanted), max(len(known) - 1, 0))
    both = np.flatnonzero(~itself & (known[at] == wanted)) if len(known) else np.empty(0, np.int64)
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
