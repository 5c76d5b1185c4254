"""Tables of the Data Catalog: the location, the format and the columns of data.

A table is stored with any location; whether the location may be read is checked at each reading.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from matchloop_api.context import Context
from matchloop_api.datasets import clear_below, keep_version
from matchloop_api.errors import (
    AlreadyExistsException,
    ConcurrentModificationException,
    EntityNotFoundException,
    InvalidInputException,
)
from matchloop_api.operations.databases import check_catalog, database_named, refuse_members
from matchloop_api.operations.identity import arn_of
from matchloop_api.operations.tags import drop_tags
from matchloop_api.store import Resource, Transaction
from matchloop_api.wire import Find, Reply, page_through

__all__ = [
    "create",
    "delete",
    "TIMES",
    "delete_many",
    "describe",
    "find",
    "get",
    "table_named",
    "update",
]

ELSEWHERE = ("TargetTable", "FederatedTable", "ViewDefinition")
"""Members that make a table a window to something elsewhere: there is nothing to look into."""

TIMES = ("LastAccessTime", "LastAnalyzedTime")
"""Members that are times; in a stored body they stand as text."""

NOT_SHOWN = ("PartitionIndexes",)
"""What a stored body holds besides the members of Glue's Table."""


def create(request: Mapping[str, Any], context: Context) -> Reply:
    """Create a table in a database."""
    check_catalog(request, context)
    refuse_members(request, ("OpenTableFormatInput",))
    definition = _given(request)
    with context.store.writing() as tx:
        database = database_named(tx, request["DatabaseName"])
        made = Resource(
            kind="table",
            scope=database.name,
            name=definition["Name"].lower(),
            body={
                **_stored(definition),
                "PartitionIndexes": _indexes(definition, request.get("PartitionIndexes") or ()),
                "CreatedBy": arn_of(context)[:255],
                "VersionId": "0",
            },
            created_at=context.now,
            modified_at=context.now,
        )
        if tx.resources.get("table", made.name, scope=database.name) is not None:
            raise AlreadyExistsException("Table already exists.")
        tx.resources.add(made)
    return Reply(id=made.name, created_at=made.created_at)


def get(request: Mapping[str, Any], context: Context) -> Reply:
    """Describe a table."""
    check_catalog(request, context)
    with context.store.reading() as tx:
        table = table_named(tx, request["DatabaseName"], request["Name"])
    return Reply({"Table": describe(table, context)}, table.name, table.created_at)


def find(request: Mapping[str, Any], context: Context) -> Reply:
    """List the tables of a database by name, all or those whose name matches an expression."""
    check_catalog(request, context)
    with context.store.reading() as tx:
        database = database_named(tx, request["DatabaseName"])
        page = page_through(request, context, _finder(tx, database.name, request))
    shown = [describe(table, context) for table in page.items]
    if wanted := request.get("AttributesToGet"):
        kept = _attributes(wanted)
        shown = [{name: table[name] for name in kept if name in table} for table in shown]
    return Reply({"TableList": shown, "NextToken": page.next_token})


def update(request: Mapping[str, Any], context: Context) -> Reply:
    """Replace the definition of a table; its name stays."""
    check_catalog(request, context)
    refuse_members(request, ("UpdateOpenTableFormatInput", "ViewUpdateAction"))
    definition = _given(request)
    with context.store.writing() as tx:
        table = table_named(tx, request["DatabaseName"], definition["Name"])
        version = str(table.body.get("VersionId", "0"))
        if request.get("VersionId", version) != version:
            raise ConcurrentModificationException(
                f"Update table failed due to concurrent modifications: the table {table.name} "
                f"is at version {version}, not {request['VersionId']}."
            )
        kept = {
            name: table.body[name]
            for name in ("PartitionIndexes", "CreatedBy")
            if name in table.body
        }
        if not request.get("SkipArchive"):
            keep_version(tx, table)
        body = {**_stored(definition), **kept, "VersionId": _next_version(version)}
        tx.resources.replace(replace(table, body=body, modified_at=context.now))
    return Reply(id=table.name, created_at=table.created_at)


def delete(request: Mapping[str, Any], context: Context) -> Reply:
    """Remove a table with its tags; the data stays."""
    check_catalog(request, context)
    with context.store.writing() as tx:
        table = table_named(tx, request["DatabaseName"], request["Name"])
        _remove(tx, table)
    return Reply(id=table.name, created_at=table.created_at)


def delete_many(request: Mapping[str, Any], context: Context) -> Reply:
    """Remove several tables and return which of them did not exist."""
    check_catalog(request, context)
    errors = []
    with context.store.writing() as tx:
        database = database_named(tx, request["DatabaseName"])
        for name in request["TablesToDelete"]:
            try:
                _remove(tx, table_named(tx, database.name, name))
            except EntityNotFoundException as error:
                detail = {"ErrorCode": error.code, "ErrorMessage": str(error)}
                errors.append({"TableName": name, "ErrorDetail": detail})
    return Reply({"Errors": errors} if errors else {}, database.name, database.created_at)


