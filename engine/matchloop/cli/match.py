"""``matchloop match``: put the records of a table into groups."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from typing import Annotated, Any, Literal

import numpy as np
import pyarrow as pa
import typer
from numpy.typing import NDArray

import matchloop as ml
from matchloop.active_learning.stopping import told_of_changed
from matchloop.cli.options import (
    AccuracyCost,
    AsJson,
    Block,
    EnforceLabels,
    EscapeFormulas,
    File,
    Kinds,
    LabelFiles,
    LabelsAre,
    MaxSize,
    Model,
    OptionalKey,
    PerSource,
    PrecisionRecall,
    Seed,
    Source,
    Threshold,
    make_matcher,
    read_labels_for,
    read_table,
)
from matchloop.cli.progress import StageProgress
from matchloop.cli.table_files import reads_tables, write_alike
from matchloop.cli.thresholds import print_thresholds
from matchloop.cli.words import print_json, say
from matchloop.data.earlier import earlier_ids, stacked
from matchloop.data.io import check_fits, is_spreadsheet
from matchloop.data.io import escape_formulas as escaped
from matchloop.data.io.database_urls import is_database
from matchloop.data.matches import MATCH_ID
from matchloop.errors import UsageError, counted

__all__ = ["match"]

SETTINGS = {
    "precision_recall": "precision_recall",
    "threshold": "threshold",
    "accuracy_cost": "accuracy_cost",
    "per_source": "per_source",
    "max_size": "max_size",
    "block": "rules",
    "seed": "seed",
}
"""Options that a saved model has a value for, which they override when typed."""

Output = Annotated[
    str,
    typer.Option(
        "--output",
        "-o",
        metavar="FILE",
        help="Table to write: the input rows in their order with match_id and "
        "match_confidence_score; .csv, .jsonl or .parquet.",
        show_default=False,
    ),
]
Incremental = Annotated[
    str | None,
    typer.Option(
        "--incremental",
        metavar="EXISTING",
        help="Table matched earlier (with match_id); FILE holds the new records only. Earlier "
        "rows whose id changes are written beside the output.",
        show_default=False,
    ),
]
ExplainBlocking = Annotated[
    bool,
    typer.Option(
        "--explain-blocking",
        help="Also say which rule found how many pairs and, with labels, what was lost.",
    ),
]
Thresholds = Annotated[
    bool,
    typer.Option(
        "--thresholds",
        help="Also print a table of thresholds: pairs joined, groups, and the precision and recall "
        "that the model expects of them.",
    ),
]
Engine = Annotated[
    Literal["local", "spark"],
    typer.Option(
        "--engine",
        metavar="local|spark",
        help="Where candidate pairs are compared and scored: here, or by the Spark at --master. "
        "Both write the same bytes.",
    ),
]
Master = Annotated[
    str,
    typer.Option(
        "--master",
        metavar="URL",
        help="Spark's master: local[4], spark://host:7077, or sc://host:15002 for Spark Connect.",
    ),
]
DryRun = Annotated[
    bool,
    typer.Option(
        "--dry-run",
        help="Only estimate the candidate pairs, memory, disk and time; write nothing.",
    ),
]
RemoveDuplicates = Annotated[
    bool,
    typer.Option("--remove-duplicates", help="Write only the first row of each group."),
]


@reads_tables
def match(
    context: typer.Context,
    file: File,
    output: Output,
    key: OptionalKey = None,
    source: Source = None,
    labels: LabelFiles = None,
    labels_are: LabelsAre = None,
    model: Model = None,
    incremental: Incremental = None,
    kinds: Kinds = None,
    block: Block = None,
    explain_blocking: ExplainBlocking = False,
    precision_recall: PrecisionRecall = None,
    threshold: Threshold = None,
    thresholds: Thresholds = False,
    accuracy_cost: AccuracyCost = 0.5,
    enforce_labels: EnforceLabels = False,
    per_source: PerSource = "many",
    max_size: MaxSize = None,
    remove_duplicates: RemoveDuplicates = False,
    engine: Engine = "local",
    master: Master = "local[*]",
    dry_run: DryRun = False,
    escape_formulas: EscapeFormulas = False,
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Group the records of a table.

    Writes its rows in their order with match_id and match_confidence_score. Learns from
    --labels, uses a saved --model, or with neither fits the structure of the table.
    """
    if model is not None and labels:
        raise UsageError("--model and --labels were both given; a model has learned already")
    if enforce_labels and not labels:
        raise UsageError("--enforce-labels was given without --labels; there is nothing to enforce")
    if thresholds and incremental is not None:
        raise UsageError(
            "--thresholds and --incremental were both given; earlier groups are never split, so "
            "leave out one of them"
        )
    if incremental is not None and key is None:
        raise UsageError("--incremental needs --key: the column that identifies records of both")
    ml.check_writable(output, table=True)
    if incremental is not None:
        ml.check_writable(beside(output), table=True)
    with StageProgress("match") as progress, ExitStack() as stack:
        session = None
        if engine == "spark":
            from matchloop.spark import spark_session

            session = stack.enter_context(spark_session(master))
        records = new = read_table(file, key, source=source, kinds=kinds)
        check_fits(new.table, output)
        existing = previous = None
        if incremental is not None:
            existing = read_table(file.other(incremental), key, source=source, kinds=kinds)
            previous = earlier_ids(existing, new)
            records = stacked(existing, new)
            for note in records.notes[len({*existing.notes, *new.notes}) :]:
                say(note)
        table = records if existing is None else shared(records, existing)
        known = read_labels_for(table, labels, labels_are)
        settings = make_matcher(
            precision_recall=precision_recall,
            threshold=threshold,
            accuracy_cost=accuracy_cost,
            enforce_labels=enforce_labels,
            per_source=per_source,
            max_size=max_size,
            block=block,
            seed=seed,
        )
        matcher = (
            settings if model is None else with_given(context, ml.Matcher.load(model), settings)
        )
        from matchloop.matching.forecast import check_memory  # with all that it compiles

        if dry_run:
            return tell_forecast(records, matcher, known, as_json=as_json)
        check_memory(records, effort=matcher.accuracy_cost)
        prepared = matcher.prepare(records, on_stage=progress)
        if session is not None:
            from matchloop.matching.backends.spark import on_spark

            prepared = on_spark(prepared, session)
        if not matcher.is_fitted:
            matcher = matcher.fit(prepared, known, on_stage=progress)
        matches = matcher.find_matches(prepared, previous=previous, on_stage=progress)
        by_threshold = (
            ml.quality_by_threshold(prepared, matcher, matches=matches) if thresholds else ()
        )
        blocking = matcher.blocking_report(prepared, known) if explain_blocking else None
        table = matches.table().slice(len(records) - len(new))
        if remove_duplicates:
            table = first_of_each_group(table)
        moved = None
        if existing is not None and previous is not None:
            moved = moved_rows(existing, previous, matches)
            write_alike(moved, beside(output), new.dialect)
        if escape_formulas and is_spreadsheet(output):
            table = escaped(table, keep=(new.key,))
        write_alike(table, output, new.dialect)

    report = summary(table, matches, matcher, output)
    changed = told_of_changed(known, matches.records)
    report["changed"] = None if changed is None else changed.to_dict()
    if blocking is not None:
        report["blocking"] = blocking.to_dict()
        if not as_json:
            say(str(blocking))
    if thresholds:
        report["thresholds"] = [one.to_dict() for one in by_threshold]
        report["threshold"] = matcher.merges_from
    if matches.changes is not None:
        report["changes"] = matches.changes.counts()
    if moved is not None:
        report["moved"] = {"output": beside(output), "rows": moved.num_rows}
    if as_json:
        print_json(report)
        return
    say(
        f"wrote {output}: {counted(report['rows'], 'row')} in "
        f"{counted(report['groups'], 'group')}, "
        f"{report['matched']:,} of them in a group with another"
    )
    if matches.changes is not None:
        told = ", ".join(f"{count:,} {name}" for name, count in matches.changes.counts().items())
        say(f"changes to the groups of {incremental}: {told}")
    if moved is not None:
        say(f"wrote {beside(output)}: the {moved.num_rows:,} earlier rows whose match_id changed")
    if changed is not None:
        say(changed.line())
    for note in (matcher.assumed, *matches.notes):
        if note:
            say(note)
    if thresholds:
        from matchloop.report import ThresholdRow

        print_thresholds([ThresholdRow(one) for one in by_threshold], matcher.merges_from)


