"""``matchloop review``: answer the doubtful groups of a matched table."""

from __future__ import annotations

import shlex
from collections import Counter
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

import matchloop as ml
from matchloop.cli.answering import ask_all
from matchloop.cli.match_input import MatchInput
from matchloop.cli.match_run import match_table
from matchloop.cli.matched_tables import read_matched
from matchloop.cli.matching_options import MatchingOptions
from matchloop.cli.option_groups import OptionGroup, takes_groups
from matchloop.cli.options import AsJson, Model, read_labels_for
from matchloop.cli.pages import find_page
from matchloop.cli.passed_on import typed_options
from matchloop.cli.places import beside
from matchloop.cli.progress import StageProgress
from matchloop.cli.table_files import TableFile, reads_tables
from matchloop.cli.table_options import Columns
from matchloop.cli.words import print_json, say
from matchloop.data.views import Views
from matchloop.errors import UsageError, counted

if TYPE_CHECKING:
    from matchloop.quality.doubtful import Doubt
    from matchloop.quality.reviewing import ReviewFile

__all__ = ["review"]

SHOWN = 8
"""Records of a decision that are shown and answered at most."""


@reads_tables
@takes_groups
def review(
    context: typer.Context,
    result: Annotated[
        TableFile,
        typer.Argument(
            metavar="RESULT", help="Table with match_id, as `match` writes it.", show_default=False
        ),
    ],
    labels: Annotated[
        list[str],
        typer.Option(
            "--labels",
            metavar="FILE",
            help="Labelling file that answers are appended to; decisions that it answers are not "
            "asked again. May be repeated: files before the last are those `match` was given.",
            show_default=False,
        ),
    ],
    groups: Annotated[
        int,
        typer.Option("--groups", metavar="N", min=1, help="How many decisions to ask at most."),
    ] = 20,
    *,
    columns: Columns,
    model: Model = None,
    matching: Annotated[MatchingOptions, OptionGroup(without=("enforce_labels",))],
    page: Annotated[
        bool,
        typer.Option(
            "--page", help="Ask on the labelling page, in the browser; Ctrl-C ends the review."
        ),
    ] = False,
    no_browser: Annotated[
        bool,
        typer.Option("--no-browser", help="With --page: only print the link; open no browser."),
    ] = False,
    port: Annotated[
        int,
        typer.Option(
            "--port",
            metavar="N",
            min=0,
            max=65535,
            help="With --page: its port on this machine; a free one if not given.",
            show_default=False,
        ),
    ] = 0,
    as_json: AsJson = False,
) -> None:
    """Answer the doubtful groups of a table.

    Shows the records of a decision side by side and asks whether they are one entity. Each answer
    is appended to the last --labels file before the next question. The next `match` keeps the
    answers with --enforce-labels.
    """
    output = labels[-1]
    if model is not None and len(labels) > 1:
        raise UsageError(
            "--model and several --labels were given; a model has learned already, so give the "
            "file for the answers alone"
        )
    if output in labels[:-1]:
        raise UsageError(f"--labels {output} was given twice; the last file takes the answers")
    if not page and (no_browser or port):
        raise UsageError("--no-browser and --port belong to --page; add it, or leave them out")
    serve = find_page("review") if page else None
    ml.check_writable(output)
    with StageProgress("review") as progress:
        from matchloop.quality.reviewing import ReviewFile

        records, match_id = read_matched(result, columns)
        file = ReviewFile(output, records)
        matcher = matching.matcher_of(context, model)
        taught = None if matcher.is_fitted else _taught(records, labels, file)
        run = match_table(MatchInput(records), matcher, taught, on_stage=progress)
        progress("describe", 0.5)
        from matchloop.quality.doubtful import doubtful_groups
        from matchloop.report import describe_decision

        stored = file.answers()
        keys = records.keys
        doubts = [
            doubt
            for doubt in doubtful_groups(
                match_id, run.matches.scores, limit=groups + len(stored.set_ids), rows=SHOWN
            )
            if len(doubt.rows) > 1
            and not stored.cover(file.set_id(doubt.rows), [keys[row].as_py() for row in doubt.rows])
        ][:groups]
        views = Views(records)
        questions = [
            (doubt, describe_decision(doubt, records, match_id, views))
            for doubt in ([] if page else doubts)
        ]
    if stored.set_ids:
        say(f"{output} answers {counted(len(stored.set_ids), 'decision')} already")
    answers = Counter[str]()
    if doubts and serve is not None:
        answers = serve(
            result.path,
            records,
            [doubt.rows for doubt in doubts],
            file,
            following=partial(_following, context, result, records.key, labels, file),
            port=port,
            open_browser=not no_browser,
            say=say,
        )
    elif questions:
        answers = ask_all(questions, file)
    _report(context, result, records.key, labels, doubts, answers, file, as_json)


def _taught(records: ml.Records, labels: list[str], file: ReviewFile) -> ml.Labels | None:
    """Read what `match` was given: never earlier answers of a review.

    If the model learned from them, every run would ask about other decisions.
    """
    files = labels if file.answers().teaching else labels[:-1]
    answers = read_labels_for(records, files)
    return answers if answers is None else answers.chosen(~answers.of_review)


def _report(
    context: typer.Context,
    result: TableFile,
    key: str,
    labels: list[str],
    doubts: list[Doubt],
    answers: Counter[str],
    file: ReviewFile,
    as_json: bool,
) -> None:
    """Report what was answered, and which command makes the groups keep it."""
    stored = file.answers()
    left = len(doubts) - answers.total()
    following = _following(context, result, key, labels, file)
    if as_json:
        print_json(
            {
                "output": file.path,
                "answers": dict(answers),
                "answered": len(stored.set_ids),
                "unanswered": left,
                "next": following,
            }
        )
        return
    if not doubts:
        say("no doubtful decision is left to answer")
    if answers:
        kinds = ", ".join(f"{count:,} {kind}" for kind, count in answers.items())
        say(
            f"wrote {file.path}: {counted(answers.total(), 'answer')} ({kinds}); it answers "
            f"{counted(len(stored.set_ids), 'decision')} in all"
        )
    elif doubts:
        say("nothing was answered in this run")
    if left:
        say(f"{counted(left, 'decision')} left; the same command goes on")
    if following is not None:
        say(f"next: {following}")


def _following(
    context: typer.Context, result: TableFile, key: str, labels: list[str], file: ReviewFile
) -> str | None:
    """Return the run of ``match`` that keeps the answers; None where nothing is labelled."""
    if not file.answers().labelled:
        return None
    return _next_command(context, result.path, key, labels)


def _next_command(context: typer.Context, result: str, key: str, labels: list[str]) -> str:
    words = ["matchloop", "match", result, "--key", key, *typed_options(context)]
    for path in labels:
        words += ["--labels", path]
    words += ["--enforce-labels", "-o", beside(result, "reviewed")]
    return shlex.join(words)
