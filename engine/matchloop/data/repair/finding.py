"""A finding: what is wrong in a labelling file, where, and what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from itertools import groupby
from typing import Any

__all__ = ["Finding", "Status", "grouped"]

SHOWN = 120
ROWS_SHOWN = 6


class Status(StrEnum):
    """What became of a finding."""

    REPAIRED = "repaired"  # the repair is certain, and is made
    OPEN = "open"  # a person has to decide
    NOTE = "note"  # worth knowing, nothing to do


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, or odd, in a labelling file.

    Parameters
    ----------
    kind
        What sort of thing, a stable name such as ``key_number``.
    status
        Whether it was repaired, waits for a person, or is only worth knowing.
    message
        What it is, in words.
    row
        The row of the file, as a text editor or a spreadsheet counts: 1 is the first line. None
        where the whole file is meant.
    column
        The column, where it is one.
    found, expected, proposed
        What stands there, what should, and what would, or did, take its place.
    sheet
        The sheet of a workbook.
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
    """Return one line for all findings of a sort, with the first rows and an example."""
    ordered = sorted(
        findings,
        key=lambda one: (list(Status).index(one.status), one.kind, one.message, one.row or 0),
    )
    lines = []
    for (status, _, message), same in groupby(
        ordered, key=lambda one: (one.status, one.kind, one.message)
    ):
        several = list(same)
        lines.append(f"{status}: {_where(several)}{message}{_example(several)}")
    return lines


def _where(findings: list[Finding]) -> str:
    rows = [one.row for one in findings if one.row is not None]
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
