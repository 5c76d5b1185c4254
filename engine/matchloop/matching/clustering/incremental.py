"""Add new records to existing groups."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from matchloop.data.pairs import Scores, pair_ids
from matchloop.matching.clustering.average import cluster
from matchloop.matching.clustering.base import Clusters, Drawn
from matchloop.matching.clustering.constraints import PairList

__all__ = ["cluster_incrementally", "links_of"]


def cluster_incrementally(
    scores: Scores,
    previous: NDArray[np.int64],
    *,
    threshold: float = 0.5,
    sources: NDArray[np.int32] | None = None,
    must_link: PairList | None = None,
    cannot_link: PairList | None = None,
    max_size: int | None = None,
    per_source: Literal["one", "many"] = "many",
    drawn: Drawn | None = None,
) -> Clusters:
    """Group records, some of which already have a group.

    An existing group is never split, except by ``cannot_link``. Two of them merge where new
    records, or pairs between them, connect them.

    Parameters
    ----------
    scores
        Scored pairs among the new records, between new and old, and possibly among old ones.
    previous
        Earlier group of each record, shape (records,), any whole number; -1 for a new record.
    threshold, sources, must_link, cannot_link, max_size, per_source, drawn
        As in :func:`matchloop.matching.clustering.cluster`.

    Returns
    -------
    Clusters
        The partition; :func:`matchloop.data.matches.assign_ids` gives the groups their earlier ids.
    """
    left, right = links_of(previous)
    if cannot_link is not None:
        keep = ~np.isin(pair_ids(left, right), pair_ids(*map(np.asarray, cannot_link)))
        left, right = left[keep], right[keep]
    if must_link is not None:
        left = np.concatenate([left, np.asarray(must_link[0], np.int64)])
        right = np.concatenate([right, np.asarray(must_link[1], np.int64)])
    return cluster(
        scores,
        len(previous),
        threshold=threshold,
        sources=sources,
        must_link=(left, right),
        cannot_link=cannot_link,
        max_size=max_size,
        per_source=per_source,
        drawn=drawn,
    )


def links_of(previous: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return pairs that connect the records of each earlier group: one fewer than its records."""
    order = np.argsort(previous, kind="stable")
    order = order[previous[order] >= 0]
    same = previous[order][1:] == previous[order][:-1]
    return order[:-1][same], order[1:][same]
