"""Score pairs by the pool strategies of scikit-activeml (Kottke et al. 2021)."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matchloop.active_learning.strategies.base import QueryContext
from matchloop.active_learning.strategies.reading import doubt, labelled_candidates, standardized
from matchloop.errors import MissingExtra, UsageError

__all__ = ["Skactiveml"]

UNFIT = ("FourDs", "ParallelUtilityEstimationWrapper", "SubSamplingWrapper")
"""Pool strategies that need a classifier of their own or wrap other strategies."""


@dataclass(frozen=True, slots=True)
class Skactiveml:
    """Prefer pairs that a pool strategy of scikit-activeml would query.

    The pool strategy gets the standardized features and the labelled candidates. Where it needs a
    classifier, it gets a logistic regression. Where it needs a committee, it gets that, a naive
    Bayes and extremely randomized trees. The pairs of its batch come first, in the order in which
    it would query them. The other pairs follow by its utilities.

    Parameters
    ----------
    strategy
        Name of a class of ``skactiveml.pool``, for example ``QueryByCommittee``.
    settings
        Arguments of the class, for example ``{method: vote_entropy}``.
    batch
        Pairs that it queries in one batch.
    pool
        Most unlabelled pairs that it gets, drawn at random. The time of some strategies grows with
        the square of this number.
    """

    strategy: str = "UncertaintySampling"
    settings: Mapping[str, Any] = field(default_factory=dict)
    batch: int = 20
    pool: int = 10_000

    def __post_init__(self) -> None:
        for name in ("batch", "pool"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                raise UsageError(f"{name} is {value!r}; give a whole number of at least 1")
        if not isinstance(self.settings, Mapping):
            raise UsageError(f"settings is {self.settings!r}; write name: value")
        self._made(0)

    def utilities(self, context: QueryContext) -> NDArray[np.float64]:
        """Return the utilities of the pool strategy, its batch first, shape (pairs,)."""
        chosen, is_match = labelled_candidates(context)
        free = np.flatnonzero(~context.labelled)
        if len(chosen) < 2 or is_match.all() or not is_match.any() or len(free) == 0:
            return doubt(context)  # no classifier can be fitted: ask by the model alone
        if len(free) > self.pool:
            free = np.sort(context.rng.choice(free, self.pool, replace=False))
        features = standardized(context)
        if features is None:
            features = context.probability[:, None]
        shown = np.concatenate([features[chosen], features[free]])
        labels = np.concatenate([is_match.astype(np.float64), np.full(len(free), np.nan)])
        candidates = np.arange(len(chosen), len(shown))
        queried, scores = self._queried(
            shown, labels, candidates, int(context.rng.integers(1 << 31))
        )
        utilities = np.full(len(context), -1.0)
        utilities[free] = _spread(scores[len(chosen) :])
        order = np.arange(len(queried), dtype=np.float64)
        utilities[free[queried - len(chosen)]] = 3.0 - order / len(queried)
        return utilities

    def _made(self, seed: int) -> Any:
        try:
            from skactiveml import pool
        except ImportError:
            raise MissingExtra(
                "strategy 'skactiveml': pip install 'matchloop[skactiveml]'"
            ) from None
        kind = getattr(pool, str(self.strategy), None)
        if self.strategy in UNFIT or not inspect.isclass(kind) or not hasattr(kind, "query"):
            names = [name for name in pool.__all__ if _can_serve(getattr(pool, name), name)]
            raise UsageError(
                f"scikit-activeml has no pool strategy {self.strategy!r} for classes; "
                f"known: {', '.join(sorted(names))}"
            )
        if "reg" in inspect.signature(kind.query).parameters:
            raise UsageError(f"{self.strategy} is for numbers, not for classes; choose another")
        needed = {"classes": [0, 1], "cluster_algo_dict": {"random_state": seed, "n_init": 1}}
        wanted = inspect.signature(kind).parameters
        own = {name: value for name, value in needed.items() if name in wanted}
        try:
            return kind(**{**own, **self.settings, "random_state": seed})
        except TypeError as error:
            raise UsageError(f"{self.strategy}: {error}") from None

    def _queried(
        self,
        features: NDArray[np.float32],
        labels: NDArray[np.float64],
        candidates: NDArray[np.int64],
        seed: int,
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Return the queried rows in order, and the utility of every row."""
        strategy = self._made(seed)
        wanted = inspect.signature(strategy.query).parameters
        helpers = {name: made for name, made in _helpers(seed).items() if name in wanted}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a learner short of convergence still ranks
            try:
                queried, utilities = strategy.query(
                    features.astype(np.float64),
                    labels,
                    candidates=candidates,
                    batch_size=min(self.batch, len(candidates)),
                    return_utilities=True,
                    **helpers,
                )
            except (TypeError, ValueError) as error:
                raise UsageError(f"{self.strategy}: {error}; see its settings") from error
        return np.asarray(queried, np.int64), np.asarray(utilities[0], np.float64)


def _can_serve(kind: Any, name: str) -> bool:
    return (
        inspect.isclass(kind)
        and name not in UNFIT
        and hasattr(kind, "query")
        and "reg" not in inspect.signature(kind.query).parameters
    )


def _helpers(seed: int) -> dict[str, Any]:
    from skactiveml.classifier import SklearnClassifier
    from sklearn.ensemble import ExtraTreesClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.naive_bayes import GaussianNB

    def taken(estimator: Any) -> Any:
        return SklearnClassifier(estimator, classes=[0, 1], random_state=seed)

    line = taken(LogisticRegression(class_weight="balanced", max_iter=200))
    trees = ExtraTreesClassifier(50, class_weight="balanced", random_state=seed)
    committee = [line, taken(GaussianNB(var_smoothing=1e-2)), taken(trees)]
    return {"clf": line, "estimator": line, "discriminator": line, "ensemble": committee}


def _spread(utilities: NDArray[np.float64]) -> NDArray[np.float64]:
    """Scale utilities to [0, 1]; missing and infinite values become the ends."""
    finite = utilities[np.isfinite(utilities)]
    if len(finite) == 0:
        return np.zeros(len(utilities))
    low, high = float(finite.min()), float(finite.max())
    filled = np.nan_to_num(utilities, nan=low, posinf=high, neginf=low)
    return np.asarray((filled - low) / (high - low) if high > low else np.zeros(len(filled)))
