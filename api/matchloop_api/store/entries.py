"""The label ledger in SQL; entries are added, never changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, select

from matchloop_api.store import schema
from matchloop_api.store.rows import EventKind, LabelEvent

__all__ = ["SqlLedger"]

_TABLE = schema.ledger
_NAMES = tuple(field.name for field in fields(LabelEvent))
_OF = (
    select(*(_TABLE.c[name] for name in _NAMES))
    .where(_TABLE.c.transform_id == bindparam("transform"))
    .order_by(_TABLE.c.seq)
)
_OF_UNTIL = _OF.where(_TABLE.c.at <= bindparam("until"))
_HEAD = select(func.max(_TABLE.c.seq)).where(_TABLE.c.transform_id == bindparam("transform"))
_OF_RUN = select(_TABLE.c.seq).where(_TABLE.c.run_id == bindparam("run"))
_TRANSFORM = (
    select(schema.transforms.c.id)
    .where(schema.transforms.c.id == bindparam("transform"))
    .with_for_update()
)
_ADD = insert(_TABLE)


class SqlLedger:
    """The label ledger of each transform."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, event: LabelEvent) -> LabelEvent:
        """Add an entry and return it with its sequence number.

        Raises KeyError if its run has already added one or there is no such transform.
        """
        which = {"transform": event.transform_id}
        if self._connection.execute(_TRANSFORM, which).first() is None:
            raise KeyError(event.transform_id)
        if event.run_id is not None:
            earlier = self._connection.execute(_OF_RUN, {"run": event.run_id}).first()
            if earlier is not None:
                raise KeyError(event.run_id)
        added = replace(event, seq=self.head(event.transform_id) + 1)
        values: dict[str, Any] = {name: getattr(added, name) for name in _NAMES}
        values |= {"kind": added.kind.value, "replace_all": int(added.replace_all)}
        self._connection.execute(_ADD, values)
        return added

    def events(self, transform_id: str, *, until: datetime | None = None) -> Sequence[LabelEvent]:
        """Return a transform's entries in order, up to a given time."""
        which: dict[str, Any] = {"transform": transform_id}
        if until is None:
            rows = self._connection.execute(_OF, which)
        else:
            rows = self._connection.execute(_OF_UNTIL, which | {"until": until})
        return [_made(row) for row in rows]

    def head(self, transform_id: str) -> int:
        """Return the sequence number of a transform's latest entry; 0 if it has none."""
        return self._connection.execute(_HEAD, {"transform": transform_id}).scalar() or 0


def _made(row: Any) -> LabelEvent:
    values = dict(zip(_NAMES, row, strict=True))
    values["kind"] = EventKind(values["kind"])
    values["replace_all"] = bool(values["replace_all"])
    return LabelEvent(**values)
