"""Ask from the whole range of scores, or from both sides of the threshold."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matchloop.active_learning.strategies.base import QueryContext
from matchloop.active_learning.strategies.reading import ranks
from matchloop.errors import UsageError

__all__ = ["Balanced", "Stratified"]


@dataclass(frozen=True, slots=True)
class Stratified:
    """Choose from each part of the range of probabilities in turn.

    Parameters
    ----------
    strata
        Parts of equal width, at least 1 (ten by convention).
    """

    strata: int = 10

    def __post_init__(self) -> None:
        if self.strata < 1:
            raise UsageError(f"strata is {self.strata}; give at least 1")

    def utilities(self, context: QueryContext) -> NDArray[np.float64]:
        """Return minus the random place of a pair in its stratum, shape (pairs,)."""
        level = (context.probability * self.strata).astype(np.int64)
        level = np.minimum(level, self.strata - 1)
        utilities = np.zeros(len(context))
        for stratum in range(self.strata):
            rows = np.flatnonzero((level == stratum) & ~context.labelled)
            utilities[rows] = -context.rng.permutation(len(rows)).astype(np.float64)
        return utilities


@dataclass(frozen=True, slots=True)
class Balanced:
    """Choose likely false positives and likely false negatives in turn.

    Among predicted matches the least probable come first, among the others the most probable. Both
    sides get the same number of questions, even where doubt lies on one side only. Corleone and
    Qian, Popa and Sen (2017) choose in this way.

    Parameters
    ----------
    threshold
        Probability from which a pair counts as a match, in [0, 1].
    """

    threshold: float = 0.5

    def __post_init__(self) -> None:
        if not 0.0 <= self.threshold <= 1.0:
            raise UsageError(f"threshold is {self.threshold}; give a probability")

    def utilities(self, context: QueryContext) -> NDArray[np.float64]:
        """Return minus the rank of a pair on its side of the threshold, shape (pairs,)."""
        probability = context.probability.astype(np.float64)
        utilities = np.zeros(len(context))
        above = probability >= self.threshold
        for side, sign in ((above, -1.0), (~above, 1.0)):
            rows = np.flatnonzero(side & ~context.labelled)
            utilities[rows] = -ranks(sign * probability[rows], context.rng)
        return utilities
