"""Find large groups of alike records, which may be one entity in two groups."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matchloop.data.pairs import CandidatePairs, pair_ids, run_starts, unpacked

__all__ = ["side_by_side"]

LARGE = 10
"""Records of a large group: one answer on two of them decides a hundred pairs (a convention)."""

MOST = 2
"""Most questions about such groups in one round (a convention)."""


def side_by_side(
    pairs: CandidatePairs,
    probability: NDArray[np.float32],
    match_id: NDArray[np.int64],
    answered: NDArray[np.int64],
    *,
    limit: int = MOST,
) -> list[tuple[int, int]]:
    """Find pairs of large groups that are alike, and the medoid of each.

    Parameters
    ----------
    pairs
        The candidates.
    probability
        Their match probability, shape (pairs,).
    match_id
        The group of each record, shape (records,).
    answered
        Ids of the pairs that were asked before: two groups with such a pair between them are not
        asked about again.
    limit
        Most pairs of groups to return.

    Returns
    -------
    list of tuples of int
        The medoids of two groups each, ordered by the number of pairs between the groups times the
        likeness of their nearest records. These are at least as alike as the records of a group
        usually are, so that only groups of one name are asked about.
    """
    group = np.unique(match_id, return_inverse=True)[1].astype(np.int64)
    size = np.bincount(group)
    left_group, right_group = group[pairs.left], group[pairs.right]
    inside = (left_group == right_group) & (size[left_group] >= LARGE)
    across = (
        (left_group != right_group) & (size[left_group] >= LARGE) & (size[right_group] >= LARGE)
    )
    if not across.any():
        return []
    done = pair_ids(*(group[rows] for rows in unpacked(answered)))
    keys, at = np.unique(pair_ids(left_group[across], right_group[across]), return_inverse=True)
    alike = np.zeros(len(keys))
    np.maximum.at(alike, at, pairs.strength[across].astype(np.float64))
    usual = float(np.median(pairs.strength[inside])) if inside.any() else 0.0
    left, right = unpacked(keys)
    worth = np.where(alike >= usual, alike * size[left] * size[right], 0.0)
    worth[np.isin(keys, done)] = 0.0
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
    """Return the medoid of each group: the record that the others match best, shape (groups,)."""
    tied = np.zeros(len(group))
    np.add.at(tied, pairs.left[inside], probability[inside])
    np.add.at(tied, pairs.right[inside], probability[inside])
    order = np.lexsort((np.arange(len(group)), -tied, group))
    return order[run_starts(group[order])]
