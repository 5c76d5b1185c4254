"""Read a table of records from a file or from memory, whatever its format."""

from __future__ import annotations

import gzip
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any, BinaryIO, cast

import pyarrow as pa
import pyarrow.parquet as pq

from matchloop.data.files import Files, LocalFiles, files_at, local_path
from matchloop.data.io.database_urls import is_database
from matchloop.data.io.databases import read_database
from matchloop.data.io.encoding import OpenFile
from matchloop.data.io.formats import Format, format_of
from matchloop.data.io.frames import table_from, without_views
from matchloop.data.io.jsonl import read_jsonl
from matchloop.data.io.keying import with_key
from matchloop.data.io.layouts import RECOGNIZED, Layout
from matchloop.data.io.text_tables import read_text
from matchloop.data.io.workbooks import read_sheet
from matchloop.data.kinds import infer_kind, is_random
from matchloop.data.matches import RESULTS
from matchloop.data.memory import UNLIMITED, Memory, memory_of
from matchloop.data.records import PLAIN, Dialect, Kind, Records, check_comparable
from matchloop.data.text import as_text
from matchloop.errors import TableError, UnknownName, UsageError, some, without_passwords

__all__ = ["IGNORE", "check_layout", "read_file", "read_records", "read_table"]

IGNORE = "ignore"

_OLD_WORKBOOK = b"\xd0\xcf\x11\xe0"
_GZIP = b"\x1f\x8b"
_STARTS = ((b"PK\x03\x04", "xlsx"), (b"PAR1", "parquet"), (b"ARROW1", "arrow"))
"""First bytes of formats, whatever the suffix says."""


def read_records(
    table: str | os.PathLike[str] | Any,
    /,
    *,
    key: str | None = None,
    source: str | None = None,
    kinds: Mapping[str, Kind | str] | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
    sheet: str | None = None,
    memory: str | int | Memory | None = None,
) -> Records:
    """Read records to match.

    Parameters
    ----------
    table
        A path (``.csv``, ``.tsv``, ``.txt``, ``.jsonl``, each also with ``.gz``, ``.parquet``,
        ``.feather`` or ``.xlsx``), a table or query of a database
        (``postgresql://user@host/shop#customers``, ``shop.sqlite#SELECT ...``), a pandas DataFrame,
        a pyarrow Table, or any object with an Arrow stream (polars, duckdb). From CSV every column
        is read as text, so that keys such as ``007`` stay.
    key
        Column that identifies each record; unique and never missing. Without it a column of
        numbers or codes that never repeats is taken, or else the rows are numbered; the notes of
        the result say which.
    source
        Column that says where a record comes from. When it is given, only records of different
        sources are matched; otherwise all are.
    kinds
        Kind of columns, by name, where the one inferred from the values is wrong: ``name``,
        ``text``, ``category``, ``number``, ``date``, ``identifier`` or ``location``. ``ignore``
        leaves a column out of comparing; it still stands in the output.
    encoding, delimiter
        Of a text file, where reading cannot recognize them: ``cp1252``, ``";"``.
    sheet
        Name of the sheet of a workbook, where several hold values.
    memory
        Most memory that the process may take while it matches these records, for example
        ``"2GiB"``: the table and what is derived from it then wait in temporary files. The result
        is the same. Unlimited by default.

    Returns
    -------
    Records
        All columns as given, checked.

    Raises
    ------
    TableError
        The table cannot be read or used; one line says what to do.
    UsageError
        ``kinds`` names an unknown column or kind, or ``table`` is no kind of table.
    """
    layout = Layout(encoding, delimiter, sheet)
    bound = memory_of(memory)
    if not isinstance(table, (str, os.PathLike)):
        if layout != RECOGNIZED:
            raise UsageError("encoding, delimiter and sheet are of files; the table is in memory")
        return _records(table_from(table, key), key, source, kinds, memory=bound)
    name = os.fspath(table)
    notes: list[str] = []
    read, dialect = read_file(name, key=key, notes=notes, layout=layout, memory=bound)
    try:
        read = bound.set_aside(without_views(read))
        bound.ease()
        return _records(read, key, source, kinds, notes, dialect, bound)
    except TableError as error:
        raise TableError(f"{without_passwords(name)}: {error}") from error


