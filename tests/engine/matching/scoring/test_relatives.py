"""Matches are told from relatives by a column in which relatives are as unlike as any two records.

The table is one of households: two records of one person, and a third one of another person.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from engine.matching.scoring.households import FIRST, LAST, STREET, Households, claim
from matchloop.matching.scoring.mixture import Mixture
from matchloop.matching.scoring.relatives import split_relatives


@pytest.fixture(scope="module")
def houses() -> Households:
    return Households.of()


def parted(table: Households, taken: np.ndarray, *, which: int = 0) -> Mixture | None:
    evidence = table.evidence()
    seen, drawn = evidence.similarity(whole=False, codes=True)
    bins, elsewhere = evidence.bins(whole=False, codes=True)
    found = split_relatives(claim(taken), seen, drawn, bins, elsewhere)
    return found[which] if found else None


def test_people_are_told_from_their_households(houses: Households) -> None:
    found = parted(houses, houses.same | houses.kin)

    assert found is not None
    assert ((found.probability > 0.5) == houses.same).all()


def test_a_few_people_are_found_among_many_relatives(houses: Households) -> None:
    few = houses.same & (np.cumsum(houses.same) <= 20)
    more = houses.same & ~few
    features = houses.features.copy()
    features[more, FIRST] = houses.features[houses.kin, FIRST][: more.sum()]

    found = parted(replace(houses, features=features), houses.same | houses.kin)

    assert found is not None
    assert (found.probability > 0.5)[few].all()
    assert (found.probability > 0.5).sum() <= 1.2 * few.sum()


def test_columns_that_tell_nothing_hide_no_relatives(houses: Households) -> None:
    """Half of any two people share their sex; in it relatives look like random pairs."""
    rng = np.random.default_rng(4)
    beside = {
        len(table): rng.integers(0, 2, len(table)) for table in (houses.features, houses.drawn)
    }
    features, drawn = (
        np.column_stack((table[:, :3], beside[len(table)], table[:, 3:])).astype(np.float32)
        for table in (houses.features, houses.drawn)
    )
    few = houses.same & (np.cumsum(houses.same) <= 40)
    features[houses.same & ~few, FIRST] = features[houses.kin, FIRST][: (houses.same & ~few).sum()]
    names = (*houses.names[:3], "sex:edit", *houses.names[3:])

    found = parted(
        replace(houses, features=features, drawn=drawn, names=names),
        houses.same | houses.kin,
    )

    assert found is not None
    assert (found.probability > 0.5)[few].all()
    assert (found.probability > 0.5).sum() <= 1.2 * few.sum()


def test_a_missing_value_does_not_make_a_relative_of_a_match(houses: Households) -> None:
    """It is as likely to be either; what is known decides the rest."""
    features = houses.features.copy()
    features[houses.same & (np.cumsum(houses.same) % 10 == 0), FIRST] = np.nan

    found = parted(replace(houses, features=features), houses.same | houses.kin)

    assert found is not None
    assert (found.probability > 0.5)[houses.same & np.isfinite(features[:, FIRST])].all()
    assert not (found.probability > 0.5)[houses.kin].any()


def test_without_matches_there_are_no_relatives(houses: Households) -> None:
    assert parted(houses, np.zeros(len(houses.pairs), np.bool_)) is None


def test_matches_that_agree_in_every_column_hold_no_relatives(houses: Households) -> None:
    assert parted(houses, houses.same) is None


def test_a_column_in_which_matches_never_agree_tells_nobody_apart(houses: Households) -> None:
    """A time stamp is new in every record; it does not make relatives of two entries."""
    features = houses.features.copy()
    features[houses.same, FIRST] = 0.2

    assert parted(replace(houses, features=features), houses.same | houses.kin) is None


def test_a_column_in_which_random_pairs_often_agree_tells_nobody_apart(
    houses: Households,
) -> None:
    drawn = houses.drawn.copy()
    drawn[np.random.default_rng(0).random(len(drawn)) < 0.1, FIRST] = 1.0

    assert parted(replace(houses, drawn=drawn), houses.same | houses.kin) is None


def test_records_that_are_unlike_in_most_columns_are_no_relatives(houses: Households) -> None:
    features = houses.features.copy()
    for column in (LAST, STREET):
        features[houses.kin, column] = houses.features[houses.kin, FIRST]

    assert parted(replace(houses, features=features), houses.same | houses.kin) is None


def test_a_column_that_most_matches_lack_tells_nobody_apart(houses: Households) -> None:
    features = houses.features.copy()
    features[np.random.default_rng(0).random(len(features)) < 0.7, FIRST] = np.nan

    assert parted(replace(houses, features=features), houses.same | houses.kin) is None


def test_matches_mostly_alike_in_the_column_hold_too_few_relatives(houses: Households) -> None:
    some = houses.same | (houses.kin & (np.cumsum(houses.kin) % 3 == 0))

    assert parted(houses, some) is None


def with_telephones(houses: Households) -> Households:
    """Add a column in which one in six of the relatives agree, and all matches."""
    rng = np.random.default_rng(2)
    agree = houses.same | (houses.kin & (np.cumsum(houses.kin) % 6 == 0))
    high, low = rng.uniform(0.9, 1, len(agree)), rng.uniform(0, 0.5, len(agree))
    seen = np.where(agree, high, low).astype(np.float32)
    return replace(
        houses,
        features=np.insert(houses.features, 3, seen, axis=1),
        drawn=np.insert(houses.drawn, 3, rng.uniform(0, 0.5, len(houses.drawn)), axis=1),
        names=(*houses.names[:3], "phone:edit", houses.names[3]),
    )


def test_a_column_in_which_most_relatives_are_unlike_decides_where_the_first_name_lacks(
    houses: Households,
) -> None:
    table = with_telephones(houses)
    lacking = table.same & (np.cumsum(table.same) % 10 == 0)
    table.features[lacking, FIRST] = np.nan

    one, both = (parted(table, table.same | table.kin, which=which) for which in (0, 1))

    assert one is not None
    assert both is not None
    assert not (one.probability > 0.5)[lacking].any()
    assert (both.probability > 0.5)[table.same].all()
    assert not (both.probability > 0.5)[table.kin].any()


def test_relatives_a_little_more_alike_than_random_pairs_are_told_apart(
    houses: Households,
) -> None:
    """The track lists of two discs of an album share a word, those of random discs none."""
    features, drawn = houses.features.copy(), houses.drawn.copy()
    features[houses.kin, FIRST] = np.where(np.cumsum(houses.kin)[houses.kin] % 2, 0.02, 0.05)
    drawn[:, FIRST] = np.where(np.arange(len(drawn)) % 10, 0.0, drawn[:, FIRST])
    table = replace(houses, features=features, drawn=drawn)

    found = parted(table, houses.same | houses.kin)

    assert found is not None
    assert ((found.probability > 0.5) == houses.same).all()
