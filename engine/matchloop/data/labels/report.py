"""Report on labels: rows that were left out, and conspicuous sets."""

from __future__ import annotations

from dataclasses import dataclass, replace

from matchloop.errors import counted, some

__all__ = ["MANY_ROWS", "LabelReport"]

MANY_ROWS = 50  # the AWS guide does "not recommend" larger sets


@dataclass(frozen=True, slots=True)
class LabelReport:
    """Rows that were left out of some labels, and sets that are conspicuous.

    Parameters
    ----------
    blank
        Rows without a label or a set, which are ignored.
    identical
        Rows that repeat an earlier row, without effect.
    replaced
        Rows that a later row of the same set and key replaced.
    unknown
        Keys that the table does not hold.
    differing
        Rows whose values differ from the table's, which are used.
    single
        Sets of one labelled row, which imply no pair.
    large
        Sets of more than fifty labelled rows, which annotators rarely label correctly.
    notes
        Further sentences: how the file was read, and which sets were separated.
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
        """Return this report of a merge, with the rows that reading the files left out."""
        every = [*earlier, self]
        return replace(
            self,
            blank=sum(report.blank for report in earlier),
            identical=sum(report.identical for report in every),
            replaced=sum(report.replaced for report in every),
            notes=tuple(dict.fromkeys(note for report in every for note in report.notes)),
        )

    def lines(self) -> list[str]:
        """Return a sentence for each entry that is not zero."""
        sentences = [
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
        return [*self.notes, *(line for count, line in sentences if count)]

    def __str__(self) -> str:
        return "\n".join(self.lines())
