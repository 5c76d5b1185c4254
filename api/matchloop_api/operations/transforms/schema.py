"""The schema of a transform: the columns of its table in the catalog."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from matchloop_api.datasets import columns_of
from matchloop_api.errors import InvalidInputException

if TYPE_CHECKING:
    from matchloop_api.store import Resource, Transaction

__all__ = ["MOST_COLUMNS", "check_key", "check_schema", "find_table", "schema_of"]

MOST_COLUMNS = 100
"""Columns that the table of a transform may have."""


def schema_of(tx: Transaction, database: str, table: str) -> tuple[Mapping[str, Any], ...]:
    """Return the columns of a table in the catalog; check that they can be matched.

    Raises
    ------
    InvalidInputException
        There is no such table, it has no or too many columns, or no comparator fits the type of
        a column.
    """
    schema = tuple(columns_of(find_table(tx, database, table)))
    check_schema(schema)
    return schema


def find_table(tx: Transaction, database: str, table: str) -> Resource:
    """Return the catalog's entry of a table."""
    for scope, name in ((database, table), (database.lower(), table.lower())):
        if (entry := tx.resources.get("table", name, scope=scope)) is not None:
            return entry
    problem = (
        f"Table {table} not found in database {database}"
        if tx.resources.get("database", database) or tx.resources.get("database", database.lower())
        else f"Database {database} not found"
    )
    raise InvalidInputException(f"Problem fetching the data catalog schema: {problem}.")


def check_schema(schema: Sequence[Mapping[str, Any]]) -> None:
    """Refuse a schema that cannot be matched."""
    if not schema:
        raise InvalidInputException("Schema is not defined on the transform.")
    if len(schema) > MOST_COLUMNS:
        raise InvalidInputException(
            f"The table has {len(schema)} columns; a transform takes at most {MOST_COLUMNS}."
        )


def check_key(schema: Sequence[Mapping[str, Any]], key: str) -> None:
    """Refuse a primary key that is not a column."""
    if key not in {column["Name"] for column in schema}:
        raise InvalidInputException(f"Schema should contain given primary key: {key}.")
