"""``matchloop doctor``: find faults in a labelling file or a table, and repair it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

import matchloop as ml
from matchloop.cli.columns import tell
from matchloop.cli.options import AsJson
from matchloop.cli.table_files import TableFile, reads_tables
from matchloop.cli.words import print_json, say
from matchloop.errors import InputError, UsageError, counted

if TYPE_CHECKING:
    import pyarrow as pa

    from matchloop.data.repair import Diagnosis

__all__ = ["doctor"]


@reads_tables
def doctor(
    file: Annotated[
        TableFile,
        typer.Argument(
            metavar="FILE",
            help="Labelling file or table: CSV in any state, .xlsx, or any table.",
            show_default=False,
        ),
    ],
    table: Annotated[
        TableFile | None,
        typer.Option(
            "--table",
            metavar="TABLE",
            help="The table that was labelled; with it keys and columns can be repaired.",
            show_default=False,
        ),
    ] = None,
    key: Annotated[
        str | None,
        typer.Option(
            "--key",
            metavar="COLUMN",
            help="Column that identifies each record.",
            show_default=False,
        ),
    ] = None,
    output: Annotated[
        str | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="Repaired file to write: .csv, or .xlsx whose cells are all text; of a table also "
            ".parquet and .feather.",
            show_default=False,
        ),
    ] = None,
    as_json: AsJson = False,
) -> int:
    """Find faults in labels or a table; repair certain ones.

    A file without a column of labels or labelling sets is a table, unless --table is given. It is
    written as UTF-8 with commas, or by the suffix of the output.

    Exits with 0 where the file is clean or was repaired, with 1 where a person has to look.
    """
    from matchloop.data.files import files_at
    from matchloop.data.io import read_table
    from matchloop.data.repair import examine, examine_table, is_labelling_file

    if table is not None and key is None:
        raise UsageError("--table needs --key: which column identifies a record?")
    if output is not None:
        ml.check_writable(output)
    records = None if table is None else read_table(table.path, key=key, layout=table.layout)
    try:
        with files_at(file.path).open_input(file.path) as opened:
            data = opened.read()
    except OSError as error:
        raise InputError(f"cannot read {file}: {error.strerror or error}") from error
    are_labels = records is not None or is_labelling_file(data)
    if are_labels:
        diagnosis = examine(data, table=records, key=key)
    else:
        say(f"{file} has no column of labels or labelling sets: it is examined as a table")
        if output is not None:
            ml.check_writable(output, table=True)
        diagnosis = examine_table(file.path, key=key, layout=file.layout)
    if output is not None and diagnosis.table is not None:
        _write(diagnosis.table, output, are_labels=are_labels)
    elif output is not None:
        what = "labels" if are_labels else "a table"
        say(f"nothing was written to {output}: the file cannot be read as {what}")
    if as_json:
        written = output if diagnosis.table is not None else None
        print_json({**diagnosis.to_dict(), "written": written})
    else:
        _print(diagnosis, output)
    return int(bool(diagnosis.open))


def _write(table: pa.Table, output: str, *, are_labels: bool) -> None:
    from matchloop.data.io import atomic_write, write_labelling_file
    from matchloop.data.repair import write_workbook

    if not are_labels:
        ml.write_table(table, output)
    elif output.lower().endswith(".xlsx"):
        columns = table.column_names
        rows = [list(row.values()) for row in table.to_pylist()]
        with atomic_write(output) as file:
            write_workbook(columns, rows, file)
    else:
        write_labelling_file(table, output)


def _print(diagnosis: Diagnosis, output: str | None) -> None:
    from matchloop.data.repair import grouped

    for line in grouped(diagnosis.findings):
        tell(line)
    if diagnosis.table is None:
        return
    counts = diagnosis.counts
    summary = f"{counted(diagnosis.rows, 'row')}: {counts['kept']:,} kept"
    summary += f", {counts['repeated']:,} repeated" if counts["repeated"] else ""
    summary += f", {counts['left_out']:,} left out" if counts["left_out"] else ""
    tell(summary)
    if not diagnosis.findings:
        tell("nothing is wrong")
    elif diagnosis.open:
        tell(f"{counted(len(diagnosis.open), 'finding')} for a person to look at")
    elif diagnosis.repaired:
        tell("repaired" if output else "all can be repaired: give -o")
