"""Infer catalog tables from files, as a crawler does: one table per file or partitioned folder."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from matchloop.data.io.csv import read_csv
from matchloop.data.io.jsonl import read_jsonl
from matchloop.errors import MatchloopError, TableError
from matchloop_api.datasets.columns import hive_type
from matchloop_api.datasets.parts import Part, parts_at
from matchloop_api.errors import ServiceError
from matchloop_api.places import Places

__all__ = ["InferredTable", "find_tables", "infer_table", "table_name"]

_SUFFIX = re.compile(r"\.(csv|tsv|jsonl|ndjson|json|parquet|pq)(\.gz|\.bz2)?$", re.IGNORECASE)
_CLASSES = {"csv": "csv", "tsv": "csv", "parquet": "parquet", "pq": "parquet"}
_PART = re.compile(r"(?i)^(part|run)-\S*\d+")
_WHOLE = r"^\s*[+-]?(0|[1-9]\d{0,17})\s*$"
_NUMBER = r"^\s*[+-]?((0|[1-9]\d*)(\.\d*)?|\.\d+)([eE][+-]?\d+)?\s*$"
_SEPARATORS = ",;\t|"
_FORMS: Mapping[str, tuple[str, str, str]] = {
    "csv": (
        "org.apache.hadoop.mapred.TextInputFormat",
        "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
        "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe",
    ),
    "json": (
        "org.apache.hadoop.mapred.TextInputFormat",
        "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
        "org.openx.data.jsonserde.JsonSerDe",
    ),
    "parquet": (
        "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
        "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
        "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class InferredTable:
    """A table that was inferred from files.

    Parameters
    ----------
    name
        The name of the file or folder, reduced to letters, digits and underscores.
    location
        The URI of the file or folder.
    classification
        ``csv``, ``json`` or ``parquet``.
    columns, partition_keys
        ``{"Name", "Type"}`` with Hive types.
    parameters
        Further facts for a reader (``skip.header.line.count``, ``delimiter``), and the counts
        ``recordCount``, ``sizeKey``, ``objectCount``, ``averageRecordSize``.
    """

    name: str
    location: str
    classification: str
    columns: tuple[Mapping[str, str], ...]
    partition_keys: tuple[Mapping[str, str], ...] = ()
    parameters: Mapping[str, str] = field(default_factory=dict)

    @property
    def table_input(self) -> Mapping[str, Any]:
        """The table as the TableInput of CreateTable."""
        reads, writes, serde = _FORMS[self.classification]
        delimiter = self.parameters.get("delimiter")
        return {
            "Name": self.name,
            "TableType": "EXTERNAL_TABLE",
            "Parameters": dict(self.parameters),
            "PartitionKeys": [dict(key) for key in self.partition_keys],
            "StorageDescriptor": {
                "Columns": [dict(column) for column in self.columns],
                "Location": self.location,
                "InputFormat": reads,
                "OutputFormat": writes,
                "Compressed": self.parameters.get("compressionType", "none") != "none",
                "NumberOfBuckets": -1,
                "SerdeInfo": {
                    "SerializationLibrary": serde,
                    "Parameters": {"field.delim": delimiter} if delimiter else {},
                },
                "Parameters": dict(self.parameters),
                "StoredAsSubDirectories": False,
            },
        }


@dataclass(slots=True)
class _Seen:
    """The columns and rows of the files so far."""

    columns: dict[str, str] = field(default_factory=dict)
    rows: int = 0
    facts: dict[str, str] = field(default_factory=dict)


def find_tables(uri: str, places: Places) -> tuple[list[InferredTable], list[str]]:
    """Find the tables at a crawler's target.

    A file is a table. Each file of a folder is a table, except the parts of one table. These are
    files below folders named ``column=value``, and files with the names of job outputs
    (``part-00000``, ``run-1-part-r-00000``). They form one table with the name of their folder.

    Returns
    -------
    tuple
        The tables, and for each file that is no table a line with the reason.

    Raises
    ------
    MatchloopError
        There is no file.
    InvalidInputException
        The target cannot be reached.
    """
    locations: dict[str, None] = {}
    for part in parts_at(uri, places):
        locations.setdefault(_table_location(part.uri, uri))
    tables: list[InferredTable] = []
    problems: list[str] = []
    for location in locations:
        try:
            tables.append(infer_table(location, places))
        except (MatchloopError, ServiceError) as error:
            problems.append(str(error))
    return tables, problems


def infer_table(uri: str, places: Places) -> InferredTable:
    """Infer the columns and types of the table at a URI, as a Glue crawler does.

    A CSV column is ``bigint`` if every row has a whole number. It is ``double`` if all values are
    numbers but some have a fraction or are missing, otherwise ``string``. Numbers with leading
    zeros stay strings, so that no key loses them. Column names are in lower case.

    Parameters
    ----------
    uri
        A file, or a folder of files that are one table.
    places
        The files that may be read.

    Raises
    ------
    TableError
        There is no file, no file has a known format, or the files have several formats.
    """
    parts = parts_at(uri, places)
    forms = {part.uri: _classification(part, places) for part in parts}
    form = next(iter(forms.values()))
    other = next((name for name, other_form in forms.items() if other_form != form), None)
    if other is not None:
        raise TableError(f"{uri} holds {form} and {forms[other]} ({other}); give each a folder")
    seen = _Seen()
    look = {"csv": _look_csv, "json": _look_json, "parquet": _look_parquet}[form]
    for part in parts:
        try:
            look(part, places, seen)
        except (EOFError, OSError, pa.ArrowException) as error:
            reason = " ".join(str(error).split())[:200]
            raise TableError(f"{part.uri} is no {form} that can be read: {reason}") from error
    keys = dict.fromkeys(key for part in parts for key in part.partition)
    size = sum(part.size for part in parts)
    return InferredTable(
        name=table_name(uri),
        location=uri,
        classification=form,
        columns=tuple(
            {"Name": name, "Type": kind or "string"}
            for name, kind in seen.columns.items()
            if name not in keys
        ),
        partition_keys=tuple({"Name": name, "Type": "string"} for name in keys),
        parameters={
            "classification": form,
            "compressionType": "gzip" if parts[0].uri.lower().endswith(".gz") else "none",
            "typeOfData": "file",
            "objectCount": str(len(parts)),
            "recordCount": str(seen.rows),
            "sizeKey": str(size),
            "averageRecordSize": str(size // seen.rows if seen.rows else 0),
            **seen.facts,
        },
    )


def table_name(uri: str) -> str:
    """Return a crawler's name for the table at a URI: ``a b.csv`` is ``a_b_csv``.

    Examples
    --------
    >>> table_name("s3://bucket/in/dblp_acm_records.csv")
    'dblp_acm_records_csv'
    """
    last = uri.rstrip("/").rpartition("/")[2]
    last = unquote(last) if uri[:6].lower() == "file:/" else last
    return re.sub(r"\W", "_", last.lower())[:255] or "table"


def _table_location(file: str, top: str) -> str:
    start = len(top.rstrip("/")) + 1
    below = file[start:].split("/") if len(file) > start else []
    for depth, folder in enumerate(below[:-1]):
        if "=" in unquote(folder):
            return "/".join([top.rstrip("/"), *below[:depth]]) + "/"
    if below and _PART.match(below[-1]):
        return file.rpartition("/")[0] + "/"
    return file


def _classification(part: Part, places: Places) -> str:
    suffix = _SUFFIX.search(part.uri)
    if suffix is not None:
        return _CLASSES.get(suffix[1].lower(), "json")
    with part.open(places) as file:
        start = file.read(512).removeprefix(b"\xef\xbb\xbf").lstrip()
    if start[:4] == b"PAR1":
        return "parquet"
    if start[:1] in (b"{", b"["):
        return "json"
    if b"\0" not in start and any(mark.encode() in start for mark in _SEPARATORS):
        return "csv"
    raise TableError(f"{part.uri} is no CSV, JSON lines or Parquet")


def _look_csv(part: Part, places: Places, seen: _Seen) -> None:
    delimiter, row, quoted = _first_row(part, places)
    header = _is_header(row)
    names = _unique([name.strip().lower() or f"col{at}" for at, name in enumerate(row)])
    if not header:
        names = [f"col{at}" for at in range(len(row))]
    table = read_csv(
        partial(part.open, places), part.uri, delimiter, columns=None if header else names
    )
    for name, column in zip(names, table.columns, strict=True):
        seen.columns[name] = _wider(seen.columns.get(name), _text_type(column))
    seen.rows += table.num_rows
    seen.facts |= {"delimiter": delimiter, "columnsOrdered": "true"}
    seen.facts["areColumnsQuoted"] = "true" if quoted else "false"
    if header:
        seen.facts["skip.header.line.count"] = "1"


def _first_row(part: Part, places: Places) -> tuple[str, list[str], bool]:
    with part.open(places) as file:
        start = file.read(1 << 20)
    text = start.decode("utf-8-sig", "replace")
    first = next((line for line in text.splitlines() if line.strip()), "")
    counts = {mark: first.count(mark) for mark in _SEPARATORS}
    delimiter = max(counts, key=counts.__getitem__)
    try:
        rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        row = next((row for row in rows if row), [])
    except csv.Error as error:
        raise TableError(f"{part.uri}: its first row cannot be read: {error}") from None
    if not row:
        raise TableError(f"{part.uri} is empty; expected a header line and records")
    return delimiter, row, '"' in text


def _is_header(row: Sequence[str]) -> bool:
    names = [name.strip() for name in row]
    numeric = any(re.match(_NUMBER, name) for name in names)
    return not numeric and all(names) and len(set(names)) == len(names)


def _unique(names: Sequence[str]) -> list[str]:
    unique: list[str] = []
    for name in names:
        free, at = name, 1
        while free in unique:
            free, at = f"{name}_{at}", at + 1
        unique.append(free)
    return unique


def _text_type(column: pa.ChunkedArray) -> str:
    """Return the Hive type of a text column; empty if it has no values."""
    there = column.drop_null()
    if len(there) == 0:
        return ""
    if pc.all(pc.match_substring_regex(there, _WHOLE)).as_py():
        large = pc.max(pc.utf8_length(there)).as_py() > 15  # more digits than a double holds
        return "bigint" if column.null_count == 0 or large else "double"
    return "double" if pc.all(pc.match_substring_regex(there, _NUMBER)).as_py() else "string"


def _look_json(part: Part, places: Places, seen: _Seen) -> None:
    table = read_jsonl(partial(part.open, places), part.uri)
    for column, values in zip(table.schema, table.columns, strict=True):
        kind = "" if values.null_count == len(values) else hive_type(column.type)
        name = column.name.lower()
        seen.columns[name] = _wider(seen.columns.get(name), kind)
    seen.rows += table.num_rows


def _look_parquet(part: Part, places: Places, seen: _Seen) -> None:
    with part.open(places) as file:
        parquet = pq.ParquetFile(file)
        for column in parquet.schema_arrow:
            name = column.name.lower()
            seen.columns[name] = _wider(seen.columns.get(name), hive_type(column.type))
        seen.rows += parquet.metadata.num_rows


def _wider(first: str | None, second: str) -> str:
    """Return a type that holds the values of both types."""
    if not first or not second or first == second:
        return first or second
    whole = ("tinyint", "smallint", "int", "bigint")
    if first in whole and second in whole:
        return max(first, second, key=whole.index)
    numbers = (*whole, "float", "double")
    return "double" if first in numbers and second in numbers else "string"
