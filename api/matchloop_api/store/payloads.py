"""Payloads in SQL: bytes in chunks."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, func, insert, select

from matchloop_api.store import schema

__all__ = ["SqlPayloads"]

_TABLE, _PIECES = schema.payloads, schema.pieces
_NEW = insert(_TABLE)
_APPEND = insert(_PIECES)
_LAST = select(
    select(func.max(_PIECES.c.number)).where(_PIECES.c.payload_id == _TABLE.c.id).scalar_subquery()
).where(_TABLE.c.id == bindparam("key"))
_PIECE = select(_PIECES.c.data).where(
    _PIECES.c.payload_id == bindparam("key"), _PIECES.c.number == bindparam("place")
)
_LOOSE = select(_TABLE.c.id).where(
    _TABLE.c.created_at < bindparam("before"),
    ~select(schema.ledger.c.seq).where(schema.ledger.c.payload == _TABLE.c.id).exists(),
    ~select(schema.transforms.c.id).where(schema.transforms.c.matches == _TABLE.c.id).exists(),
    ~select(schema.resources.c.name)
    .where(schema.resources.c.kind == "audit_draw", schema.resources.c.name == _TABLE.c.id)
    .exists(),
)
_CHECKPOINTS = select(schema.runs.c.checkpoint).where(schema.IS_ACTIVE)
_REMOVE = delete(_TABLE).where(_TABLE.c.id == bindparam("key"))


class SqlPayloads:
    """Bytes that rows point to."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def new(self, kind: str, *, now: datetime) -> str:
        """Begin a payload and return its id; it is invisible until a row points to it."""
        made = f"pay-{secrets.token_hex(16)}"
        self._connection.execute(_NEW, {"id": made, "kind": kind, "created_at": now})
        return made

    def append(self, payload_id: str, piece: bytes) -> None:
        """Append a chunk. Raises KeyError if there is no such payload."""
        values = {"payload_id": payload_id, "number": self._count(payload_id), "data": piece}
        self._connection.execute(_APPEND, values)

    def pieces(self, payload_id: str) -> Iterator[bytes]:
        """Return the chunks in order. Raises KeyError if there is no such payload."""
        count = self._count(payload_id)
        return (self._piece(payload_id, place) for place in range(count))

    def _piece(self, payload_id: str, place: int) -> bytes:
        which = {"key": payload_id, "place": place}
        return bytes(self._connection.execute(_PIECE, which).scalar_one())

    def sweep(self, *, before: datetime) -> int:
        """Remove payloads begun before a time that nothing points to; return how many.

        The checkpoint of an unfinished run counts as pointing to the payloads that it names.
        """
        loose = [row[0] for row in self._connection.execute(_LOOSE, {"before": before})]
        if not loose:
            return 0
        kept = " ".join(str(row[0]) for row in self._connection.execute(_CHECKPOINTS))
        gone = [payload_id for payload_id in loose if payload_id not in kept]
        for payload_id in gone:
            self._connection.execute(_REMOVE, {"key": payload_id})
        return len(gone)

    def _count(self, payload_id: str) -> int:
        row = self._connection.execute(_LAST, {"key": payload_id}).first()
        if row is None:
            raise KeyError(payload_id)
        return 0 if row[0] is None else int(row[0]) + 1
