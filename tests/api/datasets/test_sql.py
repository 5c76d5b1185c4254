from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import sqlalchemy as sa

from matchloop.errors import MissingExtra, TableError
from matchloop_api.datasets import read_dataset
from matchloop_api.errors import InvalidInputException
from matchloop_api.places import Places
from matchloop_api.settings import Settings

COLUMNS = "id string, title string, year int, price decimal(10,2), ok boolean, seen date"
ROWS: list[dict[str, Any]] = [
    {"id": "007", "title": "a", "year": 1999, "price": 1.5, "ok": True, "seen": "2020-01-02"},
    {"id": "8", "title": None, "year": None, "price": None, "ok": None, "seen": None},
]


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, folder: Path) -> str:
    """A database with a table of works."""
    if request.param == "sqlite":
        url = f"sqlite:///{folder / 'works.db'}"
    else:
        url = str(request.getfixturevalue("postgres_url"))
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "CREATE TABLE works (id TEXT, title TEXT, year INTEGER, price NUMERIC(10, 2), "
            "ok BOOLEAN, seen DATE)"
        )
        for row in ROWS:
            connection.execute(
                sa.text("INSERT INTO works VALUES (:id, :title, :year, :price, :ok, :seen)"), row
            )
    engine.dispose()
    return url


@pytest.fixture
def read(url: str, folder: Path, database: Any, make_table: Any) -> Any:
    places = Places(
        Settings(data_dir=folder, connections=(f"works = {url}", "no driver=oracle://h/d", "bad=x"))
    )

    def read(columns: str = COLUMNS, connection: str | None = None, **given: str) -> pa.Table:
        table = make_table("", columns, parameters={"classification": "sql", **given})
        return read_dataset(database, table, places, connection=connection)

    return read


@pytest.mark.parametrize(
    "given",
    [
        {"table": "works"},
        {"query": "SELECT * FROM works ORDER BY id;"},
        {"query": "-- all of 100%\nSELECT id, title, year, price, ok, seen FROM works\n-- end"},
        {"query": "WITH all_of AS (SELECT * FROM works WHERE id LIKE '%') SELECT * FROM all_of"},
    ],
)
def test_a_table_or_query_is_read_by_the_catalogs_types(read: Any, given: dict[str, str]) -> None:
    if given.get("query", "").startswith("--"):
        with pytest.raises(InvalidInputException, match="is no single SELECT"):
            read(connectionName="works", **given)
        return
    table = read(connectionName="works", **given)

    assert table["id"].to_pylist() == ["007", "8"]
    assert table["title"].to_pylist() == ["a", None]
    assert table["year"].to_pylist() == [1999, None]
    assert [str(price) for price in table["price"].to_pylist()] == ["1.50", "None"]
    assert table["ok"].to_pylist() == [True, None]
    assert [str(seen) for seen in table["seen"].to_pylist()] == ["2020-01-02", "None"]


def test_the_connection_may_be_the_transforms(read: Any) -> None:
    assert read("id string", connection="works", table="works").num_rows == 2


def test_more_rows_than_a_batch_are_read(read: Any) -> None:
    query = (
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50001) "
        "SELECT i, 'x' || i AS name FROM n"
    )

    table = read("I bigint, name string", connectionName="works", query=query)

    assert table["I"].to_pylist() == list(range(1, 50_002))
    assert table["name"].to_pylist()[-1] == "x50001"


@pytest.mark.parametrize(
    "query",
    [
        "DELETE FROM works",
        "SELECT 1; DELETE FROM works",
        "SELECT 1) x; DELETE FROM works; SELECT * FROM (SELECT 1",
        "WITH gone AS (DELETE FROM works RETURNING *) SELECT * FROM gone",
        "UPDATE works SET id = '1'",
        "PRAGMA writable_schema = 1",
    ],
)
def test_nothing_but_a_select_is_run(read: Any, query: str) -> None:
    with pytest.raises((InvalidInputException, TableError)):
        read(connectionName="works", query=query)

    assert read(connectionName="works", table="works").num_rows == 2


def test_a_function_that_writes_is_refused_by_the_transaction(
    folder: Path, postgres_url: str, database: Any, make_table: Any
) -> None:
    engine = sa.create_engine(postgres_url)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE SEQUENCE numbers")
    engine.dispose()
    places = Places(Settings(data_dir=folder, connections=(f"works={postgres_url}",)))
    parameters = {"connectionName": "works", "query": "SELECT nextval('numbers') AS id"}

    with pytest.raises(TableError, match=r"cannot read db\.t by 'works': .*read-only transaction"):
        read_dataset(database, make_table("", "id bigint", parameters=parameters), places)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"table": "works"}, r"db\.t names no connection; give it the parameter connectionName"),
        ({"connectionName": "nope"}, "no connection 'nope'; .* has 'bad', 'no driver', 'works'"),
        ({"connectionName": "works"}, "has neither the parameter query nor table"),
        ({"connectionName": "bad", "table": "t"}, "has no SQLAlchemy URL that can be used"),
        ({"connection_url": "sqlite://"}, "put the URL into the server's setting connections"),
        ({"connectionName": "works", "table": 'a"; DROP'}, "neither the parameter query nor"),
    ],
)
def test_what_cannot_be_used_is_one_clear_line(
    read: Any, given: dict[str, str], message: str
) -> None:
    with pytest.raises(InvalidInputException, match=message):
        read(**given)


def test_a_refusal_of_the_database_is_one_line_without_the_url(read: Any, url: str) -> None:
    with pytest.raises(TableError, match=r"cannot read db\.t by 'works': .*nope") as caught:
        read(connectionName="works", table="nope")
    assert "\n" not in str(caught.value)
    assert url not in str(caught.value)
    with pytest.raises(TableError, match="the database has no column 'name'; it has 'id', 'title'"):
        read("id string, name string", connectionName="works", table="works")
    with pytest.raises(TableError, match=r"column 'id' is int .* '007x' \(row 1\)"):
        read("id int", connectionName="works", query="SELECT '007x' AS id")


def test_a_driver_that_lacks_is_named(read: Any) -> None:
    with pytest.raises(MissingExtra, match="the connection 'no driver' needs the package"):
        read("id string", connectionName="no driver", table="t")
