"""``matchloop profile``: how a table is understood, before anything is matched."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import matchloop as ml
from matchloop.cli.columns import print_columns, tell
from matchloop.cli.option_groups import takes_groups
from matchloop.cli.options import AsJson, File, Html, read_kinds
from matchloop.cli.table_files import reads_tables
from matchloop.cli.table_options import Columns
from matchloop.cli.words import print_json, say

if TYPE_CHECKING:
    from matchloop.data.profiling import ColumnProfile, Count, Profile

__all__ = ["profile"]

LONGEST = 40
"""Characters of a value, or of a column's name, that the terminal shows."""


@reads_tables
@takes_groups
def profile(
    file: File,
    *,
    columns: Columns,
    html: Html = None,
    as_json: AsJson = False,
) -> None:
    """Show how a table is understood.

    Rows, kinds of columns, gaps, distinct and most frequent values, stand-ins for missing values,
    odd values, and dates of mixed order. Changes nothing.
    """
    from matchloop.data.profiling import profile_table

    if html is not None:
        ml.check_writable(html)
    records = ml.read_records(
        file.path,
        key=columns.key,
        source=columns.source,
        kinds=read_kinds(columns.kinds),
        encoding=file.encoding,
        delimiter=file.delimiter,
        sheet=file.sheet,
    )
    understood = profile_table(records)
    if html is not None:
        from matchloop.report import write_profile

        write_profile(understood, file.path.rpartition("/")[2], html)
        say(f"wrote {html}")
    if as_json:
        print_json(understood.to_dict())
    else:
        _print(understood)


def _print(understood: Profile) -> None:
    tell(f"{understood.rows:,} records, {len(understood.columns):,} columns")
    for note in understood.notes:
        tell(f"- {note}")
    tell()
    heads = ("column", "kind", "most frequent", "gaps", "distinct")
    rows = [
        (
            _short(column.name) or "(no name)",
            column.kind or column.role,
            ", ".join(f"{_short(count.value)} ({count.rows:,})" for count in column.top[:2])
            if column.top and column.top[0].rows > 1
            else "none repeats",
            f"{column.missing + sum(count.rows for count in _words(column)):,}",
            f"{column.distinct:,}",
        )
        for column in understood.columns
    ]
    print_columns(heads, rows, names=3)
    remarks = [line for column in understood.columns for line in _remarks(column)]
    if remarks:
        tell()
    for line in remarks:
        tell(line)


def _words(column: ColumnProfile) -> tuple[Count, ...]:
    return (*column.placeholders, *column.stand_ins)


def _remarks(column: ColumnProfile) -> Iterator[str]:
    name = _short(column.name)
    for word in column.placeholders:
        yield f"{name}: {word.value!r} says that a value is missing ({word.rows:,} rows)"
    for word in column.stand_ins:
        yield f"{name}: {word.value!r} stands for a missing value ({word.rows:,} rows)"
    if column.low is not None and column.high is not None:
        yield f"{name}: from {_short(column.low)} to {_short(column.high)}"
    dates = column.dates
    if dates is not None and dates.is_mixed:
        yield (
            f"{name}: mixed orders, {dates.day_first:,} dates have the day first, "
            f"{dates.month_first:,} the month, {dates.either:,} may be either"
        )
    for odd in column.odd:
        examples = ", ".join(f"{_short(value)!r} (record {row:,})" for row, value in odd.examples)
        yield f"{name}: {odd.reason}, {odd.rows:,} row{'s' if odd.rows > 1 else ''}: {examples}"


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}..."
