"""Large groups whose names are alike: are they one entity in two groups, or two of one name."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matchloop.data.pairs import CandidatePairs, pair_ids, run_starts, unpacked

__all__ = ["side_by_side"]

LARGE = 10
"""Records of a group that is large: two of them, put together or apart, are a hundred pairs."""

MOST = 2
"""Questions about such groups in one round."""


def side_by_side(
    pairs: CandidatePairs,
    probability: NDArray[np.float32],
    match_id: NDArray[np.int64],
    known: NDArray[np.int64],
    *,
    limit: int = MOST,
) -> list[tuple[int, int]]:
    """Find large groups that stand side by side, and the record that speaks for each.

    Parameters
    ----------
    pairs
        The candidates.
    probability
        Their match probability, shape (pairs,).
    match_id
        The group of each record, shape (records,).
    known
        Numbers of the pairs that were asked before: groups that one of them ties to each other are
        not asked about again.
    limit
        How many pairs of groups to return at most.

    Returns
    -------
    list of tuples of int
        The medoids of two groups each, the pairs of groups first that hold most pairs of records
        by how alike their nearest records are. As alike as the records of a group usually are, so
        that only groups of one name are asked about.
    """
    group = np.unique(match_id, return_inverse=True)[1].astype(np.int64)
    size = np.bincount(group)
    one, other = group[pairs.left], group[pairs.right]
    inside = (one == other) & (size[one] >= LARGE)
    across = (one != other) & (size[one] >= LARGE) & (size[other] >= LARGE)
    if not across.any():
        return []
    asked = pair_ids(*(group[rows] for rows in unpacked(known)))
    keys, at = np.unique(pair_ids(one[across], other[across]), return_inverse=True)
    alike = np.zeros(len(keys))
    np.maximum.at(alike, at, pairs.strength[across].astype(np.float64))
    usual = float(np.median(pairs.strength[inside])) if inside.any() else 0.0
    left, right = unpacked(keys)
    worth = np.where(alike >= usual, alike * size[left] * size[right], 0.0)
    worth[np.isin(keys, asked)] = 0.0
    middle = _medoids(pairs, probability, group, inside)
    best = np.argsort(-worth, kind="stable")[:limit]
    return [
        (int(middle[left[place]]), int(middle[right[place]])) for place in best if worth[place] > 0
    ]


def _medoids(
    pairs: CandidatePairs,
    probability: NDArray[np.float32],
    group: NDArray[np.int64],
    inside: NDArray[np.bool_],
) -> NDArray[np.int64]:
    """Return the record of each group that its others match best, shape (groups,)."""
    tied = np.zeros(len(group))
    np.add.at(tied, pairs.left[inside], probability[inside])
    np.add.at(tied, pairs.right[inside], probability[inside])
    order = np.lexsort((np.arange(len(group)), -tied, group))
    return order[run_starts(group[order])]
