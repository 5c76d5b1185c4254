"""Find sets worth a second look: those that contradict others, and those with doubtful answers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matchloop.data.labels import LabeledPairs, Labels
from matchloop.data.labels.plain import codes
from matchloop.matching.backends import PreparedTable
from matchloop.quality.label_checks.contradictions import find_contradictions
from matchloop.quality.label_checks.evidence import gather
from matchloop.quality.label_checks.unseen import Folds, judge_unseen

__all__ = ["doubted_sets", "label_doubts"]

DOUBTED = 0.5
"""Probability of being wrong above which an answer is doubtful; a convention."""


def label_doubts(
    prepared: PreparedTable, labelled: LabeledPairs, *, seed: int = 0
) -> NDArray[np.float64]:
    """Return the probability that each labelled pair is wrong, shape (pairs,).

    No pair is judged by a model that learned from its own set: such a model has learned the slip.

    Parameters
    ----------
    prepared
        The labelled table.
    labelled
        Labelled pairs.
    seed
        Seed of models and folds.
    """
    if len(labelled) == 0:
        return np.empty(0)
    evidence = gather(prepared, labelled, seed=seed)
    pairs_of_set = np.bincount(labelled.set_index)
    rows_of_set = (1 + np.sqrt(1 + 8 * pairs_of_set)) / 2
    weight = (2 / rows_of_set)[labelled.set_index]  # the pairs of a set sum to its rows less one
    match = judge_unseen(
        evidence.all_features,
        evidence.prior,
        labelled.is_match,
        Folds.of(labelled),
        weight,
        seed=seed,
    ).probability
    return np.asarray(np.where(labelled.is_match, 1 - match, match))


def doubted_sets(
    prepared: PreparedTable, labels: Labels, *, limit: int, seed: int = 0
) -> tuple[str, ...]:
    """Return ids of sets of which an answer is probably wrong.

    Parameters
    ----------
    prepared
        The labelled table.
    labels
        Its labels; audits are left out.
    limit
        Number of sets at most.
    seed
        Seed of models and folds.

    Returns
    -------
    tuple[str, ...]
        Sets that contradict other sets first, then by their most doubtful answer.
    """
    bound = labels if labels.key == prepared.records.key else labels.bound(prepared.records)
    labelled = bound.pairs(prepared.records)
    names = codes(bound.set_ids)[1]
    doubt = np.zeros(len(names))
    np.maximum.at(doubt, labelled.set_index, label_doubts(prepared, labelled, seed=seed))
    contradicting = np.zeros(len(names), np.bool_)
    for contradiction in find_contradictions(labelled, len(prepared.records)):
        contradicting[list(contradiction.sets)] = True
    order = np.lexsort((-doubt, ~contradicting))
    chosen = order[contradicting[order] | (doubt[order] > DOUBTED)][:limit]
    return tuple(str(names[int(at)].as_py()) for at in chosen)
