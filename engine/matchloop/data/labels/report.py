"""What was left out of a set of labels, and what is odd about it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from matchloop.errors import counted, some

__all__ = ["MANY_ROWS", "LabelReport"]

MANY_ROWS = 50  # a larger set is "not recommended" by the AWS guide


@dataclass(frozen=True, slots=True)
class LabelReport:
    """What was left out of a set of labels, and what is odd about it.

    Parameters
    ----------
    blank
        Rows without a label, or without a set: ignored.
    identical
        Rows that repeat an earlier one: they change nothing.
    replaced
        Rows that a later row of the same set and key took the place of.
    unknown
        Keys that the table does not hold.
    differing
        Rows whose values differ from the table's: the table's are used.
    single
        Sets of one labelled row, which say nothing.
    large
        Sets of more than fifty labelled rows, which people rarely get right.
    notes
        Further sentences: how the file was read, and which sets were told apart.
    """

    blank: int = 0
    identical: int = 0
    replaced: int = 0
    unknown: tuple[str, ...] = ()
    differing: int = 0
    single: tuple[str, ...] = ()
    large: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def after(self, *earlier: LabelReport) -> LabelReport:
        """Return this report of a merge with what reading the files left out."""
        every = [*earlier, self]
        return replace(
            self,
            blank=sum(one.blank for one in earlier),
            identical=sum(one.identical for one in every),
            replaced=sum(one.replaced for one in every),
            notes=tuple(dict.fromkeys(note for one in every for note in one.notes)),
        )

    def lines(self) -> list[str]:
        """Return one sentence for each thing worth telling; empty when there is nothing."""
        told = [
            (
                self.blank,
                counted(
                    self.blank,
                    "row without a label was ignored",
                    "rows without a label were ignored",
                ),
            ),
            (
                self.identical,
                counted(
                    self.identical,
                    "row repeats an earlier one and changes nothing",
                    "rows repeat an earlier one and change nothing",
                ),
            ),
            (
                self.replaced,
                counted(self.replaced, "row was", "rows were")
                + " replaced by a later one of the same key",
            ),
            (
                len(self.unknown),
                counted(
                    len(self.unknown),
                    "labelled key is not in the table and was left out",
                    "labelled keys are not in the table and were left out",
                )
                + f": {some(self.unknown)}",
            ),
            (
                self.differing,
                counted(self.differing, "labelled row differs", "labelled rows differ")
                + " from the table, whose values are used",
            ),
            (
                len(self.single),
                counted(
                    len(self.single),
                    "set holds one labelled row and says nothing",
                    "sets hold one labelled row and say nothing",
                )
                + f": {some(self.single)}",
            ),
            (
                len(self.large),
                counted(len(self.large), "set holds", "sets hold")
                + f" more than {MANY_ROWS} rows: {some(self.large)}",
            ),
        ]
        return [*self.notes, *(line for count, line in told if count)]

    def __str__(self) -> str:
        return "\n".join(self.lines())
