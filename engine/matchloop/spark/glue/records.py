"""Apply a function of a script to every record of a frame, as Glue's ``map`` and ``filter`` do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from matchloop.errors import UsageError

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

__all__ = ["filtered", "mapped"]

Record = dict[str, Any]
Batches = Iterator[pa.RecordBatch]

MIXED = "the function of map gives a column values of several types"


def mapped(rows: DataFrame, function: Callable[[Record], Record | None]) -> DataFrame:
    """Return the records that a function makes of the records of a frame.

    The function runs twice for each record: a first pass finds the columns of the result and their
    types, which Spark needs to know beforehand.

    Parameters
    ----------
    rows
        The frame.
    function
        Gets a record as a dict, and returns one, or None to leave the record out.
    """

    def made(batches: Batches) -> Iterator[pa.Table]:
        for batch in batches:
            records = [function(record) for record in batch.to_pylist()]
            yield table_of([record for record in records if record is not None])

    def schemas(batches: Batches) -> Batches:
        for table in made(batches):
            if len(table):
                packed = pa.array([table.schema.serialize().to_pybytes()], pa.binary())
                yield pa.RecordBatch.from_arrays([packed], names=["schema"])

    schema_parts = _collected(rows.mapInArrow(schemas, "schema binary").distinct())
    if not schema_parts:
        return rows.limit(0)
    # distinct() gives any order: sorted, so that the order of columns is always the same
    parts = [pa.ipc.read_schema(pa.py_buffer(part)) for part in sorted(schema_parts, key=_width)]
    try:
        schema = pa.unify_schemas(parts, promote_options="permissive")
    except pa.ArrowTypeError as error:
        raise UsageError(f"{MIXED}: {error}") from None
    schema = pa.schema([_typed(field) for field in schema])

    def results(batches: Batches) -> Batches:
        for table in made(batches):
            columns = [
                table[name].cast(kind) if name in table.column_names else pa.nulls(len(table), kind)
                for name, kind in zip(schema.names, schema.types, strict=True)
            ]
            yield from pa.table(columns, schema=schema).to_batches()

    of_spark = rows.sparkSession.createDataFrame(schema.empty_table()).schema
    return rows.mapInArrow(results, of_spark)


def filtered(rows: DataFrame, function: Callable[[Record], bool]) -> DataFrame:
    """Return the records for which a function of a record, given as a dict, is true."""

    def kept(batches: Batches) -> Batches:
        for batch in batches:
            is_kept = [bool(function(record)) for record in batch.to_pylist()]
            yield batch.filter(pa.array(is_kept, pa.bool_()))

    return rows.mapInArrow(kept, rows.schema)


def table_of(records: list[Record]) -> pa.Table:
    """Return records as a table of all their columns; what a record lacks is missing."""
    names = dict.fromkeys(name for record in records for name in record)
    try:
        return pa.table({name: [record.get(name) for record in records] for name in names})
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
        raise UsageError(f"{MIXED}: {error}") from None


def _collected(schemas: DataFrame) -> list[bytes]:
    try:
        packed: list[bytes] = schemas.toArrow()["schema"].to_pylist()
    except Exception as error:
        # Spark gives the error of an executor as text, the traceback included
        for line in str(error).splitlines():
            if MIXED in line:
                raise UsageError(line[line.index(MIXED) :]) from None
        raise  # of the script's own function
    return packed


def _width(packed: bytes) -> tuple[int, bytes]:
    """Order schemas by their length: the first one gives the order of columns."""
    return -len(packed), packed


def _typed(field: pa.Field) -> pa.Field:
    """Return a column without a type, which has no value at all, as text."""
    return field.with_type(pa.string()) if pa.types.is_null(field.type) else field
