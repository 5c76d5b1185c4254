from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from matchloop.matching.learning.belief import believed

SHARES = hnp.arrays(np.float32, 40, elements=st.floats(0, 1, width=32))
ANSWERS = hnp.arrays(np.bool_, 40)


def sure(truth: np.ndarray) -> np.ndarray:
    return np.where(truth, 0.98, 0.02).astype(np.float32)


def test_labels_that_contradict_nothing_sure_are_all_believed() -> None:
    truth = np.arange(40) % 4 == 0

    assert believed(sure(truth), sure(truth), truth) is None
    assert believed(np.full(40, 0.5, np.float32), sure(~truth), truth) is None


def test_one_slip_among_few_labels_is_believed_less_than_the_others() -> None:
    truth = np.arange(20) % 2 == 0
    said = truth.copy()
    said[3] = ~said[3]

    belief = believed(sure(truth), sure(truth), said)

    assert belief is not None
    assert belief[3] < 0.5
    assert (np.delete(belief, 3) > 0.99).all()


def test_where_the_trees_side_with_the_labels_the_guess_is_what_is_wrong() -> None:
    truth = np.arange(40) % 2 == 0

    assert believed(sure(~truth), sure(truth), truth) is None


@given(guessed=SHARES, unseen=SHARES, is_match=ANSWERS)
def test_belief_is_a_weight(guessed: np.ndarray, unseen: np.ndarray, is_match: np.ndarray) -> None:
    belief = believed(guessed, unseen, is_match)

    if belief is not None:
        assert belief.shape == is_match.shape
        assert ((belief > 0) & (belief <= 1)).all()
