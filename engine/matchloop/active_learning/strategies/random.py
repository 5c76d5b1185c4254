"""Ask for any pair: the baseline that every other strategy has to beat."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matchloop.active_learning.strategies.base import QueryContext

__all__ = ["Random"]


@dataclass(frozen=True, slots=True)
class Random:
    """Prefer no candidate over another."""

    def utilities(self, context: QueryContext) -> NDArray[np.float64]:
        """Return a uniform random number per candidate, shape (pairs,)."""
        return context.rng.random(len(context))
