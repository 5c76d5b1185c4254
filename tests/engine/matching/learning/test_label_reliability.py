from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from matchloop.matching.learning.label_reliability import label_reliability

SHARES = hnp.arrays(np.float32, 40, elements=st.floats(0, 1, width=32))
ANSWERS = hnp.arrays(np.bool_, 40)


def sure(truth: np.ndarray) -> np.ndarray:
    return np.where(truth, 0.98, 0.02).astype(np.float32)


def test_labels_that_contradict_nothing_sure_keep_their_weight() -> None:
    truth = np.arange(40) % 4 == 0

    assert label_reliability(sure(truth), sure(truth), truth) is None
    assert label_reliability(np.full(40, 0.5, np.float32), sure(~truth), truth) is None


def test_one_slip_among_few_labels_weighs_less_than_the_others() -> None:
    truth = np.arange(20) % 2 == 0
    labels = truth.copy()
    labels[3] = ~labels[3]

    weight = label_reliability(sure(truth), sure(truth), labels)

    assert weight is not None
    assert weight[3] < 0.5
    assert (np.delete(weight, 3) > 0.99).all()


def test_labels_that_the_trees_confirm_outvote_the_prior() -> None:
    truth = np.arange(40) % 2 == 0

    assert label_reliability(sure(~truth), sure(truth), truth) is None


@given(prior=SHARES, out_of_bag=SHARES, is_match=ANSWERS)
def test_reliability_is_a_weight(
    prior: np.ndarray, out_of_bag: np.ndarray, is_match: np.ndarray
) -> None:
    weight = label_reliability(prior, out_of_bag, is_match)

    if weight is not None:
        assert weight.shape == is_match.shape
        assert ((weight > 0) & (weight <= 1)).all()
