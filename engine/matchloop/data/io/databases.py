"""Tables and queries of SQL databases: PostgreSQL, SQLite and any other of SQLAlchemy, DuckDB.

``postgresql://user@host/shop#customers`` names a table, ``sqlite:///shop.db#SELECT ...`` a query.
Everything is read inside a read-only transaction, where the database has these.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from matchloop.data.io.database_urls import Place, module_of, place_of, reported
from matchloop.data.text import as_text
from matchloop.errors import OutputError, TableError, some

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

__all__ = ["check_database", "connect", "only_read", "read_database", "write_database"]

RESULT = "match_id"
"""Column that shows that a table is an earlier result, which may be replaced."""

_ROWS = 20_000
_CONNECT_S = 10


def read_database(path: str, notes: list[str] | None = None) -> pa.Table:
    """Read a table or a query.

    Parameters
    ----------
    path
        ``URL#TABLE``, ``URL#SELECT ...``, or the URL of a database that holds one table.
    notes
        Takes a sentence that names the table, where the path does not.

    Raises
    ------
    TableError
        There is no such database or table, or it refuses the query.
    MissingExtra
        A package that the database needs is not installed.
    """
    place = place_of(path)
    if place.file is not None and not Path(place.file).is_file():
        raise TableError(f"no such file: {place.file}; check the path")
    with reported(place, TableError, "read"):
        return _read_duckdb(place, notes) if place.is_duckdb else _read_sql(place, notes)


def check_database(path: str) -> None:
    """Check before long work whether a table can be written.

    Raises
    ------
    OutputError
        The path names no table, or a table that is not an earlier result: such a table is never
        replaced.
    MissingExtra
        A package that the database needs is not installed.
    """
    place = place_of(path)
    if not place.wanted or place.query is not None:
        raise OutputError(f"{place.shown} names no table to write; add #NAME")
    if place.file is not None:
        if not Path(place.file).absolute().parent.is_dir():
            raise OutputError(
                f"cannot write {place.file}: there is no such folder; create it first"
            )
        if not Path(place.file).exists():
            module_of(place)
            return
    with reported(place, OutputError, "write"):
        if place.is_duckdb:
            with closing(module_of(place).connect(place.file, read_only=True)) as connection:
                _check_replaceable(place, _duckdb_columns(connection, place.wanted))
            return
        engine = connect(place.url)
        try:
            with engine.connect() as opened:
                _check_replaceable(place, _columns(opened, place.wanted))
        finally:
            engine.dispose()


def write_database(table: pa.Table, path: str) -> None:
    """Write a table in one transaction; an earlier result of that name is replaced.

    Raises
    ------
    OutputError
        The database refuses, or holds a table of that name that is not an earlier result.
    """
    place = place_of(path)
    with reported(place, OutputError, "write"):
        if place.is_duckdb:
            _write_duckdb(table, place)
        else:
            _write_sql(table, place)


def connect(url: str) -> Engine:
    """Return SQLAlchemy's engine for a URL, without a pool."""
    import sqlalchemy as sa

    options: dict[str, Any] = {}
    if sa.make_url(url).get_backend_name() == "postgresql":
        options["connect_timeout"] = _CONNECT_S
    return sa.create_engine(url, poolclass=sa.NullPool, connect_args=options)


def only_read(connection: Connection) -> None:
    """Make a transaction read-only, where the database can."""
    match connection.dialect.name:
        case "postgresql":
            connection.exec_driver_sql("SET TRANSACTION READ ONLY")
        case "mysql" | "mariadb":
            connection.exec_driver_sql("SET SESSION TRANSACTION READ ONLY")
        case "sqlite":
            connection.exec_driver_sql("PRAGMA query_only = ON")


def _only_table(place: Place, names: Sequence[str], notes: list[str] | None) -> str:
    if place.wanted:
        return place.wanted
    if len(names) != 1:
        listed = f"it holds {some(sorted(names), 20)}" if names else "it holds none"
        raise TableError(f"{place.shown}: name a table with #TABLE; {listed}")
    if notes is not None:
        notes.append(f"table {names[0]!r} was read")
    return names[0]


def _read_sql(place: Place, notes: list[str] | None) -> pa.Table:
    import sqlalchemy as sa

    engine = connect(place.url)
    try:
        with engine.connect() as opened:
            only_read(opened)
            if place.query is not None:
                source = f"(\n{place.query}\n) matchloop_rows"
            else:
                name = _only_table(place, sa.inspect(opened).get_table_names(), notes)
                quoted = engine.dialect.identifier_preparer.quote_identifier
                source = ".".join(quoted(part) for part in name.split("."))
            rows = opened.execution_options(
                stream_results=True, max_row_buffer=_ROWS, no_parameters=True
            )
            with closing(rows.exec_driver_sql(f"SELECT * FROM {source}")) as result:
                names = list(result.keys())
                parts: list[list[pa.Array]] = [[] for _ in names]
                for batch in result.partitions(_ROWS):
                    for place_of, values in enumerate(zip(*batch, strict=True)):
                        parts[place_of].append(_array(values))
            return pa.Table.from_arrays([_joined(chunks) for chunks in parts], names=names)
    finally:
        engine.dispose()


