from __future__ import annotations

import pyarrow as pa
import pytest

from matchloop.data.records import Kind, Records
from matchloop.errors import MatchloopError, TableError, UsageError

NAME = {"name": Kind.NAME}


def table(**columns: object) -> pa.Table:
    return pa.table(columns)


def test_one_record_is_enough() -> None:
    records = Records(table(id=[1], name=["Ann"]), "id", NAME)

    assert len(records) == 1
    assert records.columns == ("name",)
    assert records.positions == {"1": 0}
    assert records.sources is None


def test_sources_are_numbered_in_order_of_appearance() -> None:
    records = Records(table(id=[1, 2, 3], s=["b", "a", "b"], name=["x"] * 3), "id", NAME, "s")

    assert records.sources is not None
    assert records.sources.tolist() == [0, 1, 0]


@pytest.mark.parametrize(
    "kind",
    [pa.string(), pa.large_string(), pa.string_view(), pa.dictionary(pa.int8(), pa.string())],
)
def test_keys_are_text_whatever_their_type(kind: pa.DataType) -> None:
    keys = pa.chunked_array([pa.array(["a"]).cast(kind), pa.array(["007"]).cast(kind)])

    assert Records(table(id=keys, name=["x", "y"]), "id", NAME).keys.to_pylist() == ["a", "007"]


@pytest.mark.parametrize(
    ("columns", "arguments", "error", "message"),
    [
        ({}, {}, TableError, "no columns"),
        ({"id": pa.array([], pa.string()), "name": []}, {}, TableError, "no rows"),
        ({"name": ["x"]}, {}, TableError, "no key column 'id'; the table has 'name'"),
        ({"id": [1, 1, 2, 2], "name": ["x"] * 4}, {}, TableError, "repeats '1', '2'; expected"),
        (
            {"id": [i // 2 for i in range(20)], "name": ["x"] * 20},
            {},
            TableError,
            "repeats '0', '1', '2', '3', '4', ...",
        ),
        ({"id": [1, None], "name": ["x"] * 2}, {}, TableError, "no value in 1 of 2 rows (row 2)"),
        ({"id": ["a", " "], "name": ["x"] * 2}, {}, TableError, "no value in 1 of 2 rows"),
        ({"id": [[1]], "name": ["x"]}, {}, TableError, "column 'id' holds list"),
        ({"id": [1], "name": ["x"]}, {"source": "s"}, TableError, "no source column 's'"),
        ({"id": [1], "name": ["x"]}, {"source": "id"}, TableError, "both key and source"),
        (
            {"id": [1, 2], "s": ["a", None], "name": ["x"] * 2},
            {"source": "s"},
            TableError,
            "source column 's' has no value in 1 of 2 rows",
        ),
        (
            {"id": [1, 2], "s": ["a", "a"], "name": ["x"] * 2},
            {"source": "s"},
            TableError,
            "holds 'a' alone",
        ),
        ({"id": [1], "name": [[1]]}, {}, TableError, "column 'name' holds list"),
        ({"id": [1], "name": [b"x"]}, {}, TableError, "column 'name' holds binary"),
        ({"id": [1]}, {"kinds": {}}, TableError, "no column to compare"),
        ({"id": [1]}, {}, UsageError, "no column 'name'"),
        ({"id": [1]}, {"kinds": {"id": Kind.NAME}}, UsageError, "never compared"),
    ],
)
def test_says_what_cannot_be_used(
    columns: dict[str, object],
    arguments: dict[str, object],
    error: type[MatchloopError],
    message: str,
) -> None:
    with pytest.raises(error) as caught:
        Records(table(**columns), "id", **{"kinds": NAME, **arguments})  # type: ignore[arg-type]

    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_refuses_columns_of_one_name() -> None:
    twice = pa.Table.from_arrays([pa.array([1])] * 3, names=["id", "name", "name"])

    with pytest.raises(TableError, match="'name' is repeated"):
        Records(twice, "id", NAME)


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string()])
def test_more_text_than_one_array_holds_is_refused_before_the_work(kind: pa.DataType) -> None:
    part = pa.array(["x" * (1 << 20)] * 16, kind)
    text = pa.chunked_array([part] * 128)  # 2 GiB that stand in memory once
    table = pa.table({"id": range(len(text)), "name": ["a"] * len(text), "note": text})

    with pytest.raises(TableError, match="column 'note' holds more than 2 GiB of text"):
        Records(table, "id", {"name": Kind.NAME, "note": Kind.TEXT})

    assert len(Records(table, "id", {"name": Kind.NAME})) == len(text)
