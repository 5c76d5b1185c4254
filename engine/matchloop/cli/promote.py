"""``matchloop promote``: compare a new model with the one in use, and refuse a worse one.

What it reads is in :mod:`~matchloop.cli.promote_input`, what it finds in
:mod:`~matchloop.cli.promote_verdict`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray

import matchloop as ml
from matchloop.cli.columns import tell
from matchloop.cli.option_groups import takes_groups
from matchloop.cli.options import (
    AsJson,
    File,
    Seed,
    Truth,
    TruthColumns,
    read_truth_for,
)
from matchloop.cli.progress import StageProgress
from matchloop.cli.promote_input import read_candidate
from matchloop.cli.promote_verdict import judge
from matchloop.cli.table_files import reads_tables
from matchloop.cli.table_options import Columns, Labelling
from matchloop.cli.words import print_json, say
from matchloop.errors import MatchloopError, UsageError, counted

__all__ = ["promote"]

DEFAULT_RULE = "f1.high < 0"

ASKED = 500
"""Pairs that are drawn at most: more than a person answers."""


@reads_tables
@takes_groups
def promote(
    file: File,
    old: Annotated[
        str,
        typer.Argument(
            metavar="OLD",
            help="What is in use: a model that `train` saved, a matched table, or a labelling file "
            "to learn from.",
            show_default=False,
        ),
    ],
    new: Annotated[
        str,
        typer.Argument(metavar="NEW", help="What is to take its place.", show_default=False),
    ],
    *,
    columns: Columns,
    truth: Truth = None,
    truth_columns: TruthColumns = None,
    labelling: Labelling,
    refuse_if: Annotated[
        list[str] | None,
        typer.Option(
            "--refuse-if",
            metavar="RULE",
            help="Exit with 1 where this holds: 'f1 < -0.01' (new less old), 'f1.high < 0' (surely "
            "worse), 'new.precision < 0.9', 'changed > 5%'. May be repeated; 'f1.high < 0' if not "
            "given and there is a truth or labels.",
            show_default=False,
        ),
    ] = None,
    changes: Annotated[
        str | None,
        typer.Option(
            "--changes",
            metavar="FILE",
            help="Table to write: the records whose group changed.",
            show_default=False,
        ),
    ] = None,
    ask: Annotated[
        str | None,
        typer.Option(
            "--ask",
            metavar="FILE",
            help="Labelling file to write: the pairs on which OLD and NEW differ and that have no "
            "answer, as questions.",
            show_default=False,
        ),
    ] = None,
    output: Annotated[
        str | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="Where NEW is copied to, unless it is refused or no answer tells it from OLD.",
            show_default=False,
        ),
    ] = None,
    copy_undecided: Annotated[
        bool,
        typer.Option("--copy-undecided", help="Copy NEW also where no answer tells it from OLD."),
    ] = False,
    seed: Seed = 0,
    as_json: AsJson = False,
) -> int:
    """Compare two models, and refuse the new one if it is worse.

    Prints which groups merge, split and stay. With --truth or --labels also prints how much better
    or worse the new model is, with 95 % intervals. The exit code is 1 if a rule refuses the new
    model, or if the labels hold no pair on which the two differ.
    """
    from matchloop.data.io import write_labelling_file
    from matchloop.quality.promotion import Rule, changes_table, questions_about

    _check_options(
        truth, truth_columns, labelling.labels, ask, output, copy_undecided=copy_undecided
    )
    for path in (changes, ask, output):
        if path is not None:
            ml.check_writable(path, table=path == changes)
    judged = truth is not None or bool(labelling.labels)
    rules = [Rule.parse(rule) for rule in refuse_if or ([DEFAULT_RULE] if judged else [])]
    with StageProgress("promote") as progress:
        records = columns.read(file)
        labels = labelling.read(records)
        true = None if truth is None else _whole_truth(records, truth, truth_columns)
        before = read_candidate(records, old, seed, progress)
        after = read_candidate(records, new, seed, progress)
    verdict = judge(records, before, after, truth=true, labels=labels, rules=rules, seed=seed)
    stopped = bool(verdict.refused) or (verdict.is_undecided and not copy_undecided)
    if changes is not None:
        table = changes_table(records.keys, before.groups, after.groups, verdict.changed)
        ml.write_table(table, changes)
    promoted = None if stopped else output
    unanswered = (
        np.empty(0, np.int64) if verdict.contested is None else verdict.contested.unanswered
    )
    drawn = _drawn(unanswered, seed)
    if ask is not None:
        write_labelling_file(questions_about(records, drawn, seed=seed), ask)
    if promoted is not None:
        _copy(new, promoted)
    if as_json:
        print_json({**verdict.to_dict(), "promoted": promoted})
    else:
        verdict.print()
        if verdict.is_undecided and not verdict.refused:
            tell(_what_to_do(ask, output, copied=not stopped))
        elif not verdict.refused:
            tell("not refused")
        if promoted is not None:
            tell(f"{new} was copied to {promoted}")
    if ask is not None:
        left = len(unanswered) - len(drawn)
        say(
            f"wrote {ask}: {counted(len(drawn), 'pair')} on which the models differ, as sets of two"
            + (f"; {left:,} more were left out at random" if left else "")
        )
    return int(stopped)


def _check_options(
    truth: str | None,
    truth_columns: str | None,
    labels: Sequence[str] | None,
    ask: str | None,
    output: str | None,
    *,
    copy_undecided: bool,
) -> None:
    """Refuse options that contradict each other, or need another."""
    if truth is None and truth_columns is not None:
        raise UsageError("--truth-columns was given without --truth")
    if truth is not None and labels:
        raise UsageError("give --truth or --labels, not both: one of them has to be right")
    if truth is not None and ask is not None:
        raise UsageError(
            "--truth and --ask were both given; with the truth there is nothing to ask"
        )
    if copy_undecided and output is None:
        raise UsageError("--copy-undecided was given without --output; nothing would be copied")


def _whole_truth(records: ml.Records, truth: str, columns: str | None) -> NDArray[np.int64]:
    """Read the true group of each record."""
    read = read_truth_for(records, truth, columns)
    if read.others is not None:
        raise UsageError(
            f"{truth} has answers on some pairs, which are no whole truth; give it by --labels"
        )
    return read.groups


def _drawn(pairs: NDArray[np.int64], seed: int) -> NDArray[np.int64]:
    if len(pairs) <= ASKED:
        return pairs
    return np.sort(np.random.default_rng(seed).choice(pairs, ASKED, replace=False))


def _copy(path: str, output: str) -> None:
    from matchloop.data.files import files_at
    from matchloop.data.io import atomic_write

    try:
        with files_at(path).open_input(path) as model, atomic_write(output) as file:
            while block := model.read(1 << 20):
                file.write(block)
    except OSError as error:
        raise MatchloopError(f"cannot copy {path}: {error.strerror or error}") from error


def _what_to_do(ask: str | None, output: str | None, *, copied: bool) -> str:
    if copied:
        return "undecided: no answer tells the two apart"
    kept = "" if output is None else f"; {output} was left as it is"
    if ask is None:
        return f"undecided{kept}: --ask FILE writes these pairs as questions"
    return f"undecided{kept}: answer {ask} and give it with --labels"
