"""``matchloop match``: put the records of a table into groups."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from typing import Annotated, Any, Literal

import numpy as np
import pyarrow as pa
import typer

import matchloop as ml
from matchloop.active_learning.stopping import count_changed
from matchloop.cli.golden import (
    GoldenFile,
    GoldenRulesFile,
    read_golden_options,
    say_golden,
    write_golden,
)
from matchloop.cli.identity_match import (
    Deleted,
    Folder,
    IdentityMode,
    check_identity_options,
    open_batch,
)
from matchloop.cli.matched_page import describe_matched
from matchloop.cli.matched_tables import saved_or, with_given
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
from matchloop.cli.passed_on import typed_options
from matchloop.cli.progress import StageProgress
from matchloop.cli.stable_ids import (
    Previous,
    Rows,
    beside,
    check_options,
    kept_ids,
    written_rows,
)
from matchloop.cli.table_files import reads_tables, write_alike
from matchloop.cli.thresholds import print_thresholds
from matchloop.cli.words import print_json, say
from matchloop.data.earlier import earlier_ids, stacked
from matchloop.data.io import check_fits, is_spreadsheet
from matchloop.data.io import escape_formulas as escaped
from matchloop.data.matches import MATCH_ID
from matchloop.entities.golden import check_rules
from matchloop.errors import UsageError, counted
from matchloop.matching.backends import Near
from matchloop.quality.evaluation import ThresholdQuality

__all__ = ["match"]

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
        help="Table matched earlier (with match_id); FILE holds the new records only. Changes "
        "are written beside the output.",
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
ReportFile = Annotated[
    str | None,
    typer.Option(
        "--report",
        metavar="FILE",
        help="Also write a page about the groups, as the command report does of the output.",
        show_default=False,
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
    previous: Previous = None,
    identity: Folder = None,
    deleted: Deleted = None,
    mode: IdentityMode = "hold",
    rows: Rows = "new",
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
    golden: GoldenFile = None,
    golden_rules: GoldenRulesFile = None,
    engine: Engine = "local",
    master: Master = "local[*]",
    dry_run: DryRun = False,
    report_file: ReportFile = None,
    escape_formulas: EscapeFormulas = False,
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Group the records of a table.

    Writes its rows in their order with match_id and match_confidence_score. Learns from
    --labels, uses a saved --model, or with neither fits the structure of the table.
    """
    if model is not None and labels and not enforce_labels:
        raise UsageError(
            "--model and --labels were both given; a model has learned already. Add "
            "--enforce-labels to have the groups keep the labels"
        )
    if enforce_labels and not labels:
        raise UsageError("--enforce-labels was given without --labels; there is nothing to enforce")
    for name, is_given in (("--thresholds", thresholds), ("--report", report_file is not None)):
        if is_given and incremental is not None:
            raise UsageError(
                f"{name} and --incremental were both given; earlier groups are never split, so "
                "leave out one of them"
            )
    if report_file is not None and remove_duplicates:
        raise UsageError(
            "--report and --remove-duplicates were both given; the page is about all rows of the "
            "output, so leave out one of them"
        )
    check_options(
        previous=previous,
        part=incremental or identity,
        incremental=incremental,
        rows=rows,
        remove_duplicates=remove_duplicates,
        key=key,
    )
    excluded: dict[str, object] = {"--previous": previous, "--incremental": incremental}
    excluded |= {"--thresholds": thresholds, "--explain-blocking": explain_blocking}
    excluded["--engine spark"] = engine == "spark"
    excluded["--report"] = report_file
    check_identity_options(identity, deleted=deleted, mode=mode, excluded=excluded)
    last = incremental if previous is None else previous
    ml.check_writable(output, table=True)
    if last is not None or identity is not None:
        ml.check_writable(beside(output), table=True)
    if report_file is not None:
        ml.check_writable(report_file)
    rules = read_golden_options(golden, golden_rules)
    with StageProgress("match") as progress, ExitStack() as stack:
        session = None
        if engine == "spark":
            from matchloop.spark import spark_session

            session = stack.enter_context(spark_session(master))
        records = new = read_table(file, key, source=source, kinds=kinds)
        check_fits(new.table, output)
        batch = None
        if identity is not None:
            batch = open_batch(identity, new, deleted, has_kinds=bool(kinds))
            records = batch.records
        earlier = (
            None if last is None else read_table(file.other(last), key, source=source, kinds=kinds)
        )
        existing = held = None
        if incremental is not None and earlier is not None:
            existing = earlier
            held = earlier_ids(existing, new)
            records = stacked(existing, new)
            for note in records.notes[len({*existing.notes, *new.notes}) :]:
                say(note)
        if rules is not None:
            check_rules(rules, records)
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
        matcher = saved_or(context, model, settings)
        from matchloop.matching.forecast import check_memory  # with all that it compiles

        if dry_run:
            return tell_forecast(records, matcher, known, as_json=as_json)
        check_memory(records, effort=matcher.accuracy_cost)
        changes = run = blocking = page = prepared = None
        by_threshold: Sequence[ThresholdQuality] = ()
        if batch is not None:
            if model is None and known is None and (saved := batch.identity.matcher) is not None:
                matcher = with_given(context, saved, settings)
            run = batch.match(matcher, mode=mode, labels=known, on_stage=progress)
            matches, matcher, changes = run.matches, run.matcher, run.changes
        else:
            near = None
            if held is not None and matcher.is_fitted and not explain_blocking:
                near = Near(held < 0, held)  # to learn, or to explain, takes the whole table
            prepared = matcher.prepare(records, near=near, on_stage=progress)
            if session is not None:
                from matchloop.matching.backends.spark import on_spark

                prepared = on_spark(prepared, session)
            if not matcher.is_fitted:
                matcher = matcher.fit(prepared, known, on_stage=progress)
            obeyed = known if model is not None else None  # else the model was fitted to them
            matches = matcher.find_matches(
                prepared, labels=obeyed, previous=held, on_stage=progress
            )
            if thresholds:
                by_threshold = ml.quality_by_threshold(prepared, matcher, matches=matches)
            if explain_blocking:
                blocking = matcher.blocking_report(prepared, known)
        if earlier is not None and last is not None:
            kept = kept_ids(matches, earlier, file.other(last), all_rows=existing is None)
            matches, changes = kept.matches, kept.changes
        if report_file is not None and prepared is not None:
            whole = replace(matches, changes=None)  # matched afresh, only named by the earlier ids
            page = describe_matched(
                output,
                records,
                whole.match_id,
                matcher,
                prepared,
                whole,
                known,
                None,
                typed_options(context, labels),
            )
        is_part = existing is not None or batch is not None
        table = written_rows(matches.table(), new, rows if is_part else "all")
        if remove_duplicates:
            table = first_of_each_group(table)
        if changes is not None:
            write_alike(changes, beside(output), new.dialect)
        if escape_formulas and is_spreadsheet(output):
            table = escaped(table, keep=(new.key,))
        write_alike(table, output, new.dialect)
        golden_report = None
        if golden is not None:
            chosen = ml.golden_rows(matches, rules=rules)
            golden_report = write_golden(chosen, golden, new, escape_formulas=escape_formulas)
        if page is not None and report_file is not None:
            from matchloop.report import write_matched_report

            write_matched_report(page, report_file)
        if run is not None:
            run.commit()  # last: what is killed before leaves the folder as it was

    report = summary(table, matches, matcher, output)
    changed = count_changed(known, matches.records)
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
    if changes is not None:
        report["changes_file"] = {"output": beside(output), "rows": changes.num_rows}
    if golden_report is not None:
        report["golden"] = golden_report.to_dict()
    if page is not None:
        report["report"] = {"output": report_file, **page.to_dict()}
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
        say(f"changes to the groups of {last or identity}: {told}")
    if changes is not None:
        say(f"wrote {beside(output)}: {counted(changes.num_rows, 'change')}")
    if golden_report is not None:
        say_golden(golden_report)
    if page is not None:
        say(f"wrote {report_file}: {page.subtitle}")
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
