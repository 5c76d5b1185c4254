"""Groups are numbered as plain Python numbers them."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from matchloop.data.components import numbered


@given(st.lists(st.integers(0, 9), max_size=10))
def test_groups_are_numbered_in_the_order_in_which_they_appear(drawn: list[int]) -> None:
    group = [member % len(drawn) for member in drawn]

    number, count = numbered(np.asarray(group, np.int64))

    first = list(dict.fromkeys(group))
    assert number.tolist() == [first.index(member) for member in group]
    assert count == len(first)
