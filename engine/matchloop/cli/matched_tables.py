"""Read the tables that ``match`` wrote."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

import matchloop as ml
from matchloop.cli.table_files import TableFile
from matchloop.cli.table_options import ColumnOptions
from matchloop.data.matches import match_ids_of
from matchloop.errors import TableError, counted

__all__ = ["read_matched"]


def read_matched(result: TableFile, columns: ColumnOptions) -> tuple[ml.Records, NDArray[np.int64]]:
    """Read a table that ``match`` wrote, and the group of each record.

    Raises
    ------
    TableError
        A row has no match_id.
    """
    records = columns.read(result)
    groups = match_ids_of(records.table)
    if missing := int((groups < 0).sum()):
        raise TableError(
            f"{result}: {counted(missing, 'row has', 'rows have')} no match_id; give a table "
            "whose rows are all matched"
        )
    return records, groups
