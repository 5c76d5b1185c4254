"""A second look at the scores: what a pair's rivals score says something of the pair.

Where every record has at most one match, a pair far ahead of its rivals matches at a score that
means little elsewhere; where groups are large, rivals say nothing. Which holds is learned from the
labels: a logistic regression on the score of a pair and its lead over the best rival of either
record, mixed with the score itself, the more so the more labels there are. (The idea of judging a
pair among its rivals is that of collective linkage: Bhattacharya and Getoor 2007.)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matchloop.data.pairs import CandidatePairs
from matchloop.matching.scoring.competition_kernels import stand, write_leads

__all__ = ["Competition", "Standings", "fit_competition"]

MOST = 0.6  # share of the second look with many labels
HALF = 40  # labels at which it has half of that
SOFT = 0.02  # added to both sides of the odds of a score


@dataclass(frozen=True, slots=True, eq=False)
class Standings:
    """The two best scores among the candidates of each record.

    Parameters
    ----------
    best, second
        Scores, shape (records,), float32; 0 where there is none.
    odds
        Sum of the odds of its candidates, shape (records,), float64.
    """

    best: NDArray[np.float32]
    second: NDArray[np.float32]
    odds: NDArray[np.float64]

    @classmethod
    def of(
        cls, pairs: CandidatePairs, probability: NDArray[np.float32], n_records: int
    ) -> Standings:
        """Find the two best scores of each record."""
        return cls(*stand(pairs.left, pairs.right, probability, n_records))

    def leads(self, pairs: CandidatePairs, probability: NDArray[np.float32]) -> NDArray[np.float32]:
        """Describe pairs among their rivals.

        Parameters
        ----------
        pairs
            Any pairs of the table, candidates or not.
        probability
            Their scores, shape (pairs,).

        Returns
        -------
        numpy.ndarray
            Shape (pairs, 6): log odds; least and most lead over the best rival of either record;
            1 / (1 + rivals ahead) where at most one is told apart, least and most; smaller share
            of a record's odds.
        """
        out = np.empty((len(pairs), 6), np.float32)
        write_leads(
            pairs.left, pairs.right, probability, self.best, self.second, self.odds, SOFT, out
        )
        return out


@dataclass(frozen=True, slots=True, eq=False)
class Competition:
    """What leads are worth on a table.

    Parameters
    ----------
    weights
        Weight of each of the leads, shape (6,).
    offset
        Log odds at leads of 0.
    share
        Share of the second look in the final score, in [0, 1].
    """

    weights: NDArray[np.float64]
    offset: float
    share: float

    def settled(
        self, standings: Standings, pairs: CandidatePairs, probability: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """Return the final match probability of pairs, shape (pairs,).

        Parameters
        ----------
        standings
            Of all candidates of the table.
        pairs
            Any pairs of the table.
        probability
            Their scores at first sight, shape (pairs,).
        """
        log_odds = self.offset + standings.leads(pairs, probability) @ self.weights
        second = 1 / (1 + np.exp(-np.clip(log_odds, -30, 30)))
        mixed = (1 - self.share) * probability + self.share * second
        return np.asarray(mixed, np.float32)

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Return what was learned as named arrays, for a model bundle."""
        return {"weights": self.weights, "terms": np.array([self.offset, self.share])}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Competition:
        """Rebuild from :meth:`to_arrays`."""
        return cls(arrays["weights"], float(arrays["terms"][0]), float(arrays["terms"][1]))


def fit_competition(
    leads: NDArray[np.float32],
    is_match: NDArray[np.bool_],
    weight: NDArray[np.float64] | None = None,
    *,
    supposed: tuple[NDArray[np.float32], NDArray[np.float32], float] | None = None,
) -> Competition | None:
    """Learn what leads are worth.

    Parameters
    ----------
    leads
        Of labelled pairs, from scores that did not see their labels, shape (pairs, 6).
    is_match
        Shape (pairs,).
    weight
        Weight of each pair, shape (pairs,); all alike by default.
    supposed
        The leads of other pairs, which nobody labelled, their match probability as another model
        has it, and their weight in all as a multiple of that of the labels. Labels that were
        chosen say what leads are worth among chosen pairs only.

    Returns
    -------
    Competition or None
        None where only one class was labelled.
    """
    if len(is_match) == 0 or is_match.all() or not is_match.any():
        return None
    given = np.ones(len(is_match)) if weight is None else weight
    count = float(given.sum())
    seen, answers, weights = leads, is_match, given
    if supposed is not None:
        others, chance, share = supposed
        each = share * count / max(len(others), 1)
        seen = np.concatenate((leads, others, others))
        answers = np.concatenate((is_match, np.repeat((True, False), len(others))))
        chances = np.concatenate((chance, 1 - chance)).astype(np.float64)
        weights = np.concatenate((given, each * chances))
    mean = seen.mean(axis=0, dtype=np.float64)
    spread = seen.std(axis=0, dtype=np.float64) + 0.1
    # Imported here: scoring with a saved model needs no scikit-learn, which takes a second.
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=1.0, max_iter=200)
    model.fit((seen - mean) / spread, answers, sample_weight=weights)
    worth = model.coef_[0] / spread
    return Competition(
        worth, float(model.intercept_[0] - worth @ mean), MOST * count / (count + HALF)
    )
