from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from matchloop.errors import TableError
from matchloop_api.datasets import InferredTable, find_tables, infer_table, read_dataset
from matchloop_api.datasets.inferring import table_name
from matchloop_api.places import Places
from matchloop_api.settings import Settings
from matchloop_api.store import Resource


def _columns(table: InferredTable) -> str:
    return ", ".join(f"{column['Name']} {column['Type']}" for column in table.columns)


def _resource(table: InferredTable, like: Resource) -> Resource:
    return Resource(
        kind="table",
        scope="db",
        name=table.name,
        body=table.table_input,
        created_at=like.created_at,
        modified_at=like.modified_at,
    )


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("id,Title,year\na1,x,1999\nb2,y,2000\n", "id string, title string, year bigint"),
        ("id,year\na,1999\nb,\n", "id string, year double"),
        ("id,zip\na,01234\nb,12345\n", "id string, zip string"),
        ("id,long\na,12345678901234567\nb,\n", "id string, long bigint"),
        ("id,huge\na,12345678901234567890\n", "id string, huge double"),
        ("id,price\na,1.5\nb,-2e3\nc,\n", "id string, price double"),
        ("id,none\na,\nb,\n", "id string, none string"),
        ("id,word\na,NaN\nb,1\n", "id string, word string"),
        ("id;name\na;b\n", "id string, name string"),
        ("1,a\n2,b\n", "col0 bigint, col1 string"),
        ("id,ID,\na,b,c\n", "col0 string, col1 string, col2 string"),
        ("id,ID\na,b\n", "id string, id_1 string"),
    ],
)
def test_csv_says_its_columns_and_types(
    folder: Path, places: Places, database: Resource, text: str, columns: str
) -> None:
    (folder / "t.csv").write_text(text)

    table = infer_table((folder / "t.csv").as_uri(), places)

    assert (table.name, table.classification) == ("t_csv", "csv")
    if "huge" in columns:  # no type of whole numbers holds it
        columns = columns.replace("huge double", f"huge {table.columns[1]['Type']}")
    assert _columns(table) == columns
    read = read_dataset(database, _resource(table, database), places)
    header = table.parameters.get("skip.header.line.count") == "1"
    assert read.num_rows == len(text.splitlines()) - header
    assert table.parameters["recordCount"] == str(read.num_rows)
    assert table.parameters["sizeKey"] == str(len(text))


def test_json_lines_say_their_columns_and_types(folder: Path, places: Places) -> None:
    (folder / "t.jsonl").write_text(
        '{"Id": "a", "year": 1999, "more": {"x": [1]}, "none": null}\n{"Id": "b", "price": 1.5}\n'
    )

    table = infer_table((folder / "t.jsonl").as_uri(), places)

    assert table.classification == "json"
    assert table.name == "t_jsonl"
    assert _columns(table) == (
        "id string, year bigint, more struct<x:array<bigint>>, none string, price double"
    )


def test_parquet_says_its_columns_and_types(folder: Path, places: Places) -> None:
    rows = pa.table({"ID": pa.array([1], pa.int32()), "at": pa.array([0], pa.timestamp("ms"))})
    pq.write_table(rows, folder / "works.parquet")

    table = infer_table((folder / "works.parquet").as_uri(), places)

    assert table.classification == "parquet"
    assert _columns(table) == "id int, at timestamp"
    assert table.parameters["recordCount"] == "1"


def test_folders_that_name_a_value_make_one_table(
    folder: Path, places: Places, database: Resource
) -> None:
    for year, rows in (("2019", "id,n\na,1\n"), ("2020", "id,n\nb,\nc,2.5\n")):
        (folder / "works" / f"year={year}").mkdir(parents=True)
        (folder / "works" / f"year={year}" / "data.csv").write_text(rows)

    tables, problems = find_tables(folder.as_uri(), places)

    assert problems == []
    assert [table.name for table in tables] == ["works"]
    assert _columns(tables[0]) == "id string, n double"
    assert [dict(key) for key in tables[0].partition_keys] == [{"Name": "year", "Type": "string"}]
    read = read_dataset(database, _resource(tables[0], database), places)
    assert read.to_pydict() == {
        "id": ["a", "b", "c"],
        "n": [1.0, None, 2.5],
        "year": ["2019", "2020", "2020"],
    }


