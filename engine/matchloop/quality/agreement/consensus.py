"""Consensus: one grouping of each set out of what several people said of its pairs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matchloop.quality.agreement import clustering_kernels
from matchloop.quality.agreement.answers import Answers
from matchloop.quality.agreement.judgements import Judgements

__all__ = ["Consensus", "best_grouping", "settle"]

EXACT_ROWS = 12
"""Sets of up to so many rows are solved exactly."""

CLOSE = 0.05
"""Log odds of a pair below which the two sides are taken for even."""


@dataclass(frozen=True, slots=True, eq=False)
class Consensus:
    """What the people together said.

    Parameters
    ----------
    groups
        For each set the group of each row, from 0; -1 for a row on which the sides are even.
    match
        Probability that each pair matches, shape (pairs,); NaN where nobody judged it.
    """

    groups: tuple[NDArray[np.int64], ...]
    match: NDArray[np.float64]

    @property
    def undecided(self) -> int:
        """How many rows stay without a group because the sides are even."""
        return int(sum((one < 0).sum() for one in self.groups))


def settle(answers: Answers, judgements: Judgements, odds: NDArray[np.float64]) -> Consensus:
    """Find the grouping of each set that fits the weighted judgements on its pairs best.

    Parameters
    ----------
    answers
        The sets.
    judgements
        Their pairs.
    odds
        Log odds that each pair matches, shape (pairs,), 0 where nothing is known.

    Returns
    -------
    Consensus
        Groups; a row is left without one where it is even which side is right.
    """
    groups = []
    bounds = judgements.bounds()
    for number, one in enumerate(answers.sets):
        pairs = slice(bounds[number], bounds[number + 1])
        weight = np.zeros((len(one.keys), len(one.keys)))
        weight[judgements.left[pairs], judgements.right[pairs]] = odds[pairs]
        weight += weight.T
        starts = [column for column in one.groups.T if (column >= 0).any()]
        groups.append(_decided(weight, starts, np.asarray((one.groups >= 0).any(axis=1))))
    judged = (judgements.said >= 0).any(axis=1)
    match = np.where(judged, 1 / (1 + np.exp(-np.clip(odds, -700, 700))), np.nan)
    return Consensus(tuple(groups), match)


def best_grouping(
    weight: NDArray[np.float64], starts: list[NDArray[np.int32]] | None = None
) -> NDArray[np.int64]:
    """Group rows so that the weights of the pairs inside groups sum to the most.

    Parameters
    ----------
    weight
        Of each pair, shape (rows, rows), symmetric; positive for a match.
    starts
        Groupings to begin from where the rows are too many to try all; -1 stands alone.

    Returns
    -------
    numpy.ndarray
        Group of each row, by first appearance. Exact for up to twelve rows.
    """
    if len(weight) <= EXACT_ROWS:
        return _numbered(clustering_kernels.exactly(weight))
    alone = np.arange(len(weight), dtype=np.int64)
    best, most = alone, -np.inf
    for start in [alone, *(_filled(one) for one in starts or [])]:
        found = clustering_kernels.stepwise(weight, start)
        value = weight[found[:, None] == found[None, :]].sum()
        if value > most + 1e-9:
            best, most = found, value
    return _numbered(best)


def _decided(
    weight: NDArray[np.float64], starts: list[NDArray[np.int32]], said: NDArray[np.bool_]
) -> NDArray[np.int64]:
    joined = best_grouping(weight + CLOSE, starts)
    parted = best_grouping(weight - CLOSE, starts)
    together, apart = joined[:, None] == joined[None, :], parted[:, None] == parted[None, :]
    even = together != apart
    groups = np.where(said, parted, -1)
    # rows that are even with the fewest others keep their group, one after the other
    kept = np.zeros(len(weight), np.bool_)
    for row in np.lexsort((np.arange(len(weight)), even.sum(axis=1))).tolist():
        if said[row] and not even[row, kept].any():
            kept[row] = True
    return np.where(kept, groups, -1)


def _filled(groups: NDArray[np.int32]) -> NDArray[np.int64]:
    out = groups.astype(np.int64)
    alone = out < 0
    out[alone] = out.max(initial=0) + 1 + np.arange(int(alone.sum()))
    return _numbered(out)


def _numbered(groups: NDArray[np.int64]) -> NDArray[np.int64]:
    _, first, inverse = np.unique(groups, return_index=True, return_inverse=True)
    rank = np.empty(len(first), np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    return rank[inverse]
