"""Supposed matches are held against random pairs, column by column."""

import numpy as np
import pytest

from matchloop.scoring.chance import agreement, unlike_chance


def similarities(count: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).beta(1.5, 4, (count, 3)).astype(np.float32)


def test_a_column_in_which_matches_are_like_random_pairs_speaks_against_them() -> None:
    drawn, pairs = similarities(4000, 0), similarities(1000, 1)
    pairs[:, 0] = 0.95
    pairs[:, 1:] = np.where(np.arange(1000)[:, None] < 10, 0.9, pairs[:, 1:])

    found = agreement(pairs, drawn, np.arange(1000) >= 10)

    assert found.random[0] == 0
    assert found.random[1:] == pytest.approx(1, abs=0.1)
    assert found.by_chance > 0.5
    assert found.evidence < 12


def test_a_column_that_never_agrees_or_is_missing_tells_nothing() -> None:
    drawn, pairs = similarities(4000, 2), similarities(1000, 3)
    pairs[:, 0] = 0.95
    pairs[:, 1] = np.minimum(pairs[:, 1], 0.7)
    pairs[:, 2] = np.nan

    found = agreement(pairs, drawn, np.ones(1000, np.bool_))

    assert found.told[1:].tolist() == [0, 0]
    assert found.by_chance == 0


def test_no_pairs_at_all_are_harmless() -> None:
    nothing = np.empty((0, 2), np.float32)

    found = agreement(nothing, nothing, np.empty(0, np.bool_))

    assert found.by_chance == 0
    assert found.evidence == 0


def test_what_hardly_any_random_pair_reaches_is_unlike_chance() -> None:
    drawn = np.linspace(0, 0.6, 1000, dtype=np.float32)[:, None]
    pairs = np.array([[0.1], [0.9], [np.nan]], np.float32)

    assert unlike_chance(pairs, drawn, 0).tolist() == [0, 1, 0.5]
