"""The store over SQLAlchemy: one connection per transaction, one writer at a time.

SQLite lets only one transaction write at a time, so no code may depend on more. An advisory lock
gives PostgreSQL the same rule. What a writing transaction has read stays true until it ends, and
there are neither deadlocks nor conflicts to retry. Writing transactions must therefore be short:
large data goes into payloads, one chunk per transaction.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime

from sqlalchemy import Connection, Engine, event, text
from sqlalchemy.exc import DBAPIError, OperationalError

from matchloop_api.errors import OperationTimeoutException, StoreFailure, StoreFull
from matchloop_api.store.base import Transaction
from matchloop_api.store.deadlines import Deadline
from matchloop_api.store.entries import SqlLedger
from matchloop_api.store.keys import SqlKeys
from matchloop_api.store.label_queue import SqlLabelQueue
from matchloop_api.store.parts import Keys, Ledger, Payloads, Resources, Runs, Tags, Transforms
from matchloop_api.store.payloads import SqlPayloads
from matchloop_api.store.resources import SqlResources
from matchloop_api.store.rows import Resource
from matchloop_api.store.runs import SqlRuns
from matchloop_api.store.tags import SqlTags
from matchloop_api.store.transforms import SqlTransforms

__all__ = ["BUSY_S", "LOCK", "SqlStore", "SqlTransaction"]

BUSY_S = 60.0
"""Seconds that a writer without a deadline waits for its turn."""

PROBE_S = 1.0
"""Seconds that a look at whether the store can be written may take."""

ROOM = 1 << 20
"""Bytes that must find room again after the disk was full."""

LOCK = 0x6D6C6F6F70
"""The advisory lock that a writing transaction on PostgreSQL holds."""

AWAY_S = 15
"""Seconds after which PostgreSQL ends a writing transaction whose process says nothing more."""

_TAKE_LOCK = text(
    f"SELECT set_config('idle_in_transaction_session_timeout', '{AWAY_S}s', true), "
    f"set_config('lock_timeout', :wait, true), pg_advisory_xact_lock({LOCK})"
)
_NOT_DURABLE = text("SET LOCAL synchronous_commit TO off")
_FULL = ("disk is full", "no space left", "could not extend file", "disk quota exceeded")
_FAILED = ("disk i/o error", "readonly database", "read-only transaction", "malformed")
_SECRET = ("secret", "paging")
_PROBE = ("secret", "probe")
# Pools of the parent process: a collected connection would close the parent's session, too.
_abandoned: list[object] = []


class SqlTransaction:
    """The parts of a store on one connection."""

    def __init__(self, connection: Connection) -> None:
        self.transforms: Transforms = SqlTransforms(connection)
        self.runs: Runs = SqlRuns(connection)
        self.ledger: Ledger = SqlLedger(connection)
        self.payloads: Payloads = SqlPayloads(connection)
        self.resources: Resources = SqlResources(connection)
        self.tags: Tags = SqlTags(connection)
        self.keys: Keys = SqlKeys(connection)
        self.label_queue = SqlLabelQueue(connection)


class SqlStore:
    """A store in a SQL database.

    Parameters
    ----------
    engine
        An engine for SQLite or PostgreSQL whose schema is up to date.
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
        self._secret: bytes | None = None
        self._failed = False

    @property
    def secret(self) -> bytes:
        """A random value, the same for every process of the store; made with the schema."""
        if self._secret is None:
            with self.reading() as tx:
                stored = tx.resources.get(*_SECRET)
            if stored is None:
                raise StoreFailure("the store lacks the secret of its page tokens")
            self._secret = bytes.fromhex(stored.body["value"])
        return self._secret

    @contextmanager
    def reading(self) -> Iterator[Transaction]:
        """Begin a transaction that only reads."""
        self._check_process()
        with self._reader.connect() as connection:
            if self._is_sqlite:
                _set_pragma(connection, "query_only", "ON")
            yield SqlTransaction(connection)

    @contextmanager
    def writing(
        self, *, durable: bool = True, deadline: Deadline | None = None
    ) -> Iterator[Transaction]:
        """Begin a transaction that writes.

        Raises
        ------
        OperationTimeoutException
            Others were writing for a minute, or until shortly before the deadline.
        StoreFailure
            The disk is full or has failed.
        """
        self._check_process()
        wait_s = BUSY_S if deadline is None else deadline.wait_s
        if self._holder == threading.get_ident():
            raise RuntimeError("a writing transaction is open in this thread; end it first")
        if not self._turn.acquire(timeout=wait_s):
            raise _busy(wait_s)
        self._holder = threading.get_ident()
        try:
            with self._failures_named(), self._writer.connect() as connection:
                left_s = wait_s if deadline is None else deadline.wait_s
                self._begin_writing(connection, durable, left_s, wait_s)
                yield SqlTransaction(connection)
                if deadline is not None:
                    deadline.commit()
                connection.commit()
        finally:
            self._holder = None
            self._turn.release()

    def close(self) -> None:
        """Close every connection."""
        self._check_process()
        self._engine.dispose()

    def check_writable(self) -> None:
        """Check with a small write that the store can be written.

        After a failed write a small one may still fit, so a larger one then has to succeed.
        """
        now = datetime.now(UTC)
        body = {"room": "x" * (ROOM if self._failed else 1)}
        kind, name = _PROBE
        row = Resource(kind=kind, name=name, body=body, created_at=now, modified_at=now)
        with suppress(OperationTimeoutException):  # busy: the check tells nothing about the disk
            with self.writing(durable=False, deadline=Deadline(PROBE_S)) as tx:
                tx.resources.remove(kind, name)
                tx.resources.add(row)
            self._failed = False

    @contextmanager
    def _failures_named(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.OperationalError, DBAPIError) as error:
            if (failure := _failure(error)) is None:
                raise
            self._failed = True
            raise failure from error

    def _begin_writing(
        self, connection: Connection, durable: bool, left_s: float, wait_s: float
    ) -> None:
        try:
            if self._is_sqlite:
                _set_pragma(connection, "busy_timeout", str(int(left_s * 1000)))
                _set_pragma(connection, "query_only", "OFF")
                _set_pragma(connection, "synchronous", "FULL" if durable else "NORMAL")
                connection.begin()
                return
            # PostgreSQL reads 0 as no limit
            connection.execute(_TAKE_LOCK, {"wait": f"{max(1, int(left_s * 1000))}ms"})
            if not durable:
                connection.execute(_NOT_DURABLE)
        except (sqlite3.OperationalError, OperationalError) as error:
            if "locked" in str(error) or "lock timeout" in str(error):
                raise _busy(wait_s) from None
            raise

    def _check_process(self) -> None:
        """After a fork, open new connections and leave the parent's open."""
        if self._process != os.getpid():
            _abandoned.append(self._engine.pool)
            self._engine.dispose(close=False)
            self._process = os.getpid()
            self._turn = threading.Lock()
            self._holder = None


