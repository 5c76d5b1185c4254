from __future__ import annotations

import zlib
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from matchloop.data.records import Kind
from matchloop.errors import TableError
from matchloop_api.datasets import read_dataset, records_from, records_of
from matchloop_api.datasets.reading import format_of
from matchloop_api.errors import InvalidInputException
from matchloop_api.places import Places
from matchloop_api.settings import Settings
from matchloop_api.store import Resource, Store, Transform, open_store


def test_json_lines_are_read_by_the_catalogs_types(
    folder: Path, places: Places, database: Resource, make_table: Any
) -> None:
    (folder / "t.jsonl").write_text(
        '{"id": 1, "Year": "1999", "more": [1]}\n{"id": 2, "price": 1.5}\n'
    )
    table = make_table(
        (folder / "t.jsonl").as_uri(),
        "id string, year int, price double",
        parameters={"classification": "json"},
    )

    assert read_dataset(database, table, places).to_pydict() == {
        "id": ["1", "2"],
        "year": [1999, None],
        "price": [None, 1.5],
    }


def test_parquet_is_read_by_the_catalogs_types_without_the_other_columns(
    folder: Path, places: Places, database: Resource, make_table: Any
) -> None:
    given = pa.table({"ID": pa.array([7, 8], pa.int32()), "n": [1.0, None], "list": [[1], []]})
    pq.write_table(given, folder / "t.parquet")
    table = make_table((folder / "t.parquet").as_uri(), "id bigint, n int", parameters={})

    read = read_dataset(database, table, places)

    assert read.schema.types == [pa.int64(), pa.int32()]
    assert read.to_pydict() == {"id": [7, 8], "n": [1, None]}


def test_the_parts_of_a_folder_are_one_table_with_what_it_is_partitioned_by(
    folder: Path, places: Places, database: Resource, make_table: Any
) -> None:
    for year, rows in (("2019", "id,name\n1,a\n"), ("2020", "id,name\n2,b\n3,c\n")):
        (folder / "t" / f"year={year}").mkdir(parents=True)
        (folder / "t" / f"year={year}" / "part-0.csv").write_text(rows)
    table = make_table(f"{folder.as_uri()}/t/", "id string, name string", keys="year int")

    read = read_dataset(database, table, places)

    assert read.to_pydict() == {
        "id": ["1", "2", "3"],
        "name": ["a", "b", "c"],
        "year": [2019, 2020, 2020],
    }
    assert records_from(read, "id").columns == ("name",)


def test_a_column_that_no_part_has_is_refused(
    folder: Path, places: Places, database: Resource, make_table: Any
) -> None:
    (folder / "t").mkdir()
    (folder / "t" / "a.json").write_text('{"id": 1}\n')
    (folder / "t" / "b.json").write_text('{"id": 2, "name": "b"}\n')
    location = (folder / "t").as_uri()

    table = make_table(location, "id string, name string", parameters={"classification": "json"})
    assert read_dataset(database, table, places)["name"].to_pylist() == [None, "b"]
    table = make_table(location, "id string, naem string", parameters={"classification": "json"})
    with pytest.raises(TableError, match="has no column 'naem', which the catalog names"):
        read_dataset(database, table, places)


@pytest.mark.parametrize(
    ("parameters", "library", "location", "expected"),
    [
        ({"classification": "Parquet"}, "", "file:///t", "parquet"),
        ({}, "org.apache.hadoop.hive.serde2.OpenCSVSerde", "file:///t", "csv"),
        ({}, "org.openx.data.jsonserde.JsonSerDe", "file:///t", "json"),
        ({}, "", "file:///t.CSV.gz", "csv"),
        ({}, "", "s3://b/t.jsonl", "json"),
        ({"connectionName": "crm"}, "", "", "sql"),
        ({"classification": "postgresql", "connectionName": "crm"}, "", "", "sql"),
    ],
)
def test_the_format_is_said_by_the_table_or_seen_from_its_location(
    make_table: Any, parameters: dict[str, str], library: str, location: str, expected: str
) -> None:
    table = make_table(location, "id string", parameters=parameters, library=library)

    assert format_of(table) == expected


