"""Columns that repeat what a commoner column says are less evidence."""

from __future__ import annotations

import numpy as np

from matchloop.matching.scoring.chance import LEAST_OWN, Chance, own_share


def _share(drawn: np.ndarray) -> np.ndarray:
    similarity = drawn.astype(np.float32)
    return own_share(similarity, Chance.of(similarity).information)


def test_a_suburb_beside_its_postcode_repeats_it_and_a_name_does_not() -> None:
    rng = np.random.default_rng(5)
    postcode = rng.random(20_000) < 0.004
    suburb = postcode & (rng.random(20_000) < 0.9)
    others = [rng.random(20_000) < share for share in (0.01, 0.002, 0.005, 0.003)]
    own = _share(np.column_stack([postcode, suburb, *others]))

    assert own[1] == LEAST_OWN
    assert np.delete(own, 1).min() > 0.8


def test_duplicates_among_random_pairs_make_no_column_repeat_another() -> None:
    rng = np.random.default_rng(6)
    duplicate = rng.random(20_000) < 0.004
    columns = [(rng.random(20_000) < 0.01) | duplicate for _ in range(4)]

    assert _share(np.column_stack(columns)).min() > 0.8


def test_what_few_random_pairs_agree_in_predicts_nothing() -> None:
    drawn = np.zeros((20_000, 3))
    drawn[:4, :2] = 1.0

    assert _share(drawn).tolist() == [1.0, 1.0, 1.0]
