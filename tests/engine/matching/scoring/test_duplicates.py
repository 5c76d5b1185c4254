"""Deduplication without labels: which readings are credible, and what the user is told of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.matching.scoring.households import FIRST, LAST, STREET, Households, claim
from matchloop.matching.scoring.chance import Agreement
from matchloop.matching.scoring.duplicates import SURE, completed, duplicate_options, is_credible
from matchloop.matching.scoring.options import NOTHING, Option, preferred
from matchloop.matching.scoring.readings import Reading


@pytest.fixture(scope="module")
def houses() -> Households:
    return Households.of()


@pytest.fixture(scope="module")
def options(houses: Households) -> list[Option]:
    return duplicate_options(houses.evidence(), sampled=False)


def a_reading(
    *,
    consistency: float = 0.9,
    random: float = 0.0,
    weak: float = 0.1,
    largest: float = 0.05,
    by_chance: float = 0.0,
    unlike: float = 0.0,
    agreed: float = 1.0,
    excess: float = 5.0,
) -> Reading:
    """Return a reading that is sound but for what is given."""
    found = Agreement(*(np.array([value]) for value in (random, weak, 1.0, 5.0, 5.0, 1.0)))
    mixture = claim(np.ones(3, np.bool_))
    return Reading(mixture, consistency, found, found, largest, by_chance, unlike, agreed, excess)


def test_a_sound_reading_is_credible() -> None:
    assert is_credible(a_reading())


def test_a_reading_that_chains_most_records_is_not_credible() -> None:
    assert is_credible(a_reading(largest=0.55))
    assert not is_credible(a_reading(largest=0.65))


def test_a_reading_that_contradicts_itself_is_not_credible() -> None:
    assert not is_credible(a_reading(consistency=0.5, by_chance=0.5))


def test_a_contradictory_reading_is_credible_where_chance_explains_none_of_it() -> None:
    assert is_credible(a_reading(consistency=0.6, by_chance=0.1))
    assert not is_credible(a_reading(consistency=0.6, by_chance=0.2))
    assert not is_credible(a_reading(consistency=0.5, by_chance=0.1))


def test_a_reading_whose_matches_agree_by_chance_is_not_credible() -> None:
    assert is_credible(a_reading(random=0.25))
    assert not is_credible(a_reading(random=0.3))


def test_a_reading_is_not_credible_of_which_chance_makes_as_many_pairs() -> None:
    assert is_credible(a_reading(excess=0.6))
    assert not is_credible(a_reading(excess=0.4))


def test_a_reading_whose_matches_are_weakly_alike_is_not_credible() -> None:
    assert is_credible(a_reading(weak=0.25))
    assert not is_credible(a_reading(weak=0.29))


def test_a_reading_is_not_credible_whose_matches_agree_in_no_telling_column() -> None:
    assert is_credible(a_reading(agreed=0.55))
    assert not is_credible(a_reading(agreed=0.45))


def claiming(
    first: int, last: int, *, consistency: float, unlike: float = 0.0, weak: float = 0.1
) -> Reading:
    """Return a reading that takes some of 300 candidates as matches, from the first to the last."""
    number = np.arange(300)
    mixture = claim((first <= number) & (number < last))
    return replace(a_reading(consistency=consistency, unlike=unlike, weak=weak), mixture=mixture)


def adds_no_relatives(coarse: Reading, fine: Reading) -> bool:
    return False


def test_a_larger_and_more_consistent_reading_replaces_the_one_it_contains() -> None:
    first = claiming(0, 100, consistency=0.8)

    assert completed([first, claiming(0, 150, consistency=0.9)], 0, adds_no_relatives) == 1
    assert completed([claiming(0, 150, consistency=0.9), first], 1, adds_no_relatives) == 0


def test_the_most_consistent_of_the_larger_readings_is_taken() -> None:
    larger = [claiming(0, last, consistency=last / 200) for last in (120, 160, 140)]

    assert completed([claiming(0, 100, consistency=0.5), *larger], 0, adds_no_relatives) == 2


@pytest.mark.parametrize(
    ("other", "because"),
    [
        (claiming(0, 150, consistency=0.7), "it is less consistent"),
        (claiming(0, 150, consistency=0.9, weak=0.3), "it has less support: it joins relatives"),
        (claiming(0, 150, consistency=0.9, unlike=0.3), "its matches are unlike in a column"),
        (claiming(20, 150, consistency=0.9), "it lacks a fifth of the matches"),
        (claiming(0, 95, consistency=0.9), "it is smaller"),
    ],
)
def test_no_other_reading_replaces_it(other: Reading, because: str) -> None:
    first = claiming(0, 100, consistency=0.8)

    assert completed([first, other], 0, adds_no_relatives) == 0, because


def test_a_larger_reading_that_adds_relatives_does_not_replace_it() -> None:
    readings = [claiming(0, 100, consistency=0.8), claiming(0, 150, consistency=0.9)]

    assert completed(readings, 0, lambda coarse, fine: True) == 0


def test_people_are_preferred_to_households(houses: Households, options: list[Option]) -> None:
    taken = options[preferred(options)].probability > 0.5

    assert (taken & houses.same).sum() >= 0.95 * houses.same.sum()
    assert (taken & houses.same).sum() >= 0.9 * taken.sum()


def test_households_stay_an_option_of_half_the_support(
    houses: Households, options: list[Option]
) -> None:
    best = max(option.support for option in options)
    coarse = [option for option in options if (option.probability > 0.5)[houses.kin].mean() > 0.9]

    assert coarse
    assert max(option.support for option in coarse) < 0.6 * best
    assert all(NOTHING < option.support <= 1 for option in options[:-1])


def test_of_readings_as_good_as_each_other_the_one_of_most_matches_is_preferred(
    houses: Households,
) -> None:
    """Without relatives, and with a quarter of the matches half as alike as the others."""
    rng = np.random.default_rng(0)
    features = houses.features.copy()
    features[houses.kin] = rng.uniform(0, 0.5, (houses.kin.sum(), 4))
    weak = houses.same & (np.cumsum(houses.same) % 4 == 0)
    features[weak] = rng.uniform(0.4, 0.7, (weak.sum(), 4))

    options = duplicate_options(replace(houses, features=features).evidence(), sampled=False)
    best = options[preferred(options)]
    tied = [option for option in options if option.support >= 0.9499 * best.support]
    sizes = [int((option.probability > 0.5).sum()) for option in tied]

    assert max(sizes) == (best.probability > 0.5).sum()
    assert min(sizes) < max(sizes)
    assert sum(option.support == best.support for option in tied) == 1


def test_the_last_option_matches_nothing(options: list[Option]) -> None:
    assert not options[-1].probability.any()
    assert options[-1].support == NOTHING


def test_a_telling_column_in_which_the_matches_differ_is_named(
    houses: Households, options: list[Option]
) -> None:
    for option in options[:-1]:
        taken = option.probability > 0.5
        share = (houses.features[taken, FIRST] < 0.3).mean()
        if taken[houses.kin].all():
            found = "of the matches found differ in 'first': check some of them."
            assert option.doubts.endswith(found)
            assert float(option.doubts.split("%")[0]) / 100 >= share
        elif not taken[houses.kin].any():
            assert option.doubts == ""


def test_a_household_without_people_twice_is_refused_with_its_reason(houses: Households) -> None:
    features = houses.features.copy()
    features[houses.same, FIRST] = 0.1
    table = replace(houses, features=features)

    doubts = duplicate_options(table.evidence(), sampled=False)[-1].doubts

    assert doubts == (
        "100% of the likeliest pairs differ in 'first': relatives, or variants of one thing."
    )


def test_numbers_inside_a_text_are_named_with_their_column(houses: Households) -> None:
    """Variants of a product: titles share their words and differ in a number."""
    features = houses.features.copy()
    features[houses.same, FIRST] = 0.1
    variants = replace(
        houses,
        features=np.column_stack((features, features[:, LAST])).astype(np.float32),
        drawn=np.column_stack((houses.drawn, houses.drawn[:, LAST])).astype(np.float32),
        names=("title:digits", "title:edit", "maker:edit", "record:words", "title:contained"),
    )

    doubts = duplicate_options(variants.evidence(), sampled=False)[-1].doubts

    assert "differ in numbers or codes of 'title'" in doubts


def test_sound_matches_raise_no_doubts(options: list[Option]) -> None:
    assert options[preferred(options)].doubts == ""


def twins(houses: Households, **columns: float) -> tuple[Households, NDArray[np.bool_]]:
    """Return a table without duplicates but for two pairs that are equal in every column."""
    kept = ~houses.same & ~houses.kin
    features = houses.features[kept]
    equal = np.zeros(len(features), np.bool_)
    equal[[10, 200]] = True
    features[equal] = 1.0
    names = list(houses.names)
    for name, value in columns.items():
        names.append(f"record:{name}")
        more = np.where(equal, value, 0.5).astype(np.float32)
        features = np.column_stack((features, more)).astype(np.float32)
    drawn = np.column_stack([houses.drawn] + [houses.drawn[:, :1]] * len(columns))
    return (
        replace(
            houses,
            pairs=houses.pairs.take(kept),
            features=features,
            drawn=drawn.astype(np.float32),
            names=tuple(names),
            same=equal,
            kin=equal,
        ),
        equal,
    )


def last_option(table: Households) -> Option:
    return duplicate_options(table.evidence(), sampled=False)[-1]


def test_records_equal_in_every_column_match_where_nothing_else_does(houses: Households) -> None:
    table, equal = twins(houses)

    last = last_option(table)

    assert (last.probability[equal] == SURE).all()
    assert not last.probability[~equal].any()
    assert "only records that are equal in every compared column were matched" in last.assumed
    assert last.structure.matched == pytest.approx(4 * SURE / houses.n_records)
    assert last.support == NOTHING


def test_records_that_differ_in_one_column_are_not_equal(houses: Households) -> None:
    table, equal = twins(houses)
    table.features[equal, STREET] = 0.95

    assert not last_option(table).probability.any()


def test_a_value_that_both_records_lack_leaves_them_equal(houses: Households) -> None:
    table, equal = twins(houses)
    table.features[equal, STREET] = np.nan

    assert (last_option(table).probability > 0.5).tolist() == equal.tolist()


def test_records_without_any_value_are_not_equal(houses: Households) -> None:
    table, equal = twins(houses)
    table.features[equal] = np.nan

    assert not last_option(table).probability.any()


@pytest.mark.parametrize(
    ("measure", "value"), [("one_present", 1.0), ("grams", 0.9)], ids=["missing", "wording"]
)
def test_records_that_differ_as_wholes_are_not_equal(
    houses: Households, measure: str, value: float
) -> None:
    same = {"one_present": 0.0, "grams": 1.0}[measure]

    assert last_option(twins(houses, **{measure: same})[0]).probability.any()
    assert not last_option(twins(houses, **{measure: value})[0]).probability.any()


def test_records_that_are_equal_as_often_by_chance_are_no_matches(houses: Households) -> None:
    """Two people of one name in one town, where these are all the columns."""
    table, _ = twins(houses)
    often = np.random.default_rng(3).random((len(table.drawn), 3)) < 0.3
    drawn = table.drawn.copy()
    drawn[:, :3][often] = 1.0

    assert not last_option(replace(table, drawn=drawn)).probability.any()


def test_equal_values_match_in_a_list_of_one_column(houses: Households) -> None:
    table, equal = twins(houses)
    one = replace(
        table, features=table.features[:, [0, 3]], drawn=table.drawn[:, [0, 3]],
        names=("name:edit", "record:words"),
    )  # fmt: skip

    assert (last_option(one).probability > 0.5).tolist() == equal.tolist()


def test_equal_records_match_in_every_option(houses: Households) -> None:
    features = houses.features.copy()
    first = int(np.flatnonzero(houses.same)[0])
    features[first] = 1.0

    options = duplicate_options(replace(houses, features=features).evidence(), sampled=False)

    assert len(options) > 1
    assert all(option.probability[first] == SURE for option in options)
