from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import matchloop as ml
from matchloop.data.io import stack_tables
from matchloop.errors import TableError

SOUTH = pa.table({"id": ["1", "2"], "title": ["drill", "lamp"], "price": ["67", "44"]})
NORTH = pa.table({"id": ["1", "7"], "name": ["Drill", "toaster"], "colour": ["red", None]})


def test_columns_of_all_tables_stand_beside_each_other_and_keys_tell_their_table() -> None:
    found = stack_tables({"south": SOUTH, "north": NORTH}, key="id", renamed={"title": "name"})

    assert found.table.to_pylist() == [
        {"source": "south", "id": "south:1", "name": "drill", "price": "67", "colour": None},
        {"source": "south", "id": "south:2", "name": "lamp", "price": "44", "colour": None},
        {"source": "north", "id": "north:1", "name": "Drill", "price": None, "colour": "red"},
        {"source": "north", "id": "north:7", "name": "toaster", "price": None, "colour": None},
    ]
    assert len(found.notes) == 3


def test_keys_that_stand_once_are_left_as_they_are_and_types_kept() -> None:
    one = pa.table({"id": ["a"], "price": [1.5]})
    other = pa.table({"id": ["b"], "price": [2.5]})
    found = stack_tables({"one": one, "other": other}, key="id", source="shop")

    assert found.table["id"].to_pylist() == ["a", "b"]
    assert found.table["price"].type == pa.float64()
    assert found.notes == ()


def test_columns_of_different_types_become_text() -> None:
    one = pa.table({"id": [1], "price": [1.5]})
    other = pa.table({"id": ["b"], "price": ["2,50"]})
    found = stack_tables({"one": one, "other": other}, key="id")

    assert found.table["id"].to_pylist() == ["1", "b"]
    assert found.table["price"].to_pylist() == ["1.5", "2,50"]


keys = st.lists(st.text("ab1", min_size=1, max_size=3), unique=True, min_size=1, max_size=5)


@given(keys, keys, st.lists(st.text("xyz"), min_size=10, max_size=10))
def test_no_row_and_no_value_is_lost(one: list[str], other: list[str], values: list[str]) -> None:
    tables = {
        name: pa.table({"id": own, "name": values[: len(own)]})
        for name, own in (("one", one), ("other", other))
    }
    found = stack_tables(tables, key="id").table

    assert found["name"].to_pylist() == [*values[: len(one)], *values[: len(other)]]
    assert [key.rpartition(":")[2] for key in found["id"].to_pylist()] == [*one, *other]
    assert len(ml.read_records(found, key="id", source="source")) == len(one) + len(other)


@pytest.mark.parametrize(
    ("tables", "renamed", "said"),
    [
        ({"south": SOUTH}, {}, "two tables or more"),
        ({"south": SOUTH, "north": NORTH}, {}, "share no column but the key"),
        ({"south": SOUTH, "north": NORTH}, {"nome": "name"}, "no table has a column 'nome'"),
        ({"south": SOUTH, "north": NORTH}, {"title": "price"}, "'price' twice"),
        ({"south": SOUTH, "bare": pa.table({"title": ["a"]})}, {}, "bare lacks the key"),
        (
            {"south": SOUTH, "b": pa.table({"id": ["1", "1"], "title": ["a", "b"]})},
            {},
            "b has keys that stand twice: '1'",
        ),
        (
            {"south": SOUTH, "b": pa.table({"id": ["1", None], "title": ["a", "b"]})},
            {},
            "b has rows without a key",
        ),
        (
            {"south": SOUTH, "b": pa.table({"id": ["1"], "title": ["a"], "source": ["x"]})},
            {},
            "b has a column 'source' already",
        ),
    ],
)
def test_what_cannot_be_stacked_is_refused_in_one_line(
    tables: dict[str, pa.Table], renamed: dict[str, str], said: str
) -> None:
    with pytest.raises(TableError) as refused:
        stack_tables(tables, key="id", renamed=renamed)

    assert said in str(refused.value)
    assert "\n" not in str(refused.value)
