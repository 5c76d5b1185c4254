"""Access keys in SQL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from matchloop_api.store import schema
from matchloop_api.store.rows import AccessKey

__all__ = ["SqlKeys"]

_TABLE = schema.keys
_NAMES = tuple(field.name for field in fields(AccessKey))
_COLUMNS = [_TABLE.c[name] for name in _NAMES]
_GET = select(*_COLUMNS).where(_TABLE.c.id == bindparam("key"))
_ALL = select(*_COLUMNS).order_by(_TABLE.c.created_at, _TABLE.c.id)
_ADD = insert(_TABLE)
_REVOKE = (
    update(_TABLE)
    .where(_TABLE.c.id == bindparam("key"), _TABLE.c.revoked_at.is_(None))
    .values(revoked_at=bindparam("now"))
)


class SqlKeys:
    """Access keys."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, key: AccessKey) -> None:
        """Add a key. Raises KeyError if its id is taken."""
        if self.get(key.id) is not None:
            raise KeyError(key.id)
        self._connection.execute(_ADD, {name: getattr(key, name) for name in _NAMES})

    def get(self, key_id: str) -> AccessKey | None:
        """Return a key by id, even a revoked one."""
        row = self._connection.execute(_GET, {"key": key_id}).first()
        return None if row is None else _made(row)

    def all(self) -> Sequence[AccessKey]:
        """Return all keys, oldest first."""
        return [_made(row) for row in self._connection.execute(_ALL)]

    def revoke(self, key_id: str, *, now: datetime) -> bool:
        """Revoke a key and return whether it was valid before."""
        return self._connection.execute(_REVOKE, {"key": key_id, "now": now}).rowcount > 0


def _made(row: Any) -> AccessKey:
    return AccessKey(**dict(zip(_NAMES, row, strict=True)))
