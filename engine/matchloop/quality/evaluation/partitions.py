"""Measure groups against a truth, without listing the pairs of large groups."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matchloop.data.pairs import groups_of_pairs, packed, pair_ids, run_starts, unpacked
from matchloop.errors import InputError, UsageError, counted
from matchloop.quality.evaluation.base import GroupSizes, PairQuality, PartitionQuality

__all__ = [
    "compare_with_clusters",
    "compare_with_pairs",
]

Numbers = NDArray[np.integer]
Pairs = tuple[Numbers, Numbers]


def compare_with_clusters(
    groups: Numbers,
    truth: Numbers,
    *,
    sources: Numbers | None = None,
    left_out: Pairs | None = None,
) -> PartitionQuality:
    """Compare groups with true groups.

    Parameters
    ----------
    groups, truth
        Group and true group of each record, shape (records,), any whole numbers.
    sources
        Source of each record; then only pairs of different sources count. B-cubed and exact
        groups are over all records either way.
    left_out
        Pairs, as two arrays of row positions, that count neither as predicted nor as true, such
        as labelled pairs. B-cubed and exact groups still count them.

    Returns
    -------
    PartitionQuality
        Pairwise quality, B-cubed, and the share of exact groups.

    Raises
    ------
    UsageError
        The arrays differ in length.
    """
    group, true = _dense(groups), _dense(truth)
    _check_length(group, true, "truth")
    both = _dense(packed(group, true))
    correct = _pairs_inside(both, sources)
    predicted, belong = _pairs_inside(group, sources), _pairs_inside(true, sources)
    left, right = _unique(left_out, sources)
    together, rightly = group[left] == group[right], true[left] == true[right]
    pairs = PairQuality(
        predicted - int(together.sum()),
        belong - int(rightly.sum()),
        correct - int((together & rightly).sum()),
    )
    return _with_groups(pairs, group, true, both)


def compare_with_pairs(
    groups: Numbers,
    truth: Pairs,
    *,
    sources: Numbers | None = None,
    left_out: Pairs | None = None,
) -> PartitionQuality:
    """Compare groups with true pairs, which need not be closed under transitivity.

    B-cubed and exact groups are against the connected components of the true pairs.

    Parameters
    ----------
    groups
        Group of each record, shape (records,), any whole numbers.
    truth
        True pairs, as two arrays of row positions, any order, repeats ignored.
    sources, left_out
        As for :func:`compare_with_clusters`; true pairs of one source are ignored with sources.

    Returns
    -------
    PartitionQuality
        Pairwise, B-cubed and by group.
    """
    group = _dense(groups)
    left, right = _unique(truth, sources)
    out_left, out_right = _unique(left_out, sources)
    out = pair_ids(out_left, out_right)
    ids = pair_ids(left, right)
    together = group[left] == group[right]
    counts = ~np.isin(ids, out)
    pairs = PairQuality(
        _pairs_inside(group, sources) - int((group[out_left] == group[out_right]).sum()),
        int(counts.sum()),
        int((together & counts).sum()),
    )
    true = groups_of_pairs((left, right), len(group))
    return _with_groups(pairs, group, true, _dense(packed(group, true)))


def compare_on_pairs(
    groups: Numbers,
    matches: Pairs,
    others: Pairs,
    *,
    sources: Numbers | None = None,
    left_out: Pairs | None = None,
) -> PairQuality:
    """Compare groups with answered pairs only.

    Parameters
    ----------
    groups
        Group of each record, shape (records,), any whole numbers.
    matches, others
        Matches and non-matches, as two arrays of row positions each.
    sources, left_out
        As for :func:`compare_with_clusters`.

    Returns
    -------
    PairQuality
        Quality on these pairs.

    Raises
    ------
    InputError
        A pair is among the matches and among the non-matches.
    """
    out = pair_ids(*_unique(left_out, sources))
    together, listed = [], []
    for left, right in (_unique(matches, sources), _unique(others, sources)):
        ids = pair_ids(left, right)
        counts = ~np.isin(ids, out)
        listed.append(ids)
        together.append((groups[left] == groups[right])[counts])
    both = int(np.isin(listed[0], listed[1]).sum())
    if both:
        raise InputError(
            counted(both, "pair stands", "pairs stand")
            + " twice in the truth with different answers"
        )
    correct = int(together[0].sum())
    return PairQuality(correct + int(together[1].sum()), len(together[0]), correct)


def _dense(values: Numbers) -> NDArray[np.int64]:
    values = np.asarray(values, dtype=np.int64)
    if not len(values):
        return np.empty(0, np.int64)
    low, high = int(values.min()), int(values.max())
    if high - low <= 4 * len(values) + 1024:
        seen = np.zeros(high - low + 1, np.int64)
        seen[values - low] = 1
        number: NDArray[np.int64] = np.cumsum(seen) - 1
        return number[values - low]
    order = np.argsort(values, kind="stable")
    step = np.append(0, np.cumsum(values[order][1:] != values[order][:-1]))
    out = np.empty(len(values), np.int64)
    out[order] = step
    return out


def _check_length(groups: NDArray[np.int64], other: Numbers, name: str) -> None:
    if len(groups) != len(other):
        raise UsageError(f"{name} has {len(other)} values, not {len(groups)}; give one per record")


def _halves(sizes: NDArray[np.int64]) -> int:
    return int((sizes * (sizes - 1) // 2).sum())


def _pairs_inside(dense: NDArray[np.int64], sources: Numbers | None) -> int:
    count = _halves(np.bincount(dense))
    if sources is None:
        return count
    _check_length(dense, sources, "sources")
    return count - _halves(np.bincount(_dense(packed(dense, _dense(sources)))))


def _unique(pairs: Pairs | None, sources: Numbers | None) -> Pairs:
    if pairs is None:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    ids = np.sort(pair_ids(np.asarray(pairs[0], np.int64), np.asarray(pairs[1], np.int64)))
    left, right = unpacked(ids[run_starts(ids)])
    keep = left != right
    if sources is not None:
        keep &= sources[left] != sources[right]
    return left[keep], right[keep]


def _sizes(dense: NDArray[np.int64]) -> GroupSizes:
    size = np.bincount(dense)
    by_size = np.bincount(size)
    sizes = np.flatnonzero(by_size)
    return GroupSizes(
        records=len(dense),
        groups=len(size),
        alone=int((size == 1).sum()),
        biggest=tuple(np.sort(size)[::-1][:10].tolist()),
        sizes=dict(zip(sizes.tolist(), by_size[sizes].tolist(), strict=True)),
    )


def _with_groups(
    pairs: PairQuality,
    group: NDArray[np.int64],
    true: NDArray[np.int64],
    both: NDArray[np.int64],
) -> PartitionQuality:
    records = len(group)
    of_group, of_true = np.bincount(group), np.bincount(true)
    shared = np.bincount(both)
    member = np.zeros(len(shared), np.int64)
    member[both] = np.arange(records)  # any record represents its overlap
    a, b = of_group[group[member]], of_true[true[member]]
    squared = shared.astype(np.float64) ** 2
    precision = float((squared / a).sum() / records) if records else 1.0
    recall = float((squared / b).sum() / records) if records else 1.0
    several = int((of_true > 1).sum())
    exact = int(((shared == a) & (shared == b) & (b > 1)).sum())
    return PartitionQuality(
        pairs=pairs,
        bcubed_precision=precision,
        bcubed_recall=recall,
        bcubed_f1=2 * precision * recall / (precision + recall),
        exact=exact / several if several else 1.0,
        groups=_sizes(group),
        truth=_sizes(true),
    )
