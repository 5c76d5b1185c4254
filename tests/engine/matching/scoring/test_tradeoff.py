"""The precision-recall tradeoff becomes a threshold."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matchloop.errors import UsageError
from matchloop.matching.scoring import threshold_of

TRADEOFF = st.floats(0, 1)


def test_the_middle_cuts_in_the_middle() -> None:
    assert threshold_of(0.5) == 0.5


@given(TRADEOFF, TRADEOFF)
def test_more_precision_never_lowers_the_threshold(one: float, other: float) -> None:
    low, high = sorted((one, other))

    assert 0 < threshold_of(low) <= threshold_of(high) < 1


@given(TRADEOFF)
def test_recall_and_precision_are_treated_alike(tradeoff: float) -> None:
    assert threshold_of(tradeoff) == pytest.approx(1 - threshold_of(1 - tradeoff))


@pytest.mark.parametrize("tradeoff", [-0.1, 1.1, float("nan")])
def test_a_tradeoff_outside_its_range_is_refused(tradeoff: float) -> None:
    with pytest.raises(UsageError, match="0 .recall. to 1"):
        threshold_of(tradeoff)
