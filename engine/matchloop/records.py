"""Records: a table, its key column, its column kinds and an optional source column."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

__all__ = ["Kind", "Records"]


class Kind(StrEnum):
    """What a column holds, which decides how it is blocked and compared."""

    NAME = "name"  # short: a person, a company, a street, a brand
    TEXT = "text"  # several words: a title, a description
    CATEGORY = "category"  # few distinct values: a state, a genre
    NUMBER = "number"  # a quantity, maybe with a unit: a price, a length
    DATE = "date"  # a day, or a year
    IDENTIFIER = "identifier"  # near unique: a phone, an e-mail, a model number
    LOCATION = "location"  # latitude and longitude in one value


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
        Name of the column that says where a record comes from. When it is given, only records of
        different sources are matched (linkage); otherwise all are (deduplication).
    """

    table: pa.Table
    key: str
    kinds: Mapping[str, Kind]
    source: str | None = None

    def __len__(self) -> int:
        return int(self.table.num_rows)

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the compared columns."""
        return tuple(self.kinds)

    @cached_property
    def keys(self) -> pa.StringArray:
        """The key of each record as text, shape (records,)."""
        column = self.table.column(self.key).cast(pa.string()).combine_chunks()
        return column.chunk(0) if isinstance(column, pa.ChunkedArray) else column

    @cached_property
    def sources(self) -> NDArray[np.int32] | None:
        """A small number per record for its source, shape (records,); None without a source."""
        if self.source is None:
            return None
        encoded = self.table.column(self.source).combine_chunks().dictionary_encode()
        if isinstance(encoded, pa.ChunkedArray):
            encoded = encoded.combine_chunks()
        return np.asarray(encoded.indices.fill_null(-1), dtype=np.int32)

    @cached_property
    def positions(self) -> dict[str, int]:
        """Row position of each key."""
        return {key: position for position, key in enumerate(self.keys.to_pylist())}
