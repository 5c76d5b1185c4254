"""Supposed matches are held against random pairs, column by column."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matchloop.matching.scoring.chance import ALIKE, Chance, agreement, unlike_chance


def similarities(count: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).beta(1.5, 4, (count, 3)).astype(np.float32)


def test_a_column_in_which_matches_are_like_random_pairs_speaks_against_them() -> None:
    drawn, pairs = similarities(4000, 0), similarities(1000, 1)
    pairs[:, 0] = 0.95

    found = agreement(pairs, Chance.of(drawn), np.ones(1000, np.bool_))

    assert found.random[0] == 0
    assert found.random[1:] == pytest.approx(1, abs=0.1)
    assert found.by_chance > 0.5
    assert found.unsupported > 0.5


def test_a_column_in_which_no_candidate_agrees_still_speaks_against_matches() -> None:
    drawn, pairs = similarities(4000, 2), similarities(1000, 3)
    pairs[:, 0] = 0.95
    pairs[:, 1] = np.minimum(pairs[:, 1], 0.7)  # names, in a list without duplicates

    found = agreement(pairs, Chance.of(drawn), np.ones(1000, np.bool_))

    assert found.weight[1] > 0
    assert found.by_chance > 0.28


def test_a_missing_column_says_nothing() -> None:
    drawn, pairs = similarities(4000, 2), similarities(1000, 3)
    pairs[:, :2] = 0.95
    pairs[:, 2] = np.nan

    found = agreement(pairs, Chance.of(drawn), np.ones(1000, np.bool_))

    assert found.present[2] == 0
    assert found.by_chance == found.unsupported == 0


def test_no_pairs_at_all_are_harmless() -> None:
    nothing = np.empty((0, 2), np.float32)

    found = agreement(nothing, Chance.of(nothing), np.empty(0, np.bool_))

    assert found.by_chance == 0
    assert found.unsupported == 0


def test_a_column_that_another_foretells_is_no_second_witness() -> None:
    rng = np.random.default_rng(4)
    state = np.where(rng.random(20_000) < 0.05, 1.0, 0.0)
    code = np.where((state == 1) & (rng.random(20_000) < 0.9), 0.9, 0.1)  # holds the state
    name = np.where(rng.random(20_000) < 0.001, 0.9, 0.1)
    drawn = np.column_stack((state, code, name)).astype(np.float32)

    chance = Chance.of(drawn)

    assert chance.information[1] > 2.5
    assert chance.weight[1] < 0.5
    assert chance.weight[2] > 5


def test_duplicates_among_the_random_pairs_do_not_make_columns_foretell_each_other() -> None:
    rng = np.random.default_rng(5)
    duplicate = rng.random(20_000) < 0.004
    drawn = np.where(duplicate[:, None], 0.95, rng.beta(1.5, 8, (20_000, 3))).astype(np.float32)

    chance = Chance.of(drawn)

    assert chance.weight == pytest.approx(chance.information)


def test_quantities_weigh_less_than_names() -> None:
    drawn = similarities(4000, 6)

    plain = Chance.of(drawn)
    priced = Chance.of(drawn, quantity=np.array([False, False, True]))

    assert priced.weight[2] < 0.2 * plain.weight[2]
    assert priced.weight[:2] == pytest.approx(plain.weight[:2])


def test_codes_agree_in_full_or_not_at_all() -> None:
    drawn, pairs = similarities(4000, 7), np.full((10, 3), 0.9, np.float32)

    found = agreement(
        pairs, Chance.of(drawn, codes=np.array([True, False, False])), np.ones(10, np.bool_)
    )

    assert found.weak.tolist() == [1, 0, 0]


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10_000), st.integers(50, 400), st.integers(1, 60))
def test_shares_are_those_that_a_slow_count_finds(seed: int, count: int, taken: int) -> None:
    rng = np.random.default_rng(seed)
    drawn = np.round(rng.random((count, 2)), 1).astype(np.float32)
    pairs = np.round(rng.random((taken + 20, 2)), 1).astype(np.float32)
    chosen = rng.permutation(np.arange(taken + 20) < taken)
    chance = Chance.of(drawn)

    found = agreement(pairs, chance, chosen)

    pairs = pairs[chosen]
    for column in range(2):
        middle = float(np.median(drawn[:, column]))
        below = sum(float(value) <= middle for value in drawn[:, column]) / count
        low = sum(float(value) <= middle for value in pairs[:, column]) / taken
        weak = sum(float(value) < chance.half[column] for value in pairs[:, column]) / taken
        alike = sum(value >= np.float32(ALIKE) for value in pairs[:, column]) / taken
        agreed = sum(float(value) >= np.float32(ALIKE) for value in drawn[:, column])
        assert found.weak[column] == pytest.approx(weak)
        assert found.alike[column] == pytest.approx(alike)
        assert found.random[column] == pytest.approx(min(1.0, low / below))
        assert found.information[column] == pytest.approx(-np.log((agreed + 1) / (count + 1)))


def test_what_hardly_any_random_pair_reaches_is_unlike_chance() -> None:
    drawn = np.linspace(0, 0.6, 1000, dtype=np.float32)[:, None]
    pairs = np.array([[0.1], [0.9], [np.nan]], np.float32)

    assert unlike_chance(pairs, drawn, 0).tolist() == [0, 1, 0.5]
