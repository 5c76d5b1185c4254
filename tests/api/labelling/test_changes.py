from __future__ import annotations

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

import matchloop as ml
from matchloop_api.labelling.changes import changed_groups, changed_rows

GROUPINGS = st.integers(1, 8).flatmap(
    lambda n: st.tuples(*[st.lists(st.integers(0, 4), min_size=n, max_size=n)] * 2)
)


@given(GROUPINGS)
def test_rows_are_changed_where_their_group_has_other_rows(
    groupings: tuple[list[int], list[int]],
) -> None:
    before, now = groupings

    def group(ids: list[int], row: int) -> set[int]:
        return {at for at, own in enumerate(ids) if own == ids[row]}

    expected = [group(before, row) != group(now, row) for row in range(len(now))]
    assert changed_rows(np.array(before), np.array(now)).tolist() == expected


def test_changed_groups_say_where_their_rows_were() -> None:
    names = ["ann", "anne", "bob", "rob", "eve", "eva"]
    table = pa.table({"id": list("123456"), "name": names, "city": ["Ulm"] * 6})
    records = ml.read_records(table, key="id")

    listed = changed_groups(records, np.array([0, 0, 1, 1, 2, 3]), np.array([0, 0, 1, 2, 3, 3]))

    assert listed["count"] == 3
    assert listed["columns"] == ["name", "city"]
    assert [[(was, cells[0]) for was, cells in group] for group in listed["groups"]] == [
        [("1", "bob")],
        [("1", "rob")],
        [("", "eve"), ("", "eva")],
    ]
