"""Options of ``matchloop match`` that keep ids between runs, and the file of changes."""

from __future__ import annotations

from typing import Annotated, Literal

import pyarrow as pa
import typer

import matchloop as ml
from matchloop.cli.places import beside as path_beside
from matchloop.cli.table_files import TableFile
from matchloop.cli.words import say
from matchloop.data.files import files_at
from matchloop.data.io import read_table
from matchloop.data.io.database_urls import is_database
from matchloop.entities.identity import Event, KeptIds, keep_ids
from matchloop.errors import TableError, UsageError

__all__ = ["Previous", "Rows", "beside", "check_options", "kept_ids", "written_rows"]

Previous = Annotated[
    str | None,
    typer.Option(
        "--previous",
        metavar="LAST",
        help="Output of the last run; FILE holds all records of now. Groups that still exist keep "
        "their ids, changes are written beside the output.",
        show_default=False,
    ),
]
Rows = Annotated[
    Literal["new", "all"],
    typer.Option(
        "--rows",
        help="With --incremental or --identity: write the rows of FILE (new), or earlier rows and "
        "these (all).",
    ),
]


def check_options(
    *,
    previous: str | None,
    part: str | None,
    incremental: str | None,
    rows: str,
    remove_duplicates: bool,
    key: str | None,
) -> None:
    """Refuse options that contradict each other; ``part`` is set if FILE holds only some rows.

    Raises
    ------
    UsageError
        Two of them cannot go together.
    """
    if previous is not None and incremental is not None:
        raise UsageError(
            "--previous and --incremental were both given; FILE holds all records (--previous) or "
            "the new ones alone (--incremental)"
        )
    if previous is not None and remove_duplicates:
        raise UsageError(
            "--previous and --remove-duplicates were both given; the next run needs all rows of "
            "this output, so remove duplicates from a copy"
        )
    if key is None and (previous is not None or part is not None):
        named = {"--previous": previous, "--incremental": incremental, "--identity": part}
        name = next(option for option, value in named.items() if value is not None)
        raise UsageError(f"{name} needs --key: the column that identifies records of both")
    if rows != "new" and part is None:
        raise UsageError(
            f"--rows {rows} was given without --incremental or --identity; leave it out"
        )


def beside(output: str, word: str = "changes") -> str:
    """Return the path of the changes: ``out.csv`` has them in ``out.changes.csv``."""
    if is_database(output):
        return f"{output}_{word}"
    return path_beside(output, word)


def kept_ids(
    matches: ml.Matches, earlier: ml.Records, file: TableFile, *, all_rows: bool
) -> KeptIds:
    """Give groups the ids of an earlier output.

    Parameters
    ----------
    matches
        The groups.
    earlier
        Rows of the earlier output.
    file
        The file of these rows; the changes of that run are read from beside it, if they exist.
    all_rows
        Whether the table was read anew, so that rows of the earlier output may have changed.
    """
    name = beside(file.path)
    changes = _changes_beside(file, name)
    try:
        kept = keep_ids(matches, earlier, changes, contents=all_rows)
    except TableError as error:
        raise TableError(f"{name}: {error}") from error
    if changes is None:
        say(f"no {name}: {file} counts as a first run, and new ids start above the highest in it")
    if kept.changes.column("event").to_pylist().count(Event.LEFT) == len(earlier):
        say(f"warning: no key of {file} is in the table; every earlier id is retired")
    return kept


def _changes_beside(file: TableFile, name: str) -> pa.Table | None:
    """Read the changes of an earlier run; None where there are none."""
    if is_database(name):
        try:
            return read_table(name)
        except TableError:  # the database itself was read before: it lacks this table
            return None
    if not files_at(name).exists(name):
        return None
    return read_table(name, layout=file.other(name).layout)


def written_rows(table: pa.Table, new: ml.Records, rows: str) -> pa.Table:
    """Return the matched rows to write: all, or the last ones, which are the new records."""
    return table if rows == "all" else table.slice(table.num_rows - len(new))
