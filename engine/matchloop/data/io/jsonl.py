"""Read JSON lines, one object a line, or one JSON array of objects."""

from __future__ import annotations

import json
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
from pyarrow import json as arrow_json

from matchloop.data.io import json_kernel
from matchloop.data.io.encoding import OpenFile, check_utf8
from matchloop.errors import TableError

__all__ = ["read_jsonl"]

_BLOCK = 1 << 23
_LARGEST = 1 << 30
_LONGEST_LINE = 1 << 26
# Arrow's parser calls itself for each level and overflows the stack near 20,000 of them.
_DEEPEST = 100


def read_jsonl(open_file: OpenFile, name: str, key: str | None = None) -> pa.Table:
    """Read a file of JSON objects as a table.

    Text stays text (a date in quotes is not turned into another form), numbers and booleans keep
    their type, ``null`` and an absent member are missing. A column of several types becomes text.

    Parameters
    ----------
    open_file
        Opens the file for reading from its start; called up to five times.
    name
        What messages call the file.
    key
        Column whose numbers must stay exact, however long.

    Raises
    ------
    TableError
        Empty, not UTF-8, or a line that is no JSON object, over 64 MB long or nested over 100
        levels deep: with the line.
    """
    with open_file() as file:
        start = file.read(1 << 16).removeprefix(b"\xef\xbb\xbf").lstrip()
    if not start:
        raise TableError(f"{name} is empty; expected one JSON object a line")
    is_array = start.startswith((b"[", b"\xef"))
    with open_file() as file:
        is_sound = _check_shape(file, name, by_line=not is_array)
    if is_sound and not is_array:
        table = _read_fast(open_file)
        if table is not None and not _is_rounded(table, key):
            return table
    return _read_exactly(open_file, name)


def _check_shape(file: BinaryIO, name: str, *, by_line: bool) -> bool:
    """Check the depth and length of every line before any parser sees it.

    Returns whether Arrow may parse the file; otherwise Python parses it, for its error messages.
    """
    state = json_kernel.new_state()
    longest = _LONGEST_LINE if by_line else _LARGEST
    while block := file.read(_BLOCK):
        data = np.frombuffer(block, np.uint8)
        json_kernel.scan_json(data, _DEEPEST, longest, by_line, state)
        line = int(state[json_kernel.LINE])
        match int(state[json_kernel.PROBLEM]):
            case json_kernel.DEEP:
                raise TableError(
                    f"{name}, line {line}: nested over {_DEEPEST} levels deep; flatten the value "
                    "or write it as text"
                )
            case json_kernel.LONG:
                raise TableError(
                    f"{name}, line {line}: the line is longer than {longest >> 20} MB; write one "
                    "object a line and leave such values out"
                )
    return int(state[json_kernel.PROBLEM]) != json_kernel.SPREAD


def _is_rounded(table: pa.Table, key: str | None) -> bool:
    return key in table.column_names and pa.types.is_floating(table.schema.field(key).type)


def _read_fast(open_file: OpenFile) -> pa.Table | None:
    """Read by Arrow; None where that fails: the exact reader then raises the reason."""
    schema: pa.Schema | None = None
    block = _BLOCK
    while block <= _LARGEST:
        try:
            with open_file() as file:
                table = arrow_json.read_json(
                    file,
                    read_options=arrow_json.ReadOptions(block_size=block),
                    parse_options=arrow_json.ParseOptions(explicit_schema=schema),
                )
                table.validate(full=True)
        except pa.ArrowInvalid as error:
            if "straddling" not in str(error):
                return None
            block *= 8
            continue
        except pa.ArrowException:
            return None
        times = [field.name for field in table.schema if pa.types.is_timestamp(field.type)]
        if not times:
            return table
        named = [] if schema is None else list(schema)
        schema = pa.schema([*named, *(pa.field(column, pa.string()) for column in times)])
    return None


def _read_exactly(open_file: OpenFile, name: str) -> pa.Table:
    with open_file() as file:
        check_utf8(file, name)
    with open_file() as file:
        rows = _objects(file, name)
    columns = list(dict.fromkeys(member for row in rows for member in row))
    values = {column: [row.get(column) for row in rows] for column in columns}
    return pa.table({column: _array(cells) for column, cells in values.items()})


def _objects(file: BinaryIO, name: str) -> list[dict[str, Any]]:
    data = file.read().removeprefix(b"\xef\xbb\xbf")
    if data.lstrip().startswith(b"["):
        return [_object(row, name, "item", i) for i, row in enumerate(_array_of(data, name), 1)]
    rows = []
    for number, line in enumerate(data.split(b"\n"), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            reason = str(error).partition(":")[0]
            raise TableError(f"{name}, line {number}: no JSON object: {reason}") from error
        rows.append(_object(row, name, "line", number))
    return rows


def _array_of(data: bytes, name: str) -> list[Any]:
    try:
        return list(json.loads(data))
    except (ValueError, RecursionError) as error:
        raise TableError(f"{name}: no JSON array of objects: {error}") from error


def _object(row: Any, name: str, unit: str, number: int) -> dict[str, Any]:
    if isinstance(row, dict):
        return row
    raise TableError(
        f"{name}, {unit} {number}: expected an object with the columns as members, got "
        f"{json.dumps(row, ensure_ascii=False)[:40]}"
    )


def _array(values: list[Any]) -> pa.Array:
    kinds = {type(value) for value in values if value is not None}
    if len(kinds) <= 1 or kinds <= {int, float} or kinds & {dict, list}:
        try:
            return pa.array(values)
        except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError, UnicodeEncodeError):
            pass
    return pa.array([_text(value) for value in values], pa.string())


def _text(value: Any) -> str | None:
    if value is None:
        return None
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text.encode("utf-8", "replace").decode()  # half of a surrogate pair has no UTF-8
