from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matchloop_api.errors import InvalidInputException
from matchloop_api.operations.transforms.capacity import (
    CAPACITY,
    check_capacity,
    merged_capacity,
)

VALUES = {
    "MaxCapacity": st.sampled_from([2, 2.5, 10.0, 100]),
    "WorkerType": st.sampled_from(["Standard", "G.1X"]),
    "NumberOfWorkers": st.integers(1, 300),
}
SOME = st.fixed_dictionaries({}, optional=VALUES)
GOOD: st.SearchStrategy[dict[str, object]] = st.one_of(
    st.just({}),
    st.fixed_dictionaries({"MaxCapacity": VALUES["MaxCapacity"]}),
    st.fixed_dictionaries({name: VALUES[name] for name in CAPACITY[1:]}),
)


@given(GOOD)
def test_dpus_or_workers_are_taken(capacity: dict[str, object]) -> None:
    check_capacity(capacity)


@pytest.mark.parametrize("capacity", [1.99, -1, 0, 100.5, float("nan"), float("inf")])
def test_dpus_out_of_bounds_are_refused(capacity: float) -> None:
    with pytest.raises(InvalidInputException, match="MaxCapacity should be"):
        check_capacity({"MaxCapacity": capacity})


@given(GOOD, SOME)
def test_an_update_leaves_a_good_capacity_or_is_refused(
    old: dict[str, object], new: dict[str, object]
) -> None:
    try:
        merged = merged_capacity(old, new)
    except InvalidInputException:
        return

    check_capacity(merged)
    assert merged.items() >= new.items()
    assert new or merged == old


def test_a_number_of_workers_keeps_their_type() -> None:
    old = {"WorkerType": "G.1X", "NumberOfWorkers": 2}

    assert merged_capacity(old, {"NumberOfWorkers": 3}) == {
        "WorkerType": "G.1X",
        "NumberOfWorkers": 3,
    }
    assert merged_capacity(old, {"MaxCapacity": 4.0}) == {"MaxCapacity": 4.0}
    with pytest.raises(InvalidInputException, match="Both WorkerType and NumberOfWorkers"):
        merged_capacity({"MaxCapacity": 4.0}, {"NumberOfWorkers": 3})
