"""SearchTables: find tables of all databases by words and properties."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from matchloop_api.context import Context
from matchloop_api.errors import InvalidInputException
from matchloop_api.operations.databases import check_catalog
from matchloop_api.operations.tables import describe
from matchloop_api.store import Resource
from matchloop_api.wire import Reply, page_of

__all__ = ["search"]

_COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "EQUALS": operator.eq,
    "GREATER_THAN": operator.gt,
    "LESS_THAN": operator.lt,
    "GREATER_THAN_EQUALS": operator.ge,
    "LESS_THAN_EQUALS": operator.le,
}
_FIELDS: Mapping[str, Callable[[Resource], Any]] = {
    "name": lambda table: table.name,
    "databasename": lambda table: table.scope,
    "createtime": lambda table: table.created_at,
    "updatetime": lambda table: table.modified_at,
}


def search(request: Mapping[str, Any], context: Context) -> Reply:
    """Find tables by a text and by properties; sort by name unless the request has another sort."""
    check_catalog(request, context)
    words = _words(request.get("SearchText") or "")
    filters = request.get("Filters") or ()
    with context.store.reading() as tx:
        tables = [
            table
            for database in tx.resources.names("database")
            for table in tx.resources.all("table", scope=database)
            if _holds(table, words) and all(_passes(table, test) for test in filters)
        ]
    tables.sort(key=lambda table: (table.name, table.scope))
    for criterion in reversed(request.get("SortCriteria") or ()):
        field = str(criterion.get("FieldName") or "")
        if field.lower() not in _FIELDS:
            raise InvalidInputException(
                f"SortCriteria names '{field}'; give Name, DatabaseName, CreateTime or UpdateTime."
            )
        tables.sort(key=_FIELDS[field.lower()], reverse=criterion.get("Sort") == "DESC")
    page = page_of(request, context, tables)
    shown = [describe(table, context) for table in page.items]
    return Reply({"TableList": shown, "NextToken": page.next_token})


def _words(text: str) -> list[str]:
    """Return the words to search for; a quoted text is one word."""
    text = text.strip()
    if len(text) > 1 and text[0] == text[-1] == '"':
        return [text[1:-1].casefold()]
    return text.casefold().split()


def _holds(table: Resource, words: Sequence[str]) -> bool:
    if not words:
        return True
    text = "\n".join(_texts(table)).casefold()
    return all(word in text for word in words)


def _texts(table: Resource) -> Iterator[str]:
    body = table.body
    yield from (table.name, table.scope, body.get("Description") or "", body.get("Owner") or "")
    for name, value in (body.get("Parameters") or {}).items():
        yield from (name, str(value))
    columns = (body.get("StorageDescriptor") or {}).get("Columns") or ()
    for column in (*columns, *(body.get("PartitionKeys") or ())):
        yield from (column["Name"], column.get("Comment") or "")


def _passes(table: Resource, predicate: Mapping[str, Any]) -> bool:
    key, wanted = str(predicate.get("Key") or ""), str(predicate.get("Value") or "")
    compare = _COMPARISONS[predicate.get("Comparator") or "EQUALS"]
    held = _FIELDS[key.lower()](table) if key.lower() in _FIELDS else _property(table, key)
    if held is None:
        return False
    if isinstance(held, datetime):
        return compare(held.timestamp(), _moment(wanted))
    try:
        return compare(float(held), float(wanted))
    except ValueError:
        return compare(str(held), wanted)


def _property(table: Resource, key: str) -> Any:
    """Return a member of the table, by its name in any case, or one of its parameters."""
    members = {name.lower(): value for name, value in table.body.items()}
    value = members.get(key.lower(), (table.body.get("Parameters") or {}).get(key))
    return value if isinstance(value, (str, int, float)) else None


def _moment(text: str) -> float:
    try:
        return datetime.fromisoformat(text).timestamp()
    except ValueError:
        raise InvalidInputException(
            f"a filter compares a time with '{text}'; give it as 2026-01-31T12:00:00+00:00."
        ) from None
