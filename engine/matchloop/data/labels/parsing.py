"""Read the columns of a table in the form of a labelling file."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from matchloop.data.labels.columns import LABEL, LABELING_SET_ID, header_rows, label_columns
from matchloop.data.labels.sets import files_of, record_codes, set_apart
from matchloop.data.text import as_text
from matchloop.errors import LabelFileError, counted, some

__all__ = ["LabelColumns", "one_chunk", "parse_columns", "plain_text"]


@dataclass(frozen=True, slots=True, eq=False)
class LabelColumns:
    """The columns of a labelling file as text, labelled or not.

    Parameters
    ----------
    set_ids, labels
        The set and the label of each row, shape (rows,); empty where missing.
    values
        The row's own columns, in the order of the file.
    notes
        What was left out or renamed, a sentence each.
    """

    set_ids: pa.StringArray
    labels: pa.StringArray
    values: pa.Table
    notes: tuple[str, ...]


def parse_columns(table: pa.Table, key: str | None) -> LabelColumns:
    """Read the columns of a labelling file, leave out repeated headers and keep files apart.

    A header among the rows is the mark of files that were concatenated: sets of the same id before
    and after it are different sets if they hold the same record.

    Parameters
    ----------
    table
        Columns ``labeling_set_id`` and ``label``, and the columns of the records.
    key
        Name of the column that identifies a record; None where all its values do.

    Raises
    ------
    LabelFileError
        A column is absent or repeated, or a type has no text form.
    """
    places = label_columns(table.column_names)
    rest = [place for place in range(table.num_columns) if place not in places]
    names = [table.column_names[place] for place in rest]
    if len(set(names)) < len(names):
        twice = sorted({name for name in names if names.count(name) > 1})
        raise LabelFileError(f"labels hold a column twice: {some(twice)}; each may stand once")
    if key is not None and key not in names:
        raise LabelFileError(
            f"labels lack the key column '{key}'; they have {some(names)}; "
            f"write all columns of the table after {LABELING_SET_ID},{LABEL}"
        )
    set_ids, labels = (plain_text(table.column(place)) for place in places)
    columns = [plain_text(table.column(place)) for place in rest]
    values = pa.Table.from_arrays(columns, names=names)
    headers = header_rows(
        [set_ids, labels, *(one_chunk(column) for column in values.columns)],
        [LABELING_SET_ID, LABEL, *names],
    )
    if not headers.any():
        return LabelColumns(set_ids, labels, values, ())
    note = counted(
        int(headers.sum()),
        "header among the rows was left out",
        "headers among the rows were left out",
    )
    body = pa.array(np.flatnonzero(~headers))
    parts = np.cumsum(headers, dtype=np.int64)[~headers]
    set_ids, labels, values = set_ids.take(body), labels.take(body), values.take(body)
    apart = set_apart(set_ids, lambda: record_codes(values, key), files_of(set_ids, parts))
    return LabelColumns(apart.set_ids, labels, values, (note, *apart.lines()))


def plain_text(column: pa.ChunkedArray) -> pa.StringArray:
    """Return a column as text, a missing value as an empty one.

    Raises
    ------
    LabelFileError
        Its type has no text form.
    """
    try:
        return as_text(column).fill_null("")
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise LabelFileError(
            f"a label column of type {column.type} has no text form; give plain columns"
        ) from error


def one_chunk(column: pa.ChunkedArray) -> pa.StringArray:
    """Return a column as one array."""
    joined = column.combine_chunks()
    return joined.chunk(0) if isinstance(joined, pa.ChunkedArray) else joined
