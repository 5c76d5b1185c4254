"""Ask about pairs unlike each other: clusters of doubtful pairs, or a core-set."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matchloop.active_learning.strategies.base import QueryContext
from matchloop.active_learning.strategies.reading import doubt, labelled_candidates, standardized
from matchloop.errors import UsageError

__all__ = ["CoreSet", "DiverseMargin"]


@dataclass(frozen=True, slots=True)
class DiverseMargin:
    """Take one doubtful pair from each of several clusters.

    Of the most doubtful pairs, weighted k-means makes clusters, and the pair nearest each centre is
    asked first (Zhdanov 2019, Diverse mini-batch Active Learning).

    Parameters
    ----------
    clusters
        How many clusters, at least 1: about the pairs of a round.
    among
        How many doubtful pairs there are for each cluster, at least 1.
    """

    clusters: int = 20
    among: int = 10

    def __post_init__(self) -> None:
        if self.clusters < 1 or self.among < 1:
            raise UsageError(
                f"clusters is {self.clusters} and among {self.among}; give at least 1 of each"
            )

    def utilities(self, context: QueryContext) -> NDArray[np.float64]:
        """Return doubt, with 1 more for the pair nearest each centre, shape (pairs,)."""
        doubtful = doubt(context)
        features = standardized(context)
        free = np.flatnonzero(~context.labelled)
        if features is None or len(free) <= self.clusters:
            return doubtful
        order = np.lexsort((context.rng.random(len(free)), -doubtful[free]))
        near = free[order[: self.clusters * self.among]]
        seed = int(context.rng.integers(1 << 31))
        doubtful[self._central(features[near], doubtful[near], near, seed)] += 1.0
        return doubtful

    def _central(
        self,
        features: NDArray[np.float32],
        weight: NDArray[np.float64],
        near: NDArray[np.int64],
        seed: int,
    ) -> NDArray[np.int64]:
        from sklearn.cluster import KMeans

        distinct = len(np.unique(features, axis=0))
        model = KMeans(min(self.clusters, distinct), n_init=1, random_state=seed)
        away = model.fit_transform(features, sample_weight=weight + 1e-6)
        return np.asarray(near[np.argmin(away, axis=0)], np.int64)


@dataclass(frozen=True, slots=True)
class CoreSet:
    """Take the pair furthest from all that is labelled or taken, again and again.

    The greedy k-centre choice of Sener and Savarese (2018, Active Learning for Convolutional Neural
    Networks: A Core-Set Approach), on standardized features. It does not look at probabilities.

    Parameters
    ----------
    picks
        How many pairs are taken one after the other, at least 1; the others follow by distance.
    """

    picks: int = 40

    def __post_init__(self) -> None:
        if self.picks < 1:
            raise UsageError(f"picks is {self.picks}; give at least 1")

    def utilities(self, context: QueryContext) -> NDArray[np.float64]:
        """Return picks and more for those taken, earlier ones higher, below 1 for the others."""
        features = standardized(context)
        if features is None or len(context) == 0:
            return doubt(context)
        size = np.square(features).sum(axis=1)
        covered = np.full(len(context), np.inf, np.float32)
        for known in labelled_candidates(context)[0].tolist():
            covered = np.minimum(covered, _distance(features, size, known))
        covered[context.labelled] = 0.0
        taken: list[int] = []
        for _ in range(min(self.picks, int((~context.labelled).sum()))):
            unseen = np.isinf(covered)
            pick = (
                int(context.rng.choice(np.flatnonzero(unseen)))
                if unseen.any()
                else int(np.argmax(covered))
            )
            taken.append(pick)
            covered = np.minimum(covered, _distance(features, size, pick))
        reach = float(covered.max(initial=0.0))
        utilities = (
            covered.astype(np.float64) / (2 * reach) if reach > 0 else np.zeros(len(context))
        )
        utilities[taken] = 1.0 + np.arange(len(taken), 0, -1)
        return utilities


def _distance(
    features: NDArray[np.float32], size: NDArray[np.float32], row: int
) -> NDArray[np.float32]:
    """Return the squared distance of each row to one, by way of |a|^2 + |b|^2 - 2ab."""
    away = np.maximum(size + size[row] - 2.0 * (features @ features[row]), 0.0)
    away[row] = 0.0
    return np.asarray(away, np.float32)
