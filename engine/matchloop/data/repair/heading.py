"""Find the header of a labelling file, and recognize its columns."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz.fuzz import ratio

from matchloop.data.labels import LABEL, LABELING_SET_ID
from matchloop.data.repair.finding import Status
from matchloop.data.repair.grid import Grid, Row, trimmed
from matchloop.errors import some

__all__ = ["LABEL_NAMES", "SET_NAMES", "Heading", "find_heading", "plain_name"]

SET_NAMES = {
    "labelingsetid",
    "labellingsetid",
    "labelingset",
    "labellingset",
    "labeledsetid",
    "labelledsetid",
    "labelsetid",
    "labelset",
    "setid",
}
LABEL_NAMES = {"label", "labels", "labell"}
TITLE_ROWS = 20  # most rows above the header (a convention)
ALIKE = 85  # least similarity of a misspelt name, of 100 (a convention)


@dataclass(slots=True)
class Heading:
    """Positions of the columns of a file.

    Parameters
    ----------
    names
        Meaning of each column: labeling_set_id, label, a column of the table, or its own name.
    width
        Number of cells of a row.
    set_at, label_at
        Positions of the set ids and the labels.
    """

    names: list[str]
    width: int
    set_at: int
    label_at: int


def plain_name(name: str) -> str:
    """Return a column's name without case, spaces, signs or the number that pandas appends."""
    return re.sub(r"[\W_]+", "", re.sub(r"\.\d+$", "", trimmed(name))).casefold()


def find_heading(
    grid: Grid, columns: Sequence[str], keys: frozenset[str], key: str | None
) -> Heading | None:
    """Find the header row, remove it and the rows above, and recognize the columns.

    Parameters
    ----------
    grid
        The rows; header rows are removed from it.
    columns
        The columns of the table; empty where it is not known.
    keys
        The keys of the table.
    key
        Name of its key column.

    Returns
    -------
    Heading or None
        None where no two columns can be set id and label, with a finding.
    """
    for at, row in enumerate(grid.rows[:TITLE_ROWS]):
        places = _recognized(row, columns)
        if places is not None:
            for above in grid.rows[:at]:
                grid.note(
                    "title_row",
                    Status.REPAIRED,
                    "a row above the header is no row of the table; it was left out",
                    row=above.number,
                    found=" ".join(cell for cell in above.cells if cell),
                )
            heading = _heading(grid, row, *places, columns)
            grid.rows = grid.rows[at + 1 :]
            _repeated_headers(grid, row, heading)
            return heading
    return _without_header(grid, columns, keys, key)


def _recognized(row: Row, columns: Sequence[str]) -> tuple[int, int] | None:
    plain = [plain_name(cell) for cell in row.cells]
    taken = {plain_name(name) for name in columns}
    set_at = _place(plain, SET_NAMES, LABELING_SET_ID)
    label_at = _place(plain, LABEL_NAMES, LABEL)
    strange = [at for at, name in enumerate(plain) if name and name not in taken]
    if label_at is None and set_at is not None and columns:
        rest = [at for at in strange if at != set_at]
        label_at = rest[0] if len(rest) == 1 else None
    if set_at is None and label_at is not None and columns:
        rest = [at for at in strange if at != label_at]
        set_at = rest[0] if len(rest) == 1 else None
    if set_at is None or label_at is None:
        recognized = len(taken & set(plain))
        if recognized and recognized == len(taken) and len(strange) == 2 and strange == [0, 1]:
            return 0, 1  # two unknown columns precede the table's own
        return None
    return set_at, label_at


def _place(plain: list[str], names: set[str], name: str) -> int | None:
    exact = [at for at, other in enumerate(plain) if other == plain_name(name)]
    if exact:
        return exact[0]
    near = [at for at, other in enumerate(plain) if other in names]
    if not near:
        near = [at for at, other in enumerate(plain) if ratio(other, plain_name(name)) >= ALIKE]
    return near[0] if len(near) == 1 else None


