"""Ask for the labels that are expected to reduce the remaining doubt most."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matchloop.active_learning.strategies.base import QueryContext
from matchloop.active_learning.strategies.reading import doubt, labelled_candidates, standardized
from matchloop.errors import UsageError

__all__ = ["ExpectedGain"]


@dataclass(frozen=True, slots=True)
class ExpectedGain:
    """Estimate how much doubt remains once a pair is labelled.

    Expected error reduction of Roy and McCallum (2001, Toward Optimal Active Learning through
    Sampling Estimation of Error Reduction), with three savings. Only the most doubtful pairs are
    tried. A logistic regression replaces the model. The remaining doubt is measured on a sample.

    Parameters
    ----------
    tried
        Pairs that are tried, at least 1; the others keep their doubt, which is far lower.
    sample
        Candidates over which the remaining doubt is averaged, at least 1.
    """

    tried: int = 40
    sample: int = 1_000

    def __post_init__(self) -> None:
        if self.tried < 1 or self.sample < 1:
            raise UsageError(
                f"tried is {self.tried} and sample {self.sample}; give at least 1 of each"
            )

    def utilities(self, context: QueryContext) -> NDArray[np.float64]:
        """Return doubt; for tried pairs, 3 minus the expected remaining doubt, shape (pairs,)."""
        utilities = doubt(context)
        chosen, is_match = labelled_candidates(context)
        features = standardized(context)
        free = np.flatnonzero(~context.labelled)
        one_answer = is_match.all() or not is_match.any()
        if features is None or len(chosen) < 3 or one_answer or len(free) == 0:
            return utilities
        order = np.lexsort((context.rng.random(len(free)), -utilities[free]))
        seen = context.rng.choice(free, min(self.sample, len(free)), replace=False)
        labelled = features[chosen], is_match.astype(np.float64)
        for pair in free[order[: self.tried]].tolist():
            chance = float(context.probability[pair])
            left = [
                self._doubt_left(labelled, features[pair], answer, features[seen])
                for answer in (0.0, 1.0)
            ]
            utilities[pair] = 3.0 - ((1 - chance) * left[0] + chance * left[1])
        return utilities

    def _doubt_left(
        self,
        labelled: tuple[NDArray[np.float32], NDArray[np.float64]],
        features: NDArray[np.float32],
        answer: float,
        seen: NDArray[np.float32],
    ) -> float:
        from sklearn.linear_model import LogisticRegression

        model = LogisticRegression(class_weight="balanced", max_iter=50, tol=1e-2)
        model.fit(np.vstack([labelled[0], features]), np.append(labelled[1], answer))
        probability = model.predict_proba(seen)[:, 1]
        return float(np.mean(1.0 - np.abs(2.0 * probability - 1.0)))