def test_a_table_that_cannot_be_read_is_refused_in_one_line(
    places: Places, database: Resource, make_table: Any
) -> None:
    orc = make_table("file:///t", "id string", parameters={"classification": "orc"})
    with pytest.raises(InvalidInputException, match=r"db\.t is of the classification 'orc'; give"):
        read_dataset(database, orc, places)
    nothing = make_table("file:///t", "id string", parameters={})
    with pytest.raises(InvalidInputException, match="is of no classification; give it one of csv"):
        read_dataset(database, nothing, places)
    with pytest.raises(InvalidInputException, match="has no columns"):
        read_dataset(database, make_table("file:///t", ""), places)
    with pytest.raises(InvalidInputException, match="has no location"):
        read_dataset(database, make_table("", "id string"), places)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("t.parquet", b"PAR1 no more"),
        ("t.csv.gz", b"\x1f\x8b broken"),
        ("t.jsonl", b"{"),
        ("t.csv", b"\x00\x01\x02"),
    ],
)
def test_a_damaged_file_is_named_in_one_line(
    folder: Path, places: Places, database: Resource, make_table: Any, name: str, content: bytes
) -> None:
    (folder / name).write_bytes(content)
    table = make_table((folder / name).as_uri(), "id string", parameters={})

    with pytest.raises(TableError, match=name) as caught:
        read_dataset(database, table, places)
    assert "\n" not in str(caught.value)


def test_kinds_follow_the_values_and_a_fraction_is_a_number() -> None:
    rows = 40
    table = pa.table(
        {
            "id": list(range(rows)),
            "title": [f"the title of work {i} in words" for i in range(rows)],
            "year": [1980 + i % 30 for i in range(rows)],
            "zip": [f"{10_000 + 317 * i}" for i in range(rows)],
            "ratio": [i / 7 for i in range(rows)],
            "seen": pa.array([18_000 + i for i in range(rows)], pa.int32()).cast(pa.date32()),
            "ok": [i % 2 == 0 for i in range(rows)],
        }
    )

    assert records_from(table, "id").kinds == {
        "title": Kind.TEXT,
        "year": Kind.DATE,
        "zip": Kind.IDENTIFIER,
        "ratio": Kind.NUMBER,
        "seen": Kind.DATE,
        "ok": Kind.CATEGORY,
    }


@pytest.fixture
def catalog(folder: Path, make_table: Any, database: Resource) -> Any:
    (folder / "t.csv").write_text("id,name\n1,a\n2,b\n")
    store = open_store(f"sqlite:///{folder / 'matchloop.sqlite'}")
    with store.writing() as tx:
        tx.resources.add(database)
        tx.resources.add(make_table((folder / "t.csv").as_uri(), "id string, name string"))
    yield store
    store.close()


def _transform(key: str = "id", **given: Any) -> Transform:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    definition = {
        "InputRecordTables": [{"DatabaseName": "db", "TableName": "t", **given}],
        "Parameters": {"FindMatchesParameters": {"PrimaryKeyColumnName": key}},
    }
    return Transform(
        id="tfm-1",
        name="n",
        status="NOT_READY",
        created_at=now,
        modified_at=now,
        definition=definition,
        schema=(),
    )


def test_a_transforms_records_are_those_of_its_table(catalog: Store, places: Places) -> None:
    with catalog.reading() as tx:
        records = records_of(tx, _transform(), places)

    assert records.keys.to_pylist() == ["1", "2"]
    assert records.columns == ("name",)


def test_keys_that_are_missing_or_repeated_are_named(
    catalog: Store, places: Places, folder: Path
) -> None:
    keys = ("1", "1", "2", "2", "3", "3", "4", "4", "5", "5", "6", "6")
    (folder / "t.csv").write_text("id,name\n" + "".join(f"{key},a\n" for key in keys))
    with (
        catalog.reading() as tx,
        pytest.raises(TableError, match=r"db\.t: key column 'id' repeats '1', '2', '3', '4', '5',"),
    ):
        records_of(tx, _transform(), places)
    (folder / "t.csv").write_text("id,name\n1,a\n,b\n")
    with catalog.reading() as tx, pytest.raises(TableError, match=r"no value in 1 of 2 rows"):
        records_of(tx, _transform(), places)
    with catalog.reading() as tx, pytest.raises(TableError, match="no key column 'nope'"):
        records_of(tx, _transform("nope"), places)


def test_what_a_transform_can_no_longer_read_is_said(catalog: Store, places: Places) -> None:
    with catalog.reading() as tx:
        with pytest.raises(InvalidInputException, match=r"db\.gone is not in the catalog any more"):
            records_of(tx, _transform(TableName="gone"), places)
        with pytest.raises(InvalidInputException, match="'pushDownPredicate' select partitions"):
            records_of(tx, _transform(AdditionalOptions={"pushDownPredicate": "year=1"}), places)
    with catalog.writing() as tx:
        table = tx.resources.get("table", "t", scope="db")
        assert table is not None
        tx.resources.replace(replace(table, body={**table.body, "Parameters": {}}))
    with catalog.reading() as tx:
        assert len(records_of(tx, _transform(), places)) == 2


