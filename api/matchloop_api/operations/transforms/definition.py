"""Checks of a transform's definition: one table, a primary key, numbers within bounds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from matchloop_api.errors import InvalidInputException

__all__ = ["check_name", "check_parameters", "check_retries", "input_table"]


def check_name(name: str) -> None:
    """Refuse a name that is blank."""
    if not name.strip():
        raise InvalidInputException("Transform name cannot be blank.")


def input_table(definition: Mapping[str, Any]) -> tuple[str, str]:
    """Return the database and the table of the only input."""
    tables = definition.get("InputRecordTables") or ()
    if not tables:
        raise InvalidInputException(
            "An AWS Glue Table input source should be specified in transform."
        )
    if len(tables) != 1:
        raise InvalidInputException("Exactly one input record table must be provided.")
    (table,) = tables
    if not (table.get("DatabaseName") or "").strip():
        raise InvalidInputException("Should specify database name.")
    if not (table.get("TableName") or "").strip():
        raise InvalidInputException("Should specify table name.")
    return table["DatabaseName"], table["TableName"]


def check_parameters(definition: Mapping[str, Any]) -> str:
    """Check the parameters and return the primary key, which every transform must have."""
    parameters = (definition.get("Parameters") or {}).get("FindMatchesParameters")
    if not parameters:
        raise InvalidInputException("Find Matches parameters have not been set.")
    if not (key := parameters.get("PrimaryKeyColumnName") or "").strip():
        raise InvalidInputException("A primary key must be specified in Find Matches parameters.")
    return str(key)


def check_retries(definition: Mapping[str, Any]) -> None:
    """Refuse a negative number of retries."""
    if (definition.get("MaxRetries") or 0) < 0:
        raise InvalidInputException("Max retries should be non-negative.")
