"""Databases of the Data Catalog: named collections of tables."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from matchloop_api.context import Context
from matchloop_api.datasets import clear_below
from matchloop_api.errors import (
    AlreadyExistsException,
    EntityNotFoundException,
    InvalidInputException,
)
from matchloop_api.operations.tags import drop_tags, give_tags
from matchloop_api.store import Resource, Transaction
from matchloop_api.wire import Reply, page_through

__all__ = [
    "check_catalog",
    "create",
    "database_named",
    "delete",
    "find",
    "get",
    "refuse_members",
    "update",
]

ELSEWHERE = ("TargetDatabase", "FederatedDatabase")
"""Members that make a database a window to one elsewhere: there is nothing to look into."""


def create(request: Mapping[str, Any], context: Context) -> Reply:
    """Create a database."""
    check_catalog(request, context)
    made = _database(request["DatabaseInput"], context)
    with context.store.writing() as tx:
        if tx.resources.get("database", made.name) is not None:
            raise AlreadyExistsException("Database already exists.")
        tx.resources.add(made)
        give_tags(tx, "database", made.name, request.get("Tags") or {})
    return Reply(id=made.name, created_at=made.created_at)


def get(request: Mapping[str, Any], context: Context) -> Reply:
    """Describe a database."""
    check_catalog(request, context)
    with context.store.reading() as tx:
        database = database_named(tx, request["Name"])
    return Reply({"Database": _described(database, context)}, database.name, database.created_at)


def find(request: Mapping[str, Any], context: Context) -> Reply:
    """List the databases by name."""
    check_catalog(request, context)
    if request.get("ResourceShareType") in ("FOREIGN", "FEDERATED"):
        return Reply({"DatabaseList": []})
    with context.store.reading() as tx:
        page = page_through(request, context, partial(tx.resources.find, "database"))
    shown = [_described(database, context) for database in page.items]
    if request.get("AttributesToGet"):
        shown = [{"Name": database["Name"]} for database in shown]
    return Reply({"DatabaseList": shown, "NextToken": page.next_token})


def update(request: Mapping[str, Any], context: Context) -> Reply:
    """Replace the definition of a database; its name stays."""
    check_catalog(request, context)
    changed = _database(request["DatabaseInput"], context)
    name = request["Name"].lower()
    with context.store.writing() as tx:
        database = database_named(tx, name)
        if changed.name != name:
            raise InvalidInputException(
                f"The database {name} cannot be renamed to {changed.name}: "
                "create another database and its tables in it."
            )
        tx.resources.replace(
            Resource(
                kind="database",
                name=name,
                body=changed.body,
                created_at=database.created_at,
                modified_at=context.now,
            )
        )
    return Reply(id=name, created_at=database.created_at)


def delete(request: Mapping[str, Any], context: Context) -> Reply:
    """Remove a database with its tables and their tags."""
    check_catalog(request, context)
    with context.store.writing() as tx:
        database = database_named(tx, request["Name"])
        for table in tx.resources.all("table", scope=database.name):
            tx.resources.remove("table", table.name, scope=database.name)
            clear_below(tx, table)
            drop_tags(tx, "table", f"{database.name}/{table.name}")
        tx.resources.remove("database", database.name)
        drop_tags(tx, "database", database.name)
    return Reply(id=database.name, created_at=database.created_at)


def database_named(tx: Transaction, name: str) -> Resource:
    """Return a database by its name, in any case.

    Raises
    ------
    EntityNotFoundException
        There is none.
    """
    database = tx.resources.get("database", name.lower())
    if database is None:
        raise EntityNotFoundException(f"Database {name.lower()} not found.")
    return database


def check_catalog(request: Mapping[str, Any], context: Context) -> None:
    """Check that a request means the account's catalog, by its id or by default.

    Raises
    ------
    InvalidInputException
        The request names the catalog of another account.
    """
    catalog_id = request.get("CatalogId")
    if catalog_id and catalog_id != context.settings.account_id:
        raise InvalidInputException(
            f"There is no catalog {catalog_id} here: leave CatalogId out, or give the account's id "
            f"{context.settings.account_id}."
        )


def refuse_members(definition: Mapping[str, Any], names: tuple[str, ...]) -> None:
    """Refuse members that this server could store but not honour.

    Raises
    ------
    InvalidInputException
        The definition has one of them.
    """
    for name in names:
        if definition.get(name):
            raise InvalidInputException(f"{name} is not offered by this server: leave it out.")


def _database(definition: Mapping[str, Any], context: Context) -> Resource:
    refuse_members(definition, ELSEWHERE)
    return Resource(
        kind="database",
        name=definition["Name"].lower(),
        body={name: value for name, value in definition.items() if name != "Name"},
        created_at=context.now,
        modified_at=context.now,
    )


def _described(database: Resource, context: Context) -> dict[str, Any]:
    return {
        **database.body,
        "Name": database.name,
        "CreateTime": database.created_at,
        "CatalogId": context.settings.account_id,
    }
