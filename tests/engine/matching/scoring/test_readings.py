"""Readings of a table are scored by the columns in which their matches agree and differ.

The table is one of households: a finer reading joins the records of a person, a coarser one those
of a house.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from engine.matching.scoring.households import FIRST, HOUSES, STREET, Households, claim
from matchloop.data.pairs import CandidatePairs, Comparisons
from matchloop.matching.scoring.readings import Judge, readings
from matchloop.matching.scoring.surprise import expected_by_chance


@pytest.fixture(scope="module")
def houses() -> Households:
    return Households.of()


def parts(table: Households, coarse: np.ndarray, fine: np.ndarray) -> bool:
    judge = Judge.of(table.evidence())
    return judge.splits(judge.reading(claim(coarse)), judge.reading(claim(fine)))


def test_a_reading_of_people_parts_one_of_households(houses: Households) -> None:
    assert parts(houses, houses.same | houses.kin, houses.same)


def test_a_coarser_reading_parts_no_finer_one(houses: Households) -> None:
    assert not parts(houses, houses.same, houses.same | houses.kin)
    assert not parts(houses, houses.same, houses.same)


def test_more_matches_that_agree_in_every_column_are_no_relatives(houses: Households) -> None:
    some = houses.same & (np.cumsum(houses.same) % 3 == 0)

    assert not parts(houses, houses.same, some)


def test_a_reading_that_lacks_the_finer_matches_is_not_parted_by_it(houses: Households) -> None:
    missing = houses.same & (np.cumsum(houses.same) % 2 == 0)

    assert not parts(houses, missing | houses.kin, houses.same)


@pytest.mark.parametrize(("share", "parted"), [(0.15, False), (0.6, True)])
def test_a_few_relatives_do_not_make_a_reading_one_of_relatives(
    houses: Households, share: float, parted: bool
) -> None:
    few = houses.kin & (np.cumsum(houses.kin) <= share * HOUSES)

    assert parts(houses, houses.same | few, houses.same) is parted


def test_a_quantity_parts_nothing(houses: Households) -> None:
    prices = replace(houses, names=("price:ratio", *houses.names[1:]))

    assert not parts(prices, prices.same | prices.kin, prices.same)


@pytest.mark.parametrize(("filled", "parted"), [(0.1, False), (0.6, True)])
def test_a_column_that_is_mostly_empty_parts_nothing(
    houses: Households, filled: float, parted: bool
) -> None:
    features = houses.features.copy()
    empty = np.random.default_rng(0).random(len(features)) >= filled
    features[empty, FIRST] = np.nan
    sparse = replace(houses, features=features)

    assert parts(sparse, sparse.same | sparse.kin, sparse.same) is parted


@pytest.mark.parametrize(("common", "parted"), [(0.1, False), (0.005, True)])
def test_a_column_in_which_many_random_pairs_agree_parts_nothing(
    houses: Households, common: float, parted: bool
) -> None:
    drawn = houses.drawn.copy()
    drawn[np.random.default_rng(0).random(len(drawn)) < common, FIRST] = 1.0
    table = replace(houses, drawn=drawn)

    assert parts(table, table.same | table.kin, table.same) is parted


@pytest.mark.parametrize(("unlike", "parted"), [(0.6, False), (0.1, True)])
def test_a_column_in_which_the_finer_matches_are_unlike_parts_nothing(
    houses: Households, unlike: float, parted: bool
) -> None:
    features = houses.features.copy()
    features[houses.same & (np.random.default_rng(0).random(len(features)) < unlike), FIRST] = 0.1
    table = replace(houses, features=features)

    assert parts(table, table.same | table.kin, table.same) is parted


def test_relatives_that_often_share_the_column_are_not_parted_by_it(houses: Households) -> None:
    features = houses.features.copy()
    features[houses.kin & (np.cumsum(houses.kin) % 2 == 0), FIRST] = 1.0
    table = replace(houses, features=features)

    assert not parts(table, table.same | table.kin, table.same)


def test_both_the_people_and_the_households_are_among_the_readings(houses: Households) -> None:
    found = [reading.taken for reading in readings(Judge.of(houses.evidence()))]

    assert any((taken == houses.same).all() for taken in found)
    assert any((taken == houses.same | houses.kin).all() for taken in found)


def test_support_falls_with_contradictions_and_with_unsupported_matches(
    houses: Households,
) -> None:
    judge = Judge.of(houses.evidence())
    sound = judge.reading(claim(houses.same))
    left, right = houses.pairs.left, houses.pairs.right
    chained = (houses.same | houses.kin) & ~((left % 3 == 0) & (right % 3 == 2))
    random = judge.reading(claim(~houses.same & ~houses.kin))

    assert sound.support > 0.9
    assert sound.agreement.unsupported == 0
    assert judge.reading(claim(chained)).consistency < 0.7
    assert judge.reading(claim(chained)).support < 0.6
    assert random.agreement.unsupported > 0.8
    assert random.support < 0.2


def test_nothing_taken_is_a_reading_without_support(houses: Households) -> None:
    found = Judge.of(houses.evidence()).reading(claim(np.zeros(len(houses.pairs), np.bool_)))

    assert found.support == 0
    assert found.by_chance == 0
    assert not found.taken.any()


def test_the_largest_group_is_a_share_of_the_records(houses: Households) -> None:
    judge = Judge.of(houses.evidence())

    assert judge.reading(claim(houses.same)).largest == pytest.approx(2 / houses.n_records)
    assert judge.reading(claim(np.ones(len(houses.pairs), np.bool_))).largest == 1


def test_random_pairs_inside_one_huge_group_do_not_speak_for_the_non_matches(
    houses: Households,
) -> None:
    """A third of the records are of one payee: a ninth of the random pairs agree in its name."""
    evidence = houses.evidence()
    member = np.arange(houses.n_records) < houses.n_records // 3
    left, right = np.triu_indices(houses.n_records // 3, 1)
    pairs = CandidatePairs.of(
        np.append(left, houses.pairs.left).astype(np.int32),
        np.append(right, houses.pairs.right).astype(np.int32),
    )
    inside = member[pairs.left] & member[pairs.right]
    features = np.full((len(pairs), 4), 0.2, np.float32)
    features[inside] = 0.95
    drawn = evidence.background.features.copy()
    background = evidence.background.pairs
    drawn[member[background.left] & member[background.right], STREET] = 0.95
    judge = Judge.of(
        replace(
            evidence,
            comparisons=Comparisons(pairs, features, evidence.comparisons.names),
            background=replace(evidence.background, features=drawn),
            likeness=np.zeros(len(pairs)),
        )
    )

    found = judge.reading(claim(inside))

    assert found.largest == pytest.approx(1 / 3)
    assert judge.chance.information[STREET] < 2.5
    assert found.agreement.information[STREET] > 6
    seen, random = judge.surprises
    assert found.by_chance < expected_by_chance(seen, inside, random, evidence.total)
