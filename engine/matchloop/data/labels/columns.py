"""Columns of a labelling file: its own two, and those of its table."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from matchloop.data.labels.plain import plain
from matchloop.data.records import RESULTS
from matchloop.errors import LabelFileError, TableError, some

__all__ = [
    "LABEL",
    "LABELING_SET_ID",
    "check_columns",
    "check_names",
    "header_rows",
    "label_columns",
]

LABELING_SET_ID = "labeling_set_id"
LABEL = "label"


def label_columns(names: list[str]) -> tuple[int, int]:
    """Return the positions of the set ids and the labels among the columns of a file.

    Raises
    ------
    LabelFileError
        One of the two is absent or repeated.
    """
    trimmed = [name.strip() for name in names]
    if trimmed[:2] == [LABELING_SET_ID, LABEL]:
        return 0, 1
    for name in (LABELING_SET_ID, LABEL):
        if trimmed.count(name) != 1:
            raise LabelFileError(
                f"labels lack the column '{name}'; they begin with {some(names)}; the first two "
                f"columns must be {LABELING_SET_ID},{LABEL}; `matchloop doctor` recognizes other "
                "names"
            )
    return trimmed.index(LABELING_SET_ID), trimmed.index(LABEL)


def check_columns(names: list[str], expected: list[str], whose: str) -> None:
    """Raise unless labels have exactly the expected columns, in any order.

    Results of an earlier run may be missing, or there in addition: they are never compared, so
    labels of a table also fit the same table with its groups.

    Parameters
    ----------
    names, expected
        Names of columns.
    whose
        Owner of the expected columns, for the message.

    Raises
    ------
    LabelFileError
        A column is missing or unexpected.
    """
    other = [name for name in names if name not in {*expected, *RESULTS}]
    missing = [name for name in expected if name not in {*names, *RESULTS}]
    wrong = [f"columns that are not in {whose}: {some(other)}"] if other else []
    wrong += [f"no column {some(missing)}"] if missing else []
    if wrong:
        raise LabelFileError(
            f"labels have {' and '.join(wrong)}; after {LABELING_SET_ID},{LABEL} "
            f"they must have the columns of {whose}"
        )


def check_names(names: Sequence[str]) -> None:
    """Raise if a column of a table has a name of a labelling file's own columns.

    Raises
    ------
    TableError
        A column has the name of one of the first two columns of a labelling file.
    """
    for name in (LABELING_SET_ID, LABEL):
        if name in names:
            raise TableError(
                f"the table has a column '{name}', which is a labelling file's own; give the "
                "column of the table another name"
            )


def header_rows(columns: Sequence[pa.StringArray], names: Sequence[str]) -> NDArray[np.bool_]:
    """Return which rows repeat the header, as in files that were joined.

    Parameters
    ----------
    columns, names
        The columns as text, and their names, in the same order.

    Raises
    ------
    LabelFileError
        A repeated header has its columns in another order.
    """
    is_header = np.zeros(len(columns[0]), np.bool_)
    trimmed = [name.strip() for name in names]
    for place, column in enumerate(columns):
        # a byte order mark is in the first cell only
        cells = plain(column) if place == 0 else column
        at = pc.fill_null(pc.equal(cells, LABELING_SET_ID), False)
        for row in np.flatnonzero(np.asarray(at, np.bool_)):
            header = plain(pa.array([values[int(row)].as_py() for values in columns])).to_pylist()
            if header == trimmed:
                is_header[row] = True
            elif sorted(header) == sorted(trimmed):
                raise LabelFileError(
                    f"a header among the rows has the columns in another order: {some(header)}; "
                    "give the concatenated files one by one"
                )
    return is_header
