"""Which labels taught a decision, and what would turn it.

A first ranking comes from the forest itself: two pairs that fall into the same leaves of many trees
are alike to it, and a labelled pair weighs by how alike it is and by its answer (the kernel of a
forest: Scornet 2016). Then the model is learned anew without the labels that weigh most, and what
it says then is what counts.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import ExtraTreesClassifier

from matchloop.data.labels import LabeledPairs, Labels
from matchloop.data.pairs import CandidatePairs
from matchloop.errors import UsageError, counted
from matchloop.matching.backends import PreparedTable
from matchloop.matching.learning import learn
from matchloop.quality.label_checks.evidence import gather

__all__ = ["TaughtBy", "TeachingPair", "TeachingSet", "taught_by"]

TREES = 200
MOST = 5
LEAVES = (1, 3, 8)
"""Pairs in the smallest leaf of the forests that rank labels."""

FURTHER = (2, 4, 8)
"""How many times as many labels are left out where the named ones do not turn a decision."""


@dataclass(frozen=True, slots=True)
class TeachingPair:
    """A labelled pair and what it weighs: positive speaks for a match."""

    set: str
    left_key: str
    right_key: str
    is_match: bool
    weight: float


@dataclass(frozen=True, slots=True)
class TeachingSet:
    """A labelling set, what its pairs weigh together, and the probability without it."""

    set: str
    weight: float
    without: float


@dataclass(frozen=True, slots=True)
class TaughtBy:
    """Which labels taught a decision.

    Parameters
    ----------
    left_key, right_key
        The pair that was decided.
    probability
        Its match probability with all labels.
    pairs
        The labels that speak most for the decision, most first.
    sets
        The sets that speak most for it, and the probability of models learned without each.
    without_pairs, without_sets
        Probability of models learned without those pairs, and without those sets.
    flips_with
        How many of the sets, taken away in order, turn the decision; None where all do not.
    turned_without
        How many pairs turn the decision when they are left out: the named ones, or else twice,
        four or eight times as many, those that weigh most; None where none of these does.
    tried
        How many pairs were left out at most.
    """

    left_key: str
    right_key: str
    probability: float
    pairs: tuple[TeachingPair, ...]
    sets: tuple[TeachingSet, ...]
    without_pairs: float
    without_sets: float
    flips_with: int | None
    turned_without: int | None
    tried: int

    def lines(self) -> list[str]:
        """Say it in words, a sentence a line."""
        told = [
            f"taught by {one.left_key} and {one.right_key} of set {one.set}, "
            f"{'a match' if one.is_match else 'no match'}: weighs {one.weight:+.3f}"
            for one in self.pairs
        ]
        told.append(
            f"without {'this pair' if len(self.pairs) == 1 else f'these {len(self.pairs)} pairs'} "
            f"it would be {self.without_pairs:.3f}"
        )
        if self.turned_without is None:
            told.append(f"no set of up to {counted(self.tried, 'pair')} was found that turns it")
        elif self.turned_without > len(self.pairs):
            told.append(f"it turns without the {self.turned_without} pairs that weigh most")
        told += [f"without set {one.set} it would be {one.without:.3f}" for one in self.sets]
        if self.flips_with is None:
            told.append(f"it stays as decided without all {len(self.sets)} of these sets")
        else:
            told.append(f"it turns without the first {self.flips_with} of these sets")
        return told

    def to_dict(self) -> dict[str, object]:
        """Return plain values for JSON."""
        return asdict(self)


def taught_by(
    prepared: PreparedTable,
    labels: Labels,
    left_key: str,
    right_key: str,
    *,
    most: int = MOST,
    seed: int = 0,
) -> TaughtBy:
    """Say which labels weigh most in a decision, and what would turn it.

    Parameters
    ----------
    prepared
        The table.
    labels
        What was learned from.
    left_key, right_key
        Keys of the two records.
    most
        How many pairs, and how many sets, to name.
    seed
        Of the models.

    Raises
    ------
    UsageError
        A key is not in the table, both are the same, or the labels hold one kind of answer only.
    """
    rows = prepared.records.pair(left_key, right_key)
    labelled = labels.pairs(prepared.records)
    if labelled.is_match.all() or not labelled.is_match.any():
        raise UsageError("the labels hold one kind of answer only, so that they taught nothing yet")
    pair = CandidatePairs.of(np.array(rows[:1]), np.array(rows[1:]))
    probability = decide(prepared, labelled, pair, seed)
    is_match = probability >= 0.5
    weight = weigh(prepared, labelled, pair, seed)
    pulls = weight if is_match else -weight
    best = most_taught(prepared, labelled, pair, is_match, most, seed)
    total = np.bincount(labelled.set_index, pulls)
    sets = np.argsort(-total, kind="stable")[:most]
    sets = sets[total[sets] > 0]
    names = _set_names(labels, prepared)
    shrinking = [
        decide(prepared, labelled.take(~np.isin(labelled.set_index, sets[:count])), pair, seed)
        for count in range(1, len(sets) + 1)
    ]
    flips = [count for count, one in enumerate(shrinking, 1) if (one >= 0.5) != is_match]
    alone = [decide(prepared, labelled.take(labelled.set_index != one), pair, seed) for one in sets]
    without_best = decide(prepared, without(labelled, best), pair, seed)
    turned, tried = len(best), len(best)
    if (without_best >= 0.5) == is_match:
        turned, tried = _turned(prepared, labelled, pair, pulls, is_match, len(best), seed)
    left, right = left_key, right_key
    return TaughtBy(
        left,
        right,
        probability,
        tuple(_pair(prepared, labelled, int(at), names, float(weight[at])) for at in best),
        tuple(
            TeachingSet(names[int(one)], float(total[one]) * (1 if is_match else -1), without)
            for one, without in zip(sets, alone, strict=True)
        ),
        without_best,
        shrinking[-1] if shrinking else probability,
        flips[0] if flips else None,
        turned or None,
        tried,
    )


def _turned(
    prepared: PreparedTable,
    labelled: LabeledPairs,
    pair: CandidatePairs,
    pulls: NDArray[np.float64],
    is_match: bool,
    named: int,
    seed: int,
) -> tuple[int, int]:
    """Return how many more pairs turn a decision, 0 where they do not, and how many were tried."""
    tried = named
    for times in FURTHER:
        more = strongest(labelled, pulls, times * named)
        left = without(labelled, more)
        if len(more) <= tried or left.is_match.all() or not left.is_match.any():
            break
        tried = len(more)
        if (decide(prepared, left, pair, seed) >= 0.5) != is_match:
            return tried, tried
    return 0, tried


def most_taught(
    prepared: PreparedTable,
    labelled: LabeledPairs,
    pair: CandidatePairs,
    is_match: bool,
    count: int,
    seed: int,
) -> NDArray[np.int64]:
    """Return the labelled pairs whose absence moves a decision most, of several rankings.

    Finer and coarser forests rank labels differently; the model is learned anew without the first
    of each ranking, and the one that moves the decision most counts.
    """
    found, least = np.empty(0, np.int64), np.inf
    for leaf in LEAVES:
        weight = weigh(prepared, labelled, pair, seed, leaf=leaf)
        best = strongest(labelled, weight if is_match else -weight, count)
        probability = decide(prepared, without(labelled, best), pair, seed)
        left = probability if is_match else 1 - probability
        if left < least:
            found, least = best, left
    return found


def decide(
    prepared: PreparedTable, labelled: LabeledPairs, pair: CandidatePairs, seed: int
) -> float:
    """Return the probability of a pair by a model learned from labels."""
    model = learn(prepared, labelled, seed=seed)
    context = model.score(prepared)[1]
    return float(model.score_pairs(prepared, pair, context).probability[0])


def weigh(
    prepared: PreparedTable,
    labelled: LabeledPairs,
    pair: CandidatePairs,
    seed: int,
    *,
    leaf: int = 2,
) -> NDArray[np.float64]:
    """Return what each labelled pair adds to a decision, shape (pairs,); positive for a match."""
    both = LabeledPairs(
        np.append(labelled.left, pair.left),
        np.append(labelled.right, pair.right),
        np.append(labelled.is_match, False),
        np.append(labelled.set_index, -1),
    )
    features = gather(prepared, both, seed=seed).features
    rows = np.where(np.isfinite(features), features, np.float32(-1))
    forest = ExtraTreesClassifier(
        TREES, class_weight="balanced", min_samples_leaf=leaf, random_state=seed
    ).fit(rows[:-1], labelled.is_match)
    leaves = forest.apply(rows)
    share = np.where(labelled.is_match, labelled.is_match.mean(), 1 - labelled.is_match.mean())
    weight = np.zeros(len(labelled))
    for tree in range(leaves.shape[1]):
        beside = leaves[:-1, tree] == leaves[-1, tree]
        inside = beside / share
        weight += inside / max(float(inside.sum()), 1e-12)
    signed = np.where(labelled.is_match, weight, -weight)
    return np.asarray(signed / leaves.shape[1], np.float64)


def strongest(labelled: LabeledPairs, pulls: NDArray[np.float64], count: int) -> NDArray[np.int64]:
    """Return the pairs that pull most, each pair of records once."""
    order = np.argsort(-pulls, kind="stable")
    ids = labelled.ids()[order]
    first = np.sort(np.unique(ids, return_index=True)[1])
    return np.asarray(order[first[:count]], np.int64)


def without(labelled: LabeledPairs, at: NDArray[np.int64]) -> LabeledPairs:
    """Leave pairs out, every mention of them."""
    return labelled.take(~np.isin(labelled.ids(), labelled.ids()[at]))


def _pair(
    prepared: PreparedTable,
    labelled: LabeledPairs,
    at: int,
    names: dict[int, str],
    weight: float,
) -> TeachingPair:
    keys = prepared.records.keys
    left, right = keys[int(labelled.left[at])].as_py(), keys[int(labelled.right[at])].as_py()
    of_set = names[int(labelled.set_index[at])]
    return TeachingPair(of_set, left, right, bool(labelled.is_match[at]), weight)


def _set_names(labels: Labels, prepared: PreparedTable) -> dict[int, str]:
    """Number sets as :meth:`Labels.pairs` does: in order of first appearance."""
    bound = labels.bound(prepared.records)
    return dict(enumerate(dict.fromkeys(bound.set_ids.to_pylist())))
