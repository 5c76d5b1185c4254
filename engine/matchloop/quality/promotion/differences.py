"""Differences in quality of two groupings, with intervals by a paired bootstrap.

Against a truth the bootstrap resamples connected components of the old, new and true groups. No
joined pair of the three crosses components, so both groupings are measured on the same sample.
Against labels it resamples sets.

Errors on which the groupings differ are rare, and few samples hold one of each kind. Every sample
therefore adds unseen errors to each model: wrong and missed pairs, half of one on average, as in
Jeffreys's prior. Equal groupings get none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matchloop.data.labels import LabeledPairs
from matchloop.data.pairs import groups_of_pairs, packed

__all__ = ["CONFIDENCE", "Difference", "against_labels", "against_truth"]

CONFIDENCE = 0.95
RESAMPLES = 2_000
FEW = 8
"""Components with a pair below which there is no interval. All three numbers are conventions."""

NOT_ANSWERED = "no answered pair is one on which the two models differ"

UNSEEN = 0.5
"""Shape of the gamma distribution of unseen errors of a kind: that of Jeffreys's prior.

It was not tuned; benchmarks/promotion.py measures the intervals on eight tables.
"""

Groups = NDArray[np.integer]
Sums = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Difference:
    """One metric of two models, and its difference.

    Parameters
    ----------
    metric
        Name of the metric.
    old, new
        Its value for each model.
    difference
        New less old; positive is better.
    low, high
        Bounds of the 95 % interval of the difference; None where there is none.
    reason
        Reason why the interval is missing; empty otherwise.
    """

    metric: str
    old: float
    new: float
    difference: float
    low: float | None
    high: float | None
    reason: str = ""


def against_truth(
    old: Groups, new: Groups, truth: Groups, *, sources: Groups | None = None, seed: int = 0
) -> tuple[Difference, ...]:
    """Compare two groupings by the truth, pairwise and by B-cubed.

    Parameters
    ----------
    old, new, truth
        Group of each record, shape (records,), any whole numbers.
    sources
        Source of each record; then only pairs of different sources count.
    seed
        Seed of the bootstrap.

    Returns
    -------
    tuple of Difference
        One for each metric.
    """
    first, second, true = _dense(old), _dense(new), _dense(truth)
    unit = _components(first, second, true)
    columns = []
    for groups in (first, second):
        both = _dense(packed(groups, true))
        columns += [_pairs(groups, unit, sources), _pairs(both, unit, sources)]
        size, of_true, shared = np.bincount(groups), np.bincount(true), np.bincount(both)
        columns += [
            _summed(unit, shared[both] / size[groups]),
            _summed(unit, shared[both] / of_true[true]),
        ]
    columns += [_pairs(true, unit, sources), np.bincount(unit).astype(np.float64)]
    sums = np.column_stack(columns)
    evidence = int(((sums[:, 0] > 0) | (sums[:, 4] > 0) | (sums[:, 8] > 0)).sum())
    same = _is_same(first, second)
    return _differences(sums, _CLUSTERS, evidence, "groups", seed, same=same)


def against_labels(
    old: Groups, new: Groups, pairs: LabeledPairs, *, seed: int = 0
) -> tuple[Difference, ...]:
    """Compare two groupings by labelled pairs.

    Sets that a strategy chose are no random sample: the metrics rank the models on these labels
    and do not estimate their quality on the table. If no contested pair has a label, the labels
    cannot separate the models, and there is no interval.
    """
    count = int(pairs.set_index.max()) + 1 if len(pairs) else 0
    nothing = np.zeros(count)
    same = _is_same(_dense(old), _dense(new))
    columns: list[NDArray[np.float64]] = []
    for groups in (old, new):
        together = groups[pairs.left] == groups[pairs.right]
        correct = together & pairs.is_match
        columns += [
            _summed(pairs.set_index, together, count),
            _summed(pairs.set_index, correct, count),
            nothing,
            nothing,
        ]
    columns += [_summed(pairs.set_index, pairs.is_match, count), nothing]
    before, after = (groups[pairs.left] == groups[pairs.right] for groups in (old, new))
    undecided = NOT_ANSWERED if not same and np.array_equal(before, after) else ""
    sums = np.column_stack(columns)
    return _differences(sums, _PAIRS, count, "sets", seed, same=same, undecided=undecided)


def _components(*groupings: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the connected component of each record over several groupings."""
    records = np.arange(len(groupings[0]))
    firsts = [np.unique(groups, return_index=True)[1][groups] for groups in groupings]
    return groups_of_pairs((np.tile(records, len(firsts)), np.concatenate(firsts)), len(records))


def _pairs(
    groups: NDArray[np.int64], unit: NDArray[np.int64], sources: Groups | None
) -> NDArray[np.float64]:
    """Count the pairs inside the groups of each unit."""
    counted = _inside(groups, unit)
    if sources is None:
        return counted
    return counted - _inside(_dense(packed(groups, _dense(sources))), unit)


