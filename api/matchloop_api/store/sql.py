"""The store over SQLAlchemy: one connection for each transaction, one writer at a time.

SQLite lets one transaction write at a time, so nothing may depend on more, and PostgreSQL is held
to the same by an advisory lock: what a writing transaction has read stays true until it ends, and
there are neither deadlocks nor conflicts to retry. Writing transactions are therefore kept short;
bulk goes into payloads, a piece for each transaction.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, event, text
from sqlalchemy.exc import OperationalError

from matchloop_api.errors import OperationTimeoutException
from matchloop_api.store.base import (
    Keys,
    Ledger,
    Payloads,
    Resources,
    Runs,
    Tags,
    Transaction,
    Transforms,
)
from matchloop_api.store.entries import SqlLedger
from matchloop_api.store.keys import SqlKeys
from matchloop_api.store.payloads import SqlPayloads
from matchloop_api.store.resources import SqlResources
from matchloop_api.store.runs import SqlRuns
from matchloop_api.store.tags import SqlTags
from matchloop_api.store.transforms import SqlTransforms

__all__ = ["BUSY_S", "LOCK", "SqlStore", "SqlTransaction"]

BUSY_S = 60.0
"""Seconds that a writer waits for its turn."""

LOCK = 0x6D6C6F6F70
"""The advisory lock that a writing transaction on PostgreSQL holds."""

AWAY_S = 15
"""Seconds after which PostgreSQL ends a writing transaction whose process says nothing more."""

_TAKE_LOCK = text(
    f"SELECT set_config('idle_in_transaction_session_timeout', '{AWAY_S}s', true), "
    f"pg_advisory_xact_lock({LOCK})"
)
_NOT_DURABLE = text("SET LOCAL synchronous_commit TO off")
_abandoned: list[object] = []  # connections that belong to the parent of this process


class SqlTransaction:
    """The parts of a store, on one connection."""

    def __init__(self, connection: Connection) -> None:
        self.transforms: Transforms = SqlTransforms(connection)
        self.runs: Runs = SqlRuns(connection)
        self.ledger: Ledger = SqlLedger(connection)
        self.payloads: Payloads = SqlPayloads(connection)
        self.resources: Resources = SqlResources(connection)
        self.tags: Tags = SqlTags(connection)
        self.keys: Keys = SqlKeys(connection)


class SqlStore:
    """A store in a SQL database.

    Parameters
    ----------
    engine
        Of SQLite or PostgreSQL, its schema up to date.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._is_sqlite = engine.dialect.name == "sqlite"
        if self._is_sqlite:
            event.listen(engine, "begin", _begin)
            self._reader = engine.execution_options(begin="BEGIN")
            self._writer = engine.execution_options(begin="BEGIN IMMEDIATE")
        else:
            self._reader = engine.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )
            self._writer = engine.execution_options(isolation_level="READ COMMITTED")
        self._process = os.getpid()
        self._turn = threading.Lock()
        self._holder: int | None = None

    @contextmanager
    def reading(self) -> Iterator[Transaction]:
        """Begin a transaction that only reads."""
        self._check_process()
        with self._reader.connect() as connection:
            if self._is_sqlite:
                _set_pragma(connection, "query_only", "ON")
            yield SqlTransaction(connection)

    @contextmanager
    def writing(self, *, durable: bool = True) -> Iterator[Transaction]:
        """Begin a transaction that writes.

        Raises
        ------
        OperationTimeoutException
            Others have been writing for a minute.
        """
        self._check_process()
        if self._holder == threading.get_ident():
            raise RuntimeError("a writing transaction is open in this thread; end it first")
        if not self._turn.acquire(timeout=BUSY_S):
            raise _busy()
        self._holder = threading.get_ident()
        try:
            with self._writer.connect() as connection:
                self._begin_writing(connection, durable)
                yield SqlTransaction(connection)
                connection.commit()
        finally:
            self._holder = None
            self._turn.release()

    def close(self) -> None:
        """Let go of every connection."""
        self._check_process()
        self._engine.dispose()

    def _begin_writing(self, connection: Connection, durable: bool) -> None:
        try:
            if self._is_sqlite:
                _set_pragma(connection, "query_only", "OFF")
                _set_pragma(connection, "synchronous", "FULL" if durable else "NORMAL")
                connection.begin()
                return
            connection.execute(_TAKE_LOCK)
            if not durable:
                connection.execute(_NOT_DURABLE)
        except (sqlite3.OperationalError, OperationalError) as error:
            if "locked" in str(error) or "lock timeout" in str(error):
                raise _busy() from None
            raise

    def _check_process(self) -> None:
        """After a fork, leave the parent's connections alone and open new ones."""
        if self._process != os.getpid():
            _abandoned.append(self._engine.pool)
            self._engine.dispose(close=False)
            self._process = os.getpid()
            self._turn = threading.Lock()
            self._holder = None


def _busy() -> OperationTimeoutException:
    return OperationTimeoutException(
        f"the store was busy with other writers for {BUSY_S:g} seconds; try again"
    )


def _begin(connection: Connection) -> None:
    """Begin on SQLite, whose driver would otherwise begin when it sees fit."""
    raw = connection.connection.dbapi_connection
    assert raw is not None
    raw.cursor().execute(connection.get_execution_options().get("begin", "BEGIN"))


def _set_pragma(connection: Connection, name: str, value: str) -> None:
    """Set what holds for the transaction that is about to begin, if it does not hold already."""
    fairy = connection.connection
    if fairy.info.get(name) != value:
        raw = fairy.dbapi_connection
        assert raw is not None
        raw.cursor().execute(f"PRAGMA {name}={value}")
        fairy.info[name] = value
