"""Predictions of a loop under the labels of earlier rounds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matchloop.data.labels import Labels
from matchloop.data.matches import Matches
from matchloop.data.pairs import CandidatePairs, Scores

__all__ = ["Prediction", "PredictionCache"]


@dataclass(frozen=True, slots=True, eq=False)
class Prediction:
    """What a model predicts for the candidate pairs.

    Parameters
    ----------
    is_match
        Whether the two records of each pair are in one group, shape (pairs,).
    probability
        Match probability of each pair, shape (pairs,).
    """

    is_match: NDArray[np.bool_]
    probability: NDArray[np.float32]

    @classmethod
    def of(cls, pairs: CandidatePairs, matches: Matches, scores: Scores) -> Prediction:
        """Return the prediction that groups and scores make for pairs."""
        same_group = matches.match_id[pairs.left] == matches.match_id[pairs.right]
        return cls(same_group, scores.probability)


class PredictionCache:
    """Predictions by the labels they were learned from; each costs one fit.

    Parameters
    ----------
    size
        Predictions to keep; the oldest is dropped first.
    key
        Column that identifies a record.
    """

    def __init__(self, size: int, key: str) -> None:
        self._size = size
        self._key = key
        self._predictions: dict[int, Prediction] = {}

    def get(self, labels: Labels, predict: Callable[[Labels], Prediction]) -> Prediction:
        """Return the prediction under some labels; ``predict`` computes it at the first call."""
        columns = (labels.set_ids, labels.labels, labels.values[self._key])
        content = hash(tuple(tuple(column.to_pylist()) for column in columns))
        if content not in self._predictions:
            prediction = predict(labels)
            while len(self._predictions) >= self._size:
                del self._predictions[next(iter(self._predictions))]
            self._predictions[content] = prediction
        return self._predictions[content]
