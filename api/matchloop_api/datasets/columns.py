"""The columns of a catalog table, and the Arrow types of their Hive types."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from matchloop_api.errors import InvalidInputException
from matchloop_api.store import Resource

__all__ = ["arrow_type", "columns_of", "hive_type", "partition_keys_of"]

_PLAIN: Mapping[str, pa.DataType] = {
    "string": pa.string(),
    "boolean": pa.bool_(),
    "tinyint": pa.int8(),
    "smallint": pa.int16(),
    "int": pa.int32(),
    "integer": pa.int32(),
    "bigint": pa.int64(),
    "float": pa.float32(),
    "double": pa.float64(),
    "decimal": pa.decimal128(10, 0),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us"),
}
_TEXT = re.compile(r"(var)?char\s*\(\s*\d+\s*\)")
_DECIMAL = re.compile(r"decimal\s*\(\s*(\d+)\s*(?:,\s*(\d+)\s*)?\)")
_HIVE: Mapping[pa.DataType, str] = {
    pa.int8(): "tinyint",
    pa.int16(): "smallint",
    pa.int32(): "int",
    pa.int64(): "bigint",
    pa.uint8(): "smallint",
    pa.uint16(): "int",
    pa.uint32(): "bigint",
    pa.uint64(): "decimal(20,0)",
    pa.float16(): "float",
    pa.float32(): "float",
    pa.float64(): "double",
    pa.bool_(): "boolean",
    pa.date32(): "date",
    pa.date64(): "date",
}


def columns_of(table: Resource) -> tuple[Mapping[str, str], ...]:
    """Return a table's columns in the form of Glue's Schema, without the partition keys.

    Parameters
    ----------
    table
        A table of the catalog.

    Returns
    -------
    tuple
        ``{"Name", "DataType"}`` for each column, in order.

    Raises
    ------
    InvalidInputException
        A column has a type that cannot be matched.
    """
    return _columns((table.body.get("StorageDescriptor") or {}).get("Columns"))


def partition_keys_of(table: Resource) -> tuple[Mapping[str, str], ...]:
    """Return the partition keys of a table in the form of :func:`columns_of`."""
    return _columns(table.body.get("PartitionKeys"))


def arrow_type(name: str, hive: str) -> pa.DataType:
    """Return the Arrow type of a Hive type.

    Parameters
    ----------
    name
        The column, for the message.
    hive
        Its type in the catalog.

    Raises
    ------
    InvalidInputException
        The type cannot be matched.
    """
    text = hive.strip().lower()
    if text in _PLAIN:
        return _PLAIN[text]
    if _TEXT.fullmatch(text):
        return pa.string()
    decimal = _DECIMAL.fullmatch(text)
    if decimal is not None:
        precision, scale = int(decimal[1]), int(decimal[2] or 0)
        if 1 <= precision <= 38 and scale <= precision:
            return pa.decimal128(precision, scale)
    raise InvalidInputException(
        f"Input source column {name} has an invalid data type defined in the catalog."
    )


def hive_type(kind: pa.DataType) -> str:
    """Return the Hive type of an Arrow type, even of a type that cannot be matched."""
    if kind in _HIVE:
        return _HIVE[kind]
    if pa.types.is_dictionary(kind):
        return hive_type(kind.value_type)
    if pa.types.is_decimal(kind):
        return f"decimal({kind.precision},{kind.scale})"
    if pa.types.is_timestamp(kind):
        return "timestamp"
    if pa.types.is_map(kind):
        return f"map<{hive_type(kind.key_type)},{hive_type(kind.item_type)}>"
    if pa.types.is_struct(kind):
        members = ",".join(f"{field.name}:{hive_type(field.type)}" for field in kind)
        return f"struct<{members}>"
    if pa.types.is_nested(kind):
        return f"array<{hive_type(kind.value_type)}>"
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        return "binary"
    return "string"


def _columns(definitions: Any) -> tuple[Mapping[str, str], ...]:
    columns = []
    for column in definitions or ():
        kind = column.get("Type") or "string"
        arrow_type(column["Name"], kind)
        columns.append({"Name": column["Name"], "DataType": kind})
    return tuple(columns)
