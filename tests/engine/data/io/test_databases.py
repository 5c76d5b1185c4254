"""Tables and queries of databases are read like files; only earlier results are replaced."""

from __future__ import annotations

import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

import matchloop as ml
from matchloop.data.io import check_writable, read_table, write_table
from matchloop.errors import MissingExtra, OutputError, TableError, UsageError

ROWS = [("007", "Ann Lee", 1.5, None), ("008", "Tom Ray", 2.0, "Bath"), ("009", "Bo", None, "York")]


@pytest.fixture(params=["sqlite", "duckdb"])
def shop(tmp_path: Path, request: pytest.FixtureRequest) -> str:
    kind = str(request.param)
    path = tmp_path / f"shop.{kind}"
    create = "CREATE TABLE customers (id TEXT, name TEXT, price DOUBLE PRECISION, town TEXT)"
    if kind == "sqlite":
        with closing(sqlite3.connect(path)) as lite, lite:
            lite.execute(create)
            lite.executemany("INSERT INTO customers VALUES (?, ?, ?, ?)", ROWS)
    else:
        with closing(duckdb.connect(str(path))) as duck:
            duck.execute(create)
            duck.executemany("INSERT INTO customers VALUES (?, ?, ?, ?)", ROWS)
    return str(path)


def test_a_table_a_query_or_the_only_table_is_read(shop: str) -> None:
    kind = Path(shop).suffix[1:]
    notes: list[str] = []
    alone = read_table(shop, notes=notes)

    assert [tuple(row.values()) for row in alone.to_pylist()] == ROWS
    assert notes == ["table 'customers' was read"]
    assert read_table(f"{shop}#customers").equals(alone)
    assert read_table(f"{kind}:///{shop}#customers").equals(alone)
    some = read_table(f"{shop}#SELECT id, town FROM customers WHERE town IS NOT NULL;")
    assert some.to_pylist() == [{"id": "008", "town": "Bath"}, {"id": "009", "town": "York"}]


def test_records_of_a_database_are_matched_by_their_key(shop: str) -> None:
    records = ml.read_records(shop)

    assert records.key == "id"
    assert len(records) == 3


def test_a_result_is_written_and_replaced_but_nothing_else_is(shop: str) -> None:
    result = pa.table({"id": ["a", "b"], "match_id": [0, 1], "score": [0.5, None]})
    write_table(result, f"{shop}#matched")
    assert read_table(f"{shop}#matched").to_pylist() == result.to_pylist()

    check_writable(f"{shop}#matched", table=True)
    write_table(result.slice(1), f"{shop}#matched")
    assert read_table(f"{shop}#matched").num_rows == 1

    for write in (
        lambda: check_writable(f"{shop}#customers", table=True),
        lambda: write_table(result, f"{shop}#customers"),
    ):
        with pytest.raises(OutputError, match="no result of matchloop"):
            write()
    assert read_table(f"{shop}#customers").num_rows == 3


def test_a_new_database_is_made(tmp_path: Path) -> None:
    result = pa.table({"id": [1, 2], "match_id": [0, 0]})
    for name in ("new.db", "new.duckdb"):
        check_writable(f"{tmp_path}/{name}#out", table=True)
        write_table(result, f"{tmp_path}/{name}#out")
        assert read_table(f"{tmp_path}/{name}").to_pylist() == result.to_pylist()


def test_a_write_that_fails_leaves_the_earlier_result(tmp_path: Path) -> None:
    shop = f"{tmp_path}/shop.sqlite"
    earlier = pa.table({"id": ["a"], "match_id": [0]})
    write_table(earlier, f"{shop}#matched")
    twice = pa.table([["a"], [0], [1]], names=["id", "match_id", "ID"])

    with pytest.raises(OutputError, match="cannot write"):
        write_table(twice, f"{shop}#matched")
    assert read_table(f"{shop}#matched").to_pylist() == earlier.to_pylist()


@pytest.mark.parametrize(
    ("wanted", "message"),
    [("#nothing", "nothing"), ("#SELECT nope FROM customers", "nope"), ("#SELECT 1;DELETE", "")],
)
def test_what_a_database_refuses_is_one_line(shop: str, wanted: str, message: str) -> None:
    with pytest.raises(TableError, match=f"cannot read .*{message}") as caught:
        read_table(f"{shop}{wanted}")
    assert "\n" not in str(caught.value)


def test_several_tables_are_listed(shop: str) -> None:
    write_table(pa.table({"id": [1], "match_id": [0]}), f"{shop}#matched")

    with pytest.raises(TableError, match="name a table with #TABLE; it holds 'customers', 'mat"):
        read_table(shop)


def test_a_missing_file_is_not_created(tmp_path: Path) -> None:
    for name in ("none.sqlite", "none.duckdb"):
        with pytest.raises(TableError, match="no such file"):
            read_table(tmp_path / name)
        with pytest.raises(OutputError, match="names no table to write; add #NAME"):
            check_writable(tmp_path / name, table=True)
    assert list(tmp_path.iterdir()) == []


def test_no_message_holds_the_password() -> None:
    with pytest.raises(TableError, match=r"cannot read postgresql.*://ann:\*\*\*@") as caught:
        read_table("postgresql://ann:secret@127.0.0.1:1/shop#customers")
    assert "secret" not in str(caught.value)


def test_options_of_files_are_refused(shop: str) -> None:
    with pytest.raises(UsageError, match="--delimiter .* is not a delimited text file"):
        ml.read_records(shop, delimiter=";")


@pytest.mark.parametrize(
    ("package", "path", "extra"),
    [("duckdb", "shop.duckdb#t", "duckdb"), ("sqlalchemy", "postgresql://ann@host/shop#t", "sql")],
)
def test_a_package_that_lacks_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, package: str, path: str, extra: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "shop.duckdb").write_bytes(b"")
    monkeypatch.setitem(sys.modules, package, None)

    with pytest.raises(MissingExtra, match=rf"{package}.*pip install 'matchloop\[{extra}\]'"):
        read_table(path)
