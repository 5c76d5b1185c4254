from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matchloop.errors import TableError
from matchloop_api.datasets.casting import cast_column
from matchloop_api.datasets.columns import arrow_type


def _cast(values: list[Any] | pa.Array, hive: str) -> list[Any]:
    column = pa.chunked_array([values if isinstance(values, pa.Array) else pa.array(values)])
    kind = arrow_type("c", hive)
    return list(cast_column(column, kind, name="c", hive=hive, where="t.csv").to_pylist())


@pytest.mark.parametrize(
    ("hive", "text", "value"),
    [
        ("string", " 007 ", " 007 "),
        ("bigint", " 12 ", 12),
        ("int", "1999.0", 1999),
        ("int", "+5", 5),
        ("int", "", None),
        ("double", "1e3", 1000.0),
        ("double", "+1.5", 1.5),
        ("decimal(5,2)", "1.5", Decimal("1.50")),
        ("boolean", "true", True),
        ("date", "2020-02-29", date(2020, 2, 29)),
        ("timestamp", "2020-01-01 10:00:00", datetime(2020, 1, 1, 10)),
        ("timestamp", "2020-01-01T10:00:00.5+02:00", datetime(2020, 1, 1, 8, 0, 0, 500_000)),
    ],
)
def test_text_becomes_what_the_catalog_says(hive: str, text: str, value: Any) -> None:
    assert _cast([text, None], hive) == [value, None]


@pytest.mark.parametrize(
    ("hive", "text"),
    [
        ("int", "1999.5"),
        ("int", "3000000000"),
        ("tinyint", "200"),
        ("double", "n/a"),
        ("decimal(3,1)", "1000.1"),
        ("date", "2020-02-30"),
        ("boolean", "maybe"),
        ("timestamp", "yesterday"),
    ],
)
def test_a_value_of_another_type_is_named_with_its_row(hive: str, text: str) -> None:
    with pytest.raises(TableError) as caught:
        _cast([None, text], hive)

    assert str(caught.value).startswith(
        f"t.csv: column 'c' is {hive} in the catalog and holds '{text}' (row 2); "
    )


def test_of_many_such_values_five_are_named() -> None:
    with pytest.raises(TableError) as caught:
        _cast([str(i) if i % 2 else f"x{i}" for i in range(1000)], "int")

    assert "'x0' (row 1), 'x2' (row 3), 'x4' (row 5), 'x6' (row 7), 'x8' (row 9), ...; " in str(
        caught.value
    )


def test_typed_values_are_taken_where_none_is_lost() -> None:
    assert _cast(pa.array([1.0, float("nan")]), "int") == [1, None]
    assert _cast(pa.array([1, None]), "string") == ["1", None]
    assert _cast(pa.array([True, False]), "string") == ["true", "false"]
    assert _cast(pa.array([7, None]), "decimal(5,2)") == [Decimal("7.00"), None]
    assert _cast(pa.array([datetime(2020, 1, 1)], pa.timestamp("ns")), "date") == [date(2020, 1, 1)]
    assert _cast(pa.array(["a", "a"]).dictionary_encode(), "string") == ["a", "a"]
    with pytest.raises(TableError, match=r"holds '1.5' \(row 1\)"):
        _cast(pa.array([1.5]), "bigint")
    with pytest.raises(TableError, match="holds list"):
        _cast(pa.array([[1]]), "string")


@given(st.lists(st.none() | st.integers(-(2**63), 2**63 - 1)))
def test_whole_numbers_come_back_from_text_unchanged(numbers: list[int | None]) -> None:
    text = pa.array([None if n is None else str(n) for n in numbers], pa.string())
    assert _cast(text, "bigint") == numbers
