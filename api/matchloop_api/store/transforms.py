"""Transforms in SQL."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    bindparam,
    delete,
    func,
    insert,
    literal,
    select,
    update,
)

from matchloop_api.store import schema
from matchloop_api.store.facets import (
    column_facet,
    tag_facets,
    transform_facets,
    version_facet,
)
from matchloop_api.store.queries import TransformQuery
from matchloop_api.store.rows import Transform

__all__ = ["SqlTransforms"]

_TABLE = schema.transforms
_NAMES = tuple(field.name for field in fields(Transform))
_COLUMNS = [_TABLE.c[name] for name in _NAMES]
_BY_ID = select(*_COLUMNS).where(_TABLE.c.id == bindparam("key"))
_BY_NAME = select(*_COLUMNS).where(_TABLE.c.name == bindparam("key"))
_ALL = select(*_COLUMNS).order_by(_TABLE.c.created_at.desc(), _TABLE.c.id)
_SOME = select(*_COLUMNS).where(_TABLE.c.id.in_(bindparam("keys", expanding=True)))
_NAMES_OF = select(_TABLE.c.id, _TABLE.c.name).where(
    _TABLE.c.id.in_(bindparam("keys", expanding=True))
)
_COUNT = select(func.count()).select_from(_TABLE)
_LABELS = select(func.coalesce(func.sum(_TABLE.c.label_count), 0))
_SORTS = ("name", "status", "created_at", "modified_at")
_ADD_FACETS = insert(schema.facets)
_DROP_FACETS = delete(schema.facets).where(schema.facets.c.transform_id == bindparam("key"))
_ADD = insert(_TABLE)
_REPLACE = (
    update(_TABLE)
    .where(_TABLE.c.id == bindparam("key"))
    .values({name: bindparam(name) for name in _NAMES if name != "id"})
)
_REMOVE = delete(_TABLE).where(_TABLE.c.id == bindparam("key"))
_REMOVE_OWN = delete(schema.resources).where(
    schema.resources.c.kind.in_(("report", "audit_draw", "label_guide")),
    schema.resources.c.scope == bindparam("key"),
)


class SqlTransforms:
    """The account's transforms."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, transform: Transform) -> None:
        """Add a transform. Raises KeyError if the name or id is taken."""
        if self.get(transform.id) is not None:
            raise KeyError(transform.id)
        if self.named(transform.name) is not None:
            raise KeyError(transform.name)
        self._connection.execute(_ADD, {"id": transform.id} | _values(transform))
        self._add_facets(transform)

    def get(self, transform_id: str) -> Transform | None:
        """Return a transform by id; None if there is none."""
        return _read(self._connection.execute(_BY_ID, {"key": transform_id}).first())

    def named(self, name: str) -> Transform | None:
        """Return a transform by name; None if there is none."""
        return _read(self._connection.execute(_BY_NAME, {"key": name}).first())

    def all(self) -> Sequence[Transform]:
        """Return all transforms, newest first, then by id."""
        return [_made(row) for row in self._connection.execute(_ALL)]

    def find(self, query: TransformQuery) -> Sequence[Transform]:
        """Return the transforms of a query without reading any others."""
        ids = self.find_ids(query)
        rows = self._connection.execute(_SOME, {"keys": ids}) if ids else ()
        by_id = {row[0]: _made(row) for row in rows}
        return [by_id[key] for key in ids]

    def find_ids(self, query: TransformQuery) -> Sequence[str]:
        """Return the ids of the transforms of a query."""
        return [key for (key,) in self._connection.execute(_asked(query))]

    def names(self, transform_ids: Collection[str]) -> Mapping[str, str]:
        """Return a mapping from each of these ids to the name."""
        rows = self._connection.execute(_NAMES_OF, {"keys": list(transform_ids)})
        return {key: name for key, name in rows}

    def label_count(self) -> int:
        """Return the number of labelled rows of all transforms."""
        return int(self._connection.execute(_LABELS).scalar_one())

    def count(self) -> int:
        """Return the number of transforms."""
        return int(self._connection.execute(_COUNT).scalar_one())

    def replace(self, transform: Transform) -> None:
        """Replace the transform with the same id. Raises KeyError if the name is taken."""
        holder = self.named(transform.name)
        if holder is not None and holder.id != transform.id:
            raise KeyError(transform.name)
        done = self._connection.execute(_REPLACE, {"key": transform.id} | _values(transform))
        if done.rowcount == 0:
            raise KeyError(transform.id)
        self._connection.execute(_DROP_FACETS, {"key": transform.id})
        self._add_facets(transform)

    def remove(self, transform_id: str) -> None:
        """Remove a transform with its runs, ledger, reports and audit."""
        self._connection.execute(_REMOVE_OWN, {"key": transform_id})
        self._connection.execute(_REMOVE, {"key": transform_id})

    def _add_facets(self, transform: Transform) -> None:
        facets = transform_facets(transform.definition, transform.schema)
        rows = [{"facet": facet, "transform_id": transform.id} for facet in sorted(facets)]
        self._connection.execute(_ADD_FACETS, rows)


def _asked(query: TransformQuery) -> Select[Any]:
    statement = select(_TABLE.c.id).where(*_conditions(query))
    order = [_TABLE.c.created_at.desc(), _TABLE.c.id]
    if query.sort is not None:
        if query.sort not in _SORTS:
            raise ValueError(f"transforms cannot be sorted by '{query.sort}'; known: {_SORTS}")
        column = _TABLE.c[query.sort]
        order.insert(0, column.desc() if query.descending else column.asc())
    return statement.order_by(*order).offset(query.offset).limit(query.limit)


def _conditions(query: TransformQuery) -> list[ColumnElement[bool]]:
    table, conditions = _TABLE.c, []
    for column, value in ((table.name, query.name), (table.status, query.status)):
        if value is not None:
            conditions.append(column == value)
    for column, before, after in (
        (table.created_at, query.created_before, query.created_after),
        (table.modified_at, query.modified_before, query.modified_after),
    ):
        if before is not None:
            conditions.append(column < before)
        if after is not None:
            conditions.append(column > after)
    if query.glue_versions:
        conditions.append(_has_any([version_facet(version) for version in query.glue_versions]))
    conditions += [_has_any([column_facet(column)]) for column in query.columns]
    resource = literal("mlTransform/").concat(table.id)
    conditions += [
        resource.in_(select(schema.tag_facets.c.resource).where(schema.tag_facets.c.facet == facet))
        for facet in sorted(tag_facets(query.tags))
    ]
    return conditions


def _has_any(facets: Sequence[str]) -> ColumnElement[bool]:
    of = select(schema.facets.c.transform_id).where(schema.facets.c.facet.in_(facets))
    return _TABLE.c.id.in_(of)


def _values(transform: Transform) -> dict[str, Any]:
    values = {name: getattr(transform, name) for name in _NAMES if name != "id"}
    return values | {"schema": [dict(column) for column in transform.schema]}


def _read(row: Any) -> Transform | None:
    return None if row is None else _made(row)


def _made(row: Any) -> Transform:
    values = dict(zip(_NAMES, row, strict=True))
    return Transform(**values | {"schema": tuple(values["schema"])})
