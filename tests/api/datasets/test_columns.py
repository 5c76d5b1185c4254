from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from matchloop_api.datasets import columns_of
from matchloop_api.datasets.columns import arrow_type, hive_type
from matchloop_api.errors import InvalidInputException


def test_the_schema_is_the_columns_without_what_the_table_is_partitioned_by(
    make_table: Any,
) -> None:
    table = make_table("file:///t", "id string, price decimal(10,2)", keys="year int")

    assert columns_of(table) == (
        {"Name": "id", "DataType": "string"},
        {"Name": "price", "DataType": "decimal(10,2)"},
    )


@pytest.mark.parametrize(
    ("hive", "arrow"),
    [
        ("string", pa.string()),
        ("varchar(20)", pa.string()),
        ("CHAR( 3 )", pa.string()),
        ("boolean", pa.bool_()),
        ("tinyint", pa.int8()),
        ("smallint", pa.int16()),
        ("int", pa.int32()),
        ("bigint", pa.int64()),
        ("float", pa.float32()),
        ("double", pa.float64()),
        ("decimal", pa.decimal128(10, 0)),
        ("decimal(38, 4)", pa.decimal128(38, 4)),
        ("date", pa.date32()),
        ("timestamp", pa.timestamp("us")),
    ],
)
def test_every_type_that_can_be_matched_has_one_in_arrow(hive: str, arrow: pa.DataType) -> None:
    assert arrow_type("c", hive) == arrow


@pytest.mark.parametrize(
    "hive",
    ["array<string>", "struct<a:int>", "map<int,int>", "binary", "decimal(99,1)", "", "nope"],
)
def test_another_type_is_refused_in_glues_words(make_table: Any, hive: str) -> None:
    with pytest.raises(InvalidInputException) as caught:
        arrow_type("authors", hive)

    assert str(caught.value) == (
        "Input source column authors has an invalid data type defined in the catalog."
    )


@pytest.mark.parametrize(
    ("arrow", "hive"),
    [
        (pa.int8(), "tinyint"),
        (pa.uint32(), "bigint"),
        (pa.uint64(), "decimal(20,0)"),
        (pa.float16(), "float"),
        (pa.decimal128(7, 2), "decimal(7,2)"),
        (pa.timestamp("ns", "UTC"), "timestamp"),
        (pa.dictionary(pa.int8(), pa.string()), "string"),
        (pa.large_string(), "string"),
        (pa.list_(pa.int64()), "array<bigint>"),
        (pa.struct([("a", pa.bool_())]), "struct<a:boolean>"),
        (pa.map_(pa.string(), pa.date32()), "map<string,date>"),
        (pa.binary(), "binary"),
        (pa.time32("s"), "string"),
    ],
)
def test_every_type_of_a_file_has_one_in_the_catalog(arrow: pa.DataType, hive: str) -> None:
    assert hive_type(arrow) == hive
