"""Records: a table, its key column, its column kinds and an optional source column."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from matchloop.data.memory import UNLIMITED, Memory
from matchloop.data.text import LARGEST, TOO_LARGE, as_text
from matchloop.errors import TableError, UsageError, some

__all__ = [
    "CONFIDENCE",
    "MATCH_ID",
    "PLAIN",
    "RESULTS",
    "Dialect",
    "Kind",
    "Records",
    "check_comparable",
]

MATCH_ID = "match_id"
CONFIDENCE = "match_confidence_score"
RESULTS = (MATCH_ID, CONFIDENCE)
"""Columns that a run adds. Those of an earlier run are never compared."""


class Kind(StrEnum):
    """What a column holds, which decides how it is blocked and compared."""

    NAME = "name"  # short: a person, a company, a street, a brand
    TEXT = "text"  # several words: a title, a description
    CATEGORY = "category"  # few distinct values: a state, a genre
    NUMBER = "number"  # a quantity, maybe with a unit: a price, a length
    DATE = "date"  # a day, or a year
    IDENTIFIER = "identifier"  # near unique: a phone, an e-mail, a model number
    LOCATION = "location"  # latitude and longitude in one value


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a text file writes a table, so that a result can be written alike.

    Parameters
    ----------
    encoding
        A name that Python knows.
    delimiter
        Between fields, where the format leaves it open.
    decimal
        What separates whole numbers from fractions, a point or a comma.
    """

    encoding: str = "utf-8"
    delimiter: str = ","
    decimal: str = "."

    def shared(self, other: Dialect) -> Dialect:
        """Return the dialect for a result of two files: what both have, else the plain one.

        A file without a fraction has the decimal point, so the comma of the other one counts.
        """
        return Dialect(
            self.encoding if self.encoding == other.encoding else PLAIN.encoding,
            self.delimiter if self.delimiter == other.delimiter else PLAIN.delimiter,
            "," if "," in (self.decimal, other.decimal) else PLAIN.decimal,
        )


PLAIN = Dialect()
"""UTF-8, commas between fields, decimal points."""


