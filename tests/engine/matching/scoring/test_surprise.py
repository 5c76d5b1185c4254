"""Chance is measured on random pairs and carried on beyond them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matchloop.matching.scoring.surprise import Ranks, expected_by_chance


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.integers(50, 200), st.integers(1, 30), st.integers(1, 3))
def test_surprise_is_what_a_slow_count_gives(
    seed: int, drawn: int, pairs: int, columns: int
) -> None:
    rng = np.random.default_rng(seed)
    chance = np.round(rng.random((drawn, columns)), 1).astype(np.float32)
    values = np.round(rng.random((pairs, columns)), 1).astype(np.float32)
    values[rng.random(values.shape) < 0.2] = np.nan

    found = Ranks.of(values, chance).surprise()

    for row, total in zip(values, found, strict=True):
        slow = 0.0
        for column, value in enumerate(row):
            if np.isfinite(value):
                above = sum(float(other) >= float(value) for other in chance[:, column])
                slow -= np.log((above + 1) / (drawn + 1))
        assert total == pytest.approx(slow)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.integers(40, 120))
def test_the_chosen_random_pairs_count_as_if_there_were_no_others(seed: int, kept: int) -> None:
    rng = np.random.default_rng(seed)
    chance = np.round(rng.random((120, 2)), 1).astype(np.float32)
    values = np.round(rng.random((20, 2)), 1).astype(np.float32)
    chance[:30, 0] = values[0, 0] = np.nan
    chosen = rng.permutation(np.arange(120) < kept)

    found = Ranks.of(values, chance).surprise(chosen)

    np.testing.assert_array_equal(found, Ranks.of(values, chance[chosen]).surprise())


def independent(rng: np.random.Generator, count: int) -> np.ndarray:
    return rng.random((count, 4)).astype(np.float32)


def test_pairs_no_more_alike_than_the_best_of_chance_are_chance() -> None:
    rng = np.random.default_rng(0)
    drawn, candidates = independent(rng, 20_000), independent(rng, 200_000)
    scores, chance = Ranks.of(candidates, drawn).surprise(), Ranks.of(drawn, drawn).surprise()
    best = scores >= np.quantile(scores, 0.999)

    share = expected_by_chance(scores, best, chance, total=200_000)

    assert share > 0.4


def test_pairs_far_beyond_chance_are_not() -> None:
    rng = np.random.default_rng(1)
    drawn, candidates = independent(rng, 20_000), independent(rng, 1_000)
    candidates[:100] = 0.9999
    scores, chance = Ranks.of(candidates, drawn).surprise(), Ranks.of(drawn, drawn).surprise()

    share = expected_by_chance(scores, np.arange(1_000) < 100, chance, total=200_000)

    assert share < 0.01


def test_columns_that_repeat_each_other_make_a_heavier_tail() -> None:
    rng = np.random.default_rng(2)
    once, candidates = independent(rng, 20_000), independent(rng, 1_000)
    candidates[:100] = 0.9999
    repeated = np.repeat(once[:, :1], 4, axis=1)  # one witness, four times
    taken = np.arange(1_000) < 100

    shares = [
        expected_by_chance(
            Ranks.of(candidates, drawn).surprise(),
            taken,
            Ranks.of(drawn, drawn).surprise(),
            200_000,
        )
        for drawn in (once, repeated)
    ]

    assert shares[1] > 10 * shares[0]


def test_no_matches_and_no_random_pairs_are_harmless() -> None:
    none = np.zeros(0)

    assert expected_by_chance(none, np.zeros(0, np.bool_), none, 10) == 0
    assert expected_by_chance(np.ones(3), np.ones(3, np.bool_), none, 10) == 0