def _busy(wait_s: float) -> OperationTimeoutException:
    return OperationTimeoutException(
        f"the store was busy with other writers for {wait_s:.3g} seconds; nothing was changed, "
        "try again"
    )


def _failure(error: Exception) -> StoreFailure | None:
    """Return a clear error for a full or failed disk; the driver's text is too vague."""
    reason = str(getattr(error, "orig", None) or error).strip().partition("\n")[0]
    if any(sign in reason.lower() for sign in _FULL):
        return StoreFull(
            f"the disk of the store is full ({reason}); nothing was changed. "
            "Free space where the store is, then try again."
        )
    if any(sign in reason.lower() for sign in _FAILED):
        return StoreFailure(
            f"the store cannot be written ({reason}); nothing was changed. "
            "Look at the disk and the permissions where the store is."
        )
    return None


def _begin(connection: Connection) -> None:
    """Begin a transaction on SQLite, whose driver would otherwise begin it later."""
    raw = connection.connection.dbapi_connection
    assert raw is not None
    raw.cursor().execute(connection.get_execution_options().get("begin", "BEGIN"))


def _set_pragma(connection: Connection, name: str, value: str) -> None:
    """Set a pragma for the transaction that is about to begin, unless it is set already."""
    fairy = connection.connection
    if fairy.info.get(name) != value:
        raw = fairy.dbapi_connection
        assert raw is not None
        raw.cursor().execute(f"PRAGMA {name}={value}")
        fairy.info[name] = value
