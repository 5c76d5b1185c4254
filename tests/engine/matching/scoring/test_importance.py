"""Feature importances are summed over columns."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matchloop.matching.scoring import column_importance

NAMES = ("a:words", "a:edit", "b:edit", "c d:x:edit", "record:words", "rivals:words_rank")


@given(st.lists(st.floats(0, 10), min_size=6, max_size=6))
def test_columns_sum_to_one_whatever_the_features_are_worth(values: list[float]) -> None:
    found = column_importance(np.array(values), NAMES, ["a", "b", "c d:x", "empty"])

    assert sum(found.values()) == pytest.approx(1)
    assert sorted(found) == ["a", "b", "c d:x", "empty"]


def test_the_most_important_column_stands_first() -> None:
    found = column_importance(np.array([0.1, 0.1, 0.6, 0, 0.2, 0]), NAMES, ["a", "b"])

    assert list(found) == ["b", "a"]
    assert found == pytest.approx({"b": 0.75, "a": 0.25})


def test_without_any_importance_columns_matter_alike() -> None:
    assert column_importance(np.zeros(6), NAMES, ["a", "b"]) == {"a": 0.5, "b": 0.5}
