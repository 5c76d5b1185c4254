"""Judgements: the answer of each annotator to each pair of rows inside a set."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matchloop.quality.agreement.answers import Answers

__all__ = ["Judgements", "judge"]

UNANSWERED = -1


@dataclass(frozen=True, slots=True, eq=False)
class Judgements:
    """Pairs of rows, set by set, and the answer of each annotator.

    Parameters
    ----------
    set_index
        Number of the set of each pair, shape (pairs,), ascending.
    left, right
        Positions of its two rows inside the set, ``left < right``, shape (pairs,).
    answers
        Shape (pairs, annotators): 1 for a match, 0 for a non-match, -1 where an annotator did not
        label both rows.
    n_sets
        Number of sets, with those that have no pair.
    """

    set_index: NDArray[np.int32]
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    answers: NDArray[np.int8]
    n_sets: int

    def __len__(self) -> int:
        return len(self.set_index)

    def by_set(self, values: NDArray[np.generic]) -> NDArray[np.float64]:
        """Sum the values of the pairs of each set, shape (sets,)."""
        summed = np.bincount(self.set_index, weights=values, minlength=self.n_sets)
        return np.asarray(summed, np.float64)

    def bounds(self) -> NDArray[np.int64]:
        """Return the first pair of each set, and the number of pairs, shape (sets + 1,)."""
        return np.searchsorted(self.set_index, np.arange(self.n_sets + 1))


def judge(answers: Answers) -> Judgements:
    """Derive the judgements on pairs from grouped rows."""
    index, left, right, columns = [], [], [], []
    for number, answered in enumerate(answers.sets):
        a, b = np.triu_indices(len(answered.keys), 1)
        groups = answered.groups
        labelled = (groups[a] >= 0) & (groups[b] >= 0)
        values = np.where(labelled, groups[a] == groups[b], UNANSWERED).astype(np.int8)
        index.append(np.full(len(a), number, np.int32))
        left.append(a.astype(np.int32))
        right.append(b.astype(np.int32))
        columns.append(values)
    none = np.empty(0, np.int32)
    return Judgements(
        np.concatenate([none, *index]),
        np.concatenate([none, *left]),
        np.concatenate([none, *right]),
        np.concatenate([np.empty((0, len(answers.annotators)), np.int8), *columns]),
        len(answers.sets),
    )
