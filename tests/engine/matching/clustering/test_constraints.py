from itertools import combinations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from matchloop.data.pairs import CandidatePairs, Scores, pair_ids
from matchloop.matching.clustering.constraints import resolve

Pair = tuple[int, int]


def ends(pairs: list[Pair]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    found = np.asarray(pairs, np.int64).reshape(-1, 2)
    return found[:, 0], found[:, 1]


def scored(pairs: dict[Pair, float]) -> Scores:
    left, right = ends(sorted(pairs))
    blank = np.zeros(len(left), np.float32)
    found = CandidatePairs(
        left.astype(np.int32), right.astype(np.int32), blank, blank.astype(np.uint32), ("rule",)
    )
    return Scores(found, np.asarray([pairs[pair] for pair in sorted(pairs)], np.float32))


def numbers(*pairs: Pair) -> list[int]:
    found: list[int] = pair_ids(*ends(list(pairs))).tolist()
    return found


def test_matches_chain_into_groups() -> None:
    found = resolve(ends([(3, 1), (1, 2)]), ends([(0, 1)]), scored({}), 4)

    assert found.owner.tolist() == [0, 1, 1, 1]
    assert found.must.tolist() == numbers((1, 2), (1, 3))
    assert found.cannot.tolist() == numbers((0, 1))


def test_a_pair_labelled_both_ways_is_left_to_its_score() -> None:
    found = resolve(ends([(0, 1), (1, 2)]), ends([(1, 0)]), scored({}), 3)

    assert found.contradictions.tolist() == numbers((0, 1))
    assert found.owner.tolist() == [0, 1, 1]
    assert len(found.cannot) == 0


def test_the_weakest_match_on_the_way_gives_in() -> None:
    scores = scored({(0, 1): 0.9, (1, 2): 0.2, (2, 3): 0.8})

    found = resolve(ends([(0, 1), (1, 2), (2, 3)]), ends([(0, 3)]), scores, 4)

    assert found.dropped.tolist() == numbers((1, 2))
    assert found.owner.tolist() == [0, 0, 2, 2]


def test_a_match_stated_twice_outweighs_one_of_higher_score() -> None:
    scores = scored({(0, 1): 0.1, (1, 2): 0.9})

    found = resolve(ends([(0, 1), (0, 1), (1, 2)]), ends([(0, 2)]), scores, 3)

    assert found.dropped.tolist() == numbers((1, 2))


@given(st.integers(2, 9), st.data())
def test_what_is_kept_can_be_kept_together(n: int, data: st.DataObject) -> None:
    every = st.lists(st.sampled_from(list(combinations(range(n), 2))))
    must, cannot = data.draw(every), data.draw(every)
    found = resolve(ends(must), ends(cannot), scored({}), n)
    low = (1 << 32) - 1

    assert (found.owner[found.must >> 32] == found.owner[found.must & low]).all()
    assert (found.owner[found.cannot >> 32] != found.owner[found.cannot & low]).all()
    assert {*numbers(*must)} == {*found.must.tolist()} | {*found.dropped.tolist()} | {
        *found.contradictions.tolist()
    }
    assert {*numbers(*cannot)} == {*found.cannot.tolist()} | {*found.contradictions.tolist()}
    # nothing is given up without need
    for pair in found.dropped.tolist():
        merged = np.where(
            found.owner == found.owner[pair & low], found.owner[pair >> 32], found.owner
        )
        assert (merged[found.cannot >> 32] == merged[found.cannot & low]).any()
