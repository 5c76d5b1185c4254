"""Open the store that a URL names."""

from __future__ import annotations

import math
import os
import sqlite3
import time
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import ArgumentError, DatabaseError, InvalidatePoolError, OperationalError

from matchloop.errors import InputError, MissingExtra, UsageError, some
from matchloop_api.store.base import Store
from matchloop_api.store.migrations import known_revisions, upgrade
from matchloop_api.store.schema import REVISION, metadata
from matchloop_api.store.sql import BUSY_S, LOCK, SqlStore

__all__ = ["open_store"]

IDLE_S = 1.0
"""Seconds after which a connection to a server may have been lost without notice."""

_VERSION = "alembic_version"
_FIRST = {"keys", "ledger", "payloads", "pieces", "resources", "runs", "tags", "transforms"}
_PER_CONNECTION = (
    "PRAGMA foreign_keys=ON",
    "PRAGMA synchronous=FULL",
    "PRAGMA temp_store=MEMORY",
    "PRAGMA journal_size_limit=67108864",
)
_POSTGRES = (
    "-c timezone=UTC -c idle_in_transaction_session_timeout=300s -c client_min_messages=warning"
)


def open_store(url: str, *, migrate: bool = True, make: bool = True) -> Store:
    """Open a store and migrate it to this version's schema.

    Any number of processes may do so at once. Only its owner may read a new file.

    Parameters
    ----------
    url
        A SQLAlchemy URL: ``sqlite:///path`` or ``postgresql+psycopg://...``.
    migrate
        Whether to migrate an older schema; otherwise it is refused.
    make
        Whether to make a missing SQLite file; otherwise it is an error.

    Raises
    ------
    UsageError
        The URL is of another form.
    InputError
        The database cannot be reached, or is of a newer version, or is an older one and
        ``migrate`` is false, or it is another application's, or it lacks a table.
    MissingExtra
        The driver of PostgreSQL is not installed.
    """
    address = _address(url)
    name = address.render_as_string(hide_password=True)
    sqlite = address.get_backend_name() == "sqlite"
    if sqlite:
        _make_file(Path(str(address.database)), make=make)
    engine = _sqlite(address) if sqlite else _postgres(address)
    try:
        if sqlite:
            _use_wal(engine)
        _bring_up_to_date(engine, name, migrate=migrate)
    except (DatabaseError, sqlite3.Error) as error:
        engine.dispose()
        reason = str(getattr(error, "orig", error)).strip().splitlines()[0]
        raise InputError(
            f"cannot open the store {name}: {reason}; check the address, and who may use it"
        ) from None
    except BaseException:
        engine.dispose()
        raise
    return SqlStore(engine)


def _address(url: str) -> URL:
    expected = "give sqlite:///path/of/file or postgresql://user:password@host/database"
    try:
        address = make_url(url)
    except ArgumentError:
        raise UsageError(f"the database URL has another form; {expected}") from None
    kind = address.get_backend_name()
    if kind in ("postgresql", "postgres"):
        return address.set(drivername="postgresql+psycopg")
    if kind != "sqlite":
        raise UsageError(f"a store cannot be kept in '{kind}'; {expected}")
    if not address.database or address.database == ":memory:":
        raise UsageError(f"a store in memory cannot be shared between processes; {expected}")
    return address


def _make_file(path: Path, *, make: bool) -> None:
    if not make and not path.is_file():
        raise InputError(
            f"there is no store at {path}; give the server's --data-dir or --database-url"
        )
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise InputError(
            f"cannot make the store {path}: {error.strerror}; choose a folder you may write to"
        ) from None


def _sqlite(address: URL) -> Engine:
    engine = create_engine(
        address.set(drivername="sqlite+pysqlite"),
        connect_args={"check_same_thread": False, "isolation_level": None, "timeout": BUSY_S},
        hide_parameters=True,  # an error's text goes into the log, which must hold no personal data
        pool_size=16,
        max_overflow=48,
        pool_use_lifo=True,
    )

    def prepare(connection: Any, _: object) -> None:
        for line in (*_PER_CONNECTION, f"PRAGMA busy_timeout={int(BUSY_S * 1000)}"):
            connection.execute(line)

    event.listen(engine, "connect", prepare)
    return engine


def _postgres(address: URL) -> Engine:
    try:
        engine = create_engine(
            address,
            connect_args={
                "options": f"{_POSTGRES} -c lock_timeout={int(BUSY_S * 1000)}",
                "connect_timeout": 10,
            },
            hide_parameters=True,
            pool_size=8,
            max_overflow=16,
            pool_use_lifo=True,
        )
    except ImportError:
        raise MissingExtra(
            "PostgreSQL needs psycopg; install it with: pip install 'matchloop[postgres]'"
        ) from None

    def check(raw: Any, record: Any, _: object) -> None:
        """Check that the database server answers; a check costs as much as a query."""
        if time.monotonic() - record.info.get("used", -math.inf) > IDLE_S:
            try:
                engine.dialect.do_ping(raw)
            except engine.dialect.loaded_dbapi.Error:
                raise InvalidatePoolError from None

    def note(raw: Any, record: Any) -> None:
        record.info["used"] = time.monotonic()

    event.listen(engine, "checkout", check)
    event.listen(engine, "checkin", note)
    return engine


def _use_wal(engine: Engine) -> None:
    """Switch the file to write-ahead logging; no other process may have it open meanwhile."""
    until = time.monotonic() + BUSY_S
    while True:
        try:
            with engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA journal_mode=WAL")
            return
        except OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > until:
                raise
            time.sleep(0.02)


def _bring_up_to_date(engine: Engine, name: str, *, migrate: bool) -> None:
    with engine.connect() as connection:
        if _revision(connection) == REVISION:
            _check_whole(connection, name)
            return
        connection.rollback()
        if engine.dialect.name == "sqlite":
            # a migration rebuilds tables; SQLite ignores this pragma inside a transaction
            connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
            connection.rollback()
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            connection.execute(text(f"SELECT pg_advisory_xact_lock({LOCK})"))
        revision = _revision(connection)
        if revision is None or revision not in known_revisions():
            _check_own(connection, name, revision)
        if revision is not None and revision not in known_revisions():
            raise InputError(
                f"the store {name} has the schema '{revision}', this version of matchloop knows "
                f"'{REVISION}'; it was made by a newer version, install that"
            )
        if revision != REVISION:
            if not migrate:
                raise InputError(
                    f"the store {name} has the schema of an older version, or none; "
                    "start matchloop serve once to bring it up to date"
                )
            upgrade(connection)
            _check_whole(connection, name)
        connection.commit()
        connection.invalidate()  # on SQLite this connection has foreign keys off


def _check_own(connection: Connection, name: str, revision: str | None) -> None:
    """Refuse a database that holds the tables of another application."""
    there = set(inspect(connection).get_table_names()) - {_VERSION}
    if there >= _FIRST:
        if revision is None:
            raise InputError(
                f"the store {name} does not say which version made it; it is damaged, "
                "bring back a copy of it"
            )
        return
    # A PostgreSQL database may be shared as long as no table name collides.
    others = there if connection.dialect.name == "sqlite" else there & set(metadata.tables)
    if others:
        raise InputError(
            f"the database {name} holds tables of another application ({some(sorted(others))}); "
            "give the store a database of its own"
        )


def _check_whole(connection: Connection, name: str) -> None:
    lacking = set(metadata.tables) - set(inspect(connection).get_table_names())
    if lacking:
        raise InputError(
            f"the store {name} lacks the tables {some(sorted(lacking))}; it is damaged, "
            "bring back a copy of it"
        )


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table(_VERSION):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
