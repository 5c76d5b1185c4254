"""The tables, the same in SQLite and PostgreSQL, and the encoding of their values.

Times are whole microseconds since 1970 in UTC. Values without columns of their own are JSON text.
Names sort by their bytes in both databases.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Double,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

__all__ = [
    "IS_ACTIVE",
    "REVISION",
    "ByBytes",
    "JsonText",
    "Time",
    "facets",
    "keys",
    "label_events",
    "label_opinions",
    "label_sets",
    "ledger",
    "metadata",
    "payloads",
    "pieces",
    "resources",
    "runs",
    "tag_facets",
    "tags",
    "transforms",
]

REVISION = "0004"
"""The migration that makes the tables below; the newest in ``migrations/versions``."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_encode = json.JSONEncoder(separators=(",", ":")).encode


class Time(TypeDecorator[datetime]):
    """A time with microseconds; it is read back in UTC."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """Convert a time to microseconds. Raises TypeError for a time without a zone."""
        return None if value is None else (value - _EPOCH) // _MICROSECOND

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        """Convert microseconds to a datetime in UTC."""
        return None if value is None else _EPOCH + timedelta(microseconds=value)


class JsonText(TypeDecorator[Any]):
    """A JSON value as ASCII text, which both databases can store whatever their encoding."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        """Convert a value to JSON text."""
        if value is None:
            return None
        return _encode(dict(value) if isinstance(value, Mapping) else value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        """Parse JSON text."""
        return None if value is None else json.loads(value)


ByBytes = Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
"""Text that sorts by its bytes, as SQLite's does."""

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _removed_with(column: str) -> ForeignKey:
    """Return a foreign key that removes its row together with the row that it points to."""
    return ForeignKey(column, ondelete="CASCADE")


def _removed_with_its_set() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(
        ["transform_id", "number"],
        ["label_sets.transform_id", "label_sets.number"],
        ondelete="CASCADE",
    )


transforms = Table(
    "transforms",
    metadata,
    Column("id", ByBytes, primary_key=True),
    Column("name", ByBytes, nullable=False),
    Column("status", Text, nullable=False),
    Column("created_at", Time, nullable=False),
    Column("modified_at", Time, nullable=False),
    Column("definition", JsonText, nullable=False),
    Column("schema", JsonText, nullable=False),
    Column("label_count", BigInteger, nullable=False),
    Column("evaluation", JsonText),
    Column("matches", ByBytes, index=True),
    Column("next_match_id", BigInteger, nullable=False, server_default="0"),
    UniqueConstraint("name"),
    Index("ix_transforms_created", "created_at", "id"),
    Index("ix_transforms_modified", "modified_at", "created_at", "id"),
    Index("ix_transforms_status", "status", "created_at", "id"),
)

facets = Table(
    "facets",
    metadata,
    Column("facet", ByBytes, primary_key=True),
    Column("transform_id", ByBytes, _removed_with("transforms.id"), primary_key=True, index=True),
)

IS_ACTIVE = text("status IN ('STARTING', 'RUNNING', 'STOPPING')")
"""Runs that still move; as text, so that queries find the index of just these."""

