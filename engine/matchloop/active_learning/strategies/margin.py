"""Ask about the pairs whose probability is nearest the border between match and non-match."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matchloop.active_learning.strategies.base import QueryContext
from matchloop.errors import UsageError

__all__ = ["Margin"]


@dataclass(frozen=True, slots=True)
class Margin:
    """Prefer pairs that the model is least sure of.

    For two classes margin, entropy and least confidence give the same ranking, so they are names of
    this one strategy (Settles 2009, Active Learning Literature Survey, section 3.1). The votes of
    fully grown trees of a forest give this ranking as well.

    Parameters
    ----------
    at
        The probability of greatest doubt, strictly between 0 and 1.
    """

    at: float = 0.5

    def __post_init__(self) -> None:
        if not 0.0 < self.at < 1.0:
            raise UsageError(f"at is {self.at}, expected between 0 and 1; leave it out for 0.5")

    def utilities(self, context: QueryContext) -> NDArray[np.float64]:
        """Return 1 at the border, falling to 0 at both ends, shape (pairs,)."""
        probability = context.probability.astype(np.float64)
        below = probability / self.at
        above = (1.0 - probability) / (1.0 - self.at)
        return np.minimum(below, above)