def _array(values: Sequence[Any]) -> pa.Array:
    plain = [_plain(value) for value in values]
    try:
        return pa.array(plain)
    except (pa.ArrowException, OverflowError, TypeError, ValueError):
        return pa.array([None if value is None else str(value) for value in plain], pa.string())


def _plain(value: Any) -> Any:
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, default=str)
    if value is None or type(value).__module__ in ("builtins", "datetime", "decimal"):
        return value
    return str(value)  # a UUID, an address, a range


def _joined(parts: list[pa.Array]) -> pa.ChunkedArray:
    """Join the batches of a column, as text where their types differ."""
    kinds = {part.type for part in parts if not pa.types.is_null(part.type)}
    if not kinds:
        return pa.chunked_array([part.cast(pa.string()) for part in parts], pa.string())
    if len(kinds) == 1:
        kind = kinds.pop()
        return pa.chunked_array([part.cast(kind) for part in parts], kind)
    return pa.chunked_array([as_text(part) for part in parts], pa.string())


def _read_duckdb(place: Place, notes: list[str] | None) -> pa.Table:
    with closing(module_of(place).connect(place.file, read_only=True)) as connection:
        query = place.query
        if query is None:
            listed = connection.execute("SELECT table_name FROM duckdb_tables() ORDER BY 1")
            name = _only_table(place, [row[0] for row in listed.fetchall()], notes)
            query = f"SELECT * FROM {_quoted(name)}"
        table = connection.sql(query).to_arrow_table()
        assert isinstance(table, pa.Table)
        return table


def _quoted(name: str) -> str:
    return ".".join('"' + part.replace('"', '""') + '"' for part in name.split("."))


def _duckdb_columns(connection: Any, name: str) -> list[str] | None:
    rows = connection.execute(
        "SELECT column_name FROM duckdb_columns() WHERE table_name = ?", [name.rpartition(".")[2]]
    ).fetchall()
    return [row[0] for row in rows] or None


def _columns(connection: Connection, name: str) -> list[str] | None:
    """Return the columns of a table, None where there is none of that name."""
    import sqlalchemy as sa

    schema, _, table = name.rpartition(".")
    inspector = sa.inspect(connection)
    if not inspector.has_table(table, schema=schema or None):
        return None
    return [str(column["name"]) for column in inspector.get_columns(table, schema=schema or None)]


def _check_replaceable(place: Place, columns: list[str] | None) -> None:
    if columns is not None and RESULT not in columns:
        raise OutputError(
            f"{place.shown} holds a table {place.wanted!r} that is no result of matchloop (it has "
            f"no {RESULT}) and is not replaced; name another table"
        )


def _write_duckdb(table: pa.Table, place: Place) -> None:
    with closing(module_of(place).connect(place.file)) as connection:
        connection.execute("BEGIN")
        columns = _duckdb_columns(connection, place.wanted)
        _check_replaceable(place, columns)
        if columns is not None:
            connection.execute(f"DROP TABLE {_quoted(place.wanted)}")
        connection.register("matchloop_rows", table)
        connection.execute(f"CREATE TABLE {_quoted(place.wanted)} AS SELECT * FROM matchloop_rows")
        connection.execute("COMMIT")


def _write_sql(table: pa.Table, place: Place) -> None:
    import sqlalchemy as sa

    schema, _, name = place.wanted.rpartition(".")
    columns = [sa.Column(field.name, _sql_type(field.type)) for field in table.schema]
    target = sa.Table(name, sa.MetaData(), *columns, schema=schema or None)
    is_new_file = place.file is not None and not os.path.exists(place.file)
    engine = connect(place.url)
    try:
        with engine.begin() as opened:
            if opened.dialect.name == "sqlite":
                opened.exec_driver_sql("BEGIN")  # else its driver commits each CREATE and DROP
            existing = _columns(opened, place.wanted)
            _check_replaceable(place, existing)
            if existing is not None:
                target.drop(opened)
            target.create(opened)
            for batch in table.to_batches(max_chunksize=_ROWS):
                values = zip(*(_values(column) for column in batch.columns), strict=True)
                rows = [dict(zip(table.column_names, row, strict=True)) for row in values]
                if rows:
                    opened.execute(target.insert(), rows)
    except BaseException:
        if is_new_file and place.file is not None and os.path.exists(place.file):
            os.unlink(place.file)
        raise
    finally:
        engine.dispose()


def _sql_type(kind: pa.DataType) -> Any:
    import sqlalchemy as sa

    if pa.types.is_boolean(kind):
        return sa.Boolean()
    if pa.types.is_integer(kind):
        return sa.BigInteger()
    if pa.types.is_floating(kind):
        return sa.Double()
    if pa.types.is_date(kind):
        return sa.Date()
    if pa.types.is_timestamp(kind):
        return sa.DateTime(timezone=kind.tz is not None)
    return sa.Text()


def _values(column: pa.Array) -> list[Any]:
    import sqlalchemy as sa

    return list(
        as_text(column).to_pylist()
        if isinstance(_sql_type(column.type), sa.Text)
        else column.to_pylist()
    )
