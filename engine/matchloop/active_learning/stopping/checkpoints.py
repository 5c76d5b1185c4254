"""Record checkpoints of a matching, from its probabilities and groups."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matchloop.active_learning.stopping.base import Checkpoint

__all__ = ["agreement", "checkpoint"]

QUESTIONS = 20
"""Pairs whose doubt counts: one round of questions in benchmarks/stopping.py."""


def agreement(first: NDArray[np.bool_], second: NDArray[np.bool_]) -> float:
    """Return the Jaccard index of two sets of predicted pairs; 1 where both are empty.

    Parameters
    ----------
    first, second
        Which candidates are predicted to match, shape (pairs,).
    """
    either = int((first | second).sum())
    return int((first & second).sum()) / either if either else 1.0


def checkpoint(
    labels: int,
    predicted: NDArray[np.bool_],
    probability: NDArray[np.float32],
    can_be_asked: NDArray[np.bool_],
    before: NDArray[np.bool_] | None,
) -> Checkpoint:
    """Record a checkpoint of the matching.

    Parameters
    ----------
    labels
        Labelled rows that the model learned from.
    predicted
        Which candidates are in one group, shape (pairs,).
    probability
        Their match probability, shape (pairs,).
    can_be_asked
        Which candidates have no label yet and may be shown, shape (pairs,).
    before
        The same a round earlier; None where it is not known.
    """
    chance = probability.astype(np.float64)
    doubts = np.minimum(chance, 1 - chance)[can_be_asked]
    if len(doubts) > QUESTIONS:
        doubts = np.partition(doubts, -QUESTIONS)[-QUESTIONS:]
    right, promised = float(chance[predicted].sum()), float(chance.sum())
    total = int(predicted.sum()) + promised
    return Checkpoint(
        labels,
        int(predicted.sum()),
        float("nan") if before is None else agreement(before, predicted),
        float(doubts.mean()) if len(doubts) else 0.0,
        float(doubts.max(initial=0.0)),
        2 * right / total if total > 0 else 1.0,
    )
