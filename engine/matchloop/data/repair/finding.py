"""Findings: faults of a file, with their place and their repair."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from itertools import groupby
from typing import Any

__all__ = ["Finding", "Status", "grouped"]

# Limits of what a line shows; conventions.
SHOWN = 120  # characters of a value
ROWS_SHOWN = 6  # row numbers


class Status(StrEnum):
    """State of a finding."""

    REPAIRED = "repaired"  # the repair is certain, and is made
    OPEN = "open"  # a person has to decide
    NOTE = "note"  # for information only


@dataclass(frozen=True, slots=True)
class Finding:
    """A fault or an oddity in a file.

    Parameters
    ----------
    kind
        Stable name of the kind of fault, such as ``key_number``.
    status
        Whether it was repaired, needs a person's decision, or is for information only.
    message
        Description of the fault.
    row
        Number of the row in the file, as a text editor or a spreadsheet counts: 1 is the first
        line. None for the whole file.
    column
        Name of the column; None where no single column is at fault.
    found, expected, proposed
        The value in the file, the value that should be there, and the value that replaces it or
        would.
    sheet
        Name of the sheet in a workbook.
    """

    kind: str
    status: Status
    message: str
    row: int | None = None
    column: str | None = None
    found: str = ""
    expected: str = ""
    proposed: str = ""
    sheet: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the finding as plain values."""
        return {**asdict(self), "status": str(self.status)}


def grouped(findings: Sequence[Finding]) -> list[str]:
    """Return one line for all findings of a kind, with the first rows and an example."""
    ordered = sorted(
        findings,
        key=lambda finding: (
            list(Status).index(finding.status),
            finding.kind,
            finding.message,
            finding.row or 0,
        ),
    )
    lines = []
    for (status, _, message), same in groupby(
        ordered, key=lambda finding: (finding.status, finding.kind, finding.message)
    ):
        several = list(same)
        lines.append(f"{status}: {_where(several)}{message}{_example(several)}")
    return lines


def _where(findings: list[Finding]) -> str:
    rows = [finding.row for finding in findings if finding.row is not None]
    if not rows:
        return ""
    listed = ", ".join(str(row) for row in rows[:ROWS_SHOWN])
    more = f" and {len(rows) - ROWS_SHOWN:,} more" if len(rows) > ROWS_SHOWN else ""
    return f"row{'s' if len(rows) > 1 else ''} {listed}{more}: "


def _example(findings: list[Finding]) -> str:
    first = findings[0]
    parts = []
    if first.found:
        parts.append(f"found {_short(first.found)}")
    if first.expected:
        parts.append(f"expected {first.expected}")
    if first.proposed:
        word = "now" if first.status is Status.REPAIRED else "perhaps"
        parts.append(f"{word} {_short(first.proposed)}")
    at = f"row {first.row}: " if len(findings) > 1 and first.row is not None and parts else ""
    return f" ({at}{'; '.join(parts)})" if parts else ""


def _short(text: str) -> str:
    shown = repr(text)
    return shown if len(shown) <= SHOWN else f"{shown[: SHOWN - 4]}...'"
