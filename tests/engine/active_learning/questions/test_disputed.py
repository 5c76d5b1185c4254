"""The first questions settle the reading: pairs on which the readings differ."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from matchloop.active_learning.questions import PairGraph, Round, drawn_disputed
from matchloop.active_learning.questions.disputed import ENOUGH
from matchloop.data.pairs import CandidatePairs

COUNT = 40
PAIRS = CandidatePairs.of(2 * np.arange(COUNT), 2 * np.arange(COUNT) + 1)


def new_round(answered: NDArray[np.int64], seed: int = 0) -> Round:
    """A round over pairs of two records each, in a row."""
    probability = np.full(COUNT, 0.5, np.float32)
    rng = np.random.default_rng(seed)
    return Round(PairGraph(PAIRS, 2 * COUNT), probability, answered, rng)


def drawn(dispute: NDArray[np.float64], answered: int = 0, sets: int = 10) -> list[int]:
    known = PAIRS.ids()[:answered]
    ends = drawn_disputed(new_round(known), PAIRS, dispute, sets=sets)
    assert all(other == one + 1 for one, other in ends)
    return [one // 2 for one, _ in ends]


@given(st.lists(st.floats(0, 1), min_size=COUNT, max_size=COUNT), st.integers(0, COUNT))
def test_only_the_most_disputed_pairs_without_an_answer_are_drawn_and_each_once(
    shares: list[float], answered: int
) -> None:
    dispute = np.array(shares)

    pairs = drawn(dispute, answered)

    assert len(set(pairs)) == len(pairs) <= ENOUGH
    assert all(pair >= answered for pair in pairs)
    assert all(dispute[pair] >= dispute.max() / 2 for pair in pairs)


def test_where_all_readings_agree_nothing_is_asked() -> None:
    assert drawn(np.zeros(COUNT)) == []


def test_few_disputed_pairs_are_not_worth_asking_about() -> None:
    assert drawn((np.arange(COUNT) < 1).astype(float)) == []
    assert len(drawn((np.arange(COUNT) < 5).astype(float))) == 5


@pytest.mark.parametrize(("answered", "asked"), [(0, ENOUGH), (2, ENOUGH - 2), (ENOUGH, 0)])
def test_a_reading_is_settled_after_some_answers(answered: int, asked: int) -> None:
    assert len(drawn(np.ones(COUNT), answered)) == asked


@pytest.mark.parametrize(("sets", "asked"), [(1, 1), (2, 1), (5, 3), (10, ENOUGH)])
def test_other_sets_start_with_other_questions(sets: int, asked: int) -> None:
    assert len(drawn(np.ones(COUNT), sets=sets)) == asked


def test_rows_of_an_open_set_are_not_asked_about_again() -> None:
    round_ = new_round(np.empty(0, np.int64))
    round_.show([0, 1, 2])

    ends = drawn_disputed(round_, PAIRS, (np.arange(COUNT) < 3).astype(float), sets=10)

    assert ends == [(4, 5)]
