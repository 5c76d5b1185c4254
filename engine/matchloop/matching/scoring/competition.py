"""Competition: correct the score of a pair by the scores of its rivals.

Where every record has at most one match, a pair far ahead of its rivals matches even at a moderate
score. Where groups are large, rivals carry no information. The labels decide: a logistic
regression learns from the score of a pair and its lead over the best rival of either record. Its
result is mixed with the score, the more so the more labels there are. (Scoring a pair among its
rivals is the idea of collective linkage: Bhattacharya and Getoor 2007.)
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

# These four are conventions.
MOST = 0.6  # share of the regression in the final score with many labels
HALF = 40  # labels at which it has half of that share
CHUNK = 1 << 18  # pairs at a time: bounds memory
SOFT = 0.02  # added to both sides of the odds of a score, so that none is infinite


@dataclass(frozen=True, slots=True, eq=False)
class Standings:
    """The two best scores among the candidates of each record, against which pairs are ranked.

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
        """Compute the two best scores of each record."""
        return cls(*stand(pairs.left, pairs.right, probability, n_records))

    def joined(self, other: Standings) -> Standings:
        """Return the standings by the pairs of both; no pair may be in the two."""
        best = np.maximum(self.best, other.best)
        beaten = np.minimum(self.best, other.best)
        second = np.maximum(beaten, np.maximum(self.second, other.second))
        return Standings(best, second, self.odds + other.odds)

    def leads(self, pairs: CandidatePairs, probability: NDArray[np.float32]) -> NDArray[np.float32]:
        """Compare pairs to their rivals.

        Parameters
        ----------
        pairs
            Any pairs of the table, candidates or not.
        probability
            Their scores, shape (pairs,).

        Returns
        -------
        numpy.ndarray
            Shape (pairs, 6): log odds; smaller and larger lead over the best rivals of the two
            records; smaller and larger rank (1 the best, .5 the second, .33 any other); smaller
            share of a record's odds.
        """
        out = np.empty((len(pairs), 6), np.float32)
        write_leads(
            pairs.left, pairs.right, probability, self.best, self.second, self.odds, SOFT, out
        )
        return out


@dataclass(frozen=True, slots=True, eq=False)
class Competition:
    """A logistic regression from leads to match probabilities.

    Parameters
    ----------
    weights
        Weight of each of the leads, shape (6,).
    offset
        Log odds at leads of 0.
    share
        Share of the regression in the final score, in [0, 1].
    """

    weights: NDArray[np.float64]
    offset: float
    share: float

    def adjusted(
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
            Their scores by the forest, shape (pairs,).
        """
        final = np.empty(len(pairs), np.float32)
        for start in range(0, len(pairs), CHUNK):
            part = slice(start, start + CHUNK)
            leads = standings.leads(pairs.take(part), probability[part])
            log_odds = self.offset + leads @ self.weights
            second = 1 / (1 + np.exp(-np.clip(log_odds, -30, 30)))
            final[part] = (1 - self.share) * probability[part] + self.share * second
        return final

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Return the regression as named arrays, for a model bundle."""
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
    """Fit the regression to labelled pairs.

    Parameters
    ----------
    leads
        Of labelled pairs, from scores that did not see their labels, shape (pairs, 6).
    is_match
        Shape (pairs,).
    weight
        Weight of each pair, shape (pairs,); all alike by default.
    supposed
        The leads of unlabelled pairs, their match probability by another model, and their total
        weight as a multiple of that of the labels. Labelled pairs are chosen and no random sample,
        so that they alone misjudge leads elsewhere.

    Returns
    -------
    Competition or None
        None where only one class was labelled.
    """
    if len(is_match) == 0 or is_match.all() or not is_match.any():
        return None
    weights = np.ones(len(is_match)) if weight is None else weight
    count = float(weights.sum())
    rows, answers = leads, is_match
    if supposed is not None:
        others, chance, share = supposed
        each = share * count / max(len(others), 1)
        # an uncertain pair enters as a match and as a non-match, each by its probability
        rows = np.concatenate((leads, others, others))
        answers = np.concatenate((is_match, np.repeat((True, False), len(others))))
        chances = np.concatenate((chance, 1 - chance)).astype(np.float64)
        weights = np.concatenate((weights, each * chances))
    mean = rows.mean(axis=0, dtype=np.float64)
    spread = rows.std(axis=0, dtype=np.float64) + 0.1  # a constant lead gets no huge weight
    # Imported here: scoring with a saved model needs no scikit-learn, which takes a second.
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=1.0, max_iter=200)
    model.fit((rows - mean) / spread, answers, sample_weight=weights)
    worth = model.coef_[0] / spread
    return Competition(
        worth, float(model.intercept_[0] - worth @ mean), MOST * count / (count + HALF)
    )
