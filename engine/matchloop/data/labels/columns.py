"""Columns of a labelling file: the two that every one has, and those of its table."""

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
    """Return where the set ids and the labels stand among the columns of a labelling file.

    Raises
    ------
    LabelFileError
        One of the two is missing or stands twice.
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


def check_columns(given: list[str], expected: list[str], whose: str) -> None:
    """Refuse labels whose own columns are not those that are expected, in any order.

    Results of an earlier run may be missing, or there in addition: they are never compared, so
    labels of a table also fit the same table with its groups.

    Parameters
    ----------
    given, expected
        Names of columns.
    whose
        Whose columns are expected, for the message.

    Raises
    ------
    LabelFileError
        A column is missing, or is one too many.
    """
    other = [name for name in given if name not in {*expected, *RESULTS}]
    missing = [name for name in expected if name not in {*given, *RESULTS}]
    wrong = [f"columns that are not in {whose}: {some(other)}"] if other else []
    wrong += [f"no column {some(missing)}"] if missing else []
    if wrong:
        raise LabelFileError(
            f"labels have {' and '.join(wrong)}; after {LABELING_SET_ID},{LABEL} "
            f"they must have the columns of {whose}"
        )


def check_names(names: Sequence[str]) -> None:
    """Refuse a table whose columns cannot stand beside those of a labelling file.

    Raises
    ------
    TableError
        A column is called as one of the first two of a labelling file.
    """
    for name in (LABELING_SET_ID, LABEL):
        if name in names:
            raise TableError(
                f"the table has a column '{name}', which is a labelling file's own; give the "
                "column of the table another name"
            )


def header_rows(columns: Sequence[pa.StringArray], names: Sequence[str]) -> NDArray[np.bool_]:
    """Return the rows that repeat the header, as files put one below the other have them.

    Parameters
    ----------
    columns, names
        The columns as text, and their names, in the same order.

    Raises
    ------
    LabelFileError
        A header among the rows has the columns in another order.
    """
    found = np.zeros(len(columns[0]), np.bool_)
    trimmed = [name.strip() for name in names]
    for place, column in enumerate(columns):
        cells = plain(column) if place == 0 else column  # a byte order mark stands in front only
        at = pc.fill_null(pc.equal(cells, LABELING_SET_ID), False)
        for row in np.flatnonzero(np.asarray(at, np.bool_)):
            told = plain(pa.array([one[int(row)].as_py() for one in columns])).to_pylist()
            if told == trimmed:
                found[row] = True
            elif sorted(told) == sorted(trimmed):
                raise LabelFileError(
                    f"a header among the rows has the columns in another order: {some(told)}; give "
                    "the files that were put together one by one"
                )
    return found
