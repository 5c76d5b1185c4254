"""Write a table to a file that appears whole or not at all."""

from __future__ import annotations

import codecs
import gzip
import json
import os
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from matchloop.data.files import files_at
from matchloop.data.io.databases import check_database, write_database
from matchloop.data.io.formats import format_of
from matchloop.data.io.workbooks import open_workbook, write_cells
from matchloop.data.records import PLAIN, Dialect
from matchloop.data.text import as_text
from matchloop.errors import OutputError

__all__ = ["atomic_write", "check_fits", "check_writable", "write_csv", "write_open", "write_table"]

ROWS_AT_ONCE = 65_536

SHEET_ROWS, SHEET_COLUMNS = 1 << 20, 1 << 14
"""What a sheet of a workbook can hold; one row is the header."""


def atomic_write(path: str | os.PathLike[str]) -> AbstractContextManager[BinaryIO]:
    """Open a file for writing that appears, whole, when the block ends without an exception.

    Raises
    ------
    OutputError
        The file cannot be written: the folder is missing, the disk is full. An existing file stays
        unchanged.
    """
    name = os.fspath(path)
    return files_at(name).open_output(name)


def check_writable(path: str | os.PathLike[str], *, table: bool = False) -> None:
    """Check, before long work, whether a file can be written to a path.

    Parameters
    ----------
    path
        The file.
    table
        Whether :func:`write_table` is to write it, so that the suffix must name a format.

    Raises
    ------
    OutputError
        The folder is missing or takes no files, or the suffix names no format.
    """
    name = os.fspath(path)
    if table and format_of(name, OutputError).name == "database":
        check_database(name)
        return
    files_at(name).check_writable(name)


def check_fits(table: pa.Table, path: str | os.PathLike[str]) -> None:
    """Check, before long work, whether a file of this suffix can hold the columns of a table.

    Raises
    ------
    OutputError
        The suffix names no format, or a column has a type or bytes that the format cannot hold.
    """
    form = format_of(os.fspath(path), OutputError).name
    if form == "database":
        return
    if form == "xlsx":
        open_workbook()
        if table.num_rows >= SHEET_ROWS or table.num_columns > SHEET_COLUMNS:
            raise OutputError(
                f"cannot write {os.fspath(path)}: a sheet holds {SHEET_ROWS:,} rows and "
                f"{SHEET_COLUMNS:,} columns, the table is larger; write .csv or .parquet"
            )
    for name, column in zip(table.column_names, table.columns, strict=True):
        try:
            if form in ("parquet", "arrow"):
                pq.write_table(pa.table({name: column.slice(0, 0)}), pa.BufferOutputStream())
            elif not pa.types.is_string(column.type):
                # bytes that are no text show in the values, other types without one
                some_rows = column if _is_binary(column.type) else column.slice(0, 1)
                as_text(some_rows)
        except (pa.ArrowNotImplementedError, pa.ArrowInvalid, UnicodeDecodeError):
            advice = "" if form in ("parquet", "arrow") else "write Parquet, which keeps it, or "
            raise OutputError(
                f"cannot write {os.fspath(path)}: column {name!r} holds {column.type}, which the "
                f"format cannot hold; {advice}leave the column out"
            ) from None


def _is_binary(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        return _is_binary(kind.value_type)
    of_any_length = pa.types.is_binary(kind) or pa.types.is_large_binary(kind)
    return bool(of_any_length or pa.types.is_fixed_size_binary(kind))


def write_table(
    table: pa.Table, path: str | os.PathLike[str], *, dialect: Dialect = PLAIN
) -> Dialect:
    """Write a table by the suffix of the path: text, JSON lines, Parquet, Arrow or a workbook.

    CSV is UTF-8 without byte order mark, LF line ends, quotes only where needed, missing values
    empty; lists and structs are JSON. Parquet and Arrow keep the types. ``.gz`` after ``.csv``,
    ``.tsv`` or ``.jsonl`` compresses. In a workbook text stays text.

    Parameters
    ----------
    table
        The table.
    path
        Where to; it appears whole or not at all.
    dialect
        How to write CSV: the dialect of the file that the rows came from.

    Returns
    -------
    Dialect
        How it was written: UTF-8 where the encoding of ``dialect`` lacks a character.

    Raises
    ------
    OutputError
        The file cannot be written; an existing file stays unchanged.
    """
    name = os.fspath(path)
    file_format = format_of(name, OutputError)
    if file_format.name == "database":
        write_database(table, name)
        return dialect
    if file_format.name in ("csv", "tsv") and not _fits_encoding(table, dialect.encoding):
        dialect = Dialect("utf-8", dialect.delimiter, dialect.decimal)
    with atomic_write(path) as file:
        if file_format.compressed:
            with gzip.GzipFile("", "wb", 6, file, mtime=0) as compressed:
                write_open(table, compressed, file_format.name, name, dialect)
        else:
            write_open(table, file, file_format.name, name, dialect)
    return dialect


def _fits_encoding(table: pa.Table, encoding: str) -> bool:
    if encoding == "utf-8":
        return True
    try:
        for block in _csv_blocks(table, ","):
            str(block, "utf-8").encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def write_open(table: pa.Table, file: Any, form: str, name: str, dialect: Dialect = PLAIN) -> None:
    """Write a table to a file that is open already, as :func:`write_table` does.

    Parameters
    ----------
    table
        The table.
    file
        Open for writing bytes; it stays open.
    form
        ``csv``, ``tsv``, ``jsonl``, ``parquet``, ``arrow`` or ``xlsx``.
    name
        What messages call the file.
    dialect
        How to write CSV.

    Raises
    ------
    OutputError
        A column has a type that the form cannot hold.
    """
    try:
        if form in ("csv", "tsv"):
            delimiter = "\t" if form == "tsv" else dialect.delimiter
            decimal = "." if delimiter == "," else dialect.decimal
            _write_lines(_csv_blocks(table, delimiter, decimal), file, dialect.encoding)
        else:
            _WRITERS[form](table, file)
    except (pa.ArrowNotImplementedError, pa.ArrowInvalid) as error:
        raise OutputError(
            f"cannot write {name}: {_first_line(error)}; Parquet keeps every type"
        ) from error


def write_csv(table: pa.Table, path: str | os.PathLike[str]) -> None:
    """Write a table as plain CSV, whatever the suffix of the path, as :func:`write_table` does.

    Raises
    ------
    OutputError
        The file cannot be written; an existing file stays unchanged.
    """
    with atomic_write(path) as file:
        try:
            _write_lines(_csv_blocks(table, ","), file)
        except (pa.ArrowNotImplementedError, pa.ArrowInvalid) as error:
            raise OutputError(f"cannot write {os.fspath(path)}: {_first_line(error)}") from error


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0]