def tell_forecast(
    records: ml.Records, matcher: ml.Matcher, known: ml.Labels | None, *, as_json: bool
) -> None:
    """Print what the matching is expected to take."""
    from matchloop.matching.forecast import check_memory, forecast

    expected = forecast(
        records,
        effort=matcher.accuracy_cost,
        fits=not matcher.is_fitted,
        passes=2 if known is not None or matcher.leans_on_prior else 1,
    )
    if as_json:
        print_json(expected.to_dict())
    else:
        say(str(expected))
    check_memory(records, effort=matcher.accuracy_cost)


def shared(both: ml.Records, existing: ml.Records) -> ml.Records:
    """Return existing and new records with the columns of the existing ones, as labels have."""
    names = [name for name in both.table.column_names if name in existing.table.column_names]
    return replace(both, table=both.table.select(names))


def moved_rows(existing: ml.Records, previous: NDArray[np.int64], matches: ml.Matches) -> pa.Table:
    """Return the key, the new and the earlier id of existing records whose group has another id."""
    before, after = previous[: len(existing)], matches.match_id[: len(existing)]
    rows = np.flatnonzero(before != after)
    return pa.table(
        {
            existing.key: existing.keys.take(pa.array(rows)),
            MATCH_ID: after[rows],
            f"previous_{MATCH_ID}": pa.array(before[rows], mask=before[rows] < 0),
        }
    )


