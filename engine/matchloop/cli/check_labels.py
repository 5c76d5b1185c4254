"""``matchloop check-labels``: check whether label files can be trusted."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

import matchloop as ml
from matchloop.cli.option_groups import takes_groups
from matchloop.cli.options import AsJson, Html, LabelsAre, Seed
from matchloop.cli.progress import StageProgress
from matchloop.cli.table_files import TableFile, reads_tables
from matchloop.cli.table_options import Columns
from matchloop.cli.words import print_json, say
from matchloop.errors import InputError, UsageError, counted

__all__ = ["check_labels"]

STYLES = {"failed": "red", "fine": "green"}
"""Colours of verdicts; the others have none."""

Files = Annotated[
    list[str],
    typer.Argument(metavar="FILE...", help="Labelling files, Glue's CSV.", show_default=False),
]
Labelled = Annotated[
    TableFile,
    typer.Option(
        "--table", metavar="FILE", help="Table whose records are labelled.", show_default=False
    ),
]
HeldOut = Annotated[
    list[str] | None,
    typer.Option(
        "--held-out",
        metavar="FILE",
        help="Labels that quality is measured with; their answers must not leak into the others. "
        "May be repeated.",
        show_default=False,
    ),
]
FailOn = Annotated[
    list[str] | None,
    typer.Option(
        "--fail-on",
        metavar="CHECK=VALUE",
        help="Threshold of a check, instead of its default, for example suspects=0.1. May be "
        "repeated.",
        show_default=False,
    ),
]
Thresholds = Annotated[
    str | None,
    typer.Option(
        "--thresholds",
        metavar="FILE",
        help="TOML file of thresholds, CHECK = VALUE; --fail-on overrides it.",
        show_default=False,
    ),
]
AskAgain = Annotated[
    str | None,
    typer.Option(
        "--ask-again",
        metavar="FILE",
        help="Write the sets to label again, as a labelling file without labels: contradictions "
        "first, then the most suspect sets.",
        show_default=False,
    ),
]
Sets = Annotated[int, typer.Option("--sets", min=1, help="Most sets to write with --ask-again.")]


@reads_tables
@takes_groups
def check_labels(
    files: Files,
    table: Labelled,
    *,
    columns: Columns,
    labels_are: LabelsAre = None,
    held_out: HeldOut = None,
    fail_on: FailOn = None,
    thresholds: Thresholds = None,
    ask_again: AskAgain = None,
    sets: Sets = 20,
    html: Html = None,
    seed: Seed = 0,
    as_json: AsJson = False,
) -> int:
    """Check whether labels can be trusted.

    Examines the labels, not the matching: suspects, contradictions, repeats, leaks, balance,
    coverage, redundancy and worth. The exit code is 1 if a check failed. docs/label-quality.md
    describes every check.
    """
    from matchloop.data.io import check_writable
    from matchloop.matching.backends import prepare
    from matchloop.quality.label_checks import check_labels as examine
    from matchloop.report import write_label_checks

    limits = _limits(thresholds, fail_on)
    for path in (ask_again, html):
        if path is not None:
            check_writable(path)
    with StageProgress("check-labels") as progress:
        records = columns.read(table)
        labels = [ml.read_labels(file, labels_are=labels_are, records=records) for file in files]
        for file, file_labels in zip(files, labels, strict=True):
            for note in file_labels.report.notes:
                say(f"{file}: {note}")
        apart = (
            ml.read_labels(held_out, key=records.key, labels_are=labels_are, records=records)
            if held_out
            else None
        )
        result = examine(
            prepare(records, on_stage=progress),
            labels,
            names=files,
            held_out=apart,
            thresholds=limits,
            seed=seed,
            on_stage=progress,
        )
    if html is not None:
        write_label_checks(result, html)
    if ask_again is not None:
        questions = result.ask_again(sets)
        questions.to_csv(ask_again)
        say(f"{counted(len(questions.sets), 'set')} to ask again in {ask_again}")
    if as_json:
        print_json(result.to_dict())
        return int(bool(result.failed))
    shown = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("check", "value", "95 % interval", "fails", ""):
        shown.add_column(name)
    for check in result.checks:
        verdict = Text(check.verdict, style=STYLES.get(check.verdict, "dim"))
        shown.add_row(check.name, check.shown, check.shown_interval, check.shown_limit, verdict)
    console = Console(highlight=False)
    console.print(shown)
    for check in result.checks:
        console.print(f"{check.name}: {check.found}", markup=False)
    for suspect in result.suspects.rows[:5]:
        console.print(f"suspect: {suspect.reason}", markup=False)
    for contradiction in result.contradictions[:5]:
        console.print(f"contradiction: {contradiction.sentence(result.labels)}", markup=False)
    return int(bool(result.failed))


def _limits(file: str | None, assignments: Sequence[str] | None) -> Mapping[str, object]:
    limits: dict[str, object] = {}
    if file is not None:
        try:
            with open(file, "rb") as opened:
                limits |= tomllib.load(opened)
        except OSError as error:
            raise InputError(f"cannot read {file}: {error.strerror or error}") from None
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise UsageError(f"{file} is not TOML: {error}") from None
    for text in assignments or ():
        name, equals, value = text.partition("=")
        if not equals:
            raise UsageError(f"--fail-on {text!r}: expected CHECK=VALUE, as suspects=0.1")
        limits[name.strip()] = value.strip()
    return limits
