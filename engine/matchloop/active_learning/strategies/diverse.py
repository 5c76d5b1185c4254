"""Ask about pairs that differ from each other: clusters of doubtful pairs, or a core-set."""

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
    """Prefer one doubtful pair from each of several clusters.

    Weighted k-means clusters the most doubtful pairs. The pair nearest each centre is asked first
    (Zhdanov 2019, Diverse mini-batch Active Learning).

    Parameters
    ----------
    clusters
        Number of clusters, at least 1: about the pairs of a round.
    among
        Doubtful pairs per cluster, at least 1 (ten by convention).
    """

    clusters: int = 20
    among: int = 10

    def __post_init__(self) -> None:
        if self.clusters < 1 or self.among < 1:
            raise UsageError(
                f"clusters is {self.clusters} and among {self.among}; give at least 1 of each"
            )

    def utilities(self, context: QueryContext) -> NDArray[np.float64]:
        """Return doubt, plus 1 for the pair nearest each centre, shape (pairs,)."""
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
    """Choose, step by step, the pair furthest from all labelled or chosen pairs.

    The greedy k-centre choice of Sener and Savarese (2018, Active Learning for Convolutional Neural
    Networks: A Core-Set Approach), on standardized features. It does not look at probabilities.

    Parameters
    ----------
    picks
        Pairs chosen step by step, at least 1; the others follow by distance.
    """

    picks: int = 40

    def __post_init__(self) -> None:
        if self.picks < 1:
            raise UsageError(f"picks is {self.picks}; give at least 1")

    def utilities(self, context: QueryContext) -> NDArray[np.float64]:
        """Return more than 1 for chosen pairs, earlier ones higher, at most one half for others."""
        features = standardized(context)
        if features is None or len(context) == 0:
            return doubt(context)
        size = np.square(features).sum(axis=1)
        covered = np.full(len(context), np.inf, np.float32)
        for labelled in labelled_candidates(context)[0].tolist():
            covered = np.minimum(covered, _distance(features, size, labelled))
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
    """Return the squared distance of each row to one row, as |a|^2 + |b|^2 - 2ab."""
    away = np.maximum(size + size[row] - 2.0 * (features @ features[row]), 0.0)
    away[row] = 0.0
    return np.asarray(away, np.float32)
