"""``matchloop stack``: put several tables under each other, to link them."""

from __future__ import annotations

from functools import reduce
from pathlib import PurePath
from typing import Annotated

import typer

import matchloop as ml
from matchloop.cli.options import AsJson, Key
from matchloop.cli.table_files import TableFile, reads_tables, write_alike
from matchloop.cli.words import print_json, say
from matchloop.data.records import Dialect
from matchloop.errors import UsageError, counted

__all__ = ["stack"]


@reads_tables
def stack(
    files: Annotated[
        list[TableFile],
        typer.Argument(metavar="FILE...", help="Tables to link, two or more.", show_default=False),
    ],
    key: Key,
    output: Annotated[
        str,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="Table to write; .csv, .jsonl or .parquet.",
            show_default=False,
        ),
    ],
    source: Annotated[
        str,
        typer.Option(
            "--source", metavar="COLUMN", help="Column to add: the file that a row comes from."
        ),
    ] = "source",
    rename: Annotated[
        list[str] | None,
        typer.Option(
            "--rename",
            metavar="OLD=NEW",
            help="Column that the files call by different names. May be repeated.",
            show_default=False,
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Put tables under each other, to link them as one.

    The other commands link the result if they are given its --source.
    """
    from matchloop.data.io import stack_tables
    from matchloop.data.io.tables import read_file

    ml.check_writable(output, table=True)
    names = [PurePath(file.path).name.partition(".")[0] for file in files]
    if len(set(names)) < len(names):
        names = [str(PurePath(file.path)) for file in files]
    if len(set(names)) < len(names):
        raise UsageError("the same file was given twice; give each table once")
    tables, dialects = {}, []
    for name, file in zip(names, files, strict=True):
        notes: list[str] = []
        layout = file.other(file.path).layout
        tables[name], dialect = read_file(file.path, key=key, notes=notes, layout=layout)
        dialects.append(dialect)
        for note in notes:
            say(f"{file}: {note}")
    stacked = stack_tables(tables, key=key, source=source, renamed=_renamed(rename or []))
    write_alike(stacked.table, output, reduce(Dialect.shared, dialects))
    for note in stacked.notes:
        say(note)
    summary = {"rows": stacked.table.num_rows, "sources": names, "output": output}
    if as_json:
        print_json({**summary, "columns": stacked.table.column_names, "notes": stacked.notes})
        return
    say(f"{counted(stacked.table.num_rows, 'record')} of {len(names)} tables in {output}")
    say(f"link them with: matchloop match {output} --key {key} --source {source} -o linked.csv")


def _renamed(typed: list[str]) -> dict[str, str]:
    renamed = {}
    for text in typed:
        old, equals, new = text.partition("=")
        if not equals or not old or not new:
            raise UsageError(f"--rename {text!r}: expected OLD=NEW, for example title=name")
        renamed[old] = new
    return renamed
