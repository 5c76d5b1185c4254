"""Oracles that err or cannot say: anywhere, more on one kind of pair, or more on hard ones.

Sets of two are questions about a pair, and an error gives the other answer. In larger sets an
error is one of a row, as people make them: a row leaves its group, or lands in another one; one
slip so spoils the pairs with all its true companions.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matchloop.lab.simulation.oracles.base import Answer, as_shown, check_rate
from matchloop.lab.simulation.truth import Truth

__all__ = ["Abstaining", "ByClass", "ByDifficulty", "Uniform", "misjudged"]


@dataclass(frozen=True, slots=True)
class Uniform:
    """Errs on every pair, or on every row of a larger set, with the same probability.

    Parameters
    ----------
    rate
        Probability of an error, in [0, 1].
    persistent
        Whether asking again brings the same error again.
    """

    rate: float = 0.1
    persistent: bool = True

    def __post_init__(self) -> None:
        check_rate("rate", self.rate)

    def answer(self, rows: NDArray[np.int32], truth: Truth, rng: np.random.Generator) -> Answer:
        """Label the rows of one set."""
        groups = truth.entities[np.sort(rows)]
        return Answer(as_shown(rows, _misplaced(groups, rng.random(len(rows)) < self.rate, rng)))


@dataclass(frozen=True, slots=True)
class ByClass:
    """Misses matches and sees false ones with different probabilities.

    Parameters
    ----------
    missed
        Probability that a match is taken for a non-match; in larger sets, that a row leaves its
        group.
    invented
        Probability that a non-match is taken for a match; in larger sets, that a row that stands
        alone is put into a group.
    persistent
        Whether asking again brings the same error again.
    """

    missed: float = 0.1
    invented: float = 0.02
    persistent: bool = True

    def __post_init__(self) -> None:
        check_rate("missed", self.missed)
        check_rate("invented", self.invented)

    def answer(self, rows: NDArray[np.int32], truth: Truth, rng: np.random.Generator) -> Answer:
        """Label the rows of one set."""
        groups = truth.entities[np.sort(rows)]
        return Answer(as_shown(rows, misjudged(groups, self.missed, self.invented, rng)))


@dataclass(frozen=True, slots=True)
class ByDifficulty:
    """Errs more where the pair, or a row's hardest pair in the set, is hard to judge.

    Parameters
    ----------
    rate
        Probability of an error on a pair that a model without labels gives one half; it falls with
        the ambiguity, to none where that model is sure.
    persistent
        Whether asking again brings the same error again.
    """

    rate: float = 0.3
    persistent: bool = True

    def __post_init__(self) -> None:
        check_rate("rate", self.rate)

    def answer(self, rows: NDArray[np.int32], truth: Truth, rng: np.random.Generator) -> Answer:
        """Label the rows of one set."""
        known = np.sort(rows)
        errs = rng.random(len(known)) < self.rate * _hardest(known, truth)
        return Answer(as_shown(rows, _misplaced(truth.entities[known], errs, rng)))


@dataclass(frozen=True, slots=True)
class Abstaining:
    """Is right, but cannot always say, and less so of what is hard to judge.

    Parameters
    ----------
    rate
        Probability of leaving a pair, or a row of a larger set, without a label.
    hard
        The same of a pair that a model without labels gives one half; between the two it rises
        with the ambiguity.
    persistent
        Whether asking again is of no use.
    """

    rate: float = 0.05
    hard: float = 0.5
    persistent: bool = True

    def __post_init__(self) -> None:
        check_rate("rate", self.rate)
        check_rate("hard", self.hard)

    def answer(self, rows: NDArray[np.int32], truth: Truth, rng: np.random.Generator) -> Answer:
        """Label the rows of one set that it can say something of."""
        known = np.sort(rows)
        hardness = _hardest(known, truth)
        silent = rng.random(len(known)) < self.rate + (self.hard - self.rate) * hardness
        if len(known) == 2:
            silent[:] = silent[0]
        groups = truth.entities[known].tolist()
        if (~silent).sum() < 2:  # a label alone in its set says nothing
            silent[:] = True
        told = (None if hidden else one for one, hidden in zip(groups, silent, strict=True))
        return Answer(as_shown(rows, told))


def misjudged(
    groups: NDArray[np.int64], missed: float, invented: float, rng: np.random.Generator
) -> list[int]:
    """Group rows with errors of two kinds.

    Parameters
    ----------
    groups
        The true group of each row, shape (rows,).
    missed, invented
        Probability that a match, or a row with company, is missed; and that a non-match, or a row
        alone, is put together with another.
    rng
        Decides which.
    """
    has_company = np.array([(groups == group).sum() > 1 for group in groups])
    errs = rng.random(len(groups)) < np.where(has_company, missed, invented)
    return _misplaced(groups, errs, rng, leaves=has_company)


def _hardest(rows: NDArray[np.int32], truth: Truth) -> NDArray[np.float64]:
    """Return how hard the hardest pair of each row within the set is, shape (rows,)."""
    hard = np.zeros((len(rows), len(rows)))
    ends = np.triu_indices(len(rows), 1)
    hard[ends] = truth.hardness(rows[ends[0]], rows[ends[1]])
    hardest = np.maximum(hard.max(axis=0, initial=0.0), hard.max(axis=1, initial=0.0))
    return np.asarray(hardest, np.float64)


def _misplaced(
    groups: NDArray[np.int64],
    errs: NDArray[np.bool_],
    rng: np.random.Generator,
    leaves: NDArray[np.bool_] | None = None,
) -> list[int]:
    """Put the rows that err elsewhere: alone, or with another group; pairs are turned round."""
    if len(groups) == 2:
        same = bool(groups[0] == groups[1]) != bool(errs[0])
        return [0, 0] if same else [0, 1]
    placed = [int(group) for group in groups]
    alone = min(placed, default=0) - 1
    for row in np.flatnonzero(errs).tolist():
        others = sorted({group for at, group in enumerate(placed) if at != row} - {placed[row]})
        company = placed.count(placed[row]) > 1
        goes_alone = company and (
            bool(leaves[row]) if leaves is not None else not others or rng.random() < 0.5
        )
        if goes_alone:
            placed[row] = alone
            alone -= 1
        elif others:
            placed[row] = others[int(rng.integers(len(others)))]
    return placed
