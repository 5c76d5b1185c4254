"""A grid: the rows of a file before its columns are recognized."""

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
        Its position in the file, from 1.
    cells
        Its values as text.
    sheet
        Name of the sheet in a workbook.
    broken
        Reason why it may be incomplete: it ends with the file, or lines were joined.
    part
        Number of repeated headers above it, as in joined files.
    """

    number: int
    cells: list[str]
    sheet: str | None = None
    broken: str = ""
    part: int = 0


@dataclass(slots=True)
class Grid:
    """Rows, and the findings made while they were read.

    Parameters
    ----------
    rows
        The rows, including the header, without blank ones.
    findings
        Faults of the file as a whole.
    readable
        Whether there are rows to examine.
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
    """Remove invisible characters: spaces of all kinds at both ends, and zero-width characters."""
    return text.translate(_NOTHING).strip()


def is_blank(cells: list[str]) -> bool:
    """Return whether a row holds no visible character."""
    return not any(trimmed(cell) for cell in cells)
