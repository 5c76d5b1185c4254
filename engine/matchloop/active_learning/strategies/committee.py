"""Ask where the members of a committee contradict each other (Seung, Opper, Sompolinsky 1992)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matchloop.active_learning.strategies.base import QueryContext
from matchloop.active_learning.strategies.reading import doubt, labelled_candidates, standardized
from matchloop.errors import UsageError

__all__ = ["BootstrapCommittee", "MixedCommittee"]

TIE = 1e-3
"""How much doubt counts where the committee is equally divided."""


@dataclass(frozen=True, slots=True)
class BootstrapCommittee:
    """Prefer what logistic regressions on resampled labels disagree about.

    The committee of Active-Transfer and many studies of entity matching (Mozafari et al. 2014,
    Scaling Up Crowd-Sourcing to Very Large Datasets, section 4): each member learns from labels
    drawn with replacement. Votes of the trees of a grown-out forest would only repeat the ranking
    of :class:`Margin`.

    Parameters
    ----------
    members
        How many, at least 2.
    """

    members: int = 9

    def __post_init__(self) -> None:
        if self.members < 2:
            raise UsageError(f"members is {self.members}; a committee has at least 2")

    def utilities(self, context: QueryContext) -> NDArray[np.float64]:
        """Return the variance of the members' probabilities, shape (pairs,)."""
        return _divided(context, self._committee(context.rng))

    def _committee(self, rng: np.random.Generator) -> Iterator[tuple[Any, bool]]:
        from sklearn.linear_model import LogisticRegression

        for _ in range(self.members):
            yield LogisticRegression(C=1.0, class_weight="balanced", max_iter=200), True


@dataclass(frozen=True, slots=True)
class MixedCommittee:
    """Prefer what learners of different kinds disagree about.

    A logistic regression, a naive Bayes, nearest neighbours and extremely randomized trees; that
    committees of mixed kinds suit entity matching is the finding of ALMSER and its forerunners
    (Primpeli and Bizer 2021).
    """

    def utilities(self, context: QueryContext) -> NDArray[np.float64]:
        """Return the variance of the members' probabilities, shape (pairs,)."""
        return _divided(context, self._committee(context.rng))

    def _committee(self, rng: np.random.Generator) -> Iterator[tuple[Any, bool]]:
        from sklearn.ensemble import ExtraTreesClassifier
        from sklearn.linear_model import LogisticRegression
        from sklearn.naive_bayes import GaussianNB
        from sklearn.neighbors import KNeighborsClassifier

        seed = int(rng.integers(1 << 31))
        yield LogisticRegression(class_weight="balanced", max_iter=200), False
        yield GaussianNB(var_smoothing=1e-2), False
        yield KNeighborsClassifier(3), False
        yield ExtraTreesClassifier(50, class_weight="balanced", random_state=seed), False


def _divided(context: QueryContext, committee: Iterator[tuple[Any, bool]]) -> NDArray[np.float64]:
    """Fit the members, each to all labels or to a resample, and return how they differ."""
    chosen, is_match = labelled_candidates(context)
    features = standardized(context)
    if features is None or len(chosen) < 3 or is_match.all() or not is_match.any():
        return doubt(context)  # nobody can be taught: ask as the model would
    votes = []
    for member, resampled in committee:
        rows = _resampled(is_match, context.rng) if resampled else np.arange(len(chosen))
        member.fit(features[chosen[rows]], is_match[rows])
        votes.append(member.predict_proba(features)[:, 1])
    return np.asarray(np.var(votes, axis=0) + TIE * doubt(context), np.float64)


def _resampled(is_match: NDArray[np.bool_], rng: np.random.Generator) -> NDArray[np.int64]:
    """Draw labels with replacement, of each answer as many as there are."""
    parts = [np.flatnonzero(is_match == answer) for answer in (True, False)]
    return np.concatenate([rng.choice(part, len(part)) for part in parts])