def read_table(
    path: str | os.PathLike[str],
    *,
    key: str | None = None,
    notes: list[str] | None = None,
    layout: Layout = RECOGNIZED,
) -> pa.Table:
    """Read a file by its suffix, as :func:`read_records` does, without looking at its columns.

    Parameters
    ----------
    path
        The file.
    key
        Column whose numbers must stay exact, however long.
    notes
        Takes a sentence on how the file was read, where that is not plain, and on what was left
        out because it holds nothing, such as a row of commas; without it nothing is left out.
    layout
        Encoding, delimiter or sheet of the file, where reading cannot recognize it.

    Raises
    ------
    TableError
        There is no such file, its format is unknown, or it is not a table.
    UsageError
        ``layout`` names what the format does not have.
    """
    return read_file(os.fspath(path), key=key, notes=notes, layout=layout)[0]


def read_file(
    name: str,
    *,
    key: str | None,
    notes: list[str] | None,
    layout: Layout,
    memory: Memory = UNLIMITED,
) -> tuple[pa.Table, Dialect]:
    """Read a file as :func:`read_table` does; also return the dialect it is written in.

    Under a memory limit the columns of a Parquet file are read and kept one by one.
    """
    if is_database(name):
        check_layout(without_passwords(name), "database", layout)
        return read_database(name, notes), PLAIN
    if files_at(name).is_folder(name):
        return _read_parquet(name, memory), PLAIN
    file_format = format_of(name, TableError)
    open_file = partial(_open, name, file_format.compressed)
    try:
        if not file_format.compressed and _starts_with(open_file, _GZIP):
            file_format = replace(file_format, compressed=True)
            open_file = partial(_open, name, True)
        form = _form(open_file, file_format)
        check_layout(name, form, layout)
        match form:
            case "csv" | "tsv":
                return read_text(open_file, name, "\t" if form == "tsv" else ",", layout, notes)
            case "xlsx":
                with open_file() as file:
                    return read_sheet(file.read(), name, layout.sheet, notes), PLAIN
            case "jsonl":
                return read_jsonl(open_file, name, key), PLAIN
            case "arrow":
                with open_file() as file:
                    return _read_arrow(file, name), PLAIN
            case _:
                return _read_parquet(name, memory), PLAIN
    except (EOFError, OSError, gzip.zlib.error) as error:  # type: ignore[attr-defined]
        reason = str(getattr(error, "strerror", None) or error).splitlines()[0]
        raise TableError(f"cannot read {name}: {reason}") from error


def check_layout(name: str, form: str, layout: Layout) -> None:
    """Check that the layout fits the format of a file.

    Raises
    ------
    UsageError
        It does not: the option would be ignored.
    """
    for option, value, forms, has in (
        ("--encoding", layout.encoding, ("csv", "tsv"), "a delimited text file"),
        ("--delimiter", layout.delimiter, ("csv", "tsv"), "a delimited text file"),
        ("--sheet", layout.sheet, ("xlsx",), "a workbook"),
    ):
        if value is not None and form not in forms:
            raise UsageError(f"{option} was given and {name} is not {has}; leave the option out")


def _starts_with(open_file: OpenFile, start: bytes) -> bool:
    with open_file() as file:
        return file.read(len(start)) == start


def _form(open_file: OpenFile, file_format: Format) -> str:
    """Return the format of a file: by its first bytes if they are unique to a format."""
    with open_file() as file:  # also names a missing file in one way for all formats
        head = file.read(8)
    if file_format.name in ("parquet", "jsonl"):
        return file_format.name
    if head.startswith(_OLD_WORKBOOK):
        raise TableError("the file is an old or encrypted workbook; save it as .xlsx")
    return next((form for start, form in _STARTS if head.startswith(start)), file_format.name)


def _read_arrow(file: BinaryIO, name: str) -> pa.Table:
    data = pa.py_buffer(file.read())
    try:
        if data[:6].to_pybytes() == b"ARROW1":
            return pa.ipc.open_file(data).read_all()
        return pa.ipc.open_stream(data).read_all()
    except (pa.ArrowException, OSError, ValueError) as error:
        reason = str(error).splitlines()[0].rstrip(".")
        raise TableError(f"{name} is not an Arrow file that can be read: {reason}") from error


@contextmanager
def _open(name: str, compressed: bool) -> Iterator[BinaryIO]:
    with files_at(name).open_input(name) as file:
        if compressed:
            with gzip.GzipFile(fileobj=file) as inner:
                yield cast(BinaryIO, inner)
        else:
            yield file