@dataclass(frozen=True, eq=False)
class Records:
    """A table of records to match. Build one with :func:`matchloop.read_records`.

    Parameters
    ----------
    table
        All columns as given, in the given order.
    key
        Name of the column that identifies each record; unique and never missing.
    kinds
        Kind of each column that is compared, in table order; never the key or the source.
    source
        Name of the column that names the source of a record. When it is given, only records of
        different sources are matched (linkage); otherwise all are (deduplication).
    notes
        Sentences on what reading left out or does not compare.
    dialect
        How the file that the table was read from is written.
    memory
        Where the table and what is derived from it wait between stages.

    Raises
    ------
    TableError
        The table has no rows, two columns of one name, no usable key, no usable source, a column
        that cannot be compared, or none to compare.
    UsageError
        ``kinds`` names a column that the table does not have, or the key or the source.
    """

    table: pa.Table
    key: str
    kinds: Mapping[str, Kind]
    source: str | None = None
    notes: tuple[str, ...] = ()
    dialect: Dialect = PLAIN
    memory: Memory = field(default=UNLIMITED, repr=False)

    def __post_init__(self) -> None:
        _check_columns(self.table, self.key, self.source)
        _check_kinds(self.table, self.kinds, self.key, self.source)
        _check_size(self.table, (self.key, *self.kinds))
        _check_keys(self.key, self.table.column(self.key))
        if self.source is not None:
            _check_sources(self.source, as_text(self.table.column(self.source)))

    def __len__(self) -> int:
        return int(self.table.num_rows)

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the compared columns."""
        return tuple(self.kinds)

    @cached_property
    def keys(self) -> pa.StringArray:
        """The key of each record as text, shape (records,)."""
        return self.memory.keep(as_text(self.table.column(self.key)))

    @cached_property
    def sources(self) -> NDArray[np.int32] | None:
        """A small number per record for its source, shape (records,); None without a source."""
        if self.source is None:
            return None
        encoded = as_text(self.table.column(self.source)).dictionary_encode()
        return np.asarray(encoded.indices, dtype=np.int32)

    @cached_property
    def positions(self) -> dict[str, int]:
        """Row position of each key."""
        return {key: position for position, key in enumerate(self.keys.to_pylist())}

    def pair(self, left_key: str, right_key: str) -> tuple[int, int]:
        """Return the row positions of two records.

        Raises
        ------
        UsageError
            A key is not in the table, or both are the same.
        """
        positions = self.positions
        for key in (left_key, right_key):
            if key not in positions:
                raise UsageError(f"no record with key '{key}'; keys are like {some(positions, 3)}")
        if left_key == right_key:
            raise UsageError(f"the key '{left_key}' was given twice; give two records")
        return positions[left_key], positions[right_key]


def _check_columns(table: pa.Table, key: str, source: str | None) -> None:
    names = table.column_names
    if not names:
        raise TableError("the table has no columns; expected a key and at least one more")
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise TableError(f"column name {some(repeated)} is repeated; give each column its own name")
    for column, role in ((key, "key"), (source, "source")):
        if column is not None and column not in names:
            raise TableError(
                f"no {role} column {column!r}; the table has {some(names, 20)}; name one of them"
            )
    if source == key:
        raise TableError(f"{key!r} is both key and source; the source tells tables apart, not rows")
    if table.num_rows == 0:
        raise TableError("the table has a header and no rows; expected at least one record")


def _check_kinds(table: pa.Table, kinds: Mapping[str, Kind], key: str, source: str | None) -> None:
    for column in kinds:
        if column not in table.column_names:
            raise UsageError(
                f"kinds: no column {column!r}; the table has {some(table.column_names, 20)}"
            )
        if column in (key, source):
            raise UsageError(f"kinds: {column!r} is the key or the source and is never compared")
        check_comparable(table.schema.field(column))
    if not kinds:
        raise TableError(
            f"no column to compare besides {some([key] if source is None else [key, source])}; "
            "expected at least one"
        )


def _check_size(table: pa.Table, columns: tuple[str, ...]) -> None:
    for column in columns:
        values = table.column(column)
        if pa.types.is_string(values.type) or pa.types.is_large_string(values.type):
            size = pc.sum(pc.binary_length(values).cast(pa.int64())).as_py() or 0
            if size > LARGEST:
                raise TableError(TOO_LARGE.format(f"column {column!r}"))


def check_comparable(column: pa.Field) -> None:
    """Check that a column's values can be compared: that each has a text of its own.

    Raises
    ------
    TableError
        The type is nested or binary.
    """
    if not _has_text(column.type):
        raise TableError(
            f"column {column.name!r} holds {column.type}, which has no text to compare; flatten it "
            "into columns of its own, or leave it out with the kind 'ignore'"
        )


def _has_text(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        return _has_text(kind.value_type)
    binary = pa.types.is_binary(kind) or pa.types.is_large_binary(kind)
    if pa.types.is_nested(kind) or binary or pa.types.is_fixed_size_binary(kind):
        return False
    try:
        pa.array([], kind).cast(pa.string())
    except (pa.ArrowNotImplementedError, pa.ArrowInvalid):
        return False
    return True


def _check_keys(key: str, column: pa.ChunkedArray) -> None:
    whole = pa.types.is_integer(column.type) and column.null_count == 0
    if whole and pc.count_distinct(column).as_py() == len(column):
        return  # without making text of the keys
    check_comparable(pa.field(key, column.type))
    keys = as_text(column)
    missing = pc.fill_null(pc.equal(pc.utf8_trim_whitespace(keys), ""), True)
    rows = np.flatnonzero(np.asarray(missing))
    if len(rows):
        raise TableError(
            f"key column {key!r} has no value in {len(rows):,} of {len(keys):,} rows (row "
            f"{', '.join(str(row + 1) for row in rows[:5])}{', ...' if len(rows) > 5 else ''}); "
            "expected one in each"
        )
    if pc.count_distinct(keys).as_py() == len(keys):
        return
    counted = pc.value_counts(keys)
    repeated = counted.field("values").filter(pc.greater(counted.field("counts"), 1))
    raise TableError(
        f"key column {key!r} repeats {some(repeated.slice(0, 6).to_pylist())}; "
        "expected each key once: name another column, or number the rows"
    )


def _check_sources(source: str, values: pa.StringArray) -> None:
    missing = pc.fill_null(pc.equal(pc.utf8_trim_whitespace(values), ""), True)
    count = pc.sum(missing).as_py() or 0
    if count:
        raise TableError(
            f"source column {source!r} has no value in {count:,} of {len(values):,} rows; expected "
            "one in each, or leave the source out to match all records with each other"
        )
    names = pc.unique(values)
    if len(names) == 1:
        raise TableError(
            f"source column {source!r} holds {some(names.to_pylist())} alone; expected two sources "
            "or more, or leave the source out to match all records with each other"
        )
