"""Learners by name: settings of the matcher, and plain models of published protocols."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matchloop.data.labels import LabeledPairs
from matchloop.data.pairs import CandidatePairs, Comparisons
from matchloop.errors import UnknownName, UsageError, some
from matchloop.matching.backends import OnStage, PreparedTable
from matchloop.matching.learning import Model
from matchloop.matching.matcher import Matcher
from matchloop.matching.scoring import Standings, fit_forest

__all__ = ["LEARNERS", "PlainForest", "PlainLogistic", "find_learner"]

OF_THE_TABLE = ("accuracy_cost", "rules")
"""Settings of a matcher that decide on its candidates, which all runs of a table share."""

OF_THE_RUN = ("seed",)
"""Settings of a matcher that each run sets itself."""


@dataclass(frozen=True)
class PlainForest(Matcher):
    """A random forest on the features alone, without prior model, rivals or calibration.

    This is the learner of many published comparisons. Until both answers are known it is the
    matcher.
    """

    trees: int = 100

    def __post_init__(self) -> None:
        super().__post_init__()
        if isinstance(self.trees, bool) or not isinstance(self.trees, int) or self.trees < 1:
            raise UsageError(f"trees is {self.trees!r}; give a whole number of at least 1")

    def learn(
        self,
        prepared: PreparedTable,
        labelled: LabeledPairs | None,
        *,
        on_stage: OnStage | None = None,
    ) -> Model:
        """Fit a random forest, once both answers are known."""
        if labelled is None or labelled.is_match.all() or not labelled.is_match.any():
            return super().learn(prepared, labelled, on_stage=on_stage)
        features, is_match = _lesson(prepared, labelled)
        forest = fit_forest(features, is_match, seed=self.seed, trees=self.trees)
        return Model(prepared.comparer.names, forest)


@dataclass(frozen=True)
class PlainLogistic(Matcher):
    """A logistic regression on standardized features, missing values at the mean.

    Until both answers are known it is the matcher.
    """

    strength: float = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        if isinstance(self.strength, bool) or not self.strength > 0:
            raise UsageError(f"strength is {self.strength!r}; give a number above 0")

    def learn(
        self,
        prepared: PreparedTable,
        labelled: LabeledPairs | None,
        *,
        on_stage: OnStage | None = None,
    ) -> Model:
        """Fit a logistic regression, once both answers are known."""
        from sklearn.linear_model import LogisticRegression

        if labelled is None or labelled.is_match.all() or not labelled.is_match.any():
            return super().learn(prepared, labelled, on_stage=on_stage)
        features, is_match = _lesson(prepared, labelled)
        present = ~np.isnan(features)
        counts = np.maximum(present.sum(axis=0), 1)
        filled = np.where(present, features.astype(np.float64), 0.0)
        mean = filled.sum(axis=0) / counts
        apart = np.where(present, filled - mean, 0.0)
        spread = np.sqrt(np.square(apart).sum(axis=0) / counts)
        scale = np.where(spread > 0, spread, 1.0)
        fitted = LogisticRegression(C=self.strength, max_iter=1_000)
        fitted.fit(np.where(present, (filled - mean) / scale, 0.0), is_match)
        none = fit_forest(features[:0], is_match[:0], seed=self.seed)
        line = _Line(mean, scale, fitted.coef_[0], float(fitted.intercept_[0]))
        return _Linear(prepared.comparer.names, none, line=line)


LEARNERS: Mapping[str, tuple[Callable[..., Matcher], Mapping[str, Any]]] = {
    "forest": (PlainForest, {}),
    "logistic": (PlainLogistic, {}),
    "matcher": (Matcher, {}),
    "prior": (Matcher, {"prior": True}),
}
"""Name of each learner, its class and its preset settings."""


def find_learner(name: str, settings: Mapping[str, Any] | None = None) -> Matcher:
    """Return the matcher of a learner's name, with further settings.

    Raises
    ------
    UnknownName
        There is no such learner.
    UsageError
        It has no such setting, or the setting refuses the value.
    """
    if name not in LEARNERS:
        raise UnknownName(f"no learner '{name}'; known: {', '.join(LEARNERS)}")
    chosen = settings or {}
    if shared := [setting for setting in chosen if setting in OF_THE_TABLE]:
        raise UsageError(
            f"learner '{name}': {some(shared)} decides on the candidate pairs, which all runs of a "
            "table share; leave it out"
        )
    if hidden := [
        setting for setting in chosen if setting.startswith("_") or setting in OF_THE_RUN
    ]:
        raise UsageError(f"learner '{name}': {some(hidden)} cannot be set; leave it out")
    made, first = LEARNERS[name]
    try:
        return made(**{**first, **chosen})
    except TypeError as error:
        raise UsageError(f"learner '{name}': {error}") from None


@dataclass(frozen=True, slots=True, eq=False)
class _Line:
    mean: NDArray[np.float64]
    scale: NDArray[np.float64]
    weights: NDArray[np.float64]
    offset: float

    def probability(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        # a missing value becomes the mean, so it adds nothing
        part = np.nan_to_num((features - self.mean) / self.scale)
        with np.errstate(over="ignore"):
            return np.asarray(1 / (1 + np.exp(-(part @ self.weights + self.offset))), np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class _Linear(Model):
    line: _Line | None = None

    def forest_probability(
        self,
        comparisons: Comparisons,
        standings: Standings | None,
        prior: NDArray[np.float32] | None = None,
    ) -> NDArray[np.float32]:
        assert self.line is not None
        return self.line.probability(comparisons.features)


def _lesson(
    prepared: PreparedTable, labelled: LabeledPairs
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Return the features of the labelled pairs, and their answers."""
    pairs = CandidatePairs.of(labelled.left, labelled.right, "label")
    at = np.searchsorted(pairs.ids(), labelled.ids())
    return prepared.comparer.compare(pairs).features[at], labelled.is_match
