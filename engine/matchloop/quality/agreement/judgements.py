"""Judgements: what each person said of each pair of rows inside a set."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matchloop.quality.agreement.answers import Answers

__all__ = ["Judgements", "judge"]

UNSAID = -1


@dataclass(frozen=True, slots=True, eq=False)
class Judgements:
    """Pairs of rows, set by set, and what each person said of them.

    Parameters
    ----------
    set_index
        Number of the set of each pair, shape (pairs,), ascending.
    left, right
        Places of its two rows inside the set, ``left < right``, shape (pairs,).
    said
        Shape (pairs, people): 1 match, 0 no match, -1 where a person has no label for both rows.
    n_sets
        How many sets there are, also those without a pair.
    """

    set_index: NDArray[np.int32]
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    said: NDArray[np.int8]
    n_sets: int

    def __len__(self) -> int:
        return len(self.set_index)

    def by_set(self, values: NDArray[np.generic]) -> NDArray[np.float64]:
        """Sum a value of each pair over the pairs of each set, shape (sets,)."""
        summed = np.bincount(self.set_index, weights=values, minlength=self.n_sets)
        return np.asarray(summed, np.float64)

    def bounds(self) -> NDArray[np.int64]:
        """Return where the pairs of each set begin, and the end, shape (sets + 1,)."""
        return np.searchsorted(self.set_index, np.arange(self.n_sets + 1))


def judge(answers: Answers) -> Judgements:
    """Derive the judgements on pairs from grouped rows."""
    index, left, right, said = [], [], [], []
    for number, one in enumerate(answers.sets):
        a, b = np.triu_indices(len(one.keys), 1)
        known = (one.groups[a] >= 0) & (one.groups[b] >= 0)
        values = np.where(known, one.groups[a] == one.groups[b], UNSAID).astype(np.int8)
        index.append(np.full(len(a), number, np.int32))
        left.append(a.astype(np.int32))
        right.append(b.astype(np.int32))
        said.append(values)
    none = np.empty(0, np.int32)
    return Judgements(
        np.concatenate([none, *index]),
        np.concatenate([none, *left]),
        np.concatenate([none, *right]),
        np.concatenate([np.empty((0, len(answers.people)), np.int8), *said]),
        len(answers.sets),
    )
