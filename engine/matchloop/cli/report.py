"""``matchloop report``: one page about a matched table, without any truth."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer

import matchloop as ml
from matchloop.cli.evaluate import Audit
from matchloop.cli.match_input import MatchInput
from matchloop.cli.match_run import match_table
from matchloop.cli.matched_page import describe_matched
from matchloop.cli.matched_tables import read_matched
from matchloop.cli.matching_options import Matching
from matchloop.cli.option_groups import takes_groups
from matchloop.cli.options import AsJson, Model
from matchloop.cli.passed_on import typed_options
from matchloop.cli.progress import StageProgress
from matchloop.cli.table_files import TableFile, reads_tables
from matchloop.cli.table_options import Columns, Labelling
from matchloop.cli.words import print_json, say
from matchloop.errors import UsageError

__all__ = ["report"]


@reads_tables
@takes_groups
def report(
    context: typer.Context,
    result: Annotated[
        TableFile,
        typer.Argument(
            metavar="RESULT", help="Table with match_id, as `match` writes it.", show_default=False
        ),
    ],
    html: Annotated[
        str,
        typer.Option("--html", "-o", metavar="FILE", help="The page to write.", show_default=False),
    ],
    *,
    columns: Columns,
    labelling: Labelling,
    audit: Audit = None,
    model: Model = None,
    matching: Matching,
    as_json: AsJson = False,
) -> None:
    """Write a page about a matched table: figures and doubts.

    Needs no truth. It scores the pairs of the table again: give the --model or the --labels that
    `match` was given, or neither if it had neither.
    """
    if (Path(result.path) / "experiment.json").is_file():
        raise UsageError(
            f"{result} holds simulations; `matchloop lab report {shlex.quote(result.path)}` writes "
            "their page"
        )
    if model is not None and labelling.labels and audit is None:
        raise UsageError("--model and --labels were both given; a model has learned already")
    if audit is not None and not labelling.labels:
        raise UsageError("--audit was given without --labels; they hold the answers to it")
    ml.check_writable(html)
    with StageProgress("report") as progress:
        records, groups = read_matched(result, columns)
        answers = labelling.read(records)
        matcher = matching.matcher_of(context, model)
        taught = None if matcher.is_fitted else answers  # an audit's answers constrain nothing
        run = match_table(MatchInput(records), matcher, taught, on_stage=progress)
        progress("describe", 0.5)
        typed = typed_options(context, labelling.labels)
        page = describe_matched(result.path, records, groups, run, answers, audit, typed)
        from matchloop.report import write_matched_report

        write_matched_report(page, html)
    if as_json:
        print_json({"output": html, **page.to_dict()})
        return
    say(f"wrote {html}: {page.subtitle}")
    for line in page.against:
        say(f"against it: {line}")
    for _, command in page.commands[:2]:
        say(f"next: {command}")
