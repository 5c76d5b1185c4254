"""Which groups a run looks at, and how those that it does not look at stay as they are."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matchloop.data.pairs import Scores, groups_of_pairs

__all__ = ["kept_apart", "touched_by"]

Ids = NDArray[np.int64]
Mask = NDArray[np.bool_]

TIED = 0.5
"""Probability from which a pair ties its records, where the threshold is not lower."""


def touched_by(scores: Scores, earlier: Ids, start: Mask, threshold: float) -> Mask:
    """Return the records that likely pairs and earlier groups tie to a record that changed.

    Parameters
    ----------
    scores
        Scored pairs.
    earlier
        Earlier group of each record, -1 for a new or changed one, shape (records,).
    start
        Whether a record is new or changed, or its group lost a record, shape (records,).
    threshold
        Probability from which groups merge.
    """
    tied = scores.probability >= min(threshold, TIED)
    component = _components(
        len(earlier), scores.pairs.left[tied], scores.pairs.right[tied], earlier
    )
    return _all_of(component, start)


def kept_apart(cluster: Ids, earlier: Ids, touched: Mask) -> Ids:
    """Return groups in which only those with a touched record differ from the earlier ones.

    Parameters
    ----------
    cluster
        Group of each record after clustering, shape (records,).
    earlier
        As for :func:`touched_by`.
    touched
        Records whose groups may change.

    Returns
    -------
    numpy.ndarray
        Group of each record, numbered by first appearance.
    """
    none = np.empty(0, np.int32)
    linked = _components(len(earlier), none, none, earlier, cluster)
    free = _all_of(linked, touched)
    groups = np.where(free, cluster, earlier + int(cluster.max(initial=0)) + 1)
    _, first, index = np.unique(groups, return_index=True, return_inverse=True)
    rank = np.empty(len(first), np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    return rank[index]


def _components(
    count: int, left: NDArray[np.int32], right: NDArray[np.int32], *groupings: Ids
) -> Ids:
    """Number the components of records that pairs or a common group tie together."""
    ends = [(np.asarray(left, np.int64), np.asarray(right, np.int64))]
    for group in groupings:
        order = np.argsort(group, kind="stable")
        order = order[group[order] >= 0]
        same = group[order][1:] == group[order][:-1]
        ends.append((order[:-1][same], order[1:][same]))
    lefts, rights = (np.concatenate(side) for side in zip(*ends, strict=True))
    return groups_of_pairs((lefts, rights), count)


def _all_of(component: Ids, some: Mask) -> Mask:
    marked = np.zeros(int(component.max(initial=-1)) + 1, np.bool_)
    marked[component[some]] = True
    return marked[component]
