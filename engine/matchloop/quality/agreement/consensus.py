"""Consensus: merge several annotators' pairwise judgements into one grouping per set."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matchloop.quality.agreement import clustering_kernels
from matchloop.quality.agreement.answers import Answers
from matchloop.quality.agreement.judgements import Judgements

__all__ = ["Consensus", "best_grouping", "find_consensus"]

EXACT_ROWS = 12
"""Sets of up to this many rows are solved exactly; the cost is 3 to this power. A convention."""

CLOSE = 0.05
"""Absolute log odds of a pair below which the judgements are tied; a convention."""


@dataclass(frozen=True, slots=True, eq=False)
class Consensus:
    """The merged answers of all annotators.

    Parameters
    ----------
    groups
        For each set the group of each row, from 0; -1 for a tied row.
    match
        Match probability of each pair, shape (pairs,); NaN where nobody judged it.
    """

    groups: tuple[NDArray[np.int64], ...]
    match: NDArray[np.float64]

    @property
    def undecided(self) -> int:
        """Number of rows without a group, because their judgements are tied."""
        return int(sum((groups < 0).sum() for groups in self.groups))


def find_consensus(
    answers: Answers, judgements: Judgements, odds: NDArray[np.float64]
) -> Consensus:
    """Find the grouping of each set that fits its judgements best.

    Parameters
    ----------
    answers
        The sets.
    judgements
        The judgements on their pairs.
    odds
        Log odds that each pair matches, shape (pairs,), 0 without evidence.

    Returns
    -------
    Consensus
        The groups; a tied row has none.
    """
    groups = []
    bounds = judgements.bounds()
    for number, answered in enumerate(answers.sets):
        pairs = slice(bounds[number], bounds[number + 1])
        weight = np.zeros((len(answered.keys), len(answered.keys)))
        weight[judgements.left[pairs], judgements.right[pairs]] = odds[pairs]
        weight += weight.T
        starts = [column for column in answered.groups.T if (column >= 0).any()]
        groups.append(_decided(weight, starts, np.asarray((answered.groups >= 0).any(axis=1))))
    judged = (judgements.answers >= 0).any(axis=1)
    match = np.where(judged, 1 / (1 + np.exp(-np.clip(odds, -700, 700))), np.nan)
    return Consensus(tuple(groups), match)


def best_grouping(
    weight: NDArray[np.float64], starts: list[NDArray[np.int32]] | None = None
) -> NDArray[np.int64]:
    """Group rows so that the sum of the weights of within-group pairs is greatest.

    Parameters
    ----------
    weight
        Weight of each pair, shape (rows, rows), symmetric; positive for a match.
    starts
        Starting points of the local search; -1 is a row in a group of its own.

    Returns
    -------
    numpy.ndarray
        Group of each row, by first appearance; exact for up to :data:`EXACT_ROWS` rows.
    """
    if len(weight) <= EXACT_ROWS:
        return _numbered(clustering_kernels.exactly(weight))
    alone = np.arange(len(weight), dtype=np.int64)
    best, most = alone, -np.inf
    for start in [alone, *(_filled(groups) for groups in starts or [])]:
        grouping = clustering_kernels.stepwise(weight, start)
        value = weight[grouping[:, None] == grouping[None, :]].sum()
        if value > most + 1e-9:
            best, most = grouping, value
    return _numbered(best)


def _decided(
    weight: NDArray[np.float64], starts: list[NDArray[np.int32]], labelled: NDArray[np.bool_]
) -> NDArray[np.int64]:
    joined = best_grouping(weight + CLOSE, starts)
    parted = best_grouping(weight - CLOSE, starts)
    together, apart = joined[:, None] == joined[None, :], parted[:, None] == parted[None, :]
    even = together != apart
    groups = np.where(labelled, parted, -1)
    # Greedy, fewest ties first, so that as many rows as possible keep their group.
    kept = np.zeros(len(weight), np.bool_)
    for row in np.lexsort((np.arange(len(weight)), even.sum(axis=1))).tolist():
        if labelled[row] and not even[row, kept].any():
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
