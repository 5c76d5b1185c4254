"""Find the labels that influence a decision most, and those whose removal reverses it.

The labels are ranked by the kernel of a forest (Scornet 2016): the share of trees in which two
pairs fall into the same leaf. The ranking is then verified: the model is fitted again without the
labels of the greatest influence.
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
"""Trees of each ranking forest; a convention."""

MOST = 5
"""Pairs and sets that are named; a convention."""

LEAVES = (1, 3, 8)
"""Smallest leaf sizes of the ranking forests: fine, middle and coarse.

benchmarks/teaching_labels.py measures them; its tuning tables are abt_buy, cora and fake_1000.
"""

FURTHER = (2, 4, 8)
"""Multiples of the named labels to leave out next, if those reverse nothing; a convention."""


@dataclass(frozen=True, slots=True)
class TeachingPair:
    """A labelled pair and its influence on a decision; positive for a match."""

    set: str
    left_key: str
    right_key: str
    is_match: bool
    weight: float


@dataclass(frozen=True, slots=True)
class TeachingSet:
    """A labelling set, its influence on a decision, and the probability without it."""

    set: str
    weight: float
    without: float


@dataclass(frozen=True, slots=True)
class TaughtBy:
    """The labels that influence a decision most.

    Parameters
    ----------
    left_key, right_key
        Keys of the two records.
    probability
        Match probability by a model of all labels.
    pairs
        The labelled pairs that support the decision most, greatest influence first.
    sets
        The sets that support it most, each with the probability by a model without it.
    without_pairs, without_sets
        Probability by a model without all those pairs, and without all those sets.
    flips_with
        Number of sets whose removal, in order, reverses the decision; None if all do not.
    turned_without
        Number of pairs whose removal reverses the decision; None if none of the tried numbers
        does.
    tried
        The greatest number of pairs that was removed.
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
        """Return the result as sentences."""
        lines = [
            f"taught by {pair.left_key} and {pair.right_key} of set {pair.set}, "
            f"{'a match' if pair.is_match else 'no match'}: weighs {pair.weight:+.3f}"
            for pair in self.pairs
        ]
        lines.append(
            f"without {'this pair' if len(self.pairs) == 1 else f'these {len(self.pairs)} pairs'} "
            f"it would be {self.without_pairs:.3f}"
        )
        if self.turned_without is None:
            lines.append(f"no set of up to {counted(self.tried, 'pair')} was found that turns it")
        elif self.turned_without > len(self.pairs):
            lines.append(f"it turns without the {self.turned_without} pairs that weigh most")
        lines += [f"without set {group.set} it would be {group.without:.3f}" for group in self.sets]
        if self.flips_with is None:
            lines.append(f"it stays as decided without all {len(self.sets)} of these sets")
        else:
            lines.append(f"it turns without the first {self.flips_with} of these sets")
        return lines

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
    """Find the labels that influence a decision most, and those whose removal reverses it.

    Parameters
    ----------
    prepared
        The table.
    labels
        The training labels.
    left_key, right_key
        Keys of the two records.
    most
        Number of pairs, and of sets, to name.
    seed
        Seed of the models.

    Returns
    -------
    TaughtBy
        The labels, and the probabilities without them.

    Raises
    ------
    UsageError
        A key is not in the table, the keys are the same, or all labels have the same answer.
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
    flips = [
        count
        for count, without_sets in enumerate(shrinking, 1)
        if (without_sets >= 0.5) != is_match
    ]
    alone = [
        decide(prepared, labelled.take(labelled.set_index != number), pair, seed) for number in sets
    ]
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
            TeachingSet(names[int(number)], float(total[number]) * (1 if is_match else -1), without)
            for number, without in zip(sets, alone, strict=True)
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
    """Return how many removed pairs reverse a decision, or 0, and how many were tried."""
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
    """Return the labelled pairs whose removal changes a decision most, shape (count,).

    Finer and coarser forests rank labels differently. A model is fitted without the first labels
    of each ranking, and the ranking that changes the decision most is used.
    """
    most, least = np.empty(0, np.int64), np.inf
    for leaf in LEAVES:
        weight = weigh(prepared, labelled, pair, seed, leaf=leaf)
        best = strongest(labelled, weight if is_match else -weight, count)
        probability = decide(prepared, without(labelled, best), pair, seed)
        left = probability if is_match else 1 - probability
        if left < least:
            most, least = best, left
    return most


def decide(
    prepared: PreparedTable, labelled: LabeledPairs, pair: CandidatePairs, seed: int
) -> float:
    """Fit a model to labels and return its match probability of a pair."""
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
    """Return the influence of each labelled pair, shape (pairs,); positive for a match."""
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
    """Return the positions of the pairs of greatest influence, each pair of records once."""
    order = np.argsort(-pulls, kind="stable")
    ids = labelled.ids()[order]
    first = np.sort(np.unique(ids, return_index=True)[1])
    return np.asarray(order[first[:count]], np.int64)


def without(labelled: LabeledPairs, at: NDArray[np.int64]) -> LabeledPairs:
    """Return the labelled pairs without those at given positions and without their repeats."""
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
