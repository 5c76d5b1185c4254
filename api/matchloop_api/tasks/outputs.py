"""The output of the find-matches job: the input's columns and match ids, in parts as in Glue."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime
from hashlib import sha256

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from matchloop import Matches
from matchloop.data.io import escape_formulas, write_open
from matchloop.data.matches import CONFIDENCE, MATCH_ID
from matchloop.data.pairs import run_starts
from matchloop.errors import UsageError, counted
from matchloop_api.places import Places, join
from matchloop_api.store import Resource
from matchloop_api.tasks.work import Work

__all__ = [
    "FORMATS",
    "PART_ROWS",
    "lowest_of_each_group",
    "result_table",
    "write_labelling",
    "write_parts",
]

FORMATS = {"csv": "csv", "json": "jsonl", "parquet": "parquet"}
"""The engine's name of each format that ``--OutputFormat`` may be."""

PART_ROWS = 500_000
"""Rows of a part at most."""


def result_table(matches: Matches, *, confidence: bool) -> pa.Table:
    """Return the rows in the input's order: its columns, match_id, and the score if wanted."""
    table = matches.table()
    return table if confidence else table.drop_columns([CONFIDENCE])


def lowest_of_each_group(table: pa.Table, key: str) -> pa.Table:
    """Return the row with the lowest key of each group, in the order of the table.

    Parameters
    ----------
    table
        Matched rows.
    key
        Its key column; numbers compare as numbers, text as text.
    """
    order = pa.table({MATCH_ID: table.column(MATCH_ID), "key": table.column(key)})
    sorted_rows = np.asarray(
        pc.sort_indices(order, sort_keys=[(MATCH_ID, "ascending"), ("key", "ascending")])
    )
    ids = np.asarray(table.column(MATCH_ID).combine_chunks())[sorted_rows]
    return table.take(pa.array(np.sort(sorted_rows[run_starts(ids)])))


def write_labelling(work: Work, table: pa.Table, uri: str, *, key: str) -> None:
    """Write a labelling file; escape spreadsheet formulas if the setting asks for it.

    The key is never escaped, because an import finds the rows by it.
    """
    if work.settings.escape_formulas:
        table = escape_formulas(table, keep=(key,))
    with work.output(uri) as file:
        write_open(table, file, "csv", uri)


def write_parts(
    work: Work,
    table: pa.Table,
    folder: str,
    form: str,
    places: Places,
    *,
    keep: Collection[str] = (),
    fact: str = "stamp",
) -> list[str]:
    """Write a table as ``run-<milliseconds>-part-r-00000`` and following; return their URIs.

    The time in the names is a ``fact`` of the run, one for each folder. So a second attempt of a
    run writes the same names, and no run writes those of another. Columns to ``keep`` are not
    escaped.

    Raises
    ------
    UsageError
        There is no such format.
    """
    if form not in FORMATS:
        raise UsageError(f"--OutputFormat is '{form}'; expected {', '.join(FORMATS)}")
    if form == "csv" and work.settings.escape_formulas:
        table = escape_formulas(table, keep=keep)
    stamp = _stamp(work, folder, places, fact)
    written = []
    for number, start in enumerate(range(0, max(1, table.num_rows), PART_ROWS)):
        uri = _part(folder, stamp, number)
        with work.output(uri) as file:
            write_open(table.slice(start, PART_ROWS), file, FORMATS[form], uri)
        work.on_stage("write", min(1.0, (start + PART_ROWS) / max(1, table.num_rows)))
        written.append(uri)
    work.log(
        f"wrote {counted(table.num_rows, 'row')} in {counted(len(written), 'part')}: "
        f"{written[0]} ..."
    )
    return written


def _stamp(work: Work, folder: str, places: Places, fact: str) -> int:
    """Return milliseconds that no other run uses for its files in this folder."""
    if fact in work.facts:
        return int(work.facts[fact])
    stamp = int(work.run.started_at.timestamp() * 1000)
    while places.exists(_part(folder, stamp, 0)) or not _taken(work, _part(folder, stamp, 0)):
        stamp += 1  # another run that started in the same millisecond
    work.checkpoint(**{fact: stamp})
    return stamp


def _taken(work: Work, uri: str) -> bool:
    """Reserve a name for this run; return False if another run has it.

    A listing of the folder cannot show it: the other run may not have written its files yet.
    """
    name, now = sha256(uri.encode()).hexdigest(), datetime.now(UTC)
    own = Resource(
        kind="output", name=name, body={"TaskRunId": work.run.id}, created_at=now, modified_at=now
    )
    try:
        with work.store.writing() as tx:
            tx.resources.add(own)
    except KeyError:
        with work.store.reading() as tx:
            holder = tx.resources.get("output", name)
        return holder is not None and holder.body == own.body
    return True


def _part(folder: str, stamp: int, number: int) -> str:
    return join(folder, f"run-{stamp}-part-r-{number:05d}")