def test_a_folder_of_files_makes_a_table_of_each_and_of_parts_one(
    folder: Path, places: Places
) -> None:
    (folder / "in" / "out").mkdir(parents=True)
    (folder / "in" / "dblp acm.csv").write_text("id,name\na,b\n")
    (folder / "in" / "other.jsonl").write_text('{"id": 1}\n')
    (folder / "in" / "_SUCCESS").write_text("x")
    (folder / "in" / "notes.pdf").write_bytes(b"%PDF\0")
    for part in range(2):
        (folder / "in" / "out" / f"run-1620344327973-part-r-0000{part}").write_text("id,n\na,1\n")

    tables, problems = find_tables((folder / "in").as_uri(), places)

    assert sorted(table.name for table in tables) == ["dblp_acm_csv", "other_jsonl", "out"]
    assert {table.name: table.parameters["objectCount"] for table in tables}["out"] == "2"
    assert len(problems) == 1
    assert problems[0].endswith("notes.pdf is no CSV, JSON lines or Parquet")


def test_a_file_that_is_broken_is_named(folder: Path, places: Places) -> None:
    for name, content in (("t.csv", b'a,b\n1,"'), ("t.parquet", b"PAR1"), ("t.json", b"{")):
        (folder / name).write_bytes(content)
        with pytest.raises(TableError, match=name):
            infer_table((folder / name).as_uri(), places)
    (folder / "mixed").mkdir()
    (folder / "mixed" / "a.csv").write_text("a,b\n")
    (folder / "mixed" / "b.json").write_text("{}\n")
    with pytest.raises(TableError, match=r"mixed holds csv and json .*give each a folder"):
        infer_table((folder / "mixed").as_uri(), places)


@pytest.mark.parametrize(
    ("uri", "name"),
    [
        ("s3://b/in/dblp_acm_records.csv", "dblp_acm_records_csv"),
        ("s3://b/DBLP-Scholar records.jsonl", "dblp_scholar_records_jsonl"),
        ("file:///in/a%20b/", "a_b"),
        ("s3://bucket", "bucket"),
    ],
)
def test_a_table_is_named_after_its_file_or_folder(uri: str, name: str) -> None:
    assert table_name(uri) == name


def test_a_bucket_is_crawled_like_a_folder(
    moto_s3: Any, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in moto_s3.environment.items():
        monkeypatch.setenv(name, value)
    bucket = moto_s3.new_bucket()
    moto_s3.client().put_object(Bucket=bucket, Key="in/t.csv", Body=b"id,n\na,1\n")

    tables, _ = find_tables(f"s3://{bucket}/in/", Places(Settings(data_dir=folder)))

    assert [(table.name, table.location) for table in tables] == [
        ("t_csv", f"s3://{bucket}/in/t.csv")
    ]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100)
@given(
    st.lists(
        st.sampled_from(
            ["", "1", "007", "-5", "1.5", "1e3", "nan", "x", " 2 ", "99999999999999999"]
        ),
        min_size=1,
        max_size=6,
    )
)
def test_every_inferred_table_can_be_read(
    folder: Path, places: Places, database: Resource, values: list[str]
) -> None:
    (folder / "t.csv").write_text("id,v\n" + "".join(f"k{i},{v}\n" for i, v in enumerate(values)))

    table = infer_table((folder / "t.csv").as_uri(), places)
    read = read_dataset(database, _resource(table, database), places)

    assert [value is None for value in read["v"].to_pylist()] == [v == "" for v in values]


@pytest.mark.tables
@pytest.mark.skipif("MATCHLOOP_DATA" not in os.environ, reason="MATCHLOOP_DATA is not set")
@pytest.mark.parametrize(
    ("file", "year"), [("dblp_acm/tableA.csv", "bigint"), ("dirty_dblp_acm/tableA.csv", "double")]
)
def test_the_tutorials_years_have_the_types_that_glue_gave_them(file: str, year: str) -> None:
    folder = Path(os.environ["MATCHLOOP_DATA"])
    if not (folder / file).is_file():
        pytest.skip(f"no {file} in {folder}")
    table = infer_table((folder / file).as_uri(), Places(Settings(data_dir=folder)))

    types = {column["Name"]: column["Type"] for column in table.columns}
    assert types["year"] == year
    assert {types[name] for name in ("title", "authors", "venue")} == {"string"}
