"""People who moved, and people of one household: which of the two a larger reading adds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.matching.scoring.households import claim
from matchloop.data.pairs import CandidatePairs, Comparisons
from matchloop.matching.scoring.evidence import Evidence
from matchloop.matching.scoring.movers import adds_movers
from matchloop.matching.scoring.readings import Judge

COLUMNS = ("name:edit", "born:edit", "street:edit", "town:edit")
PERSON, ADDRESS = [1, 1, 0, 0], [0, 0, 1, 1]
RECORDS = 1000


@dataclass(frozen=True)
class Town:
    """Pairs of records by what they share: all, the person only, the address only, nothing."""

    judge: Judge
    same: NDArray[np.bool_]
    moved: NDArray[np.bool_]
    housed: NDArray[np.bool_]

    @classmethod
    def of(cls, *, moved: int, housed: int) -> Town:
        rng = np.random.default_rng(0)
        kinds = np.repeat([0, 1, 2, 3], [100, moved, housed, 500])
        alike = np.array([[1, 1, 1, 1], PERSON, ADDRESS, [0, 0, 0, 0]])[kinds] == 1
        similar = np.where(
            alike, rng.uniform(0.9, 1, alike.shape), rng.uniform(0, 0.4, alike.shape)
        )
        left, right = np.triu_indices(RECORDS, 1)
        shown = rng.permutation(len(left))
        pairs = CandidatePairs.of(left[shown[: len(kinds)]], right[shown[: len(kinds)]])
        drawn = CandidatePairs.of(left[shown[-3000:]], right[shown[-3000:]])
        background = rng.uniform(0, 0.4, (3000, 4)).astype(np.float32)
        judge = Judge.of(
            Evidence.of(
                Comparisons(pairs, similar.astype(np.float32), COLUMNS),
                Comparisons(drawn, background, COLUMNS),
                RECORDS,
                RECORDS * (RECORDS - 1) / 2,
            )
        )
        return cls(judge, kinds == 0, kinds == 1, kinds == 2)

    def adds_movers(self, added: NDArray[np.bool_]) -> bool:
        base = self.judge.reading(claim(self.same))
        larger = self.judge.reading(claim(self.same | added))
        return adds_movers(self.judge, larger, base)


def test_who_shares_all_but_an_address_of_many_has_moved() -> None:
    town = Town.of(moved=30, housed=300)

    assert town.adds_movers(town.moved)


def test_people_of_one_address_have_not_moved() -> None:
    town = Town.of(moved=30, housed=90)

    assert not town.adds_movers(town.housed)


@pytest.mark.parametrize("housed", [0, 100])
def test_where_few_share_an_address_nobody_is_known_to_have_moved(housed: int) -> None:
    town = Town.of(moved=30, housed=housed)

    assert not town.adds_movers(town.moved)


def test_more_pairs_than_matches_are_no_movers() -> None:
    town = Town.of(moved=101, housed=900)

    assert not town.adds_movers(town.moved)


def test_strangers_have_not_moved() -> None:
    town = Town.of(moved=30, housed=300)
    strangers = ~town.same & ~town.moved & ~town.housed
    few = strangers & (np.cumsum(strangers) <= 30)

    assert not town.adds_movers(few)
