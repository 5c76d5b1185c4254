"""Uncompared pairs inside connected components, for clustering to know."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matchloop.data.pairs import CandidatePairs, Scores, packed, run_starts, unpacked
from matchloop.matching.clustering import kernels

__all__ = ["missing_by_group", "missing_pairs"]

Positions = NDArray[np.int32]
_NO_SOURCE = np.empty(0, np.int32)


def missing_pairs(
    scores: Scores,
    n_records: int,
    threshold: float,
    limit: int,
    *,
    sources: Positions | None = None,
) -> CandidatePairs:
    """List the uncompared pairs inside connected components, within a budget.

    Components form along the pairs at or above the threshold, strongest first. Their size is capped
    so that all missing pairs fit the budget: a component that is too large is completed in its
    strongest parts.

    Parameters
    ----------
    scores
        Scored pairs.
    n_records
        Number of records.
    threshold
        Probability from which a pair connects its records.
    limit
        Most pairs to list.
    sources
        Number of each record's source; then pairs of one source are left out.

    Returns
    -------
    CandidatePairs
        New pairs, sorted, with strength 0 and the rule ``component``.
    """
    limit = max(limit, 0)
    cut = int(np.rint(threshold * kernels.ONE))
    whole = kernels.whole(scores.probability)
    left, right = scores.pairs.left, scores.pairs.right
    component = kernels.groups_of(np.arange(n_records, dtype=np.int32), left, right, whole, cut)
    inside = kernels.inner(component, left, right)
    left, right, whole = left[inside], right[inside], whole[inside]
    group = component
    if _missing_count(component, left, right, sources) > limit:
        strong = np.flatnonzero(whole >= cut)
        order = strong[np.argsort(-whole[strong], kind="stable")]
        group = _affordable(component, left, right, order, limit, sources)
    size = np.bincount(group, minlength=n_records)
    members = np.flatnonzero(size[group] > 1).astype(np.int32)
    source = _NO_SOURCE if sources is None else sources
    by = (group[members],) if sources is None else (sources[members], group[members])
    members = members[np.lexsort(by)]
    starts = np.append(0, np.cumsum(size[size > 1]))
    ids = np.sort(kernels.missing(starts, members, source, left, right, n_records, limit))
    lower, upper = unpacked(ids)
    names = (*scores.pairs.rule_names, "component")[:32]
    return CandidatePairs(
        lower.astype(np.int32),
        upper.astype(np.int32),
        np.zeros(len(ids), np.float32),
        np.full(len(ids), 1 << (len(names) - 1), np.uint32),
        names,
    )


def _affordable(
    component: Positions,
    left: Positions,
    right: Positions,
    order: NDArray[np.int64],
    limit: int,
    sources: Positions | None,
) -> Positions:
    # bisect the size cap: the missing pairs grow with it; within a tenth is exact enough
    best = np.arange(len(component), dtype=np.int32)
    low, high = 1, int(np.bincount(component).max())
    while high - low > max(low // 10, 1):
        middle = (low + high) // 2
        groups: Positions = kernels.capped_groups(len(component), left, right, order, middle)
        if _missing_count(groups, left, right, sources) <= limit:
            low, best = middle, groups
        else:
            high = middle
    return best


def _missing_count(
    groups: Positions, left: Positions, right: Positions, sources: Positions | None
) -> int:
    return int(missing_by_group(groups, left, right, sources).sum())


def missing_by_group(
    groups: Positions, left: Positions, right: Positions, sources: Positions | None
) -> NDArray[np.int64]:
    """Count the uncompared pairs inside each group, without pairs of one source."""
    size = np.bincount(groups).astype(np.int64)
    missing = size * (size - 1) // 2
    within = groups[left] == groups[right]
    if sources is not None:
        spot = np.sort(packed(groups, sources.astype(np.uint32)))
        start = run_starts(spot)
        run = np.diff(np.append(start, len(spot)))
        np.subtract.at(missing, unpacked(spot[start])[0], run * (run - 1) // 2)
        within &= sources[left] != sources[right]
    return np.asarray(missing - np.bincount(groups[left[within]], minlength=len(size)), np.int64)
