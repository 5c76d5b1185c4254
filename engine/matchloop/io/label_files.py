"""Labelling files in the CSV form of AWS Glue: ``labeling_set_id``, ``label``, then the table.

Reading is strict where a mistake would teach something wrong: a quote left open, a row cut short
or another encoding is refused with its line. A byte order mark, either line end and a missing last
line end are all fine. Nothing is guessed of types: keys stay text.
"""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterator, Sequence
from functools import reduce
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from matchloop.errors import LabelFileError, OutputError
from matchloop.labels import LABEL, LABELING_SET_ID, Labels, Provenance

__all__ = ["read_labels", "write_labelling_file", "write_labels"]

ROWS_AT_ONCE = 50_000
LONGEST_CELL = 131_072  # the csv module's own limit


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
        wins); or a table: pandas, Arrow, or anything with the Arrow PyCapsule interface.
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
        return _read_file(Path(source), key, provenance)
    if isinstance(source, Sequence):
        if not source:
            raise LabelFileError("no label file was given; give at least one path")
        return reduce(Labels.merged, (_read_file(Path(one), key, provenance) for one in source))
    return Labels.of(_as_table(source), key=key, provenance=provenance)


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
        The file to write. It appears whole or not at all.

    Raises
    ------
    OutputError
        The file cannot be written.
    """
    target = Path(path)
    unfinished = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with unfinished.open("w", encoding="utf-8", newline="") as file:
            plain = csv.writer(file, lineterminator="\n")
            quoted = csv.writer(file, lineterminator="\n", quoting=csv.QUOTE_ALL)
            plain.writerow(table.column_names)
            text = [column.cast(pa.string()).fill_null("") for column in table.columns]
            rows = pa.Table.from_arrays(text, names=[str(i) for i in range(len(text))])
            for batch in rows.to_batches(max_chunksize=ROWS_AT_ONCE):
                writer = quoted if _has_return(batch) else plain
                writer.writerows(zip(*(c.to_pylist() for c in batch.columns), strict=True))
        unfinished.replace(target)
    except OSError as error:
        raise OutputError(f"cannot write {target}: {error.strerror or error}") from error
    finally:
        unfinished.unlink(missing_ok=True)


def _has_return(batch: pa.RecordBatch) -> bool:
    """Say whether a value holds a carriage return, which csv leaves bare where lines end in LF."""
    return any(pc.any(pc.match_substring(c, "\r")).as_py() for c in batch.columns)


def _read_file(path: Path, key: str | None, provenance: Provenance | None) -> Labels:
    given = provenance or Provenance()
    origin = Provenance(
        given.round, given.strategy, given.person, given.time, str(path), given.assisted
    )
    try:
        return Labels.of(_parse(_decode(path)), key=key, provenance=origin)
    except LabelFileError as error:
        raise LabelFileError(f"{path}: {error}") from error


def _decode(path: Path) -> str:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise LabelFileError(
            f"cannot read the label file: {error.strerror or error}; give an existing CSV file"
        ) from error
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        start = error.start + (3 if data.startswith(b"\xef\xbb\xbf") else 0)
        raise LabelFileError(
            f"line {_line(data, start)} is not UTF-8 (byte 0x{data[start]:02x}); "
            "save the file as UTF-8"
        ) from error


def _line(data: bytes, position: int) -> int:
    before = data[:position]
    return 1 + before.count(b"\n") + before.count(b"\r") - before.count(b"\r\n")


def _parse(text: str) -> pa.Table:
    rows = _rows(text)
    _, header = next(rows, (0, []))
    if not header:
        raise LabelFileError(
            f"the label file is empty; its first line must be {LABELING_SET_ID},{LABEL} "
            "and the columns of the table"
        )
    batches: list[list[pa.Array]] = []
    block: list[list[str]] = []
    for line, row in rows:
        if len(row) != len(header):
            raise LabelFileError(
                f"line {line} has {len(row)} fields, the header {len(header)}; "
                "quote a value that holds a comma"
            )
        block.append(row)
        if len(block) == ROWS_AT_ONCE:
            batches.append(_columns(block))
            block = []
    if block:
        batches.append(_columns(block))
    if not batches:
        raise LabelFileError("the label file has a header and no rows; label some rows")
    columns = [pa.chunked_array(chunks) for chunks in zip(*batches, strict=True)]
    return pa.Table.from_arrays(columns, names=header)


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield (line the row starts on, fields), skipping empty lines."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    line = 1
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise LabelFileError(
                f"line {line} has broken quoting (or a cell of over {LONGEST_CELL:,} characters): "
                "a quoted value must end in a quote, and a quote inside it be doubled"
            ) from error
        if row:
            yield line, row
        line = reader.line_num + 1


def _columns(block: list[list[str]]) -> list[pa.Array]:
    return [pa.array(column, pa.string()) for column in zip(*block, strict=True)]


def _as_table(source: Any) -> pa.Table:
    if isinstance(source, pa.Table):
        return source
    if type(source).__module__.split(".")[0] == "pandas":
        # objects of mixed type (a label column of 1 and "a") have no Arrow type of their own
        plain = source.convert_dtypes()
        mixed = [name for name in plain.columns if plain[name].dtype == object]
        plain = plain.astype(dict.fromkeys(mixed, "string"))
        return pa.Table.from_pandas(plain, preserve_index=False)
    if hasattr(source, "__arrow_c_stream__"):
        return pa.table(source)
    raise LabelFileError(
        f"labels cannot be read from a {type(source).__name__}; give a path, a list of paths, "
        "a pandas DataFrame or an Arrow table"
    )
