"""Options of ``matchloop match`` that keep ids between runs, and the file of changes."""

from __future__ import annotations

from typing import Annotated, Literal

import pyarrow as pa
import typer

import matchloop as ml
from matchloop.cli.words import say
from matchloop.data.files import files_at
from matchloop.data.io import read_table
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
) -> None:
    """Refuse options that contradict each other; ``part`` is set where FILE is not all rows.

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
    if rows != "new" and part is None:
        raise UsageError(
            f"--rows {rows} was given without --incremental or --identity; leave it out"
        )


def beside(output: str, word: str = "changes") -> str:
    """Return the path of the changes: ``out.csv`` has them in ``out.changes.csv``."""
    folder, slash, name = output.rpartition("/")
    packed = name[-3:] if name.lower().endswith(".gz") else ""
    stem, dot, suffix = name.removesuffix(packed).rpartition(".")
    return f"{folder}{slash}{stem}.{word}{dot}{suffix}{packed}"


def kept_ids(matches: ml.Matches, earlier: ml.Records, path: str, *, all_rows: bool) -> KeptIds:
    """Give groups the ids of an earlier output.

    Parameters
    ----------
    matches
        The groups.
    earlier
        Rows of the earlier output.
    path
        Its path; the changes of that run are read where they stand beside it.
    all_rows
        Whether the table was read anew, so that rows of the earlier output may have changed.
    """
    name = beside(path)
    changes = None
    if files_at(name).exists(name):
        changes = read_table(name)
        try:
            kept = keep_ids(matches, earlier, changes, contents=all_rows)
        except TableError as error:
            raise TableError(f"{name}: {error}") from error
    else:
        kept = keep_ids(matches, earlier, contents=all_rows)
        say(f"no {name}: {path} counts as a first run, and new ids start above the highest in it")
    if kept.changes.column("event").to_pylist().count(Event.LEFT) == len(earlier):
        say(f"warning: no key of {path} is in the table; every earlier id is retired")
    return kept


def written_rows(table: pa.Table, new: ml.Records, rows: str) -> pa.Table:
    """Return the matched rows to write: all, or those of the new records, which are the last."""
    return table if rows == "all" else table.slice(table.num_rows - len(new))
