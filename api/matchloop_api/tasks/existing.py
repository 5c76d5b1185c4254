"""Read the output of an earlier run, for an incremental run."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial

import pyarrow as pa
import pyarrow.parquet as pq

from matchloop import Records
from matchloop.data.io.csv import read_csv
from matchloop.data.io.jsonl import read_jsonl
from matchloop.data.matches import MATCH_ID
from matchloop.errors import TableError, counted, some
from matchloop_api.datasets.casting import cast_column
from matchloop_api.datasets.columns import hive_type
from matchloop_api.datasets.parts import Part, parts_at
from matchloop_api.places import Places

__all__ = ["read_existing", "read_part"]

_OF_A_RUN = re.compile(r"/run-(\d+)-part-r-\d+[^/]*$")


def read_existing(
    uri: str, records: Records, places: Places, *, log: Callable[[str], None]
) -> Records:
    """Read a matched table and return it with the types of the new records.

    Parameters
    ----------
    uri
        A file or a folder of files: CSV, JSON lines or Parquet, recognised by their first
        bytes. If a folder holds the output of several runs, the latest run counts.
    records
        The new records.
    places
        The files that may be read.
    log
        Receives a line about the table.

    Raises
    ------
    TableError
        The files cannot be read, lack ``match_id`` or columns of the new records, or hold values
        of another type.
    """
    parts = _of_the_latest_run(list(parts_at(uri, places)))
    log(f"reading {counted(len(parts), 'file')} of an earlier run: {parts[0].uri} ...")
    table = pa.concat_tables([_typed(part, places, records) for part in parts])
    return Records(table, records.key, records.kinds)


def _of_the_latest_run(parts: list[Part]) -> list[Part]:
    named = [(match[1], part) for part in parts if (match := _OF_A_RUN.search(part.uri))]
    if not named:
        return parts
    latest = max((stamp for stamp, _ in named), key=int)
    return [part for stamp, part in named if stamp == latest]


def _typed(part: Part, places: Places, records: Records) -> pa.Table:
    table = read_part(part, places, records.key)
    names = [name for name in records.table.column_names if name != MATCH_ID]
    lacking = [name for name in (*names, MATCH_ID) if name not in table.column_names]
    if lacking:
        raise TableError(
            f"{part.uri} lacks {some(lacking)}; give the output of an earlier find-matches job on "
            f"a table with the columns {some(names, 10)}"
        )
    columns = {}
    for name in names:
        kind = records.table.schema.field(name).type
        columns[name] = cast_column(
            table.column(name), kind, name=name, hive=hive_type(kind), where=part.uri
        )
    return pa.table({**columns, MATCH_ID: _ids(table.column(MATCH_ID), part.uri)})


def _ids(column: pa.ChunkedArray, uri: str) -> pa.ChunkedArray:
    return cast_column(column, pa.int64(), name=MATCH_ID, hive="bigint", where=uri)


def read_part(part: Part, places: Places, key: str) -> pa.Table:
    """Read a CSV, JSON lines or Parquet file, recognised by its first bytes.

    Raises
    ------
    TableError
        It cannot be read.
    """
    open_file = partial(part.open, places)
    with open_file() as file:
        start = file.read(1 << 12)
    try:
        if start.startswith(b"PAR1"):
            with open_file() as file:
                return pq.ParquetFile(file, pre_buffer=False).read()
        if start.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"["):
            return read_jsonl(open_file, part.uri, key)
        return read_csv(open_file, part.uri)
    except pa.ArrowException as error:
        raise TableError(f"cannot read {part.uri}: {str(error).splitlines()[0]}") from error
