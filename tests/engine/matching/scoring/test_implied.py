"""A large group in which nearly every candidate matches teaches pairs that blocking left out."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from matchloop.data.pairs import CandidatePairs, Comparisons
from matchloop.matching.scoring.implied import implied_pairs, is_closed
from matchloop.matching.scoring.options import Option
from matchloop.matching.scoring.structure import Shape, Structure
from matchloop.matching.scoring.unsupervised import PriorModels

RECORDS, MEMBERS = 400, 120


def neighbours(reach: int = 6) -> tuple[CandidatePairs, NDArray[np.bool_]]:
    """Return pairs of near records on a circle, and which lie among the first ones."""
    left = np.repeat(np.arange(RECORDS), reach)
    right = (left + np.tile(np.arange(1, reach + 1), RECORDS)) % RECORDS
    pairs = CandidatePairs.of(left.astype(np.int32), right.astype(np.int32))
    return pairs, (pairs.left < MEMBERS) & (pairs.right < MEMBERS)


def test_a_large_group_of_matches_is_closed() -> None:
    pairs, inside = neighbours()

    assert is_closed(pairs, inside, RECORDS)


def test_a_large_group_with_refuted_candidates_inside_is_not_closed() -> None:
    pairs, inside = neighbours()
    some = inside & (np.cumsum(inside) % 20 != 0)

    assert not is_closed(pairs, some, RECORDS)


@pytest.mark.parametrize("members", [3, 18])
def test_small_groups_are_not_closed(members: int) -> None:
    pairs, _ = neighbours()
    same = pairs.left // members == pairs.right // members

    assert not is_closed(pairs, same, RECORDS)


def test_implied_pairs_lie_inside_the_group_or_join_two() -> None:
    pairs, inside = neighbours()

    drawn, is_inside = implied_pairs(pairs, inside, RECORDS, seed=0)

    both = (drawn.left < MEMBERS) & (drawn.right < MEMBERS)
    assert (is_inside == both).all()
    assert is_inside.sum() > 500
    assert (~is_inside).sum() > 500
    assert not np.isin(drawn.ids(), pairs.ids()).any()


def test_the_same_seed_draws_the_same_pairs() -> None:
    pairs, inside = neighbours()

    one, other = (implied_pairs(pairs, inside, RECORDS, seed=3)[0] for _ in range(2))

    np.testing.assert_array_equal(one.ids(), other.ids())


def test_pairs_of_unlike_forms_of_a_huge_entity_match() -> None:
    """Neighbours are nearly equal; other members share a rare word alone, as nobody else does."""
    pairs, inside = neighbours()

    def compare(asked: CandidatePairs) -> Comparisons:
        apart = np.abs(asked.left.astype(np.float32) - asked.right)
        member = (asked.left < MEMBERS) & (asked.right < MEMBERS)
        form = np.where(np.minimum(apart, RECORDS - apart) <= 6, 0.9, 0.1)
        features = np.column_stack((np.where(member, form, 0.05), np.where(member, 0.5, 0.0)))
        return Comparisons(asked, features.astype(np.float32), ("name:edit", "name:words"))

    structure = Structure(Shape.GROUPS, False, 0.3, 0.3)
    probability = np.where(inside, 0.97, 0.01)
    unlike = compare(CandidatePairs.of(np.arange(40), np.arange(40) + 60))
    found = {}
    for closed in (False, True):
        option = Option(probability, structure, "", 0.9, closed=closed)
        models = PriorModels(compare(pairs), (option,), RECORDS)
        found[closed] = models.fitted(0, seed=0, compare=compare).probability(unlike).mean()

    assert found[True] > 0.8
    assert found[True] > found[False]
