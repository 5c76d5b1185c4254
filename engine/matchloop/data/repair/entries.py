"""Turn rows into entries with a value for each column, also rows that are too long or short."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from matchloop.data.labels import LABEL, LABELING_SET_ID
from matchloop.data.repair.disguises import cleaned
from matchloop.data.repair.finding import Finding, Status
from matchloop.data.repair.grid import Grid, Row, trimmed
from matchloop.data.repair.heading import Heading
from matchloop.data.repair.table import KnownTable

__all__ = ["Entry", "read_entries"]


@dataclass(slots=True)
class Entry:
    """A row of the file, by columns.

    Parameters
    ----------
    row
        The row, with its place in the file.
    set_id, label
        Its values in the first two columns.
    values
        Its values in the other columns, by name.
    key
        Key of its record in the table; None where it is not known.
    removed
        Reason why it is not in the repaired file: ``repeated`` or ``left out``.
    """

    row: Row
    set_id: str
    label: str
    values: dict[str, str]
    key: str | None = None
    removed: str = ""
    findings: list[Finding] = field(default_factory=list)

    def find(self, kind: str, status: Status, message: str, **where: str) -> None:
        """Add a finding on this row."""
        self.findings.append(
            Finding(kind, status, message, self.row.number, sheet=self.row.sheet, **where)
        )


def read_entries(grid: Grid, heading: Heading, table: KnownTable | None) -> list[Entry]:
    """Give every row a value for each column.

    Rows with more or fewer values than the header are adjusted where the table shows how. Otherwise
    a finding names them.
    """
    out: list[Entry] = []
    rows = list(grid.rows)
    at = 0
    while at < len(rows):
        row = rows[at]
        at += 1
        cells = list(row.cells)
        if len(cells) < heading.width and at < len(rows):
            joined = _joined(cells, rows[at], heading, table)
            if joined is not None:
                entry = _entry(row, joined, heading)
                entry.find(
                    "line_end_inside",
                    Status.REPAIRED if table is not None else Status.OPEN,
                    "a line end inside a value that is not quoted cut the row in two",
                    found=" / ".join(("|".join(cells), "|".join(rows[at].cells))),
                )
                out.append(entry)
                at += 1
                continue
        out.append(_fitted(row, cells, heading, table))
    return out


def _entry(row: Row, cells: list[str], heading: Heading) -> Entry:
    named = {
        name: cell
        for name, cell in zip(heading.names, cells, strict=False)
        if name not in ("", LABELING_SET_ID, LABEL)
    }
    return Entry(row, cells[heading.set_at], cells[heading.label_at], named)


def _fitted(row: Row, cells: list[str], heading: Heading, table: KnownTable | None) -> Entry:
    width = heading.width
    if len(cells) > width and not any(trimmed(cell) for cell in cells[width:]):
        return _entry(row, cells[:width], heading)
    if len(cells) > width:
        return _too_long(row, cells, heading, table)
    entry = _entry(row, cells + [""] * (width - len(cells)), heading)
    if len(cells) < width:
        _too_short(entry, cells, heading, table)
    elif row.broken == "cut":
        entry.find("cut", Status.NOTE, "the last line has no line end; it may have been cut")
    return entry


def _too_long(row: Row, cells: list[str], heading: Heading, table: KnownTable | None) -> Entry:
    fits = []
    if table is not None:
        for merged in _mergers(cells, heading.width):
            entry = _entry(row, merged, heading)
            key = table.exact(cleaned(entry.values.get(table.key, "")))
            if key is not None and table.likeness(key, entry.values) == 1.0:
                fits.append(entry)
    if len(fits) == 1:
        fits[0].find(
            "too_many",
            Status.REPAIRED,
            "the row has too many values: one holds the delimiter and is not quoted",
            found="|".join(cells),
            expected=f"{heading.width} values",
        )
        return fits[0]
    entry = _entry(row, cells[: heading.width], heading)
    entry.removed = "left out"
    entry.find(
        "too_many",
        Status.OPEN,
        "the row has too many values, and which of them belong together is not certain; it was "
        "left out",
        found="|".join(cells),
        expected=f"{heading.width} values",
    )
    return entry


def _mergers(cells: list[str], width: int) -> Iterator[list[str]]:
    """Yield every way to join neighbours so that one or two values hold the delimiters."""
    extra = len(cells) - width
    if extra > 6:
        return
    for at in range(width):
        for first in range(1, extra + 1):
            once = [*cells[:at], ",".join(cells[at : at + first + 1]), *cells[at + first + 1 :]]
            rest = extra - first
            if not rest:
                yield once
                continue
            for other in range(at + 1, width):
                yield [
                    *once[:other],
                    ",".join(once[other : other + rest + 1]),
                    *once[other + rest + 1 :],
                ]


def _too_short(entry: Entry, cells: list[str], heading: Heading, table: KnownTable | None) -> None:
    cut = entry.row.broken == "cut"
    kind = "cut" if cut else "too_few"
    message = "the file ends within the row" if cut else "the row has too few values"
    where = {"found": "|".join(cells), "expected": f"{heading.width} values"}
    if len(cells) <= max(heading.set_at, heading.label_at):
        entry.removed = "left out"
        entry.find(kind, Status.OPEN, f"{message}, its label is missing; it was left out", **where)
        return
    place = heading.names.index(table.key) if table and table.key in heading.names else None
    last_may_be_half = cut and place == len(cells) - 1
    label_half = cut and heading.label_at == len(cells) - 1
    if table is not None and place is not None and place < len(cells):
        key = table.exact(cleaned(cells[place]))
        complete = {
            name: entry.values[name]
            for at, name in enumerate(heading.names)
            if name in entry.values and at < len(cells) - cut
        }
        if key is not None and not last_may_be_half and not label_half:
            alike = table.likeness(key, complete)
            if alike is None or alike > 0.5:
                entry.find(kind, Status.REPAIRED, f"{message}; the table has the others", **where)
                return
    if last_may_be_half or place is not None and place >= len(cells):
        entry.removed = "left out"
        message += ", its key may be incomplete; it was left out"
    else:
        message += "; the missing ones were left empty"
    entry.find(kind, Status.OPEN, message, **where)


def _joined(
    cells: list[str], following: Row, heading: Heading, table: KnownTable | None
) -> list[str] | None:
    """Rejoin a row that an unquoted newline split in two; None if the next row does not fit."""
    together = [*cells[:-1], f"{cells[-1]}\n{following.cells[0]}", *following.cells[1:]]
    if len(together) != heading.width or len(following.cells) >= heading.width:
        return None
    if table is None:
        return together
    entry = _entry(following, together, heading)
    key = table.exact(cleaned(entry.values.get(table.key, "")))
    if key is None or (table.likeness(key, entry.values) or 0.0) < 0.99:
        return None
    return together
