"""Sharper probabilities keep their order and their side."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from matchloop.matching.scoring import sharpened

PROBABILITIES = arrays(np.float32, st.integers(1, 20), elements=st.floats(0, 1, width=32))


@given(PROBABILITIES, st.floats(1, 4))
def test_order_and_side_are_kept(probability: NDArray[np.float32], power: float) -> None:
    sharp = sharpened(probability, power)

    assert (np.diff(sharp[np.argsort(probability, kind="stable")]) >= 0).all()
    assert ((sharp >= 0) & (sharp <= 1)).all()
    assert (sharp[probability > 0.5] >= 0.5).all()
    assert (sharp[probability < 0.5] <= 0.5).all()


@given(PROBABILITIES)
def test_power_one_changes_nothing(probability: NDArray[np.float32]) -> None:
    np.testing.assert_allclose(sharpened(probability, 1.0), probability, atol=1e-6)


def test_certainty_and_doubt_stay_as_they_are() -> None:
    assert sharpened(np.array([0.0, 0.5, 1.0], np.float32)).tolist() == [0.0, 0.5, 1.0]
