"""Ask about doubtful pairs that are similar to many others."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matchloop.active_learning.strategies.base import QueryContext
from matchloop.active_learning.strategies.reading import doubt, standardized
from matchloop.errors import UsageError

__all__ = ["Density"]


@dataclass(frozen=True, slots=True)
class Density:
    """Weigh doubt by the mean similarity of a pair to all candidates.

    This is the information density of Settles and Craven (2008, An Analysis of Active Learning
    Strategies for Sequence Labeling Tasks). Similarity is the cosine of standardized features. The
    mean cosine over all candidates is one product with their mean direction.

    Parameters
    ----------
    weight
        Power of the similarity, at least 0; 0 is :class:`Margin`.
    """

    weight: float = 1.0

    def __post_init__(self) -> None:
        if not self.weight >= 0:
            raise UsageError(f"weight is {self.weight}; give a number of at least 0")

    def utilities(self, context: QueryContext) -> NDArray[np.float64]:
        """Return doubt times similarity, shape (pairs,)."""
        features = standardized(context)
        if features is None or len(context) == 0:
            return doubt(context)
        length = np.linalg.norm(features, axis=1, keepdims=True)
        directions = features / np.where(length > 0, length, 1.0)
        similarity = (1.0 + directions @ directions.mean(axis=0)) / 2.0
        return np.asarray(doubt(context) * similarity.astype(np.float64) ** self.weight)
