"""Ask where the members of a committee disagree (Seung, Opper and Sompolinsky 1992)."""

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
"""Weight of doubt, small enough to decide between equal variances only (a convention)."""


@dataclass(frozen=True, slots=True)
class BootstrapCommittee:
    """Prefer pairs that logistic regressions on resampled labels disagree about.

    Each member learns from labels drawn with replacement. Active-Transfer and many studies of
    entity matching use this committee (Mozafari et al. 2014, Scaling Up Crowd-Sourcing to Very
    Large Datasets, section 4). Votes of the trees of a fully grown forest would only repeat the
    ranking of :class:`Margin`.

    Parameters
    ----------
    members
        Number of members, at least 2 (nine by convention).
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
    """Prefer pairs that learners of different kinds disagree about.

    The members are a logistic regression, a naive Bayes, nearest neighbours and extremely
    randomized trees. ALMSER and earlier work found that mixed committees suit entity matching
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
    """Fit the members to all labels or to resamples; return the variance of their votes."""
    chosen, is_match = labelled_candidates(context)
    features = standardized(context)
    if features is None or len(chosen) < 3 or is_match.all() or not is_match.any():
        return doubt(context)  # no member can be fitted: ask by the model alone
    votes = []
    for member, resampled in committee:
        rows = _resampled(is_match, context.rng) if resampled else np.arange(len(chosen))
        member.fit(features[chosen[rows]], is_match[rows])
        votes.append(member.predict_proba(features)[:, 1])
    return np.asarray(np.var(votes, axis=0) + TIE * doubt(context), np.float64)


def _resampled(is_match: NDArray[np.bool_], rng: np.random.Generator) -> NDArray[np.int64]:
    """Draw labels with replacement, keeping the number of each answer."""
    parts = [np.flatnonzero(is_match == answer) for answer in (True, False)]
    return np.concatenate([rng.choice(part, len(part)) for part in parts])
