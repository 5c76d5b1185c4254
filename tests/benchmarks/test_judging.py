from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from judging import bcubed, entities, judge_pairs, judge_partition, recall_of_candidates

Pair = tuple[int, int]


def as_pairs(pairs: set[Pair]) -> np.ndarray:
    return np.array(sorted(pairs), np.int64).reshape(-1, 2)


@st.composite
def matchings(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, set[Pair], set[Pair]]:
    size = draw(st.integers(2, 9))
    every = list(combinations(range(size), 2))
    numbers = st.lists(st.integers(0, 4), min_size=size, max_size=size).map(np.array)
    group, sources = draw(numbers), draw(numbers) % 2
    across = [pair for pair in every if sources[pair[0]] != sources[pair[1]]]
    truth = draw(st.sets(st.sampled_from(across))) if across else set()
    return group, sources, truth, draw(st.sets(st.sampled_from(every)))


@given(matchings())
def test_a_partition_is_judged_as_its_pairs_across_sources_without_the_labelled_ones(
    matching: tuple[np.ndarray, np.ndarray, set[Pair], set[Pair]],
) -> None:
    group, sources, truth, labelled = matching
    implied = {
        (one, two)
        for one, two in combinations(range(len(group)), 2)
        if group[one] == group[two] and sources[one] != sources[two]
    }

    judged = judge_partition(group, as_pairs(truth), sources=sources, left_out=as_pairs(labelled))

    assert judged.predicted == len(implied - labelled)
    assert judged.true == len(truth - labelled)
    assert judged.right == len((implied & truth) - labelled)


def test_pairs_are_judged_as_they_stand() -> None:
    judged = judge_pairs(np.array([[0, 1], [2, 3]]), np.array([[0, 1], [4, 5], [6, 7]]))

    assert judged.precision == 0.5
    assert judged.recall == pytest.approx(1 / 3)
    assert judged.f1 == pytest.approx(0.4)


def test_nothing_predicted_is_no_quality() -> None:
    judged = judge_partition(np.arange(4), np.array([[0, 1]]))

    assert (judged.precision, judged.recall, judged.f1) == (0.0, 0.0, 0.0)


def test_recall_of_candidates_does_not_mind_their_order() -> None:
    truth = np.array([[0, 1], [2, 3]])

    assert recall_of_candidates(np.array([1, 5]), np.array([0, 6]), truth) == 0.5


def test_entities_are_the_components_of_the_truth() -> None:
    entity = entities(np.array([[0, 1], [1, 3]]), 5)

    assert entity[0] == entity[1] == entity[3]
    assert len(set(entity.tolist())) == 3


def test_bcubed_of_the_truth_is_one_and_of_one_group_is_the_share_of_each_entity() -> None:
    entity = np.array([0, 0, 1, 2])

    assert bcubed(entity, entity)["f1"] == 1.0
    assert bcubed(np.zeros(4, int), entity)["precision"] == pytest.approx((2 * 0.5 + 0.5) / 4)