def _heading(grid: Grid, row: Row, set_at: int, label_at: int, columns: Sequence[str]) -> Heading:
    names = [trimmed(cell) for cell in row.cells]
    while names and not names[-1] and _is_empty(grid, len(names) - 1, row):
        names.pop()
        grid.note("empty_column", Status.REPAIRED, "an empty column without a name was left out")
    plain = [plain_name(name) for name in names]
    if (
        plain[set_at] not in SET_NAMES
        and plain[label_at] not in LABEL_NAMES
        and not (ratio(plain[set_at], "labelingsetid") >= ALIKE)
    ):
        message = "the first two columns have other names; they were taken for set and label"
        grid.note("header_names", Status.OPEN, message, row=row.number, found=", ".join(names[:2]))
    for at, name in ((set_at, LABELING_SET_ID), (label_at, LABEL)):
        if row.cells[at] != name and trimmed(row.cells[at]) != name:
            message = f"the column {name} has another name"
            grid.note(
                "column_renamed",
                Status.REPAIRED,
                message,
                row=row.number,
                column=name,
                found=row.cells[at],
                proposed=name,
            )
        names[at] = name
    if (set_at, label_at) != (0, 1):
        grid.note(
            "column_moved",
            Status.REPAIRED,
            f"{LABELING_SET_ID} and {LABEL} are not the first two columns; they were moved there",
            row=row.number,
            found=", ".join(names),
        )
    _again(grid, row, names, set_at, label_at)
    _match_names(grid, row, names, columns)
    return Heading(names, len(names), set_at, label_at)


def _again(grid: Grid, row: Row, names: list[str], set_at: int, label_at: int) -> None:
    for at, name in enumerate(names):
        twin = set_at if plain_name(name) == plain_name(LABELING_SET_ID) else label_at
        is_twin = plain_name(name) in (plain_name(LABELING_SET_ID), LABEL)
        if at in (set_at, label_at) or not is_twin:
            continue
        below = grid.rows[grid.rows.index(row) + 1 :]
        same = all(
            len(line.cells) <= max(at, twin) or line.cells[at] == line.cells[twin] for line in below
        )
        grid.note(
            "column_twice",
            Status.REPAIRED if same else Status.OPEN,
            f"the column {names[twin]} stands twice"
            + ("; the second says the same" if same else " and says different things"),
            row=row.number,
            column=names[twin],
            found=name,
        )
        names[at] = ""


def _match_names(grid: Grid, row: Row, names: list[str], columns: Sequence[str]) -> None:
    free = [name for name in columns if name not in names]
    for at, name in enumerate(names):
        if name in (LABELING_SET_ID, LABEL, "") or name in columns:
            continue
        like = [column for column in free if plain_name(column) == plain_name(name)]
        if len(like) == 1:
            free.remove(like[0])
            names[at] = like[0]
            grid.note(
                "column_renamed",
                Status.REPAIRED,
                "a column of the table has another name",
                row=row.number,
                column=like[0],
                found=row.cells[at],
                proposed=like[0],
            )


def _is_empty(grid: Grid, at: int, header: Row) -> bool:
    return all(
        len(row.cells) <= at or not trimmed(row.cells[at]) for row in grid.rows if row is not header
    )


def _repeated_headers(grid: Grid, header: Row, heading: Heading) -> None:
    """Remove headers between the rows, and reorder the cells of the rows below them."""
    expected = [plain_name(cell) for cell in header.cells]
    order: list[int] | None = None
    part = 0
    kept = []
    for row in grid.rows:
        plain = [plain_name(cell) for cell in row.cells]
        if plain == expected or (
            len(plain) == len(expected)
            and len(set(expected)) == len(expected)
            and sorted(plain) == sorted(expected)
            and {"labelingsetid", "label"} <= set(plain)
        ):
            order = [plain.index(name) for name in expected] if plain != expected else None
            part += 1
            suffix = "" if order is None else " with the columns in another order"
            grid.note(
                "header_again",
                Status.REPAIRED,
                f"the header stands again among the rows{suffix}; it was left out",
                row=row.number,
            )
            continue
        if order is not None and len(row.cells) == len(order):
            row.cells = [row.cells[at] for at in order]
        row.part = part
        kept.append(row)
    grid.rows = kept


def _without_header(
    grid: Grid, columns: Sequence[str], keys: frozenset[str], key: str | None
) -> Heading | None:
    width = len(columns) + 2
    if columns and key is not None and grid.rows:
        place = list(columns).index(key) + 2
        full = [row for row in grid.rows if len(row.cells) == width]
        in_table = sum(trimmed(row.cells[place]) in keys for row in full)
        if full and in_table >= 0.5 * len(full) and len(full) >= 0.5 * len(grid.rows):
            names = [LABELING_SET_ID, LABEL, *columns]
            grid.note(
                "header_missing",
                Status.REPAIRED,
                "the header is missing; the rows are in the order of the table's columns",
                row=grid.rows[0].number,
                proposed=",".join(names),
            )
            return Heading(names, width, 0, 1)
    first = grid.rows[0] if grid.rows else Row(1, [])
    grid.refused(
        "header",
        f"no column can be told to be {LABELING_SET_ID} or {LABEL}",
        row=first.number,
        found=some(first.cells, 8),
        expected=f"{LABELING_SET_ID},{LABEL}, then the columns of the table",
    )
    return None
