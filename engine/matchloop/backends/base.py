"""What runs the stages promises: the contract of a backend."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from matchloop.pairs import Comparisons

__all__ = ["OnStage", "Scorer"]

OnStage = Callable[[str, float], None]
"""Called as ``on_stage(name, fraction)``: the stage at work and how much of it is done, 0 to 1."""


class Scorer(Protocol):
    """Anything that gives match probabilities."""

    def probability(self, comparisons: Comparisons) -> NDArray[np.float32]:
        """Return the match probability of each compared pair, shape (pairs,), in [0, 1]."""
        ...
