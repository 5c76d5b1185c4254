from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from matchloop.data.pairs import CandidatePairs, Scores
from matchloop.matching.backends import Near

RECORDS = 8
pair_lists = st.sets(
    st.tuples(st.integers(0, RECORDS - 1), st.integers(0, RECORDS - 1)).filter(
        lambda pair: pair[0] < pair[1]
    ),
    max_size=16,
)


def pairs_of(pairs: set[tuple[int, int]]) -> CandidatePairs:
    ends = np.asarray(sorted(pairs), np.int64).reshape(-1, 2)
    return CandidatePairs.of(ends[:, 0], ends[:, 1])


def near(new: set[int], groups: list[int]) -> Near:
    group = np.asarray([-1 if row in new else number for row, number in enumerate(groups)])
    return Near(group < 0, group)


@given(
    pair_lists,
    st.sets(st.integers(0, RECORDS - 1)),
    st.lists(st.integers(0, 5), min_size=8, max_size=8),
)
def test_near_are_new_records_their_candidates_and_the_groups_of_these(
    pairs: set[tuple[int, int]], new: set[int], groups: list[int]
) -> None:
    around = {row for pair in pairs if {*pair} & new for row in pair} | new
    touched = {groups[row] for row in around - new}
    expected = around | {row for row in range(RECORDS) if row not in new and groups[row] in touched}

    assert {*np.flatnonzero(near(new, groups).records(pairs_of(pairs))).tolist()} == expected


@given(
    pair_lists,
    st.sets(st.integers(0, RECORDS - 1)),
    st.lists(st.integers(0, 5), min_size=8, max_size=8),
)
def test_the_candidates_kept_are_enough_to_find_the_same_records_again(
    pairs: set[tuple[int, int]], new: set[int], groups: list[int]
) -> None:
    part = near(new, groups)
    kept = part.candidates(pairs_of(pairs))

    assert np.array_equal(part.records(kept), part.records(pairs_of(pairs)))
    assert {*zip(kept.left.tolist(), kept.right.tolist(), strict=True)} <= pairs


def test_scores_across_the_border_of_the_neighbourhood_are_left_out() -> None:
    # 0 is new and a candidate of 1; 2 shares the group of 1; 3 is a candidate of 2 alone
    part = near({0}, [0, 1, 1, 2, 3, 4, 5, 0])
    pairs = part.candidates(pairs_of({(0, 1), (1, 2), (2, 3), (3, 4)}))
    scores = part.scores(Scores(pairs, np.ones(len(pairs), np.float32)))

    assert [*zip(pairs.left.tolist(), pairs.right.tolist(), strict=True)] == [
        (0, 1),
        (1, 2),
        (2, 3),
    ]
    assert [*zip(scores.pairs.left.tolist(), scores.pairs.right.tolist(), strict=True)] == [
        (0, 1),
        (1, 2),
    ]
