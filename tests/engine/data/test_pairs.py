from itertools import combinations, groupby

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from matchloop.data.pairs import (
    CandidatePairs,
    Scores,
    groups_of_pairs,
    packed,
    pair_ids,
    possible_pairs,
    run_starts,
    unpacked,
)

EDGES = st.lists(
    st.tuples(st.integers(0, 9), st.integers(0, 9)).filter(lambda pair: pair[0] != pair[1]),
    max_size=30,
)


def pairs_of(edges: list[tuple[int, int]]) -> CandidatePairs:
    left, right = np.array(edges, np.int64).reshape(-1, 2).T
    return CandidatePairs.of(left, right)


@given(EDGES)
def test_pairs_made_from_positions_are_sorted_and_stand_once(edges: list[tuple[int, int]]) -> None:
    pairs = pairs_of(edges)

    listed = list(zip(pairs.left.tolist(), pairs.right.tolist(), strict=True))
    assert listed == sorted({(min(edge), max(edge)) for edge in edges})


def test_a_pair_has_the_same_number_both_ways_round() -> None:
    one, other = np.array([3, 1]), np.array([1, 2])

    assert pair_ids(one, other).tolist() == pair_ids(other, one).tolist()


@given(EDGES, EDGES)
def test_scores_put_over_others_win_and_none_is_lost(
    below: list[tuple[int, int]], above: list[tuple[int, int]]
) -> None:
    first, second = pairs_of(below), pairs_of(above)
    low = Scores(first, np.full(len(first), 0.25, np.float32))
    high = Scores(second, np.full(len(second), 0.75, np.float32))

    both = low.overlaid(high)

    expected = dict.fromkeys(first.ids().tolist(), 0.25) | dict.fromkeys(
        second.ids().tolist(), 0.75
    )
    found = dict(zip(both.pairs.ids().tolist(), both.probability.tolist(), strict=True))
    assert found == expected
    assert (np.diff(both.pairs.ids()) > 0).all()
    assert set(low.probability.tolist()) <= {0.25}


@given(EDGES)
def test_groups_of_pairs_are_what_the_pairs_join_one_after_another(
    edges: list[tuple[int, int]],
) -> None:
    group = list(range(10))
    for one, other in edges:
        group = [group[one] if number == group[other] else number for number in group]

    left, right = np.array(edges, np.int64).reshape(-1, 2).T
    found = groups_of_pairs((left, right), 10)

    assert ((found[:, None] == found) == np.equal.outer(group, group)).all()


NUMBERS = st.integers(0, 2**31 - 1)


@given(st.lists(st.tuples(NUMBERS, NUMBERS)))
def test_numbers_packed_into_one_sort_as_they_do_and_come_back(
    numbers: list[tuple[int, int]],
) -> None:
    first, second = np.array(numbers, np.int32).reshape(-1, 2).T

    ids = packed(first, second)

    assert list(zip(*(part.tolist() for part in unpacked(ids)), strict=True)) == numbers
    assert np.argsort(ids, kind="stable").tolist() == sorted(
        range(len(numbers)), key=numbers.__getitem__
    )


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2))))
def test_runs_of_equal_rows_start_where_a_row_differs_from_the_one_before(
    rows: list[tuple[int, int]],
) -> None:
    expected, at = [], 0
    for _, run in groupby(rows):
        expected.append(at)
        at += len(list(run))

    assert run_starts(*np.array(rows, np.int64).reshape(-1, 2).T).tolist() == expected


@given(st.lists(st.integers(0, 3), max_size=12), st.booleans())
def test_pairs_of_one_source_cannot_match_and_all_others_can(
    sources: list[int], linkage: bool
) -> None:
    count = possible_pairs(len(sources), np.array(sources, np.int32) if linkage else None)

    pairs = [1 for one, other in combinations(sources, 2) if one != other or not linkage]
    assert count == len(pairs)