def _inside(groups: NDArray[np.int64], unit: NDArray[np.int64]) -> NDArray[np.float64]:
    size = np.bincount(groups)
    of_group = np.zeros(len(size), np.int64)
    of_group[groups] = unit
    pairs = size * (size - 1) / 2
    return np.asarray(np.bincount(of_group, pairs, int(unit.max(initial=-1)) + 1), np.float64)


def _differences(
    sums: Sums,
    metrics: Mapping[str, Callable[[Sums, int], NDArray[np.float64]]],
    evidence: int,
    what: str,
    seed: int,
    *,
    same: bool,
    undecided: str = "",
) -> tuple[Difference, ...]:
    total = sums.sum(axis=0)[None]
    drawn = None
    if evidence >= FEW and not undecided:
        drawn = _drawn(sums, seed)
        if not same:
            drawn = _with_unseen(drawn, sums, seed)
    out = []
    for name, metric in metrics.items():
        old, new = float(metric(total, 0)[0]), float(metric(total, 4)[0])
        low = high = None
        reason = f"an interval needs {FEW} {what} or more, there are {evidence}"
        reason = undecided if undecided and evidence >= FEW else reason
        if drawn is not None:
            tail = (1 - CONFIDENCE) / 2
            bounds = np.quantile(metric(drawn, 4) - metric(drawn, 0), [tail, 1 - tail])
            low, high = min(float(bounds[0]), new - old), max(float(bounds[1]), new - old)
            reason = ""
        out.append(Difference(name, old, new, new - old, low, high, reason))
    return tuple(out)


def _drawn(sums: Sums, seed: int) -> Sums:
    """Return bootstrap sums; units of equal sums are drawn together, as Poisson counts."""
    kinds, counts = np.unique(sums, axis=0, return_counts=True)
    rng = np.random.default_rng(seed)
    out = np.empty((RESAMPLES, sums.shape[1]))
    step = max(1, 20_000_000 // max(len(kinds), 1))
    for start in range(0, RESAMPLES, step):
        end = min(start + step, RESAMPLES)
        out[start:end] = rng.poisson(counts, (end - start, len(counts))) @ kinds
    return out


def _with_unseen(drawn: Sums, sums: Sums, seed: int) -> Sums:
    """Add unseen errors of either model to the bootstrap sums."""
    rng = np.random.default_rng([seed, 1])
    pairs = _pairs_of_a_record(sums)
    for at in (0, 4):
        joined, missed = rng.gamma(UNSEEN, size=(2, len(drawn)))
        missed = np.minimum(missed, drawn[:, at + 1] / pairs)
        drawn[:, at] += pairs * (joined - missed)
        drawn[:, at + 1] -= pairs * missed
        drawn[:, at + 2] = np.maximum(0.0, drawn[:, at + 2] - joined)
        drawn[:, at + 3] = np.maximum(0.0, drawn[:, at + 3] - missed)
    return drawn


def _pairs_of_a_record(sums: Sums) -> float:
    """Return the mean number of true pairs of a record, at least 1: the pairs of one error."""
    true, records = sums[sums[:, 8] > 0][:, 8:10].sum(axis=0)
    return max(1.0, 2 * float(true) / float(records)) if records else 1.0


def _ratio(part: NDArray[np.float64], whole: NDArray[np.float64]) -> NDArray[np.float64]:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(whole > 0, part / whole, 1.0)


def _precision(sums: Sums, at: int) -> NDArray[np.float64]:
    return _ratio(sums[:, at + 1], sums[:, at])


def _recall(sums: Sums, at: int) -> NDArray[np.float64]:
    return _ratio(sums[:, at + 1], sums[:, 8])


def _f1(sums: Sums, at: int) -> NDArray[np.float64]:
    return _ratio(2 * sums[:, at + 1], sums[:, at] + sums[:, 8])


def _bcubed_precision(sums: Sums, at: int) -> NDArray[np.float64]:
    return _ratio(sums[:, at + 2], sums[:, 9])


def _bcubed_recall(sums: Sums, at: int) -> NDArray[np.float64]:
    return _ratio(sums[:, at + 3], sums[:, 9])


def _bcubed_f1(sums: Sums, at: int) -> NDArray[np.float64]:
    precision, recall = _bcubed_precision(sums, at), _bcubed_recall(sums, at)
    return _ratio(2 * precision * recall, precision + recall)


_PAIRS = {"precision": _precision, "recall": _recall, "f1": _f1}
_CLUSTERS = {
    **_PAIRS,
    "bcubed_precision": _bcubed_precision,
    "bcubed_recall": _bcubed_recall,
    "bcubed_f1": _bcubed_f1,
}


def _summed(
    unit: NDArray[np.integer], values: NDArray[np.generic], count: int = 0
) -> NDArray[np.float64]:
    return np.asarray(np.bincount(unit, values, count), np.float64)


def _is_same(first: NDArray[np.int64], second: NDArray[np.int64]) -> bool:
    """Return whether two groupings, numbered from 0, join the same records."""
    pairs = len(np.unique(packed(first, second)))
    return bool(pairs == len(np.unique(first)) == len(np.unique(second)))


def _dense(values: Groups) -> NDArray[np.int64]:
    return np.unique(values, return_inverse=True)[1].reshape(-1).astype(np.int64)