@pytest.mark.parametrize("linked", ["file", "folder", "nothing"])
def test_a_part_behind_a_link_that_leads_elsewhere_is_refused_not_skipped(
    tmp_path: Path, database: Resource, make_table: Any, linked: str
) -> None:
    inside, outside = tmp_path / "data", tmp_path / "lake"
    for folder in (inside / "t", outside / "more"):
        folder.mkdir(parents=True)
    (inside / "t" / "part-0.csv").write_text("id,name\n1,a\n")
    for path in (outside / "part-1.csv", outside / "more" / "part-1.csv"):
        path.write_text("id,name\n2,b\n")
    target = {"file": "part-1.csv", "folder": "more", "nothing": "gone.csv"}[linked]
    (inside / "t" / "part-1.csv").symlink_to(outside / target)
    table = make_table(f"{inside.as_uri()}/t/", "id string, name string")

    with pytest.raises(InvalidInputException, match=r"t/part-1\.csv' is not among .* a link on"):
        read_dataset(database, table, Places(Settings(data_dir=inside), environ={}))


@pytest.mark.parametrize("linked", ["folder", "nothing"])
def test_a_part_behind_a_link_that_cannot_be_read_is_refused(
    folder: Path, places: Places, database: Resource, make_table: Any, linked: str
) -> None:
    for name in ("t", "more"):
        (folder / name).mkdir()
        (folder / name / "part-0.csv").write_text("id,name\n1,a\n")
    (folder / "t" / "part-1").symlink_to(folder / {"folder": "more", "nothing": "gone"}[linked])
    table = make_table(f"{folder.as_uri()}/t/", "id string, name string")

    with pytest.raises(InvalidInputException, match=r"t/part-1 is a folder|no such file: .*part-1"):
        read_dataset(database, table, places)


def test_a_link_to_a_file_of_the_data_folder_is_read(
    folder: Path, places: Places, database: Resource, make_table: Any
) -> None:
    (folder / "t").mkdir()
    (folder / "rows.csv").write_text("id,name\n1,a\n")
    (folder / "t" / "part-0.csv").symlink_to(folder / "rows.csv")
    table = make_table(f"{folder.as_uri()}/t/", "id string, name string")

    assert read_dataset(database, table, places).to_pydict() == {"id": ["1"], "name": ["a"]}


def test_json_nested_too_deep_is_refused_with_file_and_line(
    folder: Path, places: Places, database: Resource, make_table: Any
) -> None:
    deep = '{"id": 2, "x": ' + "[" * 50_000 + "]" * 50_000 + "}"
    (folder / "t.jsonl").write_text(f'{{"id": 1}}\n{deep}\n')
    table = make_table(
        (folder / "t.jsonl").as_uri(), "id string", parameters={"classification": "json"}
    )

    with pytest.raises(TableError, match=r"t\.jsonl, line 2: nested over 100 levels deep"):
        read_dataset(database, table, places)


@pytest.mark.parametrize(
    ("name", "start", "options"),
    [
        ("t.csv.gz", b"id,name\n1,a\n2,", {}),
        ("t.csv.gz", b"id,name\n1,a\n2,", {"quoteChar": "'"}),
        ("t.csv.gz", b'id,name\n1,a\n2,"', {}),
        ("t.csv.gz", b"id,name", {}),
        ("t.json.gz", b'{"id": "1"}\n{"id": "', {}),
    ],
)
def test_a_packed_file_with_a_huge_row_is_refused_before_it_is_read_whole(
    folder: Path,
    places: Places,
    database: Resource,
    make_table: Any,
    name: str,
    start: bytes,
    options: dict[str, str],
) -> None:
    packed = zlib.compressobj(wbits=31)
    zeros = b"x" * (1 << 20)
    content = [packed.compress(start), *(packed.compress(zeros) for _ in range(80))]
    (folder / name).write_bytes(b"".join([*content, packed.flush()]))
    form = "json" if "json" in name else "csv"
    table = make_table(
        (folder / name).as_uri(),
        "id string, name string",
        parameters={"classification": form},
        serde=options,
    )

    with pytest.raises(TableError, match=rf"{name}.* (row|line) is longer than 64 MB"):
        read_dataset(database, table, places)
