"""Labelling files in the CSV form of AWS Glue: ``labeling_set_id``, ``label``, then the table.

A file of pairs, with two columns of keys and an answer, is read as sets of two rows.

They are read as strictly as tables, and a mistake is named by its line: an open quote would
make wrong labels. A byte order mark, either line end and a missing last line end are all fine.
Encoding and delimiter are recognized, as a spreadsheet of any country writes them. Nothing is
guessed of types: keys stay text.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial, reduce
from typing import Any

import pyarrow as pa

from matchloop.data.files import files_at
from matchloop.data.io.frames import table_from
from matchloop.data.io.layouts import RECOGNIZED
from matchloop.data.io.pair_labels import labels_of_pairs
from matchloop.data.io.text_tables import read_text
from matchloop.data.io.writing import write_csv
from matchloop.data.labels import LABELING_SET_ID, Labels, Provenance, check_labels
from matchloop.data.labels.columns import label_columns
from matchloop.data.labels.meaning import Meaning, check_forms, pairs_as_groups
from matchloop.data.labels.pair_columns import pair_columns
from matchloop.data.records import Records
from matchloop.errors import LabelFileError, TableError, some

__all__ = ["read_labels", "write_labelling_file", "write_labels"]


def read_labels(
    source: str | os.PathLike[str] | Any | Sequence[str | os.PathLike[str]],
    *,
    key: str | None = None,
    provenance: Provenance | None = None,
    labels_are: Meaning | None = None,
    records: Records | None = None,
    check: bool = True,
) -> Labels:
    """Read a Glue labelling file, a file of labelled pairs, several, or a table in memory.

    Parameters
    ----------
    source
        A path; a sequence of paths, merged in their order (a later row of the same set and key
        wins); or a table: pandas, Arrow, or anything with an Arrow stream.
    key
        Name of the column that identifies a record. It may be left out: the labels learn it from
        the table that they are used with.
    provenance
        Where the labels come from, where known. The path of a file is added.
    labels_are
        ``"groups"`` where rows of a set with the same label match, ``"pairs"`` where each set is
        a pair and its label the answer. Without it, labels that look like answers are refused.
    records
        The table. A file of pairs (left key, right key, answer) takes its rows from there.
    check
        Whether to refuse labels that would be taken for something else than they say. A file of
        several people, whose sets repeat, is checked person by person:
        :func:`matchloop.data.labels.check_labels`.

    Returns
    -------
    Labels
        The labelled rows; ``labels.report`` tells what was ignored.

    Raises
    ------
    LabelFileError
        A file cannot be read, leaves open how it is written, has broken quoting, lacks a column,
        has other columns than the file before it, or holds no label; or its labels would be taken
        for something else than they say.
    """
    take = partial(_labels_of, key=key, labels_are=labels_are, records=records, check=check)
    if isinstance(source, (str, os.PathLike)):
        return _read_file(os.fspath(source), take, provenance)
    if isinstance(source, (list, tuple)):
        if not source:
            raise LabelFileError("no label file was given; give at least one path")
        return reduce(_merged, [_read_file(os.fspath(s), take, provenance) for s in source])
    return take(table_from(source), provenance or Provenance())


def write_labels(labels: Labels, path: str | os.PathLike[str]) -> None:
    """Write labels as a Glue labelling file, which :func:`read_labels` reads back unchanged.

    Parameters
    ----------
    labels
        The labels; what came in goes out: same rows, columns, order and values. Provenance is not
        part of the format.
    path
        The file to write. It appears whole or not at all.

    Raises
    ------
    OutputError
        The file cannot be written.
    """
    write_labelling_file(labels.table(), path)


def write_labelling_file(table: pa.Table, path: str | os.PathLike[str]) -> None:
    """Write a table in the shape of a labelling file: UTF-8, no byte order mark, LF line ends.

    Parameters
    ----------
    table
        ``labeling_set_id``, ``label``, then the columns of the records; a missing value is empty.
    path
        The file to write, CSV whatever its suffix. It appears whole or not at all.

    Raises
    ------
    OutputError
        The file cannot be written.
    """
    write_csv(table, path)


def _read_file(path: str, take: Callable[..., Labels], provenance: Provenance | None) -> Labels:
    notes: list[str] = []
    try:
        open_file = partial(files_at(path).open_input, path)
        table, _ = read_text(open_file, path, ",", RECOGNIZED, notes)
    except TableError as error:
        if not files_at(path).exists(path):
            raise LabelFileError(str(error)) from error
        raise LabelFileError(f"{error}; `matchloop doctor {path}` repairs what it can") from error
    except OSError as error:
        raise LabelFileError(f"cannot read {path}: {error.strerror or error}") from error
    if table.num_rows == 0:
        raise LabelFileError(f"{path} has a header and no rows; label some rows")
    try:
        origin = provenance or Provenance()
        labels = take(table, replace(origin, source=path, input=origin.input or "file"))
    except LabelFileError as error:
        raise LabelFileError(f"{path}: {error}") from error
    if not notes:
        return labels
    reading = (f"{path}: {note}" for note in notes)
    return replace(labels, report=replace(labels.report, notes=(*reading, *labels.report.notes)))


def _labels_of(
    table: pa.Table,
    provenance: Provenance,
    *,
    key: str | None,
    labels_are: Meaning | None,
    records: Records | None,
    check: bool,
) -> Labels:
    names = [name.strip() for name in table.column_names]
    of_table = key or (None if records is None else records.key)
    pairs = None if LABELING_SET_ID in names else pair_columns(table.column_names, of_table)
    if pairs is not None and labels_are != "groups":
        if records is None:
            raise LabelFileError(
                f"the file holds pairs of '{pairs.left}' and '{pairs.right}'; give the table that "
                "has their rows, too"
            )
        return labels_of_pairs(table, pairs, records, provenance)
    if labels_are == "pairs":
        if LABELING_SET_ID not in names:
            raise LabelFileError(
                f"no two columns can be told to hold the keys of pairs among {some(names, 8)}; "
                "call them left_id, right_id and label"
            )
        table = pairs_as_groups(table, label_columns(table.column_names))
    labels = Labels.of(table, key=key, provenance=provenance)
    if check:
        check_labels(labels, labels_are and "groups")
    return labels


def _merged(old: Labels, new: Labels) -> Labels:
    made = old.merged(new)
    check_forms(made.set_ids, made.labels)
    return replace(made, report=made.report.after(old.report, new.report))