def _read_parquet(name: str, memory: Memory) -> pa.Table:
    files = files_at(name)
    try:
        if isinstance(files, LocalFiles):
            # without the buffer, half the time and memory on a local disk
            return _by_column(pq.ParquetDataset(local_path(name), pre_buffer=False), memory)
        parts = _parquet_parts(files, name) if files.is_folder(name) else [name]
        return pa.concat_tables(
            [_read_part(files, part) for part in parts], promote_options="default"
        )
    except (pa.ArrowException, OSError, ValueError) as error:
        if files.is_folder(name):
            raise TableError(
                f"{name} is a folder, and not all of its files are Parquet; give one file"
            ) from error
        reason = str(error).splitlines()[0].rstrip(".")
        raise TableError(f"{name} is not a Parquet file that can be read: {reason}") from error


def _by_column(dataset: pq.ParquetDataset, memory: Memory) -> pa.Table:
    """Read a local file or folder; under a memory limit, keep each column before the next."""
    schema = dataset.schema
    if memory.limit is None or len(set(schema.names)) < len(schema.names):
        return dataset.read()
    columns = [memory.keep(dataset.read(columns=[name])).column(0) for name in schema.names]
    return pa.Table.from_arrays(columns, names=schema.names).replace_schema_metadata(
        schema.metadata
    )


def _parquet_parts(files: Files, folder: str) -> list[str]:
    """Return the files of a folder, hidden ones (``_SUCCESS``) left out."""
    start = len(folder.rstrip("/")) + 1
    paths = [entry.path for entry in files.entries(folder) if entry.size]
    shown = [path for path in paths if not re.search(r"(^|/)[._]", path[start:])]
    if not shown:
        raise TableError(f"no file in {folder}; check the path")
    keyed = next((path for path in shown if "=" in path[start:].rpartition("/")[0]), None)
    if keyed is not None:
        raise TableError(
            f"{keyed} is in a folder that names a value; give files without partitions"
        )
    return shown


def _read_part(files: Files, path: str) -> pa.Table:
    with files.open_input(path) as file:
        return pq.ParquetFile(file, pre_buffer=True).read()


def _records(
    table: pa.Table,
    key: str | None,
    source: str | None,
    kinds: Mapping[str, Kind | str] | None,
    notes: Sequence[str] = (),
    dialect: Dialect = PLAIN,
    memory: Memory = UNLIMITED,
) -> Records:
    table = memory.keep(without_views(table))
    if key is None:
        table, key, proposed = with_key(table)
        notes = (*notes, proposed)
    chosen = {column: _kind(column, kind) for column, kind in (kinds or {}).items()}
    for column in chosen:
        if column not in table.column_names:
            raise UsageError(
                f"kinds: no column {column!r}; the table has {some(table.column_names, 20)}"
            )
        if column in (key, source):
            raise UsageError(f"kinds: {column!r} is the key or the source and is never compared")
        if column in RESULTS and chosen[column] != IGNORE:
            raise UsageError(
                f"kinds: {column!r} is a result of an earlier run and is never compared; rename it "
                "to compare it"
            )
    compared: dict[str, Kind] = {}
    for field in table.schema:
        unused = field.name in (key, source, *RESULTS) or not field.name.strip()
        kind = chosen.get(field.name, IGNORE if unused else None)
        if kind == IGNORE:
            continue
        check_comparable(field)
        if table.column_names.count(field.name) == 1:  # Records refuses the others
            compared[field.name] = Kind(kind) if kind else infer_kind(table.column(field.name))
    unnamed = [name for name in table.column_names if not name.strip() and name not in compared]
    if unnamed and unnamed != [key]:
        notes = (*notes, "a column without a name is kept and not compared; name it to compare it")
    if source is not None and source in table.column_names:
        notes = (*notes, *_like_sources(source, table.column(source)))
    telling = {
        column: kind
        for column, kind in compared.items()
        if column in chosen or kind is not Kind.IDENTIFIER or not is_random(table.column(column))
    }
    return Records(table, key, telling or compared, source, tuple(notes), dialect, memory)


def _like_sources(source: str, values: pa.ChunkedArray) -> list[str]:
    """Return a warning if sources differ by case or spaces only: they count as different."""
    names = [name for name in as_text(values).unique().to_pylist() if name is not None]
    forms: dict[str, str] = {}
    for name in names:
        first = forms.setdefault(" ".join(name.split()).casefold(), name)
        if first != name:
            return [
                f"the sources {first!r} and {name!r} differ by case or spaces only and count as "
                f"two; write them alike in '{source}' if they are one"
            ]
    return []


def _kind(column: str, kind: Kind | str) -> str:
    names = [*Kind, IGNORE]
    if kind in names:
        return str(kind)
    raise UnknownName(f"kinds: no kind {str(kind)!r} for {column!r}; known: {', '.join(names)}")
