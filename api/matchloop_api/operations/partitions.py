"""Partitions of a table: the values of the partition keys for each folder.

A table is read as a whole from its location, so a partition neither adds nor removes rows. It gives
the values of the partition keys for the rows below its own location.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from matchloop_api.context import Context
from matchloop_api.datasets import PARTITION, below
from matchloop_api.errors import (
    AlreadyExistsException,
    EntityNotFoundException,
    InvalidInputException,
    ServiceError,
)
from matchloop_api.operations.databases import check_catalog
from matchloop_api.operations.partition_expressions import matches
from matchloop_api.operations.tables import TIMES, table_named
from matchloop_api.places import whole
from matchloop_api.store import Resource, Transaction
from matchloop_api.wire import Find, Reply, page_through

__all__ = ["create", "create_many", "delete", "delete_many", "find", "get", "get_many"]


def create(request: Mapping[str, Any], context: Context) -> Reply:
    """Add a partition to a table."""
    check_catalog(request, context)
    with context.store.writing() as tx:
        table = table_named(tx, request["DatabaseName"], request["TableName"])
        _add(tx, table, request["PartitionInput"], context)
    return Reply({}, table.name, table.created_at)


def create_many(request: Mapping[str, Any], context: Context) -> Reply:
    """Add several partitions and return which of them could not be added."""
    check_catalog(request, context)
    with context.store.writing() as tx:
        table = table_named(tx, request["DatabaseName"], request["TableName"])
        add = partial(_add, tx, table, context=context)
        errors = _each(request["PartitionInputList"], add)
    return Reply({"Errors": errors} if errors else {}, table.name, table.created_at)


def get(request: Mapping[str, Any], context: Context) -> Reply:
    """Describe a partition."""
    check_catalog(request, context)
    with context.store.reading() as tx:
        table = table_named(tx, request["DatabaseName"], request["TableName"])
        partition = _named(tx, table, request["PartitionValues"])
    return Reply(
        {"Partition": _described(partition, table, context)}, table.name, partition.created_at
    )


def get_many(request: Mapping[str, Any], context: Context) -> Reply:
    """Describe the existing partitions among some values."""
    check_catalog(request, context)
    names = [_name(partition["Values"]) for partition in request["PartitionsToGet"]]
    with context.store.reading() as tx:
        table = table_named(tx, request["DatabaseName"], request["TableName"])
        partitions = tx.resources.some(PARTITION, names, scope=below(table))
    shown = [_described(partition, table, context) for partition in partitions]
    return Reply({"Partitions": shown, "UnprocessedKeys": []}, table.name, table.created_at)


def find(request: Mapping[str, Any], context: Context) -> Reply:
    """List the partitions of a table, all or those that pass an expression."""
    check_catalog(request, context)
    with context.store.reading() as tx:
        table = table_named(tx, request["DatabaseName"], request["TableName"])
        page = page_through(request, context, _finder(tx, table, request))
    shown = [_described(partition, table, context) for partition in page.items]
    if request.get("ExcludeColumnSchema"):
        for partition in shown:
            storage = dict(partition.get("StorageDescriptor") or {})
            storage.pop("Columns", None)
            partition["StorageDescriptor"] = storage
    return Reply({"Partitions": shown, "NextToken": page.next_token})


def delete(request: Mapping[str, Any], context: Context) -> Reply:
    """Remove a partition; its rows stay in the table."""
    check_catalog(request, context)
    with context.store.writing() as tx:
        table = table_named(tx, request["DatabaseName"], request["TableName"])
        _remove(tx, table, request["PartitionValues"])
    return Reply({}, table.name, table.created_at)


def delete_many(request: Mapping[str, Any], context: Context) -> Reply:
    """Remove several partitions and return which of them did not exist."""
    check_catalog(request, context)
    with context.store.writing() as tx:
        table = table_named(tx, request["DatabaseName"], request["TableName"])
        errors = _each(
            request["PartitionsToDelete"], lambda partition: _remove(tx, table, partition["Values"])
        )
    return Reply({"Errors": errors} if errors else {}, table.name, table.created_at)


def _each(
    inputs: Sequence[Mapping[str, Any]], do: Callable[[Mapping[str, Any]], None]
) -> list[dict[str, Any]]:
    errors = []
    for partition in inputs:
        try:
            do(partition)
        except ServiceError as error:
            detail = {"ErrorCode": error.code, "ErrorMessage": str(error)}
            errors.append({"PartitionValues": partition.get("Values") or [], "ErrorDetail": detail})
    return errors


def _add(tx: Transaction, table: Resource, definition: Mapping[str, Any], context: Context) -> None:
    values = definition.get("Values") or []
    keys = table.body.get("PartitionKeys") or []
    if len(values) != len(keys):
        raise InvalidInputException(
            "The number of partition keys do not match the number of partition values: "
            f"{table.name} has {len(keys)} keys, {len(values)} values are given."
        )
    _check_location(table, definition)
    if tx.resources.get(PARTITION, _name(values), scope=below(table)) is not None:
        raise AlreadyExistsException("Partition already exists.")
    body = {name: value for name, value in definition.items() if value is not None}
    body |= {name: body[name].isoformat() for name in TIMES if name in body}
    tx.resources.add(
        Resource(
            kind=PARTITION,
            scope=below(table),
            name=_name(values),
            body=body,
            created_at=context.now,
            modified_at=context.now,
        )
    )


def _check_location(table: Resource, definition: Mapping[str, Any]) -> None:
    """Refuse a partition outside the table's location: its rows would be missing silently."""
    whose = (table.body.get("StorageDescriptor") or {}).get("Location")
    its = (definition.get("StorageDescriptor") or {}).get("Location")
    if not whose or not its:
        return
    folder = f"{whole(whose).rstrip('/')}/"
    if not f"{whole(its).rstrip('/')}/".startswith(folder):
        raise InvalidInputException(
            f"The partition's Location is '{its}', the table's '{whose}': this server reads a "
            "table as a whole from its location; give a location below it."
        )


