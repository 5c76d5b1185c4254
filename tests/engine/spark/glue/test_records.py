from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from matchloop.errors import UsageError
from matchloop.spark.glue.frames import DynamicFrame
from matchloop.spark.glue.records import table_of
from matchloop.spark.glue.transforms import Filter, Map, ResolveChoice

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def frame(spark_session: Any) -> DynamicFrame:
    """Ten rows in three partitions."""
    table = pa.table(
        {
            "id": list(range(10)),
            "name": [f"name {n}" if n % 4 else None for n in range(10)],
            "born": [datetime.date(1980, 1, n + 1) for n in range(10)],
            "price": [Decimal("1.50")] * 10,
        }
    )
    return DynamicFrame(spark_session.createDataFrame(table).repartition(3))


def rows_of(frame: DynamicFrame) -> list[dict[str, Any]]:
    table: pa.Table = frame.toDF().toArrow()
    rows: list[dict[str, Any]] = table.sort_by("id").to_pylist()
    return rows


def test_a_function_adds_columns_and_leaves_records_out(frame: DynamicFrame) -> None:
    def changed(record: dict[str, Any]) -> dict[str, Any] | None:
        if record["id"] == 3:
            return None
        if record["id"] > 7:
            record["late"] = record["id"] / 2
        record["key"] = None if record["name"] is None else f"{record['id']},{record['name']}"
        record["nothing"] = None
        return record

    mapped = Map.apply(frame=frame, f=changed)

    found = rows_of(mapped)
    assert [row["id"] for row in found] == [0, 1, 2, 4, 5, 6, 7, 8, 9]
    assert [row["late"] for row in found] == [None] * 7 + [4.0, 4.5]
    assert found[1]["key"] == "1,name 1"
    assert found[0]["key"] is None
    assert {row["nothing"] for row in found} == {None}
    assert (found[0]["born"], found[0]["price"]) == (datetime.date(1980, 1, 1), Decimal("1.50"))


def test_a_filter_keeps_the_columns(frame: DynamicFrame) -> None:
    kept = Filter.apply(frame=frame, f=lambda record: record["name"] is not None)

    assert kept.toDF().schema == frame.toDF().schema
    assert [row["id"] for row in rows_of(kept)] == [1, 2, 3, 5, 6, 7, 9]


def test_no_record_left_is_no_fault(frame: DynamicFrame) -> None:
    assert rows_of(frame.map(f=lambda record: None)) == []
    assert rows_of(frame.filter(f=lambda record: False)) == []


@pytest.mark.parametrize("partitions", [1, 2])
def test_a_column_of_two_types_is_refused(frame: DynamicFrame, partitions: int) -> None:
    def mixed(record: dict[str, Any]) -> dict[str, Any]:
        return {"x": "text" if record["id"] % 2 else 1.5}

    rows = frame.toDF().repartition(partitions, "id")

    with pytest.raises(UsageError, match=r"^the function of map gives .* several types: [^\n]+$"):
        DynamicFrame(rows).map(mixed)


def test_specs_cast_their_columns(frame: DynamicFrame) -> None:
    specs = [("id", "cast:string"), ("price", "project:double"), ("name", "make_cols")]

    resolved = ResolveChoice.apply(frame=frame, specs=specs)

    types = {name: kind for name, kind in resolved.toDF().dtypes}
    assert (types["id"], types["price"], types["name"]) == ("string", "double", "string")


def test_frames_are_united_by_the_names_of_columns(frame: DynamicFrame) -> None:
    less = frame.select_fields(["name", "id"])

    both = frame.union(less)

    assert both.count() == 20
    assert both.toDF().columns == ["id", "name", "born", "price"]


def test_records_make_a_table_of_all_their_columns() -> None:
    table = table_of([{"a": 1}, {"b": "x", "a": 2}])

    assert table.to_pylist() == [{"a": 1, "b": None}, {"a": 2, "b": "x"}]
