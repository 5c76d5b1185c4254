"""``matchloop link``: the pairs of records of several tables that match."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from pathlib import PurePath
from typing import Annotated

import numpy as np
import pyarrow as pa
import typer

import matchloop as ml
from matchloop.cli.matching_options import MatchingOptions
from matchloop.cli.option_groups import OptionGroup, takes_groups
from matchloop.cli.options import (
    AsJson,
    EscapeFormulas,
    Kinds,
    read_kinds,
)
from matchloop.cli.progress import StageProgress
from matchloop.cli.table_files import TableFile, reads_tables, write_alike
from matchloop.cli.table_options import Labelling
from matchloop.cli.words import print_json, say
from matchloop.data.io import escape_formulas as escaped
from matchloop.data.io import is_spreadsheet
from matchloop.data.io.tables import read_file
from matchloop.data.records import Dialect
from matchloop.entities.linkage import (
    LinkedPairs,
    LinkedTables,
    find_links,
    keyed_tables,
    link_tables,
    pairs_table,
    read_link_labels,
)
from matchloop.errors import UsageError, counted, some

__all__ = ["link"]


@reads_tables
@takes_groups
def link(
    files: Annotated[
        list[TableFile],
        typer.Argument(metavar="FILE...", help="Tables to link, two or more.", show_default=False),
    ],
    output: Annotated[
        str,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="Table of pairs to write: left_id, right_id, probability; .csv, .jsonl or "
            ".parquet.",
            show_default=False,
        ),
    ],
    key: Annotated[
        list[str] | None,
        typer.Option(
            "--key",
            metavar="COLUMN",
            help="Column that identifies each record: once for all tables, or once for each table "
            "in their order. Without it a column of numbers or codes that never repeats is taken, "
            "or else the rows are numbered.",
            show_default=False,
        ),
    ] = None,
    mapped: Annotated[
        list[str] | None,
        typer.Option(
            "--map",
            metavar="LEFT=RIGHT",
            help="Column of the first table and the column of a later one that means the same; "
            "LEFT= for one that has no partner. May be repeated.",
            show_default=False,
        ),
    ] = None,
    rows: Annotated[
        bool, typer.Option("--rows", help="Also write the columns of both rows side by side.")
    ] = False,
    deduplicate: Annotated[
        str | None,
        typer.Option(
            "--deduplicate",
            metavar="TABLE",
            help="Also match the records of this table with each other.",
            show_default=False,
        ),
    ] = None,
    hub: Annotated[
        str | None,
        typer.Option(
            "--hub",
            metavar="TABLE",
            help="Link every other table with this one only, not with each other.",
            show_default=False,
        ),
    ] = None,
    kinds: Kinds = None,
    *,
    labelling: Labelling,
    matching: Annotated[MatchingOptions, OptionGroup(without=("max_size",))],
    escape_formulas: EscapeFormulas = False,
    as_json: AsJson = False,
) -> None:
    """Link tables: find the pairs of records that match.

    Columns that mean the same are found by name, kind and content, and printed. TABLE is the name
    of a file without its folder and suffix.
    """
    ml.check_writable(output, table=True)
    sources = _names([file.path for file in files])
    _check_table(deduplicate, sources, "--deduplicate")
    _check_table(hub, sources, "--hub")
    with StageProgress("link") as progress:
        progress("read", 0.0)
        tables, keys, dialect = _read(files, sources, key or [])
        linked = link_tables(tables, keys=keys, mapped=_mapped(mapped), kinds=read_kinds(kinds))
        if not as_json:
            _say_columns(linked, keys)
        answers = read_link_labels(labelling.labels or [], linked, labels_are=labelling.labels_are)
        for line in answers.report.lines() if answers is not None else ():
            say(f"labels: {line}")
        pairs, assumed = find_links(
            linked,
            matching.matcher(),
            answers,
            hub=hub,
            deduplicate=deduplicate,
            on_stage=progress,
        )
        table = pairs_table(
            pairs, linked, tables=len(sources) > 2 or deduplicate is not None, rows=rows
        )
        if escape_formulas and is_spreadsheet(output):
            table = escaped(table, keep=("left_id", "right_id"))
        write_alike(table, output, dialect)
    _report(linked, pairs, assumed, keys, output, as_json=as_json)


def _names(files: Sequence[str]) -> list[str]:
    if len(files) < 2:
        raise UsageError("linking takes two tables or more; `matchloop match` takes one")
    names = [PurePath(path).name.partition(".")[0] for path in files]
    if len(set(names)) < len(names):
        names = [str(PurePath(path)) for path in files]
    if len(set(names)) < len(names):
        raise UsageError("the same file was given twice; give each table once")
    return names


def _check_table(name: str | None, sources: Sequence[str], option: str) -> None:
    if name is not None and name not in sources:
        raise UsageError(f"{option} {name}: no such table; there are {some(sources, 12)}")


def _mapped(typed: Sequence[str] | None) -> list[tuple[str, str | None]]:
    pairs = []
    for text in typed or ():
        left, equals, right = text.partition("=")
        if not equals or not left:
            raise UsageError(f"--map {text!r}: expected LEFT=RIGHT, for example title=name")
        pairs.append((left, right or None))
    return pairs


def _read(
    files: Sequence[TableFile], sources: Sequence[str], typed: Sequence[str]
) -> tuple[dict[str, pa.Table], list[str], Dialect]:
    """Return the tables, their keys, and the dialect that their files share."""
    if len(typed) not in (0, 1, len(sources)):
        raise UsageError(
            f"--key was given {len(typed)} times for {len(sources)} tables; give it once for all, "
            "or once for each table in their order"
        )
    key_of_table: list[str | None] = [*typed] if typed else [None]
    key_of_table = key_of_table * len(sources) if len(key_of_table) == 1 else key_of_table
    tables, dialects = {}, []
    for file, name, key in zip(files, sources, key_of_table, strict=True):
        notes: list[str] = []
        layout = file.other(file.path).layout
        tables[name], dialect = read_file(file.path, key=key, notes=notes, layout=layout)
        dialects.append(dialect)
        for note in notes:
            say(f"{file}: {note}")
    keyed, keys, proposed = keyed_tables(tables, typed)
    for note in proposed:
        say(note)
    return keyed, keys, reduce(Dialect.shared, dialects)


def _say_columns(linked: LinkedTables, keys: Sequence[str]) -> None:
    """Print which columns mean the same, and those that are not compared."""
    first = linked.sources[0]
    for (name, pairs), key in zip(linked.columns.items(), keys[1:], strict=True):
        lines = [(keys[0], key, "key"), *((p.left, p.right, p.reason) for p in pairs)]
        widths = [max(len(line[at]) for line in lines) for at in (0, 1)]
        say(f"columns of {first} = {name}:")
        for left, right, reason in lines:
            say(f"  {left.ljust(widths[0])} = {right.ljust(widths[1])}  {reason}")
    for name, columns in linked.alone.items():
        if columns:
            say(f"not compared, in {name} alone: {', '.join(columns)}")
    say("change this with --map LEFT=RIGHT, or --map LEFT= for no partner")


def _report(
    linked: LinkedTables,
    pairs: LinkedPairs,
    assumed: Sequence[str],
    keys: Sequence[str],
    output: str,
    *,
    as_json: bool,
) -> None:
    source = np.asarray(linked.records.table[linked.records.source].to_pylist())
    has_match = np.zeros(len(source), np.bool_)
    has_match[pairs.left] = has_match[pairs.right] = True
    counts: dict[str, Mapping[str, int]] = {
        name: {
            "records": int((source == name).sum()),
            "matched": int(has_match[source == name].sum()),
        }
        for name in linked.sources
    }
    if as_json:
        columns = {
            name: [{"left": p.left, "right": p.right, "reason": p.reason} for p in own]
            for name, own in linked.columns.items()
        }
        print_json(
            {
                "output": output,
                "pairs": len(pairs),
                "tables": counts,
                "keys": dict(zip(linked.sources, keys, strict=True)),
                "columns": columns,
                "not_compared": linked.alone,
                "assumed": list(assumed),
            }
        )
        return
    matched = "; ".join(
        f"{name}: {count['matched']:,} of {counted(count['records'], 'record')} with a match"
        for name, count in counts.items()
    )
    say(f"wrote {output}: {counted(len(pairs), 'pair')}; {matched}")
    for note in assumed:
        say(note)
