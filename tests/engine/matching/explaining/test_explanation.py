from __future__ import annotations

import json

import numpy as np
import pytest
from numpy.typing import NDArray

from matchloop.matching.explaining import (
    Contribution,
    Explanation,
    describe,
    explain_pair,
    reasons,
)

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


def test_a_value_that_is_missing_is_no_reason_for_a_match_or_against_it() -> None:
    def likes_missing(features: NDArray[np.float32]) -> NDArray[np.float64]:
        dates = np.where(np.isnan(features[:, 1]), 0.5, 0.0)
        return np.asarray(0.1 + dates + 0.4 * np.nan_to_num(features[:, 0]), np.float64)

    made = explain_pair(
        likes_missing,
        np.array([1, np.nan], np.float32),
        np.zeros((10, 2), np.float32),
        ("name:same", "date:same"),
        keys=("a", "b"),
        values={"name": ("Ann", "Ann"), "date": ("1990", None)},
    )
    by_name = {one.name: one for one in made.contributions}

    assert by_name["date"].amount == 0.0
    assert not by_name["date"].is_known
    assert by_name["name"].amount == pytest.approx(0.4)
    assert made.base == pytest.approx(0.6)
    assert made.probability == pytest.approx(1.0)
    assert by_name["date"].to_dict()["known"] is False


def rivals(best: float, worst: float, lead: float) -> Contribution:
    measures = {"grams_best_rank": best, "grams_worst_rank": worst, "grams_least_lead": lead}
    return Contribution("rivals", None, None, 0.1, measures)


@pytest.mark.parametrize(
    ("contribution", "told"),
    [
        (rivals(1.0, 1.0, 0.2), "no other record is as like to either"),
        (rivals(1.0, 1.0, 0.0), "another record is as like to one of them"),
        (rivals(1.0, 0.5, -0.1), "another record is more like one of them"),
        (rivals(0.5, 0.25, -0.1), "other records are more like both of them"),
        (
            Contribution("record", None, None, 0.1, {"words": 0.9, "grams": 0.5}),
            "the values of all columns together are 90% alike",
        ),
        (Contribution("name", "Ann", "Anne", 0.1, {"jaro": 0.9}), None),
    ],
)
def test_what_is_of_no_column_is_told_in_words(
    contribution: Contribution, told: str | None
) -> None:
    assert describe(contribution) == told


@pytest.mark.parametrize(
    ("swapped", "told"),
    [(0.8, "swapped with the value of another column"), (0.0, "differs less than in most pairs")],
)
def test_a_swapped_value_is_a_reason_of_its_own(swapped: float, told: str) -> None:
    given = Contribution("given", "Anna", "Lang", 0.1, {"edit": 0.25, "swapped": swapped})

    made = reasons(Explanation("1", "2", 0.6, 0.5, (given,)))

    assert [reason.words for reason in made.pro] == [told]
