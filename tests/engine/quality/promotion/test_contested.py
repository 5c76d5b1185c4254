from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matchloop.data.labels import LabeledPairs
from matchloop.quality.promotion import against_labels, contested

GROUPS = st.integers(1, 14).flatmap(
    lambda n: st.tuples(*[st.lists(st.integers(0, 4), min_size=n, max_size=n)] * 3)
)


@given(GROUPS, st.booleans())
def test_contested_pairs_are_those_that_one_grouping_joins_and_the_other_does_not(
    drawn: tuple[list[int], list[int], list[int]], linked: bool
) -> None:
    old, new, source = (np.array(one) for one in drawn)
    expected = [
        (left << 32) | right
        for left, right in combinations(range(len(old)), 2)
        if (old[left] == old[right]) != (new[left] == new[right])
        and not (linked and source[left] == source[right])
    ]
    found = contested(old, new, sources=source if linked else None)

    assert found.unanswered.tolist() == expected
    assert found.pairs == len(expected)
    assert found.is_undecided is bool(expected)


def test_answers_about_contested_pairs_are_counted_for_the_grouping_they_confirm() -> None:
    old, new = np.array([0, 0, 1, 1, 2]), np.array([0, 0, 1, 2, 2])
    rows = np.array([[0, 1], [2, 3], [3, 4]], np.int32)
    said = np.array([True, False, False])
    answers = LabeledPairs(rows[:, 0], rows[:, 1], said, np.arange(3, dtype=np.int32))

    found = contested(old, new, answers)

    assert (found.pairs, found.answered, found.old_right, found.new_right) == (2, 2, 1, 1)
    assert len(found.unanswered) == 0


def test_pairs_of_a_huge_group_are_sampled_and_counted_in_full() -> None:
    old = np.zeros(3_000, np.int64)
    new = np.arange(3_000) // 1_500

    found = contested(old, new)

    assert found.pairs == 1_500 * 1_500
    assert 0 < len(found.unanswered) < 3_000 * 50


@pytest.mark.parametrize("differ", [False, True])
def test_an_interval_has_no_width_only_where_the_groupings_are_the_same(differ: bool) -> None:
    rows = np.arange(60, dtype=np.int32)
    pairs = LabeledPairs(
        rows[:40:2], rows[1:40:2], np.ones(20, np.bool_), np.arange(20, dtype=np.int32)
    )
    old = np.repeat(np.arange(30), 2)
    new = np.where(np.arange(60) >= 58, 60, old) if differ else old
    new = np.where(np.arange(60) == 59, 61, new) if differ else new

    for one in against_labels(old, new, pairs):
        assert one.difference == 0.0
        assert (one.low, one.high) == ((None, None) if differ else (0.0, 0.0))
        assert bool(one.reason) is differ
