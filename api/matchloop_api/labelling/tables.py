"""Rows of the engine's records as sets hold them; apart, as the web process seldom reads tables."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from matchloop.data.records import RESULTS, Records
from matchloop.data.text import as_text
from matchloop_api.labelling.contents import RESULT, Table

__all__ = ["rows_at", "table_of"]


def table_of(records: Records) -> Table:
    """Return the columns of a table and their kinds."""
    special = {name: RESULT for name in RESULTS} | {records.key: "key", records.source: "source"}
    names = records.table.column_names
    kinds = [special.get(name) or str(records.kinds.get(name, "ignored")) for name in names]
    return Table(tuple(names), tuple(kinds))


def rows_at(records: Records, positions: NDArray[np.integer]) -> tuple[tuple[str | None, ...], ...]:
    """Return all cells of rows as text, in the order of their positions."""
    taken = records.table.take(pa.array(positions))
    columns = [as_text(column).to_pylist() for column in taken.columns]
    return tuple(zip(*columns, strict=True))
