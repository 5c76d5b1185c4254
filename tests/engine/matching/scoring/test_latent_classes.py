"""Supposed matches of two kinds: one entity, and relatives that share some of its columns."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from matchloop.matching.scoring.chance import Chance
from matchloop.matching.scoring.latent_classes import Patterns, relatives_among

COLUMNS = 5  # name, phone | street, postcode, city
PERSON, PLACE = [1, 1, 0, 0, 0], [0, 0, 1, 1, 1]
STREET, POSTCODE, CITY = [0, 0, 1, 0, 0], [0, 0, 0, 1, 0], [0, 0, 0, 0, 1]
ALL, NOTHING = [1, 1, 1, 1, 1], [0, 0, 0, 0, 0]
MATCHES = 200


def pairs_of(
    *kinds: tuple[list[int], int], seed: int = 0, damaged: float = 0.05
) -> NDArray[np.float32]:
    """Return similarities of pairs that agree in some columns, each kind so many times."""
    rng = np.random.default_rng(seed)
    alike = np.repeat([kind for kind, _ in kinds], [count for _, count in kinds], axis=0) == 1
    alike &= rng.random(alike.shape) >= damaged
    high, low = rng.uniform(0.9, 1, alike.shape), rng.uniform(0, 0.4, alike.shape)
    return np.asarray(np.where(alike, high, low), np.float32)


def chance_of(seed: int = 1) -> Chance:
    return Chance.of(
        np.random.default_rng(seed).uniform(0, 0.4, (3000, COLUMNS)).astype(np.float32)
    )


def left_out(
    similarity: NDArray[np.float32], taken: int, aligned: NDArray[np.float32] | None = None
) -> NDArray[np.bool_]:
    matches = np.arange(len(similarity)) < taken
    return relatives_among(similarity, matches, chance_of(), not_measured(similarity, aligned))


def not_measured(
    similarity: NDArray[np.float32], aligned: NDArray[np.float32] | None = None
) -> NDArray[np.float32]:
    return np.full_like(similarity, np.nan) if aligned is None else aligned


def test_neighbours_of_one_building_are_left_out_where_nobody_shares_a_telephone() -> None:
    similarity = pairs_of((ALL, MATCHES), (PLACE, 100), (NOTHING, 500))

    relatives = left_out(similarity, MATCHES + 100)

    assert relatives[MATCHES : MATCHES + 100].mean() > 0.9
    assert not relatives[:MATCHES].any()
    assert not relatives[MATCHES + 100 :].any()


def test_few_neighbours_are_left_out_where_strangers_share_their_street() -> None:
    similarity = pairs_of(
        (ALL, MATCHES), (PLACE, 20), (STREET, 80), (POSTCODE, 80), (CITY, 80), (NOTHING, 500)
    )

    relatives = left_out(similarity, MATCHES + 20)

    assert relatives[MATCHES : MATCHES + 20].mean() > 0.9
    assert relatives[:MATCHES].mean() < 0.02


@pytest.mark.parametrize("moved", [20, 100])
def test_people_who_moved_stay_where_strangers_share_the_address(moved: int) -> None:
    similarity = pairs_of((ALL, MATCHES), (PERSON, moved), (PLACE, 300), (NOTHING, 500))

    assert not left_out(similarity, MATCHES + moved).any()


def test_people_who_moved_stay_although_others_of_them_are_no_matches() -> None:
    similarity = pairs_of((ALL, MATCHES), (PERSON, 20), (PERSON, 100), (PLACE, 60), (NOTHING, 500))

    assert not left_out(similarity, MATCHES + 20).any()


def test_few_that_could_be_either_stay() -> None:
    similarity = pairs_of((ALL, MATCHES), (PLACE, 20), (NOTHING, 500))

    assert not left_out(similarity, MATCHES + 20).any()


@pytest.mark.parametrize("damaged", [0.0, 0.1, 0.3])
def test_damage_of_one_column_and_another_makes_no_second_kind(damaged: float) -> None:
    similarity = pairs_of((ALL, MATCHES), (NOTHING, 500), damaged=damaged)

    assert not left_out(similarity, MATCHES).any()


def test_a_single_column_that_differs_makes_no_second_kind() -> None:
    similarity = pairs_of((ALL, MATCHES), ([1, 0, 1, 1, 1], 100), (NOTHING, 500))

    assert not left_out(similarity, MATCHES + 100).any()


def test_parts_of_an_article_are_left_out_for_the_words_of_their_title() -> None:
    # author and title | year, volume, pages; an author has written more than one article
    article, author = [1, 1, 0, 0, 0], [1, 0, 0, 0, 0]
    shared = ((author, 120), (STREET, 90), (POSTCODE, 90))
    similarity = pairs_of((ALL, MATCHES), (article, 30), *shared, (NOTHING, 500), damaged=0.02)
    aligned = not_measured(similarity).copy()
    aligned[:, 1] = 1.0
    aligned[MATCHES : MATCHES + 30, 1] = 0.8  # "part II"

    assert not left_out(similarity, MATCHES + 30).any()
    relatives = left_out(similarity, MATCHES + 30, aligned)
    assert relatives[MATCHES : MATCHES + 30].mean() > 0.9
    assert relatives[:MATCHES].mean() < 0.02


def test_both_movers_and_neighbours_are_told_apart() -> None:
    places = ((STREET, 90), (POSTCODE, 90), (CITY, 90))
    similarity = pairs_of((ALL, MATCHES), (PERSON, 40), (PLACE, 40), *places, (NOTHING, 500))

    relatives = left_out(similarity, MATCHES + 80)

    assert relatives[: MATCHES + 40].mean() < 0.02
    assert relatives[MATCHES + 40 : MATCHES + 80].mean() > 0.9


@pytest.mark.parametrize("matches", [0, 10])
def test_few_matches_are_of_one_kind(matches: int) -> None:
    similarity = pairs_of((ALL, matches), (PLACE, 5), (NOTHING, 500))

    assert not left_out(similarity, matches + 5).any()


def test_two_columns_are_too_few() -> None:
    similarity = pairs_of((ALL, MATCHES), (PLACE, 100), (NOTHING, 500))
    some = np.array([True, True, False, False, False])

    taken = np.arange(len(similarity)) < MATCHES + 100
    assert not relatives_among(similarity, taken, chance_of(), not_measured(similarity), some).any()


def test_missing_values_do_not_hide_neighbours() -> None:
    similarity = pairs_of((ALL, MATCHES), (PLACE, 100), (NOTHING, 500))
    rng = np.random.default_rng(3)
    similarity[rng.random(similarity.shape) < 0.2] = np.nan

    relatives = left_out(similarity, MATCHES + 100)

    assert relatives[MATCHES : MATCHES + 100].mean() > 0.8
    assert relatives[:MATCHES].mean() < 0.02


@given(st.integers(0, 50))
def test_the_order_of_pairs_does_not_matter(seed: int) -> None:
    similarity = pairs_of((ALL, 60), (PLACE, 40), (NOTHING, 100), seed=seed)
    order = np.random.default_rng(seed).permutation(len(similarity))
    taken = np.arange(len(similarity)) < 100

    unknown = not_measured(similarity)
    relatives = relatives_among(similarity, taken, chance_of(), unknown)
    shuffled = relatives_among(similarity[order], taken[order], chance_of(), unknown)

    assert (shuffled == relatives[order]).all()


def test_likelihood_of_patterns_is_that_of_their_pairs() -> None:
    unlike = np.array([[1.0, 0.0], [0.0, 0.0]])
    present = np.array([[1.0, 1.0], [1.0, 0.0]])
    patterns = Patterns(unlike, present, np.array([3.0, 2.0]))

    likelihood = patterns.log_likelihood(np.array([0.2, 0.1]))

    assert likelihood == pytest.approx(np.log([0.2 * 0.9, 0.8]))