def table_named(tx: Transaction, database: str, name: str) -> Resource:
    """Return a table by database and name, in any case.

    Raises
    ------
    EntityNotFoundException
        There is no such database or table.
    """
    scope = database_named(tx, database).name
    table = tx.resources.get("table", name.lower(), scope=scope)
    if table is None:
        raise EntityNotFoundException(f"Table {name.lower()} not found.")
    return table


def _given(request: Mapping[str, Any]) -> Mapping[str, Any]:
    definition: Mapping[str, Any] | None = request.get("TableInput")
    if definition is None:
        raise InvalidInputException("TableInput is missing: a table is defined by it.")
    if request.get("Name", definition["Name"]).lower() != definition["Name"].lower():
        raise InvalidInputException(
            f"Name is '{request['Name']}' and the Name in TableInput '{definition['Name']}': "
            "a table cannot be renamed; give the same name in both, or leave Name out."
        )
    refuse_members(definition, ELSEWHERE)
    return definition


def _stored(definition: Mapping[str, Any]) -> dict[str, Any]:
    body = {name: value for name, value in definition.items() if name != "Name"}
    return body | {name: body[name].isoformat() for name in TIMES if name in body}


def describe(table: Resource, context: Context) -> dict[str, Any]:
    """Return a table as a Table of Glue's model."""
    body = {name: value for name, value in table.body.items() if name not in NOT_SHOWN}
    return {
        "Retention": 0,
        "PartitionKeys": [],
        "CreatedBy": f"arn:aws:iam::{context.settings.account_id}:root",
        "VersionId": "0",
        **body,
        **{name: datetime.fromisoformat(body[name]) for name in TIMES if name in body},
        "Name": table.name,
        "DatabaseName": table.scope,
        "CreateTime": table.created_at,
        "UpdateTime": table.modified_at,
        "IsRegisteredWithLakeFormation": False,
        "CatalogId": context.settings.account_id,
    }


def _next_version(version: str) -> str:
    return str(int(version) + 1) if version.isdigit() else "1"


def _indexes(
    definition: Mapping[str, Any], indexes: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    types = {
        column["Name"]: column.get("Type", "string")
        for column in definition.get("PartitionKeys") or ()
    }
    for index in indexes:
        for key in index["Keys"]:
            if key not in types:
                raise InvalidInputException(
                    f"The partition index {index['IndexName']} names '{key}', "
                    f"which is no partition key; partition keys: {', '.join(types) or 'none'}."
                )
    return [
        {
            "IndexName": index["IndexName"],
            "Keys": [{"Name": key, "Type": types[key]} for key in index["Keys"]],
            "IndexStatus": "ACTIVE",
        }
        for index in indexes
    ]


def _attributes(wanted: Sequence[str]) -> tuple[str, ...]:
    if "DEFAULT" in wanted or "LATEST_ICEBERG_METADATA" in wanted:
        raise InvalidInputException(
            f"AttributesToGet is {list(wanted)}: "
            "give NAME, or NAME and TABLE_TYPE, or leave it out."
        )
    if "NAME" not in wanted:
        raise InvalidInputException("AttributesToGet must include NAME.")
    return ("Name", "DatabaseName", *(("TableType",) if "TABLE_TYPE" in wanted else ()))


def _finder(tx: Transaction, database: str, request: Mapping[str, Any]) -> Find[Resource]:
    """Return a function that reads a page of the wanted tables and no others."""
    expression = request.get("Expression")
    if request.get("ResourceShareType") == "FEDERATED":
        return lambda *, offset, limit: ()
    if not expression:
        return partial(tx.resources.find, "table", scope=database)
    names = _matching(tx.resources.names("table", scope=database), expression)
    return lambda *, offset, limit: tx.resources.some(
        "table", names[offset : offset + limit], scope=database
    )


def _matching(names: Sequence[str], expression: str) -> Sequence[str]:
    """Return the matching names, in time linear in their length."""
    import pyarrow as pa
    import pyarrow.compute as pc

    try:
        hits = pc.match_substring_regex(
            pa.array(names, pa.string()), f"^(?:{_as_regular(expression)})$", ignore_case=True
        ).to_pylist()
    except pa.ArrowInvalid:
        raise InvalidInputException(
            f"Expression is '{expression}', which is no regular expression."
        ) from None
    return [name for name, hit in zip(names, hits, strict=True) if hit]


def _as_regular(expression: str) -> str:
    """Convert a wildcard star, as in ``orders_*``, to a regular expression."""
    parts = expression.split("*")
    written = parts[0]
    for part in parts[1:]:
        repeats = written.endswith((".", "]", ")", "\\"))
        written += ("*" if repeats else ".*") + part
    return written


def _remove(tx: Transaction, table: Resource) -> None:
    tx.resources.remove("table", table.name, scope=table.scope)
    clear_below(tx, table)
    drop_tags(tx, "table", f"{table.scope}/{table.name}")
