"""Read labelled candidates, complete features and ranks from a context."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matchloop.active_learning.strategies.base import QueryContext

__all__ = ["doubt", "labelled_candidates", "ranks", "standardized"]


def doubt(context: QueryContext) -> NDArray[np.float64]:
    """Return 1 for a probability of one half, falling to 0 at both ends, shape (pairs,)."""
    return 1.0 - np.abs(2.0 * context.probability.astype(np.float64) - 1.0)


def labelled_candidates(context: QueryContext) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return the positions of the labelled candidates, and whether each is a match."""
    if context.labels is None or len(context) == 0:
        return np.empty(0, np.int64), np.empty(0, np.bool_)
    ids = context.pairs.ids()
    at = np.minimum(np.searchsorted(ids, context.labels.ids()), len(ids) - 1)
    is_candidate = ids[at] == context.labels.ids()
    return at[is_candidate], context.labels.is_match[is_candidate]


def ranks(values: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    """Rank values from 0 for the greatest, ties in random order, shape (values,)."""
    order = np.lexsort((rng.random(len(values)), -values))
    placed = np.empty(len(values))
    placed[order] = np.arange(len(values))
    return placed


def standardized(context: QueryContext) -> NDArray[np.float32] | None:
    """Return the features with mean 0 and deviation 1, missing values at the mean.

    Shape (pairs, features); None where the table is too large to store features.
    """
    if context.features is None:
        return None
    features = np.array(context.features, np.float32)
    missing = np.isnan(features)
    counts = np.maximum((~missing).sum(axis=0), 1)
    features[missing] = 0.0
    mean = features.sum(axis=0, dtype=np.float64) / counts
    features -= mean.astype(np.float32)
    features[missing] = 0.0
    deviation = np.sqrt(np.square(features, dtype=np.float64).sum(axis=0) / counts)
    features /= np.where(deviation > 0, deviation, 1.0).astype(np.float32)
    return features
