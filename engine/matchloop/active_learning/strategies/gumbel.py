"""Draw doubtful pairs at random, more doubtful pairs with a higher chance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matchloop.active_learning.strategies.base import QueryContext
from matchloop.active_learning.strategies.reading import doubt
from matchloop.errors import UsageError

__all__ = ["GumbelMargin"]


@dataclass(frozen=True, slots=True)
class GumbelMargin:
    """Randomize :class:`Margin` so that a batch is more diverse.

    The logarithm of doubt with Gumbel noise draws pairs without replacement, in proportion to a
    power of their doubt (Kirsch et al. 2023, Stochastic Batch Acquisition).

    Parameters
    ----------
    power
        Power of doubt, above 0: near 0 random, large as :class:`Margin`.
    """

    power: float = 4.0

    def __post_init__(self) -> None:
        if not self.power > 0:
            raise UsageError(f"power is {self.power}; give a number above 0")

    def utilities(self, context: QueryContext) -> NDArray[np.float64]:
        """Return the scaled logarithm of doubt plus Gumbel noise, shape (pairs,)."""
        noise = context.rng.gumbel(size=len(context))
        return self.power * np.log(np.maximum(doubt(context), 1e-6)) + noise
