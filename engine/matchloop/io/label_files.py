"""Labelling files in the CSV form of AWS Glue: ``labeling_set_id``, ``label``, then the table.

They are read as tables are: strictly, a mistake named by its line, since a quote left open would
teach something wrong. A byte order mark, either line end and a missing last line end are all fine.
Nothing is guessed of types: keys stay text.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from functools import partial, reduce
from typing import Any

import pyarrow as pa

from matchloop.errors import LabelFileError, TableError
from matchloop.files import files_at
from matchloop.io.csv import read_csv
from matchloop.io.frames import table_from
from matchloop.io.writing import write_csv
from matchloop.labels import Labels, Provenance

__all__ = ["read_labels", "write_labelling_file", "write_labels"]


def read_labels(
    source: str | os.PathLike[str] | Any | Sequence[str | os.PathLike[str]],
    *,
    key: str | None = None,
    provenance: Provenance | None = None,
) -> Labels:
    """Read a Glue labelling file, several, or a table in memory.

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

    Returns
    -------
    Labels
        The labelled rows; ``labels.report`` tells what was ignored.

    Raises
    ------
    LabelFileError
        A file cannot be read, is not UTF-8, has broken quoting, lacks a column, has other columns
        than the file before it, or holds no label.
    """
    if isinstance(source, (str, os.PathLike)):
        return _read_file(os.fspath(source), key, provenance)
    if isinstance(source, (list, tuple)):
        if not source:
            raise LabelFileError("no label file was given; give at least one path")
        return reduce(Labels.merged, [_read_file(os.fspath(s), key, provenance) for s in source])
    return Labels.of(table_from(source), key=key, provenance=provenance)


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


def _read_file(path: str, key: str | None, provenance: Provenance | None) -> Labels:
    try:
        table = read_csv(partial(files_at(path).open_input, path), path)
    except TableError as error:
        raise LabelFileError(str(error)) from error
    except OSError as error:
        raise LabelFileError(f"cannot read {path}: {error.strerror or error}") from error
    if table.num_rows == 0:
        raise LabelFileError(f"{path} has a header and no rows; label some rows")
    try:
        return Labels.of(
            table, key=key, provenance=replace(provenance or Provenance(), source=path)
        )
    except LabelFileError as error:
        raise LabelFileError(f"{path}: {error}") from error
