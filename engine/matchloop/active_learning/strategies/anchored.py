"""Ask where the model and the guess without labels, taken together, are in doubt."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matchloop.active_learning.strategies.base import QueryContext
from matchloop.errors import UsageError

__all__ = ["AnchoredMargin"]


@dataclass(frozen=True, slots=True)
class AnchoredMargin:
    """Lean on the guess without labels while labels are few, then let go of it.

    An option, not the default: where the guess errs, so do the questions. To learn from such
    pairs as well, use the learner ``prior``.

    Parameters
    ----------
    worth
        Labelled pairs at which guess and model count alike, at least 0.
    """

    worth: float = 20.0

    def __post_init__(self) -> None:
        if not self.worth >= 0:
            raise UsageError(f"worth is {self.worth}; give a number of at least 0")

    def utilities(self, context: QueryContext) -> NDArray[np.float64]:
        """Return 1 where the mixed probability is one half, falling to 0 at both ends, (pairs,)."""
        probability = context.probability.astype(np.float64)
        if context.guess is not None and self.worth > 0:
            known = 0 if context.labels is None else len(context.labels)
            share = self.worth / (self.worth + known)
            probability = (1 - share) * probability + share * context.guess
        return 1.0 - np.abs(2.0 * probability - 1.0)