runs = Table(
    "runs",
    metadata,
    Column("id", ByBytes, primary_key=True),
    Column("type", ByBytes, nullable=False),
    Column("status", ByBytes, nullable=False),
    Column("transform_id", ByBytes, _removed_with("transforms.id")),
    Column("arguments", JsonText, nullable=False),
    Column("log_group", Text, nullable=False),
    Column("started_at", Time, nullable=False),
    Column("modified_at", Time, nullable=False),
    Column("timeout_s", Double, nullable=False),
    Column("completed_at", Time),
    Column("error", Text),
    Column("actor", Text, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("owner", Text),
    Column("lease_until", Time),
    Column("percent", Double, nullable=False),
    Column("stage", Text, nullable=False),
    Column("pairs", BigInteger, nullable=False),
    Column("left_s", Double),
    Column("checkpoint", JsonText, nullable=False),
    Index("ix_runs_of_transform", "transform_id", "started_at", "id"),
    Index("ix_runs_started", "started_at", "id"),
    Index("ix_runs_counted", "type", "status", "started_at"),
    Index("ix_runs_queue", "started_at", "id", sqlite_where=IS_ACTIVE, postgresql_where=IS_ACTIVE),
)

payloads = Table(
    "payloads",
    metadata,
    Column("id", ByBytes, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("created_at", Time, nullable=False, index=True),
)

pieces = Table(
    "pieces",
    metadata,
    Column("payload_id", ByBytes, _removed_with("payloads.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("data", LargeBinary, nullable=False),
)

ledger = Table(
    "ledger",
    metadata,
    Column("transform_id", ByBytes, _removed_with("transforms.id"), primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("kind", Text, nullable=False),
    Column("at", Time, nullable=False),
    Column("actor", Text, nullable=False),
    Column("replace_all", Integer, nullable=False),
    Column("rows", BigInteger, nullable=False),
    Column("payload", ByBytes, ForeignKey("payloads.id"), index=True),
    Column("source", Text, nullable=False),
    Column("run_id", ByBytes),
    Column("undoes", Integer),
    Column("report", JsonText, nullable=False),
    UniqueConstraint("run_id"),
    ForeignKeyConstraint(["transform_id", "undoes"], ["ledger.transform_id", "ledger.seq"]),
)

label_sets = Table(
    "label_sets",
    metadata,
    Column("transform_id", ByBytes, _removed_with("transforms.id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("position", BigInteger, nullable=False),
    Column("is_open", Integer, nullable=False),
    Column("wanted", Integer, nullable=False),
    Column("person", ByBytes),
    Column("holder", ByBytes),
    Column("lease_until", Time),
    Column("body", JsonText, nullable=False),
    Index("ix_label_sets_queue", "transform_id", "is_open", "position"),
)

label_opinions = Table(
    "label_opinions",
    metadata,
    Column("transform_id", ByBytes, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("person", ByBytes, primary_key=True),
    Column("submit", ByBytes),
    Column("answered_at", Time),
    Column("body", JsonText, nullable=False),
    _removed_with_its_set(),
    Index("ix_label_opinions_person", "transform_id", "person", "answered_at"),
)

label_events = Table(
    "label_events",
    metadata,
    Column(
        "seq",
        BigInteger().with_variant(Integer, "sqlite"),
        primary_key=True,
        autoincrement=True,
    ),
    Column("id", ByBytes, nullable=False),
    Column("transform_id", ByBytes, nullable=False),
    Column("number", Integer, nullable=False),
    Column("person", ByBytes, nullable=False),
    Column("session", ByBytes, nullable=False),
    Column("session_seq", BigInteger, nullable=False),
    Column("n", BigInteger, nullable=False),
    Column("at", Time, nullable=False),
    Column("body", JsonText, nullable=False),
    UniqueConstraint("id"),
    _removed_with_its_set(),
    Index("ix_label_events_set", "transform_id", "number", "person"),
    Index("ix_label_events_session", "session"),
)

resources = Table(
    "resources",
    metadata,
    Column("kind", ByBytes, primary_key=True),
    Column("scope", ByBytes, primary_key=True),
    Column("name", ByBytes, primary_key=True),
    Column("body", JsonText, nullable=False),
    Column("created_at", Time, nullable=False),
    Column("modified_at", Time, nullable=False),
    Index("ix_resources_created", "kind", "scope", "created_at", "name"),
)

tags = Table(
    "tags",
    metadata,
    Column("resource", ByBytes, primary_key=True),
    Column("kind", ByBytes, nullable=False, index=True),
    Column("tags", JsonText, nullable=False),
)

tag_facets = Table(
    "tag_facets",
    metadata,
    Column("facet", ByBytes, primary_key=True),
    Column("resource", ByBytes, _removed_with("tags.resource"), primary_key=True, index=True),
)

keys = Table(
    "keys",
    metadata,
    Column("id", ByBytes, primary_key=True),
    Column("secret", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("created_at", Time, nullable=False),
    Column("revoked_at", Time),
)
