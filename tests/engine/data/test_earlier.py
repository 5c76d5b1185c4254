from __future__ import annotations

import re

import pyarrow as pa
import pytest

from matchloop.data.earlier import changed_keys, stacked
from matchloop.data.io import read_records
from matchloop.data.records import Records
from matchloop.errors import TableError


def two_tables(existing: dict[str, object], new: dict[str, object]) -> Records:
    first = pa.table({"id": ["1", "2"], "match_id": [0, 1], **existing})
    second = pa.table({"id": ["3", "4"], **new})
    return stacked(read_records(first, key="id"), read_records(second, key="id"))


def test_columns_of_the_new_records_alone_are_kept_and_named() -> None:
    both = two_tables({"name": ["a", "b"]}, {"name": ["c", "d"], "vip": [1, 0]})

    assert both.table.column_names == ["id", "name", "vip"]
    assert both.table["vip"].to_pylist() == [None, None, 1, 0]
    assert both.columns == ("name",)
    assert both.notes == (
        "the existing records lack 'vip', which the new ones have; it is kept and not compared",
    )


@pytest.mark.parametrize(
    ("before", "now", "together"),
    [
        ([10.5, 2.0], ["10,50", "3"], ["10.5", "2", "10,50", "3"]),
        ([10.5, 2.0], ["10.5", "3"], [10.5, 2.0, 10.5, 3.0]),
        ([123, 7], ["0123", "7"], ["123", "7", "0123", "7"]),
        (["a", "b"], [1, 2], ["a", "b", "1", "2"]),
        ([1, 2], [None, None], [1, 2, None, None]),
    ],
)
def test_a_column_of_two_types_keeps_every_value_as_written(
    before: list[object], now: list[object], together: list[object]
) -> None:
    both = two_tables({"name": ["a", "b"], "x": before}, {"name": ["c", "d"], "x": now})

    assert both.table["x"].to_pylist() == together


def test_a_column_of_types_without_a_common_one_is_named() -> None:
    first = pa.table({"id": ["1"], "match_id": [0], "name": ["a"], "x": [b"\xff"]})
    second = pa.table({"id": ["2"], "name": ["b"], "x": [1]})
    existing, new = (
        read_records(table, key="id", kinds={"x": "ignore"}) for table in (first, second)
    )

    with pytest.raises(TableError, match="'x' is binary in the existing records and int64 in the"):
        stacked(existing, new)


def test_a_column_that_the_new_records_lack_is_named_with_what_to_do() -> None:
    with pytest.raises(
        TableError, match="new records lack 'city', .*; add the column, empty where"
    ):
        two_tables({"name": ["a", "b"], "city": ["x", "y"]}, {"name": ["c", "d"]})


@pytest.mark.parametrize(
    ("before", "now", "warned"),
    [
        (["0041", "0042"], ["42", "0043"], "1 of 2 new keys .* such as '42' for '0042'"),
        (["41", "42"], ["41", "42.0"], "1 of 1 new keys .* such as '42.0' for '42'"),
        (["41", "42"], ["42", "43"], None),
        (["a1", "a2"], ["a01", "a3"], None),
        (["0041", "0042"], ["42", "143", "144"], None),
    ],
)
def test_keys_that_lost_their_zeros_are_named(
    before: list[str], now: list[str], warned: str | None
) -> None:
    old, new = (
        read_records(pa.table({"id": keys, "name": keys}), key="id") for keys in (before, now)
    )
    warning = changed_keys(old, new)

    assert warning is None if warned is None else re.match(warned, warning or "")
