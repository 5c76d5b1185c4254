"""``matchloop promote``: compare a new model with the one in use, and refuse a worse one."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import numpy as np
import typer
from numpy.typing import NDArray

import matchloop as ml
from matchloop.cli.columns import print_columns, tell
from matchloop.cli.options import (
    AsJson,
    File,
    Kinds,
    LabelFiles,
    LabelsAre,
    OptionalKey,
    Seed,
    Source,
    Truth,
    TruthColumns,
    read_labels_for,
    read_table,
    read_truth_for,
)
from matchloop.cli.progress import StageProgress
from matchloop.cli.table_files import reads_tables
from matchloop.cli.words import print_json, say
from matchloop.errors import InputError, MatchloopError, TableError, UsageError, counted, some

if TYPE_CHECKING:
    from matchloop.quality.promotion import Contested, Difference, GroupChanges

__all__ = ["promote"]

DEFAULT_RULE = "f1.high < 0"

ASKED = 500
"""Pairs that are asked at most: more than a person answers."""

Groups = NDArray[np.int64]


@reads_tables
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
    key: OptionalKey = None,
    source: Source = None,
    kinds: Kinds = None,
    truth: Truth = None,
    truth_columns: TruthColumns = None,
    labels: LabelFiles = None,
    labels_are: LabelsAre = None,
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
    from matchloop.quality.promotion import (
        Rule,
        against_labels,
        against_truth,
        changes_table,
        compare_groups,
        contested,
        evidence_in,
        questions_about,
        refusals,
        values_for_rules,
    )

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
    for path in (changes, ask, output):
        if path is not None:
            ml.check_writable(path, table=path == changes)
    judged = truth is not None or bool(labels)
    rules = [Rule.parse(rule) for rule in refuse_if or ([DEFAULT_RULE] if judged else [])]
    with StageProgress("promote") as progress:
        records = read_table(file, key, source=source, kinds=kinds)
        labelled = read_labels_for(records, labels, labels_are)
        truth_read = None if truth is None else read_truth_for(records, truth, truth_columns)
        if truth_read is not None and truth_read.others is not None:
            raise UsageError(
                f"{truth} has answers on some pairs, which are no whole truth; give it by --labels"
            )
        true = None if truth_read is None else truth_read.groups
        before, taught = _groups(records, old, seed, progress)
        after, taught_new = _groups(records, new, seed, progress)
    changed = compare_groups(before, after)
    differences: tuple[Difference, ...] = ()
    note = ""
    differing: Contested | None = None
    if true is not None:
        differences = against_truth(before, after, true, sources=records.sources, seed=seed)
    else:
        answers = None
        if labelled is not None:
            answers, note = evidence_in(labelled, records, [*taught, *taught_new])
            differences = against_labels(before, after, answers, seed=seed)
        differing = contested(before, after, answers, sources=records.sources, seed=seed)
    undecided = labelled is not None and differing is not None and differing.is_undecided
    values = values_for_rules(changed, differences)
    refused = refusals(rules, values)
    if undecided:  # a metric without a value is then no reason of its own
        refused = tuple(refusal for refusal in refused if refusal.value is not None)
    stopped = bool(refused) or (undecided and not copy_undecided)
    if changes is not None:
        ml.write_table(changes_table(records.keys, before, after, changed), changes)
    drawn = np.empty(0, np.int64)
    if ask is not None and differing is not None:
        drawn = _drawn(differing.unanswered, seed)
        write_labelling_file(questions_about(records, drawn, seed=seed), ask)
    if output is not None and not stopped:
        _copy(new, output)
    if as_json:
        figures = [asdict(difference) for difference in differences]
        print_json(
            {
                "changes": changed.to_dict(),
                "differences": figures,
                "contested": None if differing is None else differing.to_dict(),
                "undecided": undecided,
                "rules": [str(rule) for rule in rules],
                "refused": [asdict(refusal) for refusal in refused],
                "promoted": output if output is not None and not stopped else None,
            }
        )
    else:
        _print(changed, differences, note)
        if labelled is not None and differing is not None:
            _print_contested(differing, 0 if answers is None else len(answers))
        tell()
        for refusal in refused:
            tell(f"refused by '{refusal.rule}': {refusal.reason}")
        if undecided and not refused:
            tell(_what_to_do(ask, output, copied=not stopped))
        elif not refused:
            tell("not refused")
        if output is not None and not stopped:
            tell(f"{new} was copied to {output}")
    if ask is not None and differing is not None:
        left = len(differing.unanswered) - len(drawn)
        say(
            f"wrote {ask}: {counted(len(drawn), 'pair')} on which the models differ, as sets of two"
            + (f"; {left:,} more were left out at random" if left else "")
        )
    return int(stopped)


def _drawn(pairs: NDArray[np.int64], seed: int) -> NDArray[np.int64]:
    if len(pairs) <= ASKED:
        return pairs
    return np.sort(np.random.default_rng(seed).choice(pairs, ASKED, replace=False))


def _groups(
    records: ml.Records, path: str, seed: int, progress: StageProgress
) -> tuple[Groups, list[ml.Labels]]:
    """Return the groups that a model, a matched table or a labelling file gives the records.

    Also returns the labels that are known to have taught them.
    """
    from matchloop.data.io import read_table as read_any
    from matchloop.data.labels import LABEL, LABELING_SET_ID
    from matchloop.data.matches import MATCH_ID
    from matchloop.quality.evaluation import groups_by_key

    try:
        table = read_any(path, key=records.key)
    except TableError as error:
        if "the suffix says no format" not in str(error):
            raise
        matcher = ml.Matcher.load(path)
        return matcher.find_matches(records, on_stage=progress).match_id, []
    names = [name.strip() for name in table.column_names]
    if LABELING_SET_ID in names and LABEL in names:
        labels = ml.read_labels(path, key=records.key).bound(records)
        fitted = ml.Matcher(seed=seed).fit(records, labels, on_stage=progress)
        return fitted.find_matches(records, on_stage=progress).match_id, [labels]
    if MATCH_ID not in names or records.key not in names:
        raise InputError(
            f"{path} is no model, no labelling file, and no table with '{records.key}' and "
            f"{MATCH_ID}; it has {some(names)}"
        )
    return groups_by_key(records, table, MATCH_ID, name=path), []


def _copy(path: str, output: str) -> None:
    from matchloop.data.files import files_at
    from matchloop.data.io import atomic_write

    try:
        with files_at(path).open_input(path) as model, atomic_write(output) as file:
            while block := model.read(1 << 20):
                file.write(block)
    except OSError as error:
        raise MatchloopError(f"cannot copy {path}: {error.strerror or error}") from error


def _print(changed: GroupChanges, differences: tuple[Difference, ...], note: str) -> None:
    tell(
        f"{counted(changed.records, 'record')}: {counted(changed.old_groups, 'group')} before, "
        f"{changed.new_groups:,} now, {changed.unchanged:,} of them unchanged"
    )
    tell(
        f"{changed.merged:,} merged, {changed.split:,} split; {int(changed.changed.sum()):,} "
        f"records ({changed.share:.2%}) have other company; {changed.joined:,} pairs joined, "
        f"{changed.parted:,} parted"
    )
    if differences:
        tell()
        rows = [
            [
                difference.metric.replace("_", " ").replace("bcubed", "B-cubed"),
                f"{difference.old:.4f}",
                f"{difference.new:.4f}",
                f"{difference.difference:+.4f}"
                + (
                    ""
                    if _has_no_width(difference)
                    else f" [{difference.low:+.4f}, {difference.high:+.4f}]"
                ),
            ]
            for difference in differences
        ]
        print_columns(["", "old", "new", "difference"], rows)
        for reason in dict.fromkeys(
            difference.reason for difference in differences if difference.reason
        ):
            tell(f"- {reason}")
        if note:
            say(
                "labels of chosen questions are no sample of the table: the figures compare the "
                f"two, they do not say how good either is; {note}"
            )


def _has_no_width(difference: Difference) -> bool:
    """Tell whether there is no interval, or one of no width, as for equal groups."""
    return difference.low is None or difference.low == difference.high


def _print_contested(differing: Contested, answers: int) -> None:
    if differing.pairs == 0:
        tell("both models put the same records together")
    elif differing.answered == 0:
        shown = (
            f"{answers:,} answered pairs show no difference" if answers else "no pair is answered"
        )
        tell(
            f"{shown}; the models differ on {counted(differing.pairs, 'pair')} that nobody answered"
        )
    else:
        tell(
            f"the models differ on {counted(differing.pairs, 'pair')}; "
            f"{differing.answered:,} of them are "
            f"answered: the new model is right on {differing.new_right:,}, the old one on "
            f"{differing.old_right:,}"
        )


def _what_to_do(ask: str | None, output: str | None, *, copied: bool) -> str:
    if copied:
        return "undecided: no answer tells the two apart"
    kept = "" if output is None else f"; {output} was left as it is"
    if ask is None:
        return f"undecided{kept}: --ask FILE writes these pairs as questions"
    return f"undecided{kept}: answer {ask} and give it with --labels"
