"""GetTableVersions and GetTableVersion: current and earlier definitions of a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from matchloop_api.context import Context
from matchloop_api.datasets import VERSION, below
from matchloop_api.errors import EntityNotFoundException
from matchloop_api.operations.databases import check_catalog
from matchloop_api.operations.tables import describe, table_named
from matchloop_api.store import Resource
from matchloop_api.wire import Reply, page_through

__all__ = ["find", "get"]


def find(request: Mapping[str, Any], context: Context) -> Reply:
    """List the versions of a table, latest first."""
    check_catalog(request, context)
    with context.store.reading() as tx:
        table = table_named(tx, request["DatabaseName"], request["TableName"])

        def part(*, offset: int, limit: int) -> Sequence[Resource]:
            earlier = tx.resources.find(
                VERSION,
                scope=below(table),
                newest_first=True,
                offset=max(0, offset - 1),
                limit=limit,
            )
            return [table, *earlier][:limit] if offset == 0 else earlier

        page = page_through(request, context, part)
    shown = [_described(version, table, context) for version in page.items]
    return Reply({"TableVersions": shown, "NextToken": page.next_token})


def get(request: Mapping[str, Any], context: Context) -> Reply:
    """Describe one version of a table, by default the latest."""
    check_catalog(request, context)
    with context.store.reading() as tx:
        table = table_named(tx, request["DatabaseName"], request["TableName"])
        version = request.get("VersionId") or _number(table)
        entry: Resource | None = table
        if version != _number(table):
            entry = tx.resources.get(VERSION, f"{version:0>12}", scope=below(table))
    if entry is None:
        raise EntityNotFoundException(f"Version {version} of table {table.name} not found.")
    return Reply({"TableVersion": _described(entry, table, context)}, table.name, table.created_at)


def _number(table: Resource) -> str:
    return str(table.body.get("VersionId") or "0")


def _described(version: Resource, table: Resource, context: Context) -> dict[str, Any]:
    shown = describe(replace(version, name=table.name, scope=table.scope), context)
    return {"Table": shown, "VersionId": _number(version)}
