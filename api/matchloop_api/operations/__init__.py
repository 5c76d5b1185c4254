"""The table of operations: one line each. What is not in it is not offered."""

from __future__ import annotations

from collections.abc import Mapping

from matchloop_api.operations import databases, partition_indexes, tables
from matchloop_api.wire import Operation

__all__ = ["OPERATIONS"]

OPERATIONS: Mapping[str, Operation] = {
    "CreateDatabase": Operation(databases.create),
    "GetDatabase": Operation(databases.get),
    "GetDatabases": Operation(databases.find),
    "UpdateDatabase": Operation(databases.update),
    "DeleteDatabase": Operation(databases.delete),
    "CreateTable": Operation(tables.create),
    "GetTable": Operation(tables.get),
    "GetTables": Operation(tables.find),
    "UpdateTable": Operation(tables.update),
    "DeleteTable": Operation(tables.delete),
    "BatchDeleteTable": Operation(tables.delete_many),
    "GetPartition": Operation(tables.partition),
    "GetPartitions": Operation(tables.partitions),
    "GetPartitionIndexes": Operation(partition_indexes.find),
}
