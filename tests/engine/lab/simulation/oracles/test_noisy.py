import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matchloop.errors import UsageError
from matchloop.lab.simulation.oracles import (
    Abstaining,
    ByClass,
    ByDifficulty,
    Oracle,
    Uniform,
    grouped,
)
from matchloop.lab.simulation.truth import Truth
from matchloop.lab.testing import made_up_truth

SETS = st.lists(st.integers(0, 29), min_size=1, max_size=12, unique=True)
TRUTH = made_up_truth()
PAIR = np.array([0, 1], np.int32)


def truth_of(*entities: int, ambiguity: float = 1.0) -> Truth:
    left, right = np.triu_indices(len(entities), 1)
    ids = np.sort((left.astype(np.int64) << 32) | right)
    return Truth(np.array(entities, np.int64), ids, np.full(len(ids), ambiguity))


@pytest.mark.parametrize(
    "oracle", [Uniform(0.0), ByClass(0.0, 0.0), ByDifficulty(0.0), Abstaining(0.0, 0.0)]
)
@given(rows=SETS, seed=st.integers(0, 2**32))
def test_a_rate_of_0_never_errs(oracle: Oracle, rows: list[int], seed: int) -> None:
    shown = np.array(rows, np.int32)
    answer = oracle.answer(shown, TRUTH, np.random.default_rng(seed))

    if len(rows) > 1:
        assert answer.labels == grouped(TRUTH.entities[shown].tolist())


@pytest.mark.parametrize("oracle", [Uniform(1.0), ByClass(1.0, 1.0), ByDifficulty(1.0)])
@pytest.mark.parametrize("entities", [(1, 1), (1, 2)])
def test_a_rate_of_1_always_errs_on_a_hard_pair(oracle: Oracle, entities: tuple[int, int]) -> None:
    answer = oracle.answer(PAIR, truth_of(*entities), np.random.default_rng(0))

    assert (answer.labels[0] == answer.labels[1]) != (entities[0] == entities[1])


def test_errors_come_at_the_rate_that_was_given() -> None:
    truth = truth_of(1, 1)
    answers = [Uniform(0.2).answer(PAIR, truth, np.random.default_rng(n)) for n in range(2_000)]
    wrong = np.mean([one.labels[0] != one.labels[1] for one in answers])

    assert wrong == pytest.approx(0.2, abs=0.03)


def test_missed_matches_and_invented_ones_have_their_own_rates() -> None:
    misses, invents = ByClass(1.0, 0.0), ByClass(0.0, 1.0)
    rng = np.random.default_rng(0)

    assert misses.answer(PAIR, truth_of(1, 1), rng).labels == ("1", "2")
    assert misses.answer(PAIR, truth_of(1, 2), rng).labels == ("1", "2")
    assert invents.answer(PAIR, truth_of(1, 2), rng).labels == ("1", "1")
    assert invents.answer(PAIR, truth_of(1, 1), rng).labels == ("1", "1")


def test_easy_pairs_are_judged_right_and_answered() -> None:
    easy = truth_of(1, 1, ambiguity=0.0)
    rng = np.random.default_rng(0)

    assert ByDifficulty(1.0).answer(PAIR, easy, rng).labels == ("1", "1")
    assert Abstaining(0.0, 1.0).answer(PAIR, easy, rng).labels == ("1", "1")
    assert Abstaining(0.0, 1.0).answer(PAIR, truth_of(1, 1), rng).labels == (None, None)


def test_a_row_that_errs_spoils_its_pairs_only() -> None:
    truth = truth_of(1, 1, 1, 1, 2)
    rows = np.arange(5, dtype=np.int32)
    seen = {
        ByClass(0.2, 0.0).answer(rows, truth, np.random.default_rng(n)).labels for n in range(99)
    }

    assert ("1", "1", "1", "1", "2") in seen
    assert ("1", "2", "1", "1", "3") in seen


@pytest.mark.parametrize("rate", [-0.1, 1.1, float("nan"), "much", True, None])
def test_what_is_no_share_is_refused(rate: float) -> None:
    with pytest.raises(UsageError, match="give a share from 0 to 1"):
        Uniform(rate)
