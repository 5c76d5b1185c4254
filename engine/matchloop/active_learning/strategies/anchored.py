"""Ask where the mean of model and prior model is in doubt."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matchloop.active_learning.strategies.base import QueryContext
from matchloop.errors import UsageError

__all__ = ["AnchoredMargin"]


@dataclass(frozen=True, slots=True)
class AnchoredMargin:
    """Ask by the prior model while labels are few, then more and more by the model.

    An option, not the default: where the prior model errs, the questions err with it. To learn from
    such pairs as well, use the learner ``prior``.

    Parameters
    ----------
    worth
        Labelled pairs at which prior model and model count alike, at least 0 (a convention).
    """

    worth: float = 20.0

    def __post_init__(self) -> None:
        if not self.worth >= 0:
            raise UsageError(f"worth is {self.worth}; give a number of at least 0")

    def utilities(self, context: QueryContext) -> NDArray[np.float64]:
        """Return 1 where the mixed probability is one half, falling to 0 at both ends, (pairs,)."""
        probability = context.probability.astype(np.float64)
        if context.guess is not None and self.worth > 0:
            labels = 0 if context.labels is None else len(context.labels)
            share = self.worth / (self.worth + labels)
            probability = (1 - share) * probability + share * context.guess
        return 1.0 - np.abs(2.0 * probability - 1.0)
