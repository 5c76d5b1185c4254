"""Read rows of a SQL database for a catalog table with a connection and a table or query.

The credentials are in the server's setting ``connections``, never in the catalog. The query runs
inside a SELECT in a read-only transaction; the connection's user should have no other rights.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from matchloop.data.io.databases import connect, only_read
from matchloop.errors import MissingExtra, TableError, some
from matchloop_api.datasets.casting import cast_column
from matchloop_api.datasets.columns import arrow_type
from matchloop_api.errors import InvalidInputException
from matchloop_api.settings import Settings
from matchloop_api.store import Resource

if TYPE_CHECKING:
    from sqlalchemy import Connection, CursorResult, Engine

__all__ = ["read_sql"]

_BATCH = 20_000
_QUERY = re.compile(r"(?is)\s*(select|with)\b.*")
_NAME = re.compile(r"[^\x00-\x1f;'\"`]+")


def read_sql(
    table: Resource,
    columns: Sequence[Mapping[str, str]],
    settings: Settings,
    *,
    connection: str | None = None,
) -> pa.Table:
    """Read and return the rows of a table from a database.

    Parameters
    ----------
    table
        A table of the catalog whose parameters have ``connectionName`` and ``query`` or ``table``.
    columns
        The columns to read and their Hive types.
    settings
        The connections by name.
    connection
        Name of the connection, if the table has none.

    Raises
    ------
    InvalidInputException
        The definition cannot be used.
    TableError
        The database refuses, or a value does not have its column's type.
    """
    parameters = table.body.get("Parameters") or {}
    for secret in ("connection_url", "connectionUrl", "password"):
        if parameters.get(secret):
            raise InvalidInputException(
                f"the table {table.scope}.{table.name} has '{secret}' in its parameters, where "
                "everyone can read it; put the URL into the server's setting connections and "
                "name it as connectionName"
            )
    name = parameters.get("connectionName") or connection
    url = _url(name, table, settings)
    with _reported(f"{table.scope}.{table.name}", str(name)):
        engine = connect(url)
        try:
            with engine.connect() as opened:
                source = _source(parameters, table, engine)
                return _rows(opened, f"SELECT * FROM {source}", columns, table)
        finally:
            engine.dispose()


def _url(name: str | None, table: Resource, settings: Settings) -> str:
    pairs = (connection.partition("=") for connection in settings.connections)
    urls = {connection.strip(): url.strip() for connection, _, url in pairs}
    if not name:
        raise InvalidInputException(
            f"the table {table.scope}.{table.name} names no connection; "
            "give it the parameter connectionName"
        )
    if name not in urls:
        raise InvalidInputException(
            f"there is no connection '{name}'; the server's setting connections has "
            + (some(sorted(urls)) if urls else "none")
        )
    return urls[name]


def _source(parameters: Mapping[str, str], table: Resource, engine: Engine) -> str:
    """Return the FROM clause: a query in brackets or a name."""
    query = str(parameters.get("query") or "").strip().removesuffix(";").rstrip()
    if query:
        if not _QUERY.fullmatch(query) or ";" in query:
            raise InvalidInputException(
                f"the query of the table {table.scope}.{table.name} is no single SELECT"
            )
        return f"(\n{query}\n) matchloop_rows"
    location = (table.body.get("StorageDescriptor") or {}).get("Location")
    name = str(parameters.get("table") or location or "").strip()
    if not name or not _NAME.fullmatch(name):
        raise InvalidInputException(
            f"the table {table.scope}.{table.name} has neither the parameter query nor table"
        )
    quote = engine.dialect.identifier_preparer.quote_identifier
    return ".".join(quote(part) for part in name.split("."))


def _rows(
    connection: Connection, statement: str, columns: Sequence[Mapping[str, str]], table: Resource
) -> pa.Table:
    only_read(connection)
    options = connection.execution_options(
        stream_results=True, max_row_buffer=_BATCH, no_parameters=True
    )
    with closing(options.exec_driver_sql(statement)) as result:
        return _gathered(result, columns, f"{table.scope}.{table.name}")


def _gathered(
    result: CursorResult[Any], columns: Sequence[Mapping[str, str]], name: str
) -> pa.Table:
    present = list(result.keys())
    exact = {column: place for place, column in reversed(list(enumerate(present)))}
    folded = {column.casefold(): place for column, place in exact.items()}
    places = [exact.get(c["Name"], folded.get(c["Name"].casefold())) for c in columns]
    lacking = [c["Name"] for c, place in zip(columns, places, strict=True) if place is None]
    if lacking:
        raise TableError(
            f"{name}: the database has no column {some(lacking)}; it has {some(present)}"
        )
    schema = pa.schema([(c["Name"], arrow_type(c["Name"], c["DataType"])) for c in columns])
    batches: list[pa.Table] = [schema.empty_table()]
    start = 0
    for rows in result.partitions(_BATCH):
        arrays = [
            _array([row[place] for row in rows], column, name, start)
            for column, place in zip(columns, places, strict=True)
            if place is not None
        ]
        batches.append(pa.Table.from_arrays(arrays, schema=schema))
        start += len(rows)
    return pa.concat_tables(batches)


def _array(
    values: list[Any], column: Mapping[str, str], name: str, start: int
) -> pa.ChunkedArray | pa.Array:
    kind = arrow_type(column["Name"], column["DataType"])
    if not pa.types.is_string(kind):
        try:
            return pa.chunked_array([pa.array(values, kind)])
        except (pa.ArrowException, TypeError, OverflowError, ValueError):
            pass  # cast from text, because that cast names the value that does not fit
    text = pa.chunked_array(
        [pa.array([_text(value, column, name) for value in values], pa.string())]
    )
    where = f"{name}, row {start + 1:,} and on" if start else name
    return cast_column(text, kind, name=column["Name"], hive=column["DataType"], where=where)


def _text(value: Any, column: Mapping[str, str], name: str) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (bytes, bytearray, memoryview)):
        raise TableError(f"{name}: column '{column['Name']}' holds bytes, which have no text")
    if isinstance(value, (dict, list)):
        return json.dumps(value, ensure_ascii=False, default=str)
    return str(value)


@contextmanager
def _reported(name: str, connection: str) -> Iterator[None]:
    from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError

    try:
        yield
    except (ArgumentError, NoSuchModuleError):
        raise InvalidInputException(
            f"the connection '{connection}' has no SQLAlchemy URL that can be used; "
            "correct it in the server's setting connections"
        ) from None
    except ModuleNotFoundError as error:
        raise MissingExtra(
            f"the connection '{connection}' needs the package {error.name}; install it with pip"
        ) from None
    except DBAPIError as error:
        reason = " ".join(str(error.orig).split())[:300]
        raise TableError(f"cannot read {name} by '{connection}': {reason}") from error
    except SQLAlchemyError as error:
        raise TableError(f"cannot read {name} by '{connection}': {type(error).__name__}") from error
