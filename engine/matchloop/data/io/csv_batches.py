"""Read a CSV file a few megabytes at a time, as strictly as a whole one."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
from pyarrow import csv as arrow_csv

from matchloop.data.io.csv import LONGEST_ROW, check_csv, long_row
from matchloop.data.io.encoding import OpenFile, check_utf8
from matchloop.errors import TableError

__all__ = ["read_csv_batches"]

_BLOCK = 1 << 22


def read_csv_batches(
    open_file: OpenFile, name: str, delimiter: str = ","
) -> tuple[list[str], Iterator[pa.RecordBatch]]:
    """Read a CSV file as :func:`matchloop.data.io.csv.read_csv` does, in bounded memory.

    Parameters
    ----------
    open_file
        Opens the file for reading from its start; called up to four times.
    name
        What messages call the file.
    delimiter
        Between fields, as in ``read_csv``.

    Returns
    -------
    tuple
        The names of the columns, and the rows in order as text. Quoting and numbers of fields
        of the whole file are checked before this returns.

    Raises
    ------
    TableError
        As ``read_csv``; bytes that are not UTF-8 may be found while the rows are read.
    """
    delimiter, columns = check_csv(open_file, name, delimiter)
    return columns, _batches(open_file, name, delimiter, columns)


def _batches(
    open_file: OpenFile, name: str, delimiter: str, columns: list[str]
) -> Iterator[pa.RecordBatch]:
    block, done = _BLOCK, 0
    while True:
        try:
            with open_file() as file:
                left = done  # rows given before the blocks had to be larger
                for batch in _stream(file, delimiter, columns, block):
                    fresh = batch.slice(min(left, batch.num_rows))
                    left -= batch.num_rows - fresh.num_rows
                    done += fresh.num_rows
                    if fresh.num_rows:
                        yield fresh
                return
        except pa.ArrowInvalid as error:
            if "Empty CSV file" in str(error):  # a header and no rows
                return
            if "straddling" not in str(error):
                with open_file() as file:
                    check_utf8(file, name)
                raise TableError(f"{name}: {str(error).splitlines()[0]}") from error
            if block > LONGEST_ROW:
                raise long_row(name) from error
            block *= 8  # a row is larger than a block


def _stream(
    file: object, delimiter: str, columns: list[str], block: int
) -> Iterator[pa.RecordBatch]:
    reader: Iterator[pa.RecordBatch] = arrow_csv.open_csv(
        file,
        read_options=arrow_csv.ReadOptions(block_size=block),
        parse_options=arrow_csv.ParseOptions(delimiter=delimiter, newlines_in_values=True),
        convert_options=arrow_csv.ConvertOptions(
            column_types=dict.fromkeys(columns, pa.string()),
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=True,
        ),
    )
    return reader
