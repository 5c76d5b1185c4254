"""``matchloop report``: one page about a matched table, without any truth."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer

import matchloop as ml
from matchloop.cli.evaluate import Audit
from matchloop.cli.matched_page import describe_matched
from matchloop.cli.matched_tables import read_matched, saved_or
from matchloop.cli.options import (
    AccuracyCost,
    AsJson,
    Block,
    EnforceLabels,
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
)
from matchloop.cli.passed_on import typed_options
from matchloop.cli.progress import StageProgress
from matchloop.cli.table_files import TableFile, reads_tables
from matchloop.cli.words import print_json, say
from matchloop.errors import UsageError

__all__ = ["report"]


@reads_tables
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
    key: OptionalKey = None,
    source: Source = None,
    labels: LabelFiles = None,
    labels_are: LabelsAre = None,
    audit: Audit = None,
    model: Model = None,
    kinds: Kinds = None,
    block: Block = None,
    precision_recall: PrecisionRecall = None,
    threshold: Threshold = None,
    accuracy_cost: AccuracyCost = 0.5,
    enforce_labels: EnforceLabels = False,
    per_source: PerSource = "many",
    max_size: MaxSize = None,
    seed: Seed = 0,
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
    if model is not None and labels and audit is None:
        raise UsageError("--model and --labels were both given; a model has learned already")
    if audit is not None and not labels:
        raise UsageError("--audit was given without --labels; they hold the answers to it")
    ml.check_writable(html)
    with StageProgress("report") as progress:
        records, groups = read_matched(result, key, source=source, kinds=kinds)
        answers = read_labels_for(records, labels, labels_are)
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
        prepared = matcher.prepare(records, on_stage=progress)
        if not matcher.is_fitted:
            matcher = matcher.fit(prepared, answers, on_stage=progress)
        matches = matcher.find_matches(prepared, on_stage=progress)
        progress("describe", 0.5)
        typed = typed_options(context, labels)
        page = describe_matched(
            result.path, records, groups, matcher, prepared, matches, answers, audit, typed
        )
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
