from __future__ import annotations

import json

import numpy as np
import pytest
from numpy.typing import NDArray

from matchloop.explaining import explain_pair

NAMES = ("name:jaro", "name:same", "price:ratio", "rivals:gap")


def predict(features: NDArray[np.float32]) -> NDArray[np.float64]:
    weights = np.array([0.4, 0.2, 0.3, 0.1])
    return np.asarray(np.nan_to_num(features).astype(np.float64) @ weights)


def test_measures_of_a_column_are_one_contribution_and_the_largest_comes_first() -> None:
    made = explain_pair(
        predict,
        np.array([1, 1, np.nan, 0.5], np.float32),
        np.zeros((100, 4), np.float32),
        NAMES,
        keys=("a", "b"),
        values={"name": ("Ann", "Anne"), "price": ("3", None)},
    )

    assert [one.name for one in made.contributions] == ["name", "rivals", "price"]
    assert made.contributions[0].amount == pytest.approx(0.6)
    assert (made.contributions[0].left, made.contributions[0].right) == ("Ann", "Anne")
    assert made.contributions[2].features == {"ratio": None}
    assert made.base + sum(one.amount for one in made.contributions) == pytest.approx(
        made.probability
    )


def test_an_explanation_is_plain_json() -> None:
    made = explain_pair(
        predict,
        np.ones(4, np.float32),
        np.zeros((0, 4), np.float32),
        NAMES,
        keys=("a", "b"),
        values={},
        is_candidate=False,
    )

    read = json.loads(json.dumps(made.to_dict(), allow_nan=False))

    assert read["is_candidate"] is False
    assert read["probability"] == pytest.approx(1.0)
