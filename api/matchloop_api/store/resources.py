"""Databases, tables, crawlers, jobs and job runs in SQL."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, literal, select, update

from matchloop_api.store import schema
from matchloop_api.store.facets import tag_facets
from matchloop_api.store.rows import Resource

__all__ = ["SqlResources"]

_TABLE = schema.resources
_NAMES = tuple(field.name for field in fields(Resource))
_IDENTITY = ("kind", "scope", "name")
_is_this = [_TABLE.c[name] == bindparam(f"of_{name}") for name in _IDENTITY]
_COLUMNS = [_TABLE.c[name] for name in _NAMES]
_GET = select(*_COLUMNS).where(*_is_this)
_ALL = select(*_COLUMNS).where(*_is_this[:2]).order_by(_TABLE.c.name)
_NAMES_OF = select(_TABLE.c.name).where(*_is_this[:2]).order_by(_TABLE.c.name)
_SOME = (
    select(*_COLUMNS)
    .where(*_is_this[:2], _TABLE.c.name.in_(bindparam("names", expanding=True)))
    .order_by(_TABLE.c.name)
)
_NEWEST = (
    select(*_COLUMNS)
    .where(*_is_this[:2])
    .order_by(_TABLE.c.created_at.desc(), _TABLE.c.name.desc())
)
_CLEAR = delete(_TABLE).where(*_is_this[:2])
_ADD = insert(_TABLE)
_REPLACE = (
    update(_TABLE)
    .where(*_is_this)
    .values({name: bindparam(name) for name in _NAMES if name not in _IDENTITY})
)
_REMOVE = delete(_TABLE).where(*_is_this)


class SqlResources:
    """Databases, tables, crawlers, jobs and job runs."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, resource: Resource) -> None:
        """Add a resource. Raises KeyError if the name is taken."""
        if self.get(resource.kind, resource.name, scope=resource.scope) is not None:
            raise KeyError(resource.name)
        self._connection.execute(_ADD, {name: getattr(resource, name) for name in _NAMES})

    def get(self, kind: str, name: str, *, scope: str = "") -> Resource | None:
        """Return the row with a name; None if there is none."""
        row = self._connection.execute(_GET, _identity(kind, scope, name)).first()
        return None if row is None else _made(row)

    def all(self, kind: str, *, scope: str = "") -> Sequence[Resource]:
        """Return all resources of a kind in a scope, ordered by name."""
        rows = self._connection.execute(_ALL, {"of_kind": kind, "of_scope": scope})
        return [_made(row) for row in rows]

    def find(
        self,
        kind: str,
        *,
        scope: str = "",
        tags: Mapping[str, str] | None = None,
        newest_first: bool = False,
        offset: int = 0,
        limit: int = 100,
    ) -> Sequence[Resource]:
        """Return a part of the resources of a kind in a scope without reading the others."""
        statement = _NEWEST if newest_first else _ALL
        tagged = literal(f"{kind}/").concat(_TABLE.c.name)
        for facet in sorted(tag_facets(tags or {})):
            of = select(schema.tag_facets.c.resource).where(schema.tag_facets.c.facet == facet)
            statement = statement.where(tagged.in_(of))
        which = {"of_kind": kind, "of_scope": scope}
        rows = self._connection.execute(statement.offset(offset).limit(limit), which)
        return [_made(row) for row in rows]

    def names(self, kind: str, *, scope: str = "") -> Sequence[str]:
        """Return the names of all of a kind in a scope, in order."""
        which = {"of_kind": kind, "of_scope": scope}
        return list(self._connection.execute(_NAMES_OF, which).scalars())

    def some(self, kind: str, names: Collection[str], *, scope: str = "") -> Sequence[Resource]:
        """Return the resources with these names, in the order of the names; skip absent ones."""
        which = {"of_kind": kind, "of_scope": scope, "names": list(names)}
        return [_made(row) for row in self._connection.execute(_SOME, which)]

    def replace(self, resource: Resource) -> None:
        """Replace the resource with the same name. Raises KeyError if there is none."""
        values = {name: getattr(resource, name) for name in _NAMES if name not in _IDENTITY}
        which = _identity(resource.kind, resource.scope, resource.name)
        if self._connection.execute(_REPLACE, which | values).rowcount == 0:
            raise KeyError(resource.name)

    def remove(self, kind: str, name: str, *, scope: str = "") -> bool:
        """Remove a resource and return whether it was there."""
        done = self._connection.execute(_REMOVE, _identity(kind, scope, name))
        return done.rowcount > 0

    def clear(self, kind: str, *, scope: str) -> None:
        """Remove all of a kind in a scope."""
        self._connection.execute(_CLEAR, {"of_kind": kind, "of_scope": scope})


def _identity(kind: str, scope: str, name: str) -> dict[str, Any]:
    return {"of_kind": kind, "of_scope": scope, "of_name": name}


def _made(row: Any) -> Resource:
    return Resource(**dict(zip(_NAMES, row, strict=True)))
