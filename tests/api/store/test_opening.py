from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import create_engine, inspect, text

from matchloop.errors import InputError, UsageError
from matchloop_api.store import open_store
from matchloop_api.store.schema import REVISION

OPEN = """
import sys
from matchloop_api.store import open_store

store = open_store(sys.argv[1])
with store.writing() as tx:
    tx.tags.put(f"a/{sys.argv[2]}", {"a": "b"})
store.close()
"""


def test_processes_that_start_at_once_make_one_store(store_url: str) -> None:
    processes = [
        subprocess.Popen([sys.executable, "-c", OPEN, store_url, str(number)])
        for number in range(4)
    ]

    assert [process.wait() for process in processes] == [0] * 4
    store = open_store(store_url, migrate=False, make=False)
    with store.reading() as tx:
        assert len(tx.tags.all("a")) == 4
    store.close()


def test_a_store_of_a_newer_version_is_refused(store_url: str) -> None:
    open_store(store_url).close()
    set_revision(store_url, "9999")

    with pytest.raises(InputError, match=f"'9999', this version .* knows '{REVISION}'") as told:
        open_store(store_url)
    assert "\n" not in str(told.value)


def test_an_older_store_is_refused_where_it_may_not_be_changed(store_url: str) -> None:
    with pytest.raises(InputError, match="older version, or none"):
        open_store(store_url, migrate=False)


def test_what_is_written_is_there_when_opened_again(store_url: str) -> None:
    store = open_store(store_url)
    with store.writing() as tx:
        tx.tags.put("a/1", {"a": "b"})
    store.close()

    again = open_store(store_url)
    with again.reading() as tx:
        assert tx.tags.get("a/1") == {"a": "b"}
    again.close()


def test_only_its_owner_may_read_the_file(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "matchloop.sqlite"
    store = open_store(f"sqlite:///{path}")
    with store.writing() as tx:
        tx.tags.put("a/1", {"a": "b"})
    modes = {one.name: stat.S_IMODE(one.stat().st_mode) for one in path.parent.iterdir()}
    store.close()

    assert modes["matchloop.sqlite"] == 0o600
    assert modes["matchloop.sqlite-wal"] == 0o600
    assert set(modes.values()) == {0o600}


def test_a_store_that_must_be_there_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no store at"):
        open_store(f"sqlite:///{tmp_path / 'matchloop.sqlite'}", make=False)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("", "another form"),
        ("matchloop.sqlite", "another form"),
        ("mysql://host/db", "cannot be kept in 'mysql'"),
        ("sqlite://", "in memory"),
        ("sqlite:///:memory:", "in memory"),
    ],
)
def test_a_url_of_another_form_is_refused(url: str, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        open_store(url)


def test_a_file_that_is_no_store_is_told(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("these are notes, " * 100)

    with pytest.raises(InputError, match="cannot open the store .*not a database"):
        open_store(f"sqlite:///{path}")
    assert path.read_text() == "these are notes, " * 100


def test_a_folder_that_takes_no_file_is_told(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")

    with pytest.raises(InputError, match="cannot make the store"):
        open_store(f"sqlite:///{blocked / 'matchloop.sqlite'}")


def test_a_server_that_is_not_there_is_told_without_the_password() -> None:
    pytest.importorskip("psycopg")
    with pytest.raises(InputError, match="cannot open the store postgresql") as told:
        open_store("postgresql://user:hush@127.0.0.1:1/db")

    assert "hush" not in str(told.value)
    assert os.linesep not in str(told.value)


def test_connections_that_the_server_closed_are_replaced(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("matchloop_api.store.opening.IDLE_S", 0.0)
    store = open_store(postgres_url)
    with store.reading() as one, store.reading() as other:
        assert one.tags.get("a/1") == other.tags.get("a/1") == {}
    engine = create_engine(postgres_url)
    with engine.connect() as connection:
        others = "FROM pg_stat_activity WHERE datname = current_database()"
        connection.execute(
            text(f"SELECT pg_terminate_backend(pid) {others} AND pid <> pg_backend_pid()")
        )
    engine.dispose()

    with store.writing() as tx:
        tx.tags.put("a/1", {"a": "b"})
    with store.reading() as tx:
        assert tx.tags.get("a/1") == {"a": "b"}
    store.close()


def set_revision(url: str, revision: str) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :new"), {"new": revision})
    engine.dispose()


def run_sql(url: str, *statements: str) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


def test_the_database_of_another_application_is_refused_and_left_alone(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'app.sqlite'}"
    run_sql(url, "CREATE TABLE customers (id INTEGER)", "CREATE TABLE runs (id INTEGER)")

    with pytest.raises(InputError, match=r"tables of another application \('customers', 'runs'\)"):
        open_store(url)
    engine = create_engine(url)
    assert sorted(inspect(engine).get_table_names()) == ["customers", "runs"]
    engine.dispose()


def test_names_that_another_application_has_taken_are_told(store_url: str) -> None:
    run_sql(store_url, "CREATE TABLE runs (id INTEGER)")

    with pytest.raises(
        InputError, match=r"tables of another application \('runs'\); give the store"
    ):
        open_store(store_url)


def test_another_applications_migrations_are_not_taken_for_a_newer_store(store_url: str) -> None:
    run_sql(
        store_url,
        "CREATE TABLE tags (id INTEGER)",
        "CREATE TABLE alembic_version (version_num VARCHAR(32))",
        "INSERT INTO alembic_version VALUES ('4f1d')",
    )

    with pytest.raises(InputError, match=r"tables of another application \('tags'\)"):
        open_store(store_url)


@pytest.mark.parametrize("migrate", [True, False])
def test_a_store_that_lacks_a_table_is_refused(store_url: str, migrate: bool) -> None:
    open_store(store_url).close()
    run_sql(store_url, "DROP TABLE ledger")

    with pytest.raises(InputError, match="lacks the tables 'ledger'; it is damaged") as told:
        open_store(store_url, migrate=migrate)
    assert "\n" not in str(told.value)


def test_a_store_that_does_not_say_its_version_is_refused(store_url: str) -> None:
    open_store(store_url).close()
    run_sql(store_url, "DELETE FROM alembic_version")

    with pytest.raises(InputError, match="does not say which version made it; it is damaged"):
        open_store(store_url)


def test_the_secret_of_page_tokens_is_made_with_the_store(store_url: str) -> None:
    one = open_store(store_url)
    other = open_store(store_url, migrate=False)

    assert len(one.secret) == 32
    assert one.secret == other.secret
    one.close()
    other.close()
