"""``matchloop match``: put the records of a table into groups.

The steps are :mod:`~matchloop.cli.match_checks`, :mod:`~matchloop.cli.match_input`,
:mod:`~matchloop.cli.match_run` and :mod:`~matchloop.cli.match_output`.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Annotated, Any, Literal

import typer

import matchloop as ml
from matchloop.cli.golden import GoldenFile, GoldenRulesFile, read_golden_options
from matchloop.cli.identity_match import Deleted, Folder, IdentityMode
from matchloop.cli.match_checks import check_match_options
from matchloop.cli.match_input import join_earlier, say_replaced
from matchloop.cli.match_output import MatchFiles, write_match
from matchloop.cli.match_run import match_batch, match_table, with_earlier_ids
from matchloop.cli.matching_options import Matching
from matchloop.cli.option_groups import takes_groups
from matchloop.cli.options import (
    AsJson,
    EscapeFormulas,
    File,
    MemoryLimit,
    Model,
)
from matchloop.cli.passed_on import typed_options
from matchloop.cli.progress import StageProgress
from matchloop.cli.stable_ids import Previous, Rows, beside
from matchloop.cli.table_files import reads_tables
from matchloop.cli.table_options import Columns, Labelling
from matchloop.cli.thresholds import print_thresholds
from matchloop.cli.words import print_json, say
from matchloop.data.io import check_fits
from matchloop.entities.golden import check_rules

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
@takes_groups
def match(
    context: typer.Context,
    file: File,
    output: Output,
    *,
    columns: Columns,
    labelling: Labelling,
    model: Model = None,
    incremental: Incremental = None,
    previous: Previous = None,
    identity: Folder = None,
    deleted: Deleted = None,
    mode: IdentityMode = "hold",
    rows: Rows = "new",
    matching: Matching,
    explain_blocking: ExplainBlocking = False,
    thresholds: Thresholds = False,
    remove_duplicates: RemoveDuplicates = False,
    golden: GoldenFile = None,
    golden_rules: GoldenRulesFile = None,
    memory: MemoryLimit = None,
    engine: Engine = "local",
    master: Master = "local[*]",
    dry_run: DryRun = False,
    report_file: ReportFile = None,
    escape_formulas: EscapeFormulas = False,
    as_json: AsJson = False,
) -> None:
    """Group the records of a table.

    Writes its rows in their order with match_id and match_confidence_score. Learns from
    --labels, uses a saved --model, or with neither fits the structure of the table.
    """
    check_match_options(
        key=columns.key,
        source=columns.source,
        labels=labelling.labels,
        model=model,
        enforce_labels=matching.enforce_labels,
        incremental=incremental,
        previous=previous,
        identity=identity,
        deleted=deleted,
        mode=mode,
        rows=rows,
        remove_duplicates=remove_duplicates,
        thresholds=thresholds,
        explain_blocking=explain_blocking,
        engine=engine,
        page=report_file,
    )
    last = incremental if previous is None else previous
    ml.check_writable(output, table=True)
    if last is not None or identity is not None:
        ml.check_writable(beside(output), table=True)
    if report_file is not None:
        ml.check_writable(report_file)
    rules = read_golden_options(golden, golden_rules)
    files = MatchFiles(
        output,
        golden,
        rules,
        report_file,
        rows,
        remove_duplicates,
        escape_formulas,
        typed_options(context, labelling.labels),
    )
    with StageProgress("match") as progress, _spark(engine, master) as session:
        new = columns.read(file, memory=memory)
        check_fits(new.table, output)
        say_replaced(new, file)
        table = join_earlier(
            new,
            file,
            source=columns.source,
            kinds=columns.kinds,
            incremental=incremental,
            previous=previous,
            identity=identity,
            deleted=deleted,
        )
        if rules is not None:
            check_rules(rules, table.records)
        answers = labelling.read(table.labelled) if labelling.labels else None
        matcher = matching.matcher_of(context, model)
        if dry_run:
            return _print_forecast(table.records, matcher, answers, as_json=as_json)
        # imported late: it loads compiled kernels
        from matchloop.matching.backends.needs import check_memory

        is_narrow = False
        if table.batch is not None:
            kept = table.batch.identity.matcher
            if model is None and answers is None and kept is not None:
                matcher = matching.over(context, kept)
            is_narrow = (
                answers is None
                and golden is None
                and rows == "new"
                and table.batch.identity.is_indexed_for(matcher, mode)
            )
        if not is_narrow:
            check_memory(table.records, effort=matcher.accuracy_cost)
        if table.batch is not None:
            run = match_batch(
                table.batch, matcher, answers, mode=mode, is_narrow=is_narrow, on_stage=progress
            )
        else:
            run = match_table(
                table,
                matcher,
                answers,
                session=session,
                thresholds=thresholds,
                explain_blocking=explain_blocking,
                on_stage=progress,
            )
        if last is not None:
            run = with_earlier_ids(run, table, file.other(last))
        summary = write_match(run, table, answers, files)
    if as_json:
        print_json(summary.to_dict())
        return
    for line in summary.lines(last or identity):
        say(line)
    if thresholds:
        from matchloop.report import ThresholdRow

        rows_of_table = [ThresholdRow(quality) for quality in run.thresholds]
        print_thresholds(rows_of_table, run.matcher.merges_from)


def _spark(engine: str, master: str) -> AbstractContextManager[Any]:
    """Open the Spark session that ``--engine spark`` needs; None without it."""
    if engine == "local":
        return nullcontext()
    from matchloop.spark import spark_session

    return spark_session(master)


def _print_forecast(
    records: ml.Records, matcher: ml.Matcher, answers: ml.Labels | None, *, as_json: bool
) -> None:
    """Print the expected pairs, memory, disk and time, and refuse a table that does not fit."""
    from matchloop.matching.backends.needs import check_memory
    from matchloop.matching.forecast import forecast

    expected = forecast(
        records,
        effort=matcher.accuracy_cost,
        fits=not matcher.is_fitted,
        passes=2 if answers is not None or matcher.leans_on_prior else 1,
    )
    if as_json:
        print_json(expected.to_dict())
    else:
        say(str(expected))
    check_memory(records, effort=matcher.accuracy_cost)
