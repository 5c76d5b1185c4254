"""Oracles that err: anywhere, more on one kind of pair, or more on hard ones.

Sets of two are questions about a pair, and an error gives the other answer. In larger sets an
error is one of a row, as people make them: a row leaves its group, or lands in another one; one
slip so spoils the pairs with all its true companions (NEEDS of group labelling: errors come by
row).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matchloop.simulation.oracles.base import Answer, check_rate, grouped
from matchloop.simulation.truth import Truth

__all__ = ["ByClass", "ByDifficulty", "Uniform"]


@dataclass(frozen=True, slots=True)
class Uniform:
    """Errs on every pair, or on every row of a larger set, with the same probability.

    Parameters
    ----------
    rate
        Probability of an error, in [0, 1].
    """

    rate: float = 0.1

    def __post_init__(self) -> None:
        check_rate("rate", self.rate)

    def answer(self, rows: NDArray[np.int32], truth: Truth, rng: np.random.Generator) -> Answer:
        """Label the rows of one set."""
        errs = rng.random(len(rows)) < self.rate
        return Answer(_misplaced(truth.entities[rows], errs, rng))


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
    """

    missed: float = 0.1
    invented: float = 0.02

    def __post_init__(self) -> None:
        check_rate("missed", self.missed)
        check_rate("invented", self.invented)

    def answer(self, rows: NDArray[np.int32], truth: Truth, rng: np.random.Generator) -> Answer:
        """Label the rows of one set."""
        groups = truth.entities[rows]
        has_company = np.array([(groups == group).sum() > 1 for group in groups])
        errs = rng.random(len(rows)) < np.where(has_company, self.missed, self.invented)
        return Answer(_misplaced(groups, errs, rng, leaves=has_company))


@dataclass(frozen=True, slots=True)
class ByDifficulty:
    """Errs more where the pair, or a row's nearest pair in the set, is hard to judge.

    Parameters
    ----------
    rate
        Probability of an error on a pair that a model without labels gives one half; it falls with
        the ambiguity, to none where that model is sure.
    """

    rate: float = 0.3

    def __post_init__(self) -> None:
        check_rate("rate", self.rate)

    def answer(self, rows: NDArray[np.int32], truth: Truth, rng: np.random.Generator) -> Answer:
        """Label the rows of one set."""
        count = len(rows)
        left, right = (rows[ends] for ends in np.triu_indices(count, 1))
        hard = np.zeros((count, count))
        hard[np.triu_indices(count, 1)] = truth.hardness(left, right)
        hardest = np.maximum(hard.max(axis=0, initial=0.0), hard.max(axis=1, initial=0.0))
        errs = rng.random(count) < self.rate * hardest
        return Answer(_misplaced(truth.entities[rows], errs, rng))


def _misplaced(
    groups: NDArray[np.int64],
    errs: NDArray[np.bool_],
    rng: np.random.Generator,
    leaves: NDArray[np.bool_] | None = None,
) -> tuple[str, ...]:
    """Put the rows that err elsewhere: alone, or with another group; pairs are turned round."""
    if len(groups) == 2:
        same = bool(groups[0] == groups[1]) != bool(errs[0])
        return ("1", "1") if same else ("1", "2")
    placed = [int(group) for group in groups]
    alone = min(placed) - 1
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
    return grouped(placed)
