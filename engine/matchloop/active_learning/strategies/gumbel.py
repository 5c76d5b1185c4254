"""Ask doubtful pairs by lot, the more doubtful the likelier."""

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
    """Soften :class:`Margin` so that a batch is not all of one sort.

    The logarithm of doubt with Gumbel noise draws pairs without replacement in proportion to a
    power of their doubt (Kirsch et al. 2023, Stochastic Batch Acquisition).

    Parameters
    ----------
    power
        How strongly doubt counts, above 0: near 0 random, large as :class:`Margin`.
    """

    power: float = 4.0

    def __post_init__(self) -> None:
        if not self.power > 0:
            raise UsageError(f"power is {self.power}; give a number above 0")

    def utilities(self, context: QueryContext) -> NDArray[np.float64]:
        """Return the softened logarithm of doubt, shape (pairs,)."""
        noise = context.rng.gumbel(size=len(context))
        return self.power * np.log(np.maximum(doubt(context), 1e-6)) + noise
