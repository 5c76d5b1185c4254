"""Databases of the Data Catalog: folders of tables, with a name and little else."""

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
    """Make a database."""
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
        found = database_named(tx, request["Name"])
    return Reply({"Database": _described(found, context)}, found.name, found.created_at)


def find(request: Mapping[str, Any], context: Context) -> Reply:
    """List the databases by name."""
    check_catalog(request, context)
    if request.get("ResourceShareType") in ("FOREIGN", "FEDERATED"):
        return Reply({"DatabaseList": []})
    with context.store.reading() as tx:
        page = page_through(request, context, partial(tx.resources.find, "database"))
    shown = [_described(one, context) for one in page.items]
    if request.get("AttributesToGet"):
        shown = [{"Name": one["Name"]} for one in shown]
    return Reply({"DatabaseList": shown, "NextToken": page.next_token})


def update(request: Mapping[str, Any], context: Context) -> Reply:
    """Put another definition in the place of a database's own; its name stays."""
    check_catalog(request, context)
    given = _database(request["DatabaseInput"], context)
    name = request["Name"].lower()
    with context.store.writing() as tx:
        found = database_named(tx, name)
        if given.name != name:
            raise InvalidInputException(
                f"The database {name} cannot be renamed to {given.name}: "
                "create another database and its tables in it."
            )
        tx.resources.replace(
            Resource(
                kind="database",
                name=name,
                body=given.body,
                created_at=found.created_at,
                modified_at=context.now,
            )
        )
    return Reply(id=name, created_at=found.created_at)


def delete(request: Mapping[str, Any], context: Context) -> Reply:
    """Remove a database with its tables and their tags."""
    check_catalog(request, context)
    with context.store.writing() as tx:
        found = database_named(tx, request["Name"])
        for table in tx.resources.all("table", scope=found.name):
            tx.resources.remove("table", table.name, scope=found.name)
            clear_below(tx, table)
            drop_tags(tx, "table", f"{found.name}/{table.name}")
        tx.resources.remove("database", found.name)
        drop_tags(tx, "database", found.name)
    return Reply(id=found.name, created_at=found.created_at)


def database_named(tx: Transaction, name: str) -> Resource:
    """Return a database; the case of its name does not matter.

    Raises
    ------
    EntityNotFoundException
        There is none.
    """
    found = tx.resources.get("database", name.lower())
    if found is None:
        raise EntityNotFoundException(f"Database {name.lower()} not found.")
    return found


def check_catalog(request: Mapping[str, Any], context: Context) -> None:
    """Let pass the account's catalog, named or not.

    Raises
    ------
    InvalidInputException
        Another account's catalog is asked for.
    """
    asked = request.get("CatalogId")
    if asked and asked != context.settings.account_id:
        raise InvalidInputException(
            f"There is no catalog {asked} here: leave CatalogId out, or give the account's id "
            f"{context.settings.account_id}."
        )


def refuse_members(given: Mapping[str, Any], names: tuple[str, ...]) -> None:
    """Refuse members of Glue's that this server could store and not honour.

    Raises
    ------
    InvalidInputException
        One of them is there.
    """
    for name in names:
        if given.get(name):
            raise InvalidInputException(f"{name} is not offered by this server: leave it out.")


def _database(given: Mapping[str, Any], context: Context) -> Resource:
    refuse_members(given, ELSEWHERE)
    return Resource(
        kind="database",
        name=given["Name"].lower(),
        body={name: value for name, value in given.items() if name != "Name"},
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
