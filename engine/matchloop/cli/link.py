"""``matchloop link``: the pairs of records of several tables that match."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import reduce
from pathlib import PurePath
from typing import Annotated

import numpy as np
import pyarrow as pa
import typer

import matchloop as ml
from matchloop.cli.options import (
    AccuracyCost,
    AsJson,
    Block,
    EnforceLabels,
    EscapeFormulas,
    Kinds,
    LabelFiles,
    LabelsAre,
    PerSource,
    PrecisionRecall,
    Seed,
    Threshold,
    make_matcher,
    read_kinds,
)
from matchloop.cli.progress import StageProgress
from matchloop.cli.table_files import TableFile, reads_tables, write_alike
from matchloop.cli.words import print_json, say
from matchloop.data.io import escape_formulas as escaped
from matchloop.data.io import is_spreadsheet
from matchloop.data.io.tables import read_file
from matchloop.data.records import Dialect
from matchloop.entities.linkage import (
    LinkedPairs,
    LinkedTables,
    link_tables,
    linked_pairs,
    pairs_table,
    read_link_labels,
)
from matchloop.errors import LabelFileError, UsageError, counted, some

__all__ = ["link"]


@reads_tables
def link(
    files: Annotated[
        list[TableFile],
        typer.Argument(metavar="FILE...", help="Tables to link, two or more.", show_default=False),
    ],
    key: Annotated[
        list[str],
        typer.Option(
            "--key",
            metavar="COLUMN",
            help="Column that identifies each record: once for all tables, or once for each table "
            "in their order.",
            show_default=False,
        ),
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
    per_source: PerSource = "many",
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
    labels: LabelFiles = None,
    labels_are: LabelsAre = None,
    kinds: Kinds = None,
    block: Block = None,
    precision_recall: PrecisionRecall = None,
    threshold: Threshold = None,
    accuracy_cost: AccuracyCost = 0.5,
    enforce_labels: EnforceLabels = False,
    escape_formulas: EscapeFormulas = False,
    seed: Seed = 0,
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
    keys = _keys(key, sources)
    with StageProgress("link") as progress:
        progress("read", 0.0)
        tables, dialect = _read(files, sources, keys)
        linked = link_tables(tables, keys=keys, mapped=_mapped(mapped), kinds=read_kinds(kinds))
        if not as_json:
            _say_columns(linked, keys)
        answers = read_link_labels(labels or [], linked, labels_are=labels_are)
        for line in answers.report.lines() if answers is not None else ():
            say(f"labels: {line}")
        matcher = make_matcher(
            precision_recall=precision_recall,
            threshold=threshold,
            accuracy_cost=accuracy_cost,
            enforce_labels=enforce_labels,
            per_source=per_source,
            block=block,
            seed=seed,
        )
        pairs, assumed = _across(linked, matcher, answers, hub, progress)
        if deduplicate is not None:
            within, more = _within(linked, matcher, answers, deduplicate, progress)
            pairs, assumed = pairs.merged(within), [*assumed, *more]
        table = pairs_table(
            pairs, linked, tables=len(sources) > 2 or deduplicate is not None, rows=rows
        )
        if escape_formulas and is_spreadsheet(output):
            table = escaped(table, keep=("left_id", "right_id"))
        write_alike(table, output, dialect)
    _report(linked, pairs, assumed, keys, output, as_json=as_json)


def _across(
    linked: LinkedTables,
    matcher: ml.Matcher,
    answers: ml.Labels | None,
    hub: str | None,
    progress: StageProgress,
) -> tuple[LinkedPairs, list[str]]:
    """Return the pairs of records of different tables."""
    records = linked.records if hub is None else _with_hub(linked, hub)
    # with a hub the others are one source, so one match per table is ensured below
    settings = matcher if hub is None else replace(matcher, per_source="many")
    pairs, assumed = _pairs(records, settings, answers, progress)
    if hub is not None and matcher.per_source == "one":
        sources = linked.records.sources
        assert sources is not None
        pairs = pairs.best_of_each(sources)
    return pairs, assumed


def _within(
    linked: LinkedTables,
    matcher: ml.Matcher,
    answers: ml.Labels | None,
    name: str,
    progress: StageProgress,
) -> tuple[LinkedPairs, list[str]]:
    """Return the pairs of records of one table."""
    everything = linked.records
    column = everything.table[everything.source].to_pylist()
    rows = np.flatnonzero([source == name for source in column])
    own = everything.table.take(pa.array(rows))
    kinds = {
        column: kind
        for column, kind in everything.kinds.items()
        if own[column].null_count < own.num_rows
    }
    records = ml.Records(own.drop_columns([everything.source]), everything.key, kinds)
    if answers is not None:
        try:
            answers.pairs(records)
        except LabelFileError:  # the labels are all of pairs across tables
            answers = None
    pairs, assumed = _pairs(records, replace(matcher, per_source="many"), answers, progress)
    return LinkedPairs(rows[pairs.left], rows[pairs.right], pairs.probability), assumed


def _pairs(
    records: ml.Records, matcher: ml.Matcher, answers: ml.Labels | None, progress: StageProgress
) -> tuple[LinkedPairs, list[str]]:
    prepared = matcher.prepare(records, on_stage=progress)
    fitted = matcher.fit(prepared, answers, on_stage=progress)
    matches = fitted.find_matches(prepared, on_stage=progress)
    inside = linked_pairs(matches, lambda pairs: fitted.score_pairs(prepared, pairs))
    return inside, [note for note in (fitted.assumed, *matches.notes) if note]


def _with_hub(linked: LinkedTables, hub: str) -> ml.Records:
    """Return the records with two sources, the hub and all other tables, which never match."""
    records = linked.records
    place = records.table.column_names.index(records.source)
    names = ["hub" if name == hub else "other" for name in records.table[place].to_pylist()]
    return replace(records, table=records.table.set_column(place, records.source, pa.array(names)))


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


def _keys(typed: Sequence[str], sources: Sequence[str]) -> list[str]:
    if len(typed) not in (1, len(sources)):
        raise UsageError(
            f"--key was given {len(typed)} times for {len(sources)} tables; give it once for all, "
            "or once for each table in their order"
        )
    return list(typed) if len(typed) > 1 else [typed[0]] * len(sources)


def _mapped(typed: Sequence[str] | None) -> list[tuple[str, str | None]]:
    pairs = []
    for text in typed or ():
        left, equals, right = text.partition("=")
        if not equals or not left:
            raise UsageError(f"--map {text!r}: expected LEFT=RIGHT, for example title=name")
        pairs.append((left, right or None))
    return pairs


def _read(
    files: Sequence[TableFile], sources: Sequence[str], keys: Sequence[str]
) -> tuple[dict[str, pa.Table], Dialect]:
    """Return the tables, and the dialect that their files share."""
    tables, dialects = {}, []
    for file, name, key in zip(files, sources, keys, strict=True):
        notes: list[str] = []
        layout = file.other(file.path).layout
        tables[name], dialect = read_file(file.path, key=key, notes=notes, layout=layout)
        dialects.append(dialect)
        for note in notes:
            say(f"{file}: {note}")
    return tables, reduce(Dialect.shared, dialects)


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
