"""A grid: the rows of a file as they stand, before anything is known of its columns."""

from __future__ import annotations

from dataclasses import dataclass, field

from matchloop.data.labels.plain import INVISIBLE
from matchloop.data.repair.finding import Finding, Status

__all__ = ["Grid", "Row", "is_blank", "trimmed"]

_NOTHING = dict.fromkeys(map(ord, INVISIBLE))


@dataclass(slots=True)
class Row:
    """A row of the file.

    Parameters
    ----------
    number
        Its place in the file, from 1.
    cells
        Its values as text.
    sheet
        The sheet of a workbook.
    broken
        What cannot be trusted of it: it ends with the file, or lines were joined.
    part
        How many further headers stand above it: files were put one below the other.
    """

    number: int
    cells: list[str]
    sheet: str | None = None
    broken: str = ""
    part: int = 0


@dataclass(slots=True)
class Grid:
    """Rows and what was found on the way to them.

    Parameters
    ----------
    rows
        The rows, with the header among them, blank ones left out.
    findings
        What was wrong with the file as such.
    readable
        Whether there are rows to look at.
    """

    rows: list[Row] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    readable: bool = True

    def note(self, kind: str, status: Status, message: str, **where: object) -> None:
        """Add a finding."""
        self.findings.append(Finding(kind, status, message, **where))  # type: ignore[arg-type]

    def refused(self, kind: str, message: str, **where: object) -> Grid:
        """Add a finding that ends the examination."""
        self.note(kind, Status.OPEN, message, **where)
        self.readable = False
        return self


def trimmed(text: str) -> str:
    """Remove what nobody sees: spaces around, no-break ones too, and characters of no width."""
    return text.translate(_NOTHING).strip()


def is_blank(cells: list[str]) -> bool:
    """Say whether a row holds nothing that anybody could see."""
    return not any(trimmed(cell) for cell in cells)
