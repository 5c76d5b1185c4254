"""Predictions of earlier rounds: computed once per labels, and forgotten oldest first."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

import matchloop as ml
from matchloop.active_learning.predictions import Prediction, PredictionCache


def labels(answer: str) -> ml.Labels:
    table = pa.table({"labeling_set_id": ["s", "s"], "label": ["x", answer], "id": ["1", "2"]})
    return ml.Labels.of(table, key="id")


def test_labels_of_equal_content_are_predicted_once() -> None:
    calls = []

    def predict(given_labels: ml.Labels) -> Prediction:
        calls.append(given_labels)
        return Prediction(np.zeros(1, np.bool_), np.zeros(1, np.float32))

    cache = PredictionCache(2, "id")
    first = cache.get(labels("x"), predict)

    assert cache.get(labels("x"), predict) is first
    assert cache.get(labels("y"), predict) is not first
    assert len(calls) == 2


def test_the_oldest_prediction_is_dropped_when_the_cache_is_full() -> None:
    calls = []

    def predict(given_labels: ml.Labels) -> Prediction:
        calls.append(given_labels.labels.to_pylist()[1])
        return Prediction(np.zeros(1, np.bool_), np.zeros(1, np.float32))

    cache = PredictionCache(2, "id")
    for answer in ("x", "y", "z", "z", "y", "x"):
        cache.get(labels(answer), predict)

    assert calls == ["x", "y", "z", "x"]
