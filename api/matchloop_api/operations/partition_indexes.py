"""Partition indexes: stored for clients that declare and read them; they speed up nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from matchloop_api.context import Context
from matchloop_api.operations.databases import check_catalog
from matchloop_api.operations.tables import table_named
from matchloop_api.wire import Reply

__all__ = ["find"]


def find(request: Mapping[str, Any], context: Context) -> Reply:
    """List the partition indexes from the creation of a table."""
    check_catalog(request, context)
    with context.store.reading() as tx:
        table = table_named(tx, request["DatabaseName"], request["TableName"])
    indexes = table.body.get("PartitionIndexes") or []
    return Reply({"PartitionIndexDescriptorList": indexes}, table.name, table.created_at)
