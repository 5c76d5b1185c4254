"""The sentence about pairs that only a larger reading matches."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.matching.scoring.households import Households, claim
from matchloop.matching.scoring.readings import Judge, Reading
from matchloop.matching.scoring.undecided import left_apart

NAMES = ["first", "last", "street"]


@pytest.fixture(scope="module")
def houses() -> Households:
    return Households.of()


@pytest.fixture(scope="module")
def judge(houses: Households) -> Judge:
    return Judge.of(houses.evidence())


def said(judge: Judge, chosen: NDArray[np.bool_], *larger: NDArray[np.bool_]) -> str:
    readings = [supported(judge, taken) for taken in (chosen, *larger)]
    return left_apart(judge, readings[0], readings, NAMES)


def supported(judge: Judge, taken: NDArray[np.bool_]) -> Reading:
    """Return a reading of some pairs that lacks no support."""
    reading = judge.reading(claim(taken))
    unlike = replace(reading.agreement, weak=np.zeros(len(NAMES)))
    return replace(reading, agreement=unlike, consistency=0.9)


def test_the_pairs_that_a_larger_reading_adds_are_named_with_their_columns(
    houses: Households, judge: Judge
) -> None:
    count = houses.kin.sum()

    sentence = said(judge, houses.same, houses.same | houses.kin)

    assert sentence == (
        f"{count} more pairs agree in 'last', 'street' and differ in 'first': they were left "
        "apart; label some of them."
    )


def test_a_larger_reading_that_holds_few_of_the_matches_is_another_one(
    houses: Households, judge: Judge
) -> None:
    some = houses.same & (np.cumsum(houses.same) % 2 == 0)

    assert said(judge, houses.same, some | houses.kin) == ""


def test_one_more_pair_is_not_worth_a_sentence(houses: Households, judge: Judge) -> None:
    one = houses.kin & (np.cumsum(houses.kin) == 1)

    assert said(judge, houses.same, houses.same | one) == ""


def test_pairs_that_chance_makes_are_not_worth_a_sentence(houses: Households, judge: Judge) -> None:
    strangers = ~houses.same & ~houses.kin

    assert said(judge, houses.same, houses.same | strangers) == ""


def test_a_reading_of_much_less_support_is_not_worth_a_sentence(
    houses: Households, judge: Judge
) -> None:
    chosen = supported(judge, houses.same)
    larger = replace(supported(judge, houses.same | houses.kin), consistency=0.7)

    assert left_apart(judge, chosen, [chosen, larger], NAMES) == ""
