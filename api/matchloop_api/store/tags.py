"""Tags in SQL: one row for each tagged resource."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, bindparam, delete, insert, select

from matchloop_api.store import schema
from matchloop_api.store.facets import tag_facets

__all__ = ["SqlTags"]

_TABLE = schema.tags
_GET = select(_TABLE.c.tags).where(_TABLE.c.resource == bindparam("key"))
_ALL = select(_TABLE.c.resource, _TABLE.c.tags).where(_TABLE.c.kind == bindparam("of_kind"))
_ADD = insert(_TABLE)
_ADD_FACETS = insert(schema.tag_facets)
_REMOVE = delete(_TABLE).where(_TABLE.c.resource == bindparam("key"))


class SqlTags:
    """Tags by resource, named without region and account: ``mlTransform/tfm-...``."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, resource: str) -> Mapping[str, str]:
        """Return the tags of a resource; empty if it has none."""
        row = self._connection.execute(_GET, {"key": resource}).first()
        return {} if row is None else row[0]

    def put(self, resource: str, tags: Mapping[str, str]) -> None:
        """Replace the tags of a resource; an empty mapping removes them."""
        self._connection.execute(_REMOVE, {"key": resource})
        if tags:
            kind = resource.split("/", 1)[0]
            values = {"resource": resource, "kind": kind, "tags": dict(tags)}
            self._connection.execute(_ADD, values)
            facets = sorted(tag_facets(tags))
            rows = [{"facet": facet, "resource": resource} for facet in facets]
            self._connection.execute(_ADD_FACETS, rows)

    def all(self, kind: str) -> Mapping[str, Mapping[str, str]]:
        """Return the tags of all tagged resources of a kind."""
        rows = self._connection.execute(_ALL, {"of_kind": kind})
        return {resource: tags for resource, tags in rows}
