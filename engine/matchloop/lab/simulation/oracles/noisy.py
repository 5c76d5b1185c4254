"""Oracles that err or abstain: anywhere, more on one kind of pair, or more on hard pairs.

A set of two is a question about a pair, and an error gives the opposite answer. In larger sets an
error affects a row, as with human annotators: the row leaves its group or joins another one. So one
error affects the pairs with all its true companions. Default rates are assumptions.
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
    """Oracle that errs on every pair, or row of a larger set, with the same probability.

    Parameters
    ----------
    rate
        Probability of an error, in [0, 1].
    persistent
        Whether a repeated question gets the same error.
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
    """Oracle that misses matches and invents matches with different probabilities.

    Parameters
    ----------
    missed
        Probability that a match is labelled as a non-match; in larger sets, that a row leaves its
        group.
    invented
        Probability that a non-match is labelled as a match; in larger sets, that a single row joins
        a group.
    persistent
        Whether a repeated question gets the same error.
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
    """Oracle that errs more where the pair, or the row's hardest pair in the set, is hard to judge.

    Parameters
    ----------
    rate
        Probability of an error on a pair to which the prior model gives one half. It falls with the
        ambiguity, to 0 where the prior model is sure.
    persistent
        Whether a repeated question gets the same error.
    """

    rate: float = 0.3
    persistent: bool = True

    def __post_init__(self) -> None:
        check_rate("rate", self.rate)

    def answer(self, rows: NDArray[np.int32], truth: Truth, rng: np.random.Generator) -> Answer:
        """Label the rows of one set."""
        ordered = np.sort(rows)
        errs = rng.random(len(ordered)) < self.rate * _hardest(ordered, truth)
        return Answer(as_shown(rows, _misplaced(truth.entities[ordered], errs, rng)))


@dataclass(frozen=True, slots=True)
class Abstaining:
    """Oracle that is always right but abstains, more often on hard pairs.

    Parameters
    ----------
    rate
        Probability of leaving a pair, or a row of a larger set, without a label.
    hard
        The same for a pair to which the prior model gives one half. Between the two it rises with
        the ambiguity.
    persistent
        Whether a repeated question gets the same answer.
    """

    rate: float = 0.05
    hard: float = 0.5
    persistent: bool = True

    def __post_init__(self) -> None:
        check_rate("rate", self.rate)
        check_rate("hard", self.hard)

    def answer(self, rows: NDArray[np.int32], truth: Truth, rng: np.random.Generator) -> Answer:
        """Label the rows of one set, except those on which it abstains."""
        ordered = np.sort(rows)
        hardness = _hardest(ordered, truth)
        silent = rng.random(len(ordered)) < self.rate + (self.hard - self.rate) * hardness
        if len(ordered) == 2:
            silent[:] = silent[0]
        groups = truth.entities[ordered].tolist()
        if (~silent).sum() < 2:  # a single label in its set has no meaning
            silent[:] = True
        kept = (None if hidden else group for group, hidden in zip(groups, silent, strict=True))
        return Answer(as_shown(rows, kept))


def misjudged(
    groups: NDArray[np.int64], missed: float, invented: float, rng: np.random.Generator
) -> list[int]:
    """Group rows with two kinds of errors.

    Parameters
    ----------
    groups
        The true group of each row, shape (rows,).
    missed, invented
        Probability that a match, or a row with companions, is separated; and that a non-match, or a
        single row, is joined.
    rng
        Generator that decides which rows err.
    """
    has_company = np.array([(groups == group).sum() > 1 for group in groups])
    errs = rng.random(len(groups)) < np.where(has_company, missed, invented)
    return _misplaced(groups, errs, rng, leaves=has_company)


def _hardest(rows: NDArray[np.int32], truth: Truth) -> NDArray[np.float64]:
    """Return the hardness of each row's hardest pair within the set, shape (rows,)."""
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
    """Move the rows that err: alone, or to another group; reverse the answer of a pair."""
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
