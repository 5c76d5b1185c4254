"""Pairs that clustering would want to know and nobody compared."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matchloop.clustering import kernels
from matchloop.pairs import CandidatePairs, Scores

__all__ = ["missing_pairs"]

_LOW = (1 << 32) - 1
_NO_SOURCE = np.empty(0, np.int32)


def missing_pairs(
    scores: Scores,
    n_records: int,
    threshold: float,
    limit: int,
    *,
    sources: NDArray[np.int32] | None = None,
) -> CandidatePairs:
    """List the uncompared pairs inside connected components, within a budget.

    Components form along the pairs at or above the threshold, strongest first, and are not let
    grow beyond the largest size at which the missing pairs of all of them fit the budget: a
    component that is too large is completed in its strongest parts.

    Parameters
    ----------
    scores
        Scored pairs.
    n_records
        Number of records.
    threshold
        Probability from which a pair ties its records together.
    limit
        Most pairs to list.
    sources
        Number of each record's source; then pairs of one source are left out.

    Returns
    -------
    CandidatePairs
        New pairs, sorted, with strength 0 and the rule ``component``.
    """
    whole = kernels.whole(scores.probability)
    cut = int(np.rint(threshold * kernels.ONE))
    strong = np.flatnonzero(whole >= cut)
    order = strong[np.argsort(-whole[strong], kind="stable")]
    group = _affordable(scores, n_records, order, limit, sources)
    members = np.argsort(group, kind="stable").astype(np.int32)
    size = np.bincount(group, minlength=n_records)
    members = members[size[group[members]] > 1]
    starts = np.r_[0, np.cumsum(size[size > 1])]
    source = _NO_SOURCE if sources is None else sources
    found = np.sort(kernels.missing(starts, members, source, scores.pairs.ids(), max(limit, 0)))
    names = (*scores.pairs.rule_names, "component")[:32]
    return CandidatePairs(
        (found >> 32).astype(np.int32),
        (found & _LOW).astype(np.int32),
        np.zeros(len(found), np.float32),
        np.full(len(found), 1 << (len(names) - 1), np.uint32),
        names,
    )


def _affordable(
    scores: Scores,
    n_records: int,
    order: NDArray[np.int64],
    limit: int,
    sources: NDArray[np.int32] | None,
) -> NDArray[np.int32]:
    # the groups of the largest size cap, within a tenth, whose missing pairs fit the limit
    left, right = scores.pairs.left, scores.pairs.right
    none = np.arange(n_records, dtype=np.int32)
    groups: NDArray[np.int32] = kernels.capped_groups(n_records, left, right, order, n_records)
    low, high = 1, int(np.bincount(groups, minlength=1).max()) + 1
    if _missing_count(groups, scores, sources) <= limit:
        return groups
    best = none
    while high - low > max(low // 10, 1):
        middle = (low + high) // 2
        groups = kernels.capped_groups(n_records, left, right, order, middle)
        if _missing_count(groups, scores, sources) <= limit:
            low, best = middle, groups
        else:
            high = middle
    return best


def _missing_count(
    groups: NDArray[np.int32], scores: Scores, sources: NDArray[np.int32] | None
) -> int:
    size = np.bincount(groups).astype(np.int64)
    possible = int((size * (size - 1) // 2).sum())
    within = groups[scores.pairs.left] == groups[scores.pairs.right]
    if sources is not None:
        spot = np.sort((groups.astype(np.int64) << 32) | sources.astype(np.uint32))
        run = np.diff(np.flatnonzero(np.r_[True, spot[1:] != spot[:-1], True]))
        possible -= int((run * (run - 1) // 2).sum())
        within &= sources[scores.pairs.left] != sources[scores.pairs.right]
    return possible - int(within.sum())
