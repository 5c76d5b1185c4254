"""Average-link clustering of scored pairs."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from matchloop.data.components import numbered
from matchloop.data.pairs import Scores, packed, run_starts, unpacked
from matchloop.errors import UsageError
from matchloop.matching.clustering import kernels
from matchloop.matching.clustering.agglomeration import agglomerate
from matchloop.matching.clustering.base import ClusteringReport, Clusters, Drawn
from matchloop.matching.clustering.constraints import Constraints, PairList, resolve

__all__ = ["ABSENT", "LOWEST", "cluster"]

_NO_SOURCE = np.empty(0, np.int32)
#: Sources up to which pairs of one source are subtracted (a convention: memory grows with them).
_MOST_SOURCES = 16

#: Weight of an uncompared pair against a compared one. Between groups it counts as a score of 0:
#: blocking would have found a likely match. A weight of 1 splits large groups of which blocking
#: found few pairs (cora: pair F1 .87 becomes .68). A weight of 0 lets noise chain small groups
#: (fake_1000: .98 becomes .95). From .03 to .3 tables hardly differ.
ABSENT = 0.1

#: Thresholds below this act as this: being a candidate alone makes no match (a convention).
LOWEST = 0.01


def cluster(
    scores: Scores,
    n_records: int,
    *,
    threshold: float = 0.5,
    sources: NDArray[np.int32] | None = None,
    must_link: PairList | None = None,
    cannot_link: PairList | None = None,
    max_size: int | None = None,
    per_source: Literal["one", "many"] = "many",
    absent: float = ABSENT,
    drawn: Drawn | None = None,
) -> Clusters:
    """Group records by average-link clustering of their pair probabilities.

    Starting from single records, the two groups of highest average probability merge until none
    reaches the threshold (average link). The average is over the compared pairs between two groups;
    uncompared pairs are weak evidence against a match. The threshold changes where merging stops,
    and not the order of merges: a higher threshold always gives a refinement. Ties are broken by
    the number of compared pairs, then by row position. Where a sample of the pairs between two
    groups was drawn, its mean stands for the uncompared ones, the more so the larger the sample.

    Average link is the group average of Sokal and Michener (1958). A weighted average never
    exceeds the larger of its parts, so the levels of successive merges never rise, compared pairs
    or not (the reducibility of Bruynooghe 1977).

    Parameters
    ----------
    scores
        Scored pairs. To use labels without enforcing them, pass their pairs as 1 or 0.
    n_records
        Number of records.
    threshold
        Average probability from which groups merge, in [0, 1]; below .01 it acts as .01.
    sources
        Number of each record's source, shape (records,), -1 where unknown. Pass it where only
        pairs of different sources are compared: then no pair of one source counts as missing.
    must_link, cannot_link
        Pairs that must share a group, or must not, as two arrays of row positions. All are kept
        unless they contradict each other; :mod:`matchloop.matching.clustering.constraints`
        resolves contradictions.
    max_size
        Groups larger than this are split where their own averages are lowest. Must-links win.
    per_source
        ``"one"``: a group holds at most one record of each source (with two sources, records
        match one to one). Must-links win.
    absent
        Weight of an uncompared pair, which counts as a score of 0; a weight of 0 leaves such pairs
        out of the average. Chosen by measurement: see :data:`ABSENT`.
    drawn
        Scored pairs that stand for uncompared ones, from
        :func:`matchloop.matching.clustering.sampled`.

    Returns
    -------
    Clusters
        The partition, with a confidence per group and a report.

    Raises
    ------
    UsageError
        The threshold is outside [0, 1], ``max_size`` is below 1, ``per_source`` is neither
        ``"one"`` nor ``"many"``, ``"one"`` comes without sources, or a constraint names a
        row that does not exist.
    """
    _check(threshold, sources, max_size, per_source, n_records)
    constraints = resolve(must_link, cannot_link, scores, n_records)
    cut = int(np.rint(max(threshold, LOWEST) * kernels.ONE))
    whole = _with_labels(kernels.whole(scores.probability), scores, constraints)
    owner = constraints.owner
    left, right = scores.pairs.left, scores.pairs.right
    component = kernels.groups_of(owner, left, right, whole, cut)
    cannot = constraints.cannot
    starts, links = kernels.by_component(
        owner, component, left, right, whole, _stands(scores, drawn), *unpacked(cannot)
    )
    one_per_source = per_source == "one"
    cap = n_records if max_size is None else max_size
    # Records that have links are renumbered component by component: the arrays that are read at
    # random while a component is merged are then in a cache. Their order in it stays the same.
    members, place = kernels.linked_members(component, links[0])
    lower, upper, *of_links = links
    first, last, capped = agglomerate(
        place[owner[members]],
        starts,
        (place[lower], place[upper], *of_links),
        cut,
        absent,
        cap,
        sources[members] if one_per_source and sources is not None else _NO_SOURCE,
        _shares(n_records, sources)[members],
        one_per_source,
    )
    group = owner.copy()
    group[members] = members[first]
    number, count = numbered(group)
    weakest = np.ones(n_records, np.float32)
    weakest[members] = np.minimum(last[first] / kernels.ONE, 1)
    size = np.bincount(number, minlength=count)
    report = ClusteringReport(
        records=n_records,
        groups=count,
        pairs=len(scores),
        biggest=_biggest(size),
        components=_biggest(np.bincount(component, minlength=1)),
        capped=int(capped),
        over_cap=int((size > cap).sum()),
        contradictions=_listed(constraints.contradictions),
        dropped=_listed(constraints.dropped),
        sources_joined=_sources_joined(number, sources) if one_per_source else 0,
        matched=int((size * (size - 1) // 2).sum()),
    )
    return Clusters(number, _confidence(number, size, whole, scores), weakest, report)


def _check(
    threshold: float,
    sources: NDArray[np.int32] | None,
    max_size: int | None,
    per_source: str,
    n_records: int,
) -> None:
    if not 0 <= threshold <= 1:
        raise UsageError(f"threshold is {threshold}; give a probability between 0 and 1")
    if max_size is not None and max_size < 1:
        raise UsageError(f"max_size is {max_size}; give 1 or more, or None for no limit")
    if per_source not in ("one", "many"):
        raise UsageError(f"per_source is '{per_source}'; give 'one' or 'many'")
    if per_source == "one" and sources is None:
        raise UsageError("per_source='one' needs to know the source of each record; give sources")
    if sources is not None and len(sources) != n_records:
        raise UsageError(f"sources has {len(sources)} values, not {n_records}; give one per record")


def _with_labels(
    whole: NDArray[np.int32], scores: Scores, constraints: Constraints
) -> NDArray[np.int32]:
    # enforced labels replace the scores of their pairs
    for ids, value in ((constraints.must, kernels.ONE), (constraints.cannot, 0)):
        at = kernels.place_of(scores.pairs.left, scores.pairs.right, *unpacked(ids))
        whole[at[at >= 0]] = value
    return whole


def _stands(scores: Scores, drawn: Drawn | None) -> NDArray[np.int64]:
    if drawn is None or not len(drawn.ids):
        return np.empty(0, np.int64)
    stands = np.zeros(len(scores), np.int64)
    pairs = scores.pairs
    at = kernels.place_of(pairs.left, pairs.right, *unpacked(drawn.ids))
    stands[at[at >= 0]] = drawn.stands_for[at >= 0]
    return stands


def _shares(n_records: int, sources: NDArray[np.int32] | None) -> NDArray[np.int32]:
    # one column per source; with very many sources hardly any pair is of one source
    count = 0 if sources is None or not n_records else int(sources.max()) + 1
    share = np.zeros((n_records, count if count <= _MOST_SOURCES else 0), np.int32)
    if sources is not None and share.shape[1]:
        with_source = np.flatnonzero(sources >= 0)
        share[with_source, sources[with_source]] = 1
    return share


def _confidence(
    number: NDArray[np.int64], size: NDArray[np.int64], whole: NDArray[np.int32], scores: Scores
) -> NDArray[np.float32]:
    total, pairs, best = kernels.inside_and_best(
        number.astype(np.int32), len(size), scores.pairs.left, scores.pairs.right, whole
    )
    inside = np.divide(total, pairs * kernels.ONE, out=np.ones(len(size)), where=pairs > 0)
    confidence = np.where(size > 1, inside, 1 - best / kernels.ONE)
    of_group: NDArray[np.float32] = confidence.astype(np.float32)
    return of_group[number]


def _biggest(sizes: NDArray[np.int64]) -> tuple[int, ...]:
    return tuple(np.sort(sizes[sizes > 0])[::-1][:10].tolist())


def _listed(ids: NDArray[np.int64]) -> tuple[tuple[int, int], ...]:
    return tuple(zip(*(ends.tolist() for ends in unpacked(ids)), strict=True))


def _sources_joined(number: NDArray[np.int64], sources: NDArray[np.int32] | None) -> int:
    if sources is None:
        return 0
    with_source = sources >= 0
    spot = np.sort(packed(number[with_source], sources[with_source]))
    twice, _ = unpacked(spot[1:][spot[1:] == spot[:-1]])
    return len(run_starts(twice))