def _remove(tx: Transaction, table: Resource, values: Sequence[str]) -> None:
    if not tx.resources.remove(PARTITION, _name(values), scope=below(table)):
        raise EntityNotFoundException("Cannot find partition.")


def _named(tx: Transaction, table: Resource, values: Sequence[str]) -> Resource:
    partition = tx.resources.get(PARTITION, _name(values), scope=below(table))
    if partition is None:
        raise EntityNotFoundException("Cannot find partition.")
    return partition


def _finder(tx: Transaction, table: Resource, request: Mapping[str, Any]) -> Find[Resource]:
    """Return a function that reads a page of the wanted partitions.

    Of other partitions it reads the values at most.
    """
    expression, segment = request.get("Expression"), request.get("Segment")
    if not expression and not segment:
        return partial(tx.resources.find, PARTITION, scope=below(table))
    names = tx.resources.names(PARTITION, scope=below(table))
    if segment:
        names = names[segment["SegmentNumber"] :: segment["TotalSegments"]]
    if expression:
        keys = {key["Name"]: key.get("Type", "string") for key in table.body["PartitionKeys"]}
        passes = matches(expression, keys)
        names = [name for name in names if passes(json.loads(name))]
    return lambda *, offset, limit: tx.resources.some(
        PARTITION, names[offset : offset + limit], scope=below(table)
    )


def _name(values: Sequence[str]) -> str:
    return json.dumps(list(values))


def _described(partition: Resource, table: Resource, context: Context) -> dict[str, Any]:
    return {
        **partition.body,
        **{
            name: datetime.fromisoformat(partition.body[name])
            for name in TIMES
            if name in partition.body
        },
        "DatabaseName": table.scope,
        "TableName": table.name,
        "CreationTime": partition.created_at,
        "CatalogId": context.settings.account_id,
    }