def beside(output: str) -> str:
    """Return the path of the moved rows: ``out.csv`` has them in ``out.moved.csv``."""
    if is_database(output):
        return f"{output}_moved"
    folder, slash, name = output.rpartition("/")
    packed = name[-3:] if name.lower().endswith(".gz") else ""
    stem, dot, suffix = name.removesuffix(packed).rpartition(".")
    return f"{folder}{slash}{stem}.moved{dot}{suffix}{packed}"


def with_given(context: typer.Context, saved: ml.Matcher, settings: ml.Matcher) -> ml.Matcher:
    """Return a saved matcher with those settings that were typed on the command line."""
    typed = {
        SETTINGS[name]: getattr(settings, SETTINGS[name])
        for name in SETTINGS
        if getattr(context.get_parameter_source(name), "name", "") == "COMMANDLINE"
    }
    if typed.keys() & {"precision_recall", "threshold"}:  # one takes the place of the other
        typed = {"precision_recall": 0.5, "threshold": None, **typed}
    return replace(saved, **typed)


def first_of_each_group(table: pa.Table) -> pa.Table:
    """Return the first row of each group, in the order of the table."""
    numbers = np.asarray(table.column("match_id").combine_chunks())
    _, first = np.unique(numbers, return_index=True)  # small beside the matching itself
    return table.take(np.sort(first))


def summary(
    table: pa.Table, matches: ml.Matches, matcher: ml.Matcher, output: str
) -> dict[str, Any]:
    """Return what was written, for a script; groups are counted with all of their records."""
    written = np.asarray(table.column(MATCH_ID).combine_chunks())
    groups, sizes = np.unique(matches.match_id, return_counts=True)
    size_of_row = sizes[np.searchsorted(groups, written)]
    return {
        "output": output,
        "rows": table.num_rows,
        "groups": len(np.unique(written)),
        "matched": int((size_of_row > 1).sum()),
        "largest": int(size_of_row.max(initial=0)),
        "assumed": matcher.assumed,
    }