def _write_lines(blocks: Iterator[pa.Buffer], file: Any, encoding: str = "utf-8") -> None:
    if encoding == "utf-8":
        for block in blocks:
            file.write(block)
        return
    encode = codecs.getincrementalencoder(encoding)().encode
    for block in blocks:
        file.write(encode(str(block, "utf-8")))


def _csv_blocks(table: pa.Table, delimiter: str, decimal: str = ".") -> Iterator[pa.Buffer]:
    """Yield the file in blocks: the bytes of a text array that holds the lines end to end."""
    special = f'[{re.escape(delimiter)}"\r\n]'
    alone = table.num_columns == 1  # an empty line would be no row
    header = [_csv_fields(pa.array([name]), special, alone) for name in table.column_names]
    yield _joined(header, delimiter, "", "\n")
    for batch in table.to_batches(max_chunksize=ROWS_AT_ONCE):
        fields = [
            _csv_fields(_number_text(column, decimal), special, alone) for column in batch.columns
        ]
        yield _joined(fields, delimiter, "", "\n")


def _number_text(column: pa.Array, decimal: str) -> pa.StringArray:
    text = as_text(column)
    is_fraction = pa.types.is_floating(column.type) or pa.types.is_decimal(column.type)
    return pc.replace_substring(text, ".", decimal) if is_fraction and decimal != "." else text


def _csv_fields(text: pa.StringArray, special: str, alone: bool) -> pa.StringArray:
    text = text.fill_null("")
    quoted = pc.match_substring_regex(text, special)
    if alone:
        quoted = pc.or_(quoted, pc.equal(text, ""))
    if not pc.any(quoted).as_py():
        return text
    doubled = pc.replace_substring(text.filter(quoted), '"', '""')
    return pc.replace_with_mask(text, quoted, pc.binary_join_element_wise('"', doubled, '"', ""))


def _json_blocks(table: pa.Table) -> Iterator[pa.Buffer]:
    names = [json.dumps(name, ensure_ascii=False) + ": " for name in table.column_names]
    for batch in table.to_batches(max_chunksize=ROWS_AT_ONCE):
        fields = [
            pc.binary_join_element_wise(name, _json_values(column), "")
            for name, column in zip(names, batch.columns, strict=True)
        ]
        yield _joined(fields, ", ", "{", "}\n")


def _json_values(column: pa.Array) -> pa.StringArray:
    kind = column.type
    text = as_text(column)
    bare = pa.types.is_boolean(kind) or pa.types.is_integer(kind) or pa.types.is_floating(kind)
    if bare or pa.types.is_nested(kind):
        if pa.types.is_floating(kind):
            finite = pc.fill_null(pc.is_finite(column.cast(pa.float64())), False)
            text = pc.if_else(finite, text, pa.scalar(None, pa.string()))
        return text.fill_null("null")
    escaped = pc.fill_null(pc.match_substring_regex(text, r'[\x00-\x1f"\\]'), False)
    if pc.any(escaped).as_py():
        hard = text.filter(escaped).to_pylist()
        written = [json.dumps(value, ensure_ascii=False)[1:-1] for value in hard]
        text = pc.replace_with_mask(text, escaped, pa.array(written, pa.string()))
    return pc.binary_join_element_wise('"', text, '"', "").fill_null("null")


def _joined(fields: list[pa.StringArray], between: str, first: str, last: str) -> pa.Buffer:
    line = pc.binary_join_element_wise(*fields, between) if len(fields) > 1 else fields[0]
    lines = pc.binary_join_element_wise(first, line, last, "")
    _, offsets, data = lines.buffers()
    if data is None:
        return pa.py_buffer(b"")
    ends = np.frombuffer(offsets, np.int32)
    return data.slice(int(ends[0]), int(ends[len(lines)] - ends[0]))


def _write_arrow(table: pa.Table, file: Any) -> None:
    with pa.ipc.new_file(file, table.schema) as writer:
        writer.write_table(table)


def _write_workbook(table: pa.Table, file: Any) -> None:
    is_number = [_is_number(field.type) for field in table.schema]
    columns = [
        column.to_pylist() if number else as_text(column).to_pylist()
        for column, number in zip(table.columns, is_number, strict=True)
    ]
    write_cells(table.column_names, zip(*columns, strict=True), file, "matchloop")


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind))


_WRITERS: dict[str, Callable[[pa.Table, Any], None]] = {
    "jsonl": lambda table, file: _write_lines(_json_blocks(table), file),
    "parquet": pq.write_table,
    "arrow": _write_arrow,
    "xlsx": _write_workbook,
}
