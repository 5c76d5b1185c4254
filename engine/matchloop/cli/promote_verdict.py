"""The verdict of ``matchloop promote``: what changes, which model is better, what refuses it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

import matchloop as ml
from matchloop.cli.columns import print_columns, tell
from matchloop.cli.promote_input import Candidate
from matchloop.cli.words import say
from matchloop.errors import counted

if TYPE_CHECKING:
    from matchloop.quality.promotion import Contested, Difference, GroupChanges, Refusal, Rule

__all__ = ["Verdict", "judge"]


@dataclass(frozen=True, slots=True, eq=False)
class Verdict:
    """What was found about a new model, beside the one in use.

    Parameters
    ----------
    changed
        Which groups merge, split and stay.
    differences
        How much better or worse each figure is; empty without a truth or labels.
    note
        Which labels were left out of them, as a sentence.
    rules, refused
        The rules, and those that refuse the new model.
    contested
        The pairs on which the two differ; None with a truth.
    answers
        Number of answered pairs; None without labels.
    """

    changed: GroupChanges
    differences: tuple[Difference, ...]
    note: str
    rules: tuple[Rule, ...]
    refused: tuple[Refusal, ...]
    contested: Contested | None = None
    answers: int | None = None

    @property
    def is_undecided(self) -> bool:
        """Whether there are labels, and none of them tells the two models apart."""
        return (
            self.answers is not None
            and self.contested is not None
            and (self.contested.is_undecided)
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, for a script."""
        return {
            "changes": self.changed.to_dict(),
            "differences": [asdict(difference) for difference in self.differences],
            "contested": None if self.contested is None else self.contested.to_dict(),
            "undecided": self.is_undecided,
            "rules": [str(rule) for rule in self.rules],
            "refused": [asdict(refusal) for refusal in self.refused],
        }

    def print(self) -> None:
        """Print what changes, how the figures differ, and which rule refuses the new model."""
        for line in self._changes():
            tell(line)
        if self.differences:
            self._print_differences()
        if self.answers is not None and self.contested is not None:
            tell(_about(self.contested, self.answers))
        tell()
        for refusal in self.refused:
            tell(f"refused by '{refusal.rule}': {refusal.reason}")

    def _changes(self) -> Iterator[str]:
        changed = self.changed
        yield (
            f"{counted(changed.records, 'record')}: {counted(changed.old_groups, 'group')} before, "
            f"{changed.new_groups:,} now, {changed.unchanged:,} of them unchanged"
        )
        yield (
            f"{changed.merged:,} merged, {changed.split:,} split; "
            f"{int(changed.changed.sum()):,} records ({changed.share:.2%}) have other company; "
            f"{changed.joined:,} pairs joined, {changed.parted:,} parted"
        )

    def _print_differences(self) -> None:
        tell()
        print_columns(
            ["", "old", "new", "difference"], [_row(difference) for difference in self.differences]
        )
        reasons = [difference.reason for difference in self.differences if difference.reason]
        for reason in dict.fromkeys(reasons):
            tell(f"- {reason}")
        if self.note:
            say(
                "labels of chosen questions are no sample of the table: the figures compare the "
                f"two, they do not say how good either is; {self.note}"
            )


def judge(
    records: ml.Records,
    old: Candidate,
    new: Candidate,
    *,
    truth: NDArray[np.int64] | None,
    labels: ml.Labels | None,
    rules: Sequence[Rule],
    seed: int,
) -> Verdict:
    """Compare two models by a truth, by labels, or by their groups alone.

    Parameters
    ----------
    records
        The records.
    old, new
        The model in use, and the one that is to take its place.
    truth
        The true group of each record; None without a truth.
    labels
        Labels; None without any, or with a truth.
    rules
        What refuses the new model.
    seed
        Of the intervals.
    """
    from matchloop.quality.promotion import (
        against_labels,
        against_truth,
        compare_groups,
        contested,
        evidence_in,
        refusals,
        values_for_rules,
    )

    before, after, sources = old.groups, new.groups, records.sources
    changed = compare_groups(before, after)
    differences: tuple[Difference, ...] = ()
    note, answers, differing = "", None, None
    if truth is not None:
        differences = against_truth(before, after, truth, sources=sources, seed=seed)
    else:
        if labels is not None:
            answers, note = evidence_in(labels, records, [*old.taught_by, *new.taught_by])
            differences = against_labels(before, after, answers, seed=seed)
        differing = contested(before, after, answers, sources=sources, seed=seed)
    refused = refusals(rules, values_for_rules(changed, differences))
    verdict = Verdict(
        changed,
        differences,
        note,
        tuple(rules),
        tuple(refused),
        differing,
        None if answers is None else len(answers),
    )
    if not verdict.is_undecided:
        return verdict
    # a metric without a value is then no reason of its own
    valued = tuple(refusal for refusal in refused if refusal.value is not None)
    return replace(verdict, refused=valued)


def _row(difference: Difference) -> list[str]:
    has_width = difference.low is not None and difference.low != difference.high
    interval = f" [{difference.low:+.4f}, {difference.high:+.4f}]" if has_width else ""
    return [
        difference.metric.replace("_", " ").replace("bcubed", "B-cubed"),
        f"{difference.old:.4f}",
        f"{difference.new:.4f}",
        f"{difference.difference:+.4f}{interval}",
    ]


def _about(differing: Contested, answers: int) -> str:
    """Return on how many pairs the models differ, and which of them is right there."""
    pairs = counted(differing.pairs, "pair")
    if differing.pairs == 0:
        return "both models put the same records together"
    if differing.answered == 0:
        shown = (
            f"{answers:,} answered pairs show no difference" if answers else "no pair is answered"
        )
        return f"{shown}; the models differ on {pairs} that nobody answered"
    return (
        f"the models differ on {pairs}; {differing.answered:,} of them are answered: the new model "
        f"is right on {differing.new_right:,}, the old one on {differing.old_right:,}"
    )
