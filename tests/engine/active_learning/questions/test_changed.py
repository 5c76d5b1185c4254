import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from matchloop.active_learning.questions import PairGraph, Round, drawn_changed
from matchloop.data.pairs import CandidatePairs


def new_round(probability: np.ndarray, answered: list[int]) -> Round:
    """A round over pairs of two records each, in a row."""
    count = len(probability)
    pairs = CandidatePairs.of(2 * np.arange(count), 2 * np.arange(count) + 1)
    known = pairs.ids()[answered]
    return Round(PairGraph(pairs, 2 * count), probability, known, np.random.default_rng(0))


@given(
    st.lists(st.tuples(st.floats(0, 1, width=32), st.floats(0, 1, width=32)), min_size=1),
    st.integers(1, 12),
    st.integers(2, 12),
)
def test_only_pairs_on_which_both_models_disagree_are_drawn(
    chances: list[tuple[float, float]], sets: int, rows: int
) -> None:
    learned, prior = np.array(chances, np.float32).T
    drawn = drawn_changed(new_round(learned, [0]), learned, prior, sets=sets, rows=rows)

    assert len(drawn) <= min(sets, max(1, round(sets * rows / 10)))
    for one, other, is_match in drawn:
        pair = one // 2
        assert other == one + 1
        assert pair != 0  # has an answer
        assert is_match == (learned[pair] >= 0.5)
        assert is_match != (prior[pair] >= 0.5)


def test_ten_sets_of_ten_rows_hold_ten_of_them_and_each_is_as_likely_as_any_other() -> None:
    learned = np.full(40, 0.9, np.float32)
    prior = np.where(np.arange(40) < 30, 0.1, 0.8).astype(np.float32)
    round_ = new_round(learned, [])

    draws = [drawn_changed(round_, learned, prior, sets=10, rows=10) for _ in range(300)]

    assert {len(drawn) for drawn in draws} == {10}
    often = np.bincount([one // 2 for drawn in draws for one, _, _ in drawn], minlength=40)
    assert (np.abs(often[:30] - 100) < 40).all()
