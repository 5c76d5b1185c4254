"""``matchloop match``: put the records of a table into groups.

The steps are :mod:`~matchloop.cli.match_checks`, :mod:`~matchloop.cli.match_input`,
:mod:`~matchloop.cli.match_run` and :mod:`~matchloop.cli.match_output`.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any

import typer

from matchloop.cli.golden import GoldenFile, GoldenRulesFile, read_golden_options
from matchloop.cli.identity_match import Deleted, Folder, IdentityMode
from matchloop.cli.match_checks import check_match_options
from matchloop.cli.match_forecast import print_forecast
from matchloop.cli.match_input import join_earlier, say_replaced
from matchloop.cli.match_options import (
    DryRun,
    Engine,
    ExplainBlocking,
    Incremental,
    Master,
    Output,
    RemoveDuplicates,
    ReportFile,
    Thresholds,
)
from matchloop.cli.match_output import MatchFiles, MatchSummary, check_files, write_match
from matchloop.cli.match_run import form_groups, with_earlier_ids
from matchloop.cli.matching_options import Matching
from matchloop.cli.option_groups import takes_groups
from matchloop.cli.options import AsJson, EscapeFormulas, File, MemoryLimit, Model
from matchloop.cli.passed_on import typed_options
from matchloop.cli.progress import StageProgress
from matchloop.cli.stable_ids import Previous, Rows
from matchloop.cli.table_files import reads_tables
from matchloop.cli.table_options import Columns, Labelling
from matchloop.cli.thresholds import print_thresholds
from matchloop.cli.words import print_json, say
from matchloop.data.io import check_fits
from matchloop.entities.golden import check_rules

__all__ = ["match"]


@reads_tables
@takes_groups
def match(
    context: typer.Context,
    file: File,
    output: Output = None,
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
        output=output,
        dry_run=dry_run,
    )
    last = incremental if previous is None else previous
    rules = read_golden_options(golden, golden_rules)
    files = None
    if output is not None:
        typed = typed_options(context, labelling.labels)
        files = MatchFiles(
            output, golden, rules, report_file, rows, remove_duplicates, escape_formulas, typed
        )
        check_files(files, has_changes=last is not None or identity is not None)
    with StageProgress("match") as progress, _spark(engine, master) as session:
        new = columns.read(file, memory=memory)
        if output is not None:
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
        if dry_run or files is None:
            return print_forecast(table.records, matcher, answers, as_json=as_json)
        kept = None if table.batch is None else table.batch.identity.matcher
        if model is None and answers is None and kept is not None:
            matcher = matching.over(context, kept)
        run = form_groups(
            table,
            matcher,
            answers,
            mode=mode,
            all_rows=golden is not None or rows == "all",
            session=session,
            thresholds=thresholds,
            explain_blocking=explain_blocking,
            on_stage=progress,
        )
        if last is not None:
            run = with_earlier_ids(run, table, file.other(last))
        summary = write_match(run, table, answers, files)
    _print_summary(summary, last or identity, thresholds=thresholds, as_json=as_json)


def _print_summary(
    summary: MatchSummary, earlier: str | None, *, thresholds: bool, as_json: bool
) -> None:
    """Print what was written, and the table of thresholds where it was asked for."""
    if as_json:
        print_json(summary.to_dict())
        return
    for line in summary.lines(earlier):
        say(line)
    if thresholds:
        from matchloop.report import ThresholdRow

        rows = [ThresholdRow(quality) for quality in summary.run.thresholds]
        print_thresholds(rows, summary.run.matcher.merges_from)


def _spark(engine: str, master: str) -> AbstractContextManager[Any]:
    """Open the Spark session that ``--engine spark`` needs; None without it."""
    if engine == "local":
        return nullcontext()
    from matchloop.spark import spark_session

    return spark_session(master)
