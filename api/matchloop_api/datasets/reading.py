"""Read a table of the catalog as an Arrow table and as records of the engine."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from matchloop.data.io.jsonl import read_jsonl
from matchloop.data.kinds import infer_kind
from matchloop.data.matches import RESULTS
from matchloop.data.memory import UNLIMITED, Memory
from matchloop.data.records import Kind, Records
from matchloop.errors import TableError, some
from matchloop_api.datasets.casting import cast_column
from matchloop_api.datasets.columns import arrow_type, columns_of, partition_keys_of
from matchloop_api.datasets.csv_files import CsvForm, read_csv_part
from matchloop_api.datasets.parts import Part, parts_at, with_partitions
from matchloop_api.datasets.sql import read_sql
from matchloop_api.datasets.versions import PARTITION, below
from matchloop_api.errors import InvalidInputException
from matchloop_api.places import Places
from matchloop_api.store import Resource, Transaction, Transform

__all__ = ["format_of", "read_dataset", "records_from", "records_of"]

_PARTITION = b"matchloop.partition"
_FORMATS = ("csv", "json", "parquet", "sql")
_SERDES = {"parquet": "parquet", "json": "json", "csv": "csv", "lazysimple": "csv"}


def read_dataset(
    database: Resource,
    table: Resource,
    places: Places,
    *,
    connection: str | None = None,
    partitions: Sequence[Resource] = (),
) -> pa.Table:
    """Read a table of the catalog and return its rows.

    Parameters
    ----------
    database, table
        The catalog entries, with columns, types, format and location.
    places
        The files that may be read.
    connection
        Name of the SQL connection, if the table itself has none.
    partitions
        The table's partitions; rows below the location of one have its values. For all other
        rows the values come from folders named ``column=value``.

    Returns
    -------
    pa.Table
        The columns in the catalog's order and types, followed by the partition keys. These are
        marked so that :func:`records_from` does not compare them.

    Raises
    ------
    TableError
        A file cannot be read, or a value does not have its column's type; the error names file
        and row.
    InvalidInputException
        The definition cannot be used, or the location is out of reach.
    """
    columns = columns_of(table)
    keys = partition_keys_of(table)
    if not columns:
        raise InvalidInputException(f"the table {table.scope}.{table.name} has no columns")
    form = format_of(table)
    if form == "sql":
        return read_sql(table, columns, places.settings, connection=connection)
    location = (table.body.get("StorageDescriptor") or {}).get("Location")
    if not location:
        raise InvalidInputException(f"the table {table.scope}.{table.name} has no location")
    names = [column["Name"] for column in columns]
    read = _reader(form, table, places, names)
    pieces = []
    present: set[str] = set()
    named = [key["Name"] for key in keys]
    for part in with_partitions(parts_at(location, places), named, partitions, places):
        values = dict(read(part))
        present |= values.keys()
        pieces.append(_typed(values, columns, keys, part))
    lacking = [name for name in names if name not in present]
    if lacking:
        raise TableError(f"{location} has no column {some(lacking)}, which the catalog names")
    return pa.concat_tables(pieces)


def records_from(table: pa.Table, key: str, memory: Memory = UNLIMITED) -> Records:
    """Return the records of a table that was read with its catalog types.

    Kinds are inferred from the values; a column with fractions is always a number or a date.

    Parameters
    ----------
    table
        The rows.
    key
        The key column.
    memory
        Where the rows wait between stages.

    Raises
    ------
    TableError
        Keys are missing or repeated; up to five are named.
    """
    kinds: dict[str, Kind] = {}
    for field in table.schema:
        if field.name not in (key, *RESULTS) and _PARTITION not in (field.metadata or {}):
            kinds[field.name] = _kind(table.column(field.name))
    return Records(memory.keep(table), key, kinds, memory=memory)


def records_of(tx: Transaction, transform: Transform, places: Places) -> Records:
    """Read the table of a transform and return its records.

    Parameters
    ----------
    tx
        A transaction, for the catalog.
    transform
        The transform.
    places
        The files that may be read.

    Raises
    ------
    MatchloopError
        The table cannot be read.
    InvalidInputException
        The table is no longer in the catalog, or its definition cannot be used.
    """
    source = transform.definition["InputRecordTables"][0]
    _check_options(source.get("AdditionalOptions") or {})
    scope, name = (
        source["DatabaseName"].lower(),
        source["TableName"].lower(),
    )  # as the catalog has it
    database = tx.resources.get("database", scope)
    table = tx.resources.get("table", name, scope=scope)
    if database is None or table is None:
        raise InvalidInputException(
            f"the table {source['DatabaseName']}.{source['TableName']} is not in the catalog "
            "any more"
        )
    key = transform.definition["Parameters"]["FindMatchesParameters"]["PrimaryKeyColumnName"]
    rows = read_dataset(
        database,
        table,
        places,
        connection=source.get("ConnectionName"),
        partitions=tx.resources.all(PARTITION, scope=below(table)),
    )
    try:
        return records_from(rows, key, places.settings.memory_of_a_run())
    except TableError as error:
        raise TableError(f"{table.scope}.{table.name}: {error}") from error


def format_of(table: Resource) -> str:
    """Return the format of a table: ``csv``, ``json``, ``parquet`` or ``sql``.

    Raises
    ------
    InvalidInputException
        The format is unknown or not given.
    """
    descriptor = table.body.get("StorageDescriptor") or {}
    parameters = {**(table.body.get("Parameters") or {}), **(descriptor.get("Parameters") or {})}
    named = str(parameters.get("classification") or "").strip().lower()
    if parameters.get("connectionName"):
        return "sql"
    if named in _FORMATS:
        return named
    if not named:
        library = str((descriptor.get("SerdeInfo") or {}).get("SerializationLibrary") or "").lower()
        for part, form in _SERDES.items():
            if part in library:
                return form
        name = str(descriptor.get("Location") or "").lower().removesuffix(".gz")
        for suffix, form in (("csv", "csv"), ("jsonl", "json"), ("json", "json"), ("parquet",) * 2):
            if name.endswith(f".{suffix}"):
                return form
    raise InvalidInputException(
        f"the table {table.scope}.{table.name} is of "
        + (f"the classification '{named}'" if named else "no classification")
        + f"; give it one of {', '.join(_FORMATS)}"
    )


def _reader(form: str, table: Resource, places: Places, names: list[str]) -> Any:
    if form == "csv":
        csv = CsvForm.of(table.body)
        return lambda part: _reported(part, lambda: read_csv_part(part, places, csv, names))
    if form == "json":
        return lambda part: _reported(part, lambda: _named(_read_json(part, places), names))
    if form == "parquet":
        return lambda part: _reported(part, lambda: _read_parquet(part, places, names))
    raise AssertionError(form)


def _reported(part: Part, read: Any) -> Any:
    try:
        return read()
    except (EOFError, OSError, zlib.error, pa.ArrowException) as error:
        reason = " ".join(str(getattr(error, "strerror", None) or error).split())
        raise TableError(f"cannot read {part.uri}: {reason}") from error


def _read_json(part: Part, places: Places) -> pa.Table:
    return read_jsonl(partial(part.open, places), part.uri)


def _read_parquet(part: Part, places: Places, names: list[str]) -> Mapping[str, pa.ChunkedArray]:
    with part.open(places) as file:
        parquet = pq.ParquetFile(file, pre_buffer=False)
        wanted = {name.casefold() for name in names}
        columns = [name for name in parquet.schema_arrow.names if name.casefold() in wanted]
        return _named(parquet.read(columns=columns), names)


def _named(table: pa.Table, names: list[str]) -> dict[str, pa.ChunkedArray]:
    """Return the file's columns under the catalog's names, ignoring case."""
    exact = {name: place for place, name in reversed(list(enumerate(table.column_names)))}
    folded = {name.casefold(): place for name, place in exact.items()}
    places = {name: exact.get(name, folded.get(name.casefold())) for name in names}
    return {name: table.column(place) for name, place in places.items() if place is not None}


def _typed(
    values: dict[str, pa.ChunkedArray],
    columns: tuple[Mapping[str, str], ...],
    keys: tuple[Mapping[str, str], ...],
    part: Part,
) -> pa.Table:
    rows = len(next(iter(values.values()), ()))
    fields, typed = [], []
    for column in (*columns, *keys):
        name, hive = column["Name"], column["DataType"]
        kind = arrow_type(name, hive)
        array = values.pop(name, None)
        if array is None:
            value = part.partition.get(name.lower())
            array = pa.chunked_array([pa.repeat(pa.scalar(value, pa.string()), rows)])
        typed.append(cast_column(array, kind, name=name, hive=hive, where=part.uri))
        fields.append(pa.field(name, kind, metadata={_PARTITION: b"1"} if column in keys else None))
    return pa.Table.from_arrays(typed, schema=pa.schema(fields))


def _kind(column: pa.ChunkedArray) -> Kind:
    kind = infer_kind(column)
    fraction = pa.types.is_floating(column.type) or pa.types.is_decimal(column.type)
    return Kind.NUMBER if fraction and kind is not Kind.DATE else kind


def _check_options(options: Mapping[str, str]) -> None:
    chosen = sorted(name for name, value in options.items() if value)
    if chosen:
        raise InvalidInputException(
            f"AdditionalOptions {some(chosen)} select partitions, which is not offered; "
            "make a table of the rows to match"
        )
