"""Transforms in SQL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from matchloop_api.store import schema
from matchloop_api.store.rows import Transform

__all__ = ["SqlTransforms"]

_TABLE = schema.transforms
_NAMES = tuple(one.name for one in fields(Transform))
_COLUMNS = [_TABLE.c[name] for name in _NAMES]
_BY_ID = select(*_COLUMNS).where(_TABLE.c.id == bindparam("key"))
_BY_NAME = select(*_COLUMNS).where(_TABLE.c.name == bindparam("key"))
_ALL = select(*_COLUMNS).order_by(_TABLE.c.created_at.desc(), _TABLE.c.id)
_COUNT = select(func.count()).select_from(_TABLE)
_ADD = insert(_TABLE)
_REPLACE = (
    update(_TABLE)
    .where(_TABLE.c.id == bindparam("key"))
    .values({name: bindparam(name) for name in _NAMES if name != "id"})
)
_REMOVE = delete(_TABLE).where(_TABLE.c.id == bindparam("key"))
_REMOVE_OWN = delete(schema.resources).where(
    schema.resources.c.kind.in_(("report", "audit_draw")),
    schema.resources.c.scope == bindparam("key"),
)


class SqlTransforms:
    """The account's transforms."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, transform: Transform) -> None:
        """Add one. Raises KeyError where the name or id is taken."""
        if self.get(transform.id) is not None:
            raise KeyError(transform.id)
        if self.named(transform.name) is not None:
            raise KeyError(transform.name)
        self._connection.execute(_ADD, {"id": transform.id} | _values(transform))

    def get(self, transform_id: str) -> Transform | None:
        """Return one by id."""
        return _read(self._connection.execute(_BY_ID, {"key": transform_id}).first())

    def named(self, name: str) -> Transform | None:
        """Return one by name."""
        return _read(self._connection.execute(_BY_NAME, {"key": name}).first())

    def all(self) -> Sequence[Transform]:
        """Return all, newest first (then by id)."""
        return [_made(row) for row in self._connection.execute(_ALL)]

    def count(self) -> int:
        """Return how many there are."""
        return int(self._connection.execute(_COUNT).scalar_one())

    def replace(self, transform: Transform) -> None:
        """Put a changed one in the place of the one with its id. Raises KeyError as add does."""
        holder = self.named(transform.name)
        if holder is not None and holder.id != transform.id:
            raise KeyError(transform.name)
        done = self._connection.execute(_REPLACE, {"key": transform.id} | _values(transform))
        if done.rowcount == 0:
            raise KeyError(transform.id)

    def remove(self, transform_id: str) -> None:
        """Remove one with its runs, its ledger, its reports and its audit."""
        self._connection.execute(_REMOVE_OWN, {"key": transform_id})
        self._connection.execute(_REMOVE, {"key": transform_id})


def _values(transform: Transform) -> dict[str, Any]:
    values = {name: getattr(transform, name) for name in _NAMES if name != "id"}
    return values | {"schema": [dict(column) for column in transform.schema]}


def _read(row: Any) -> Transform | None:
    return None if row is None else _made(row)


def _made(row: Any) -> Transform:
    values = dict(zip(_NAMES, row, strict=True))
    return Transform(**values | {"schema": tuple(values["schema"])})
