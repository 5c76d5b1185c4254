"""What a person gets to see of a set: cells under tokens, identical rows once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from matchloop_api.labelling.contents import REVIEW, Cells, Contents, Table, contents_of
from matchloop_api.labelling.events import set_name
from matchloop_api.labelling.tokens import Tokens
from matchloop_api.store import LabelSet, Opinion, PageEvent

__all__ = ["Shown", "ShownRow", "cells_of", "columns_of", "row_body", "shown_set"]

LONGEST = 20_000
"""Characters of a cell that are sent."""


@dataclass(frozen=True, slots=True)
class ShownRow:
    """A row as the annotator sees it.

    Parameters
    ----------
    token
        The name of the row on the page.
    rows
        The cells of the rows that it represents: several if they are equal except for the key.
    is_added
        Whether the person found it by search.
    """

    token: str
    rows: tuple[Cells, ...]
    is_added: bool = False


@dataclass(frozen=True, slots=True)
class Shown:
    """A set as a person sees it.

    Parameters
    ----------
    name
        What the page calls it.
    contents
        What it holds.
    rows
        Its rows, those added by search last.
    """

    name: str
    contents: Contents
    rows: tuple[ShownRow, ...]

    @property
    def own(self) -> list[str]:
        """Tokens of the rows that were not added by search."""
        return [row.token for row in self.rows if not row.is_added]

    @property
    def added(self) -> list[str]:
        """Tokens of the rows that were added by search."""
        return [row.token for row in self.rows if row.is_added]

    @property
    def version(self) -> int:
        """1, and one more for each row added by search."""
        return 1 + len(self.added)

    def body(self, number: int, past: Sequence[PageEvent]) -> dict[str, Any]:
        """Return the set as the page gets it."""
        table = self.contents.table
        return {
            "set": self.name,
            "version": self.version,
            "number": number,
            "second_look": self.contents.second_look,
            "doubtful": self.contents.strategy == REVIEW,
            "adjudicates": self.contents.adjudicates is not None,
            "columns": [*self._opinion_columns(), *columns_of(table)],
            "rows": [self._row_body(row) for row in self.rows],
            "past": [event.body for event in past],
        }

    def _opinion_columns(self) -> list[dict[str, str]]:
        """Return a column for each answer that the set decides between."""
        count = len(self.contents.opinions)
        return [{"name": f"answer {at}", "kind": "context"} for at in range(1, count + 1)]

    def _row_body(self, row: ShownRow) -> dict[str, Any]:
        body = row_body(row, self.contents.table)
        if not self.contents.opinions:
            return body
        places = {key: at for at, key in enumerate(self.contents.keys)}
        at = places.get(str(row.rows[0][self.contents.table.key]))
        letters = [
            "" if at is None else opinion[at] or "left out" for opinion in self.contents.opinions
        ]
        body["cells"] = [*letters, *body["cells"]]
        long = body.get("long", {})
        body["long"] = {str(int(place) + len(letters)): size for place, size in long.items()}
        return body


def shown_set(label_set: LabelSet, opinion: Opinion, secret: bytes) -> Shown:
    """Return a set as the person of an opinion sees it."""
    contents = contents_of(label_set.body)
    tokens = Tokens(secret, label_set.transform_id, label_set.number, opinion.person)
    table = contents.table
    copies: dict[tuple[str | None, ...], list[Cells]] = {}
    for row in contents.rows:
        shown = table.shown if contents.merges_copies else [table.key]
        same = tuple(row[at] for at in shown)
        copies.setdefault(same, []).append(row)
    rows = [ShownRow(tokens.of(str(some[0][table.key])), tuple(some)) for some in copies.values()]
    for cells in opinion.body.get("added", ()):
        rows.append(ShownRow(tokens.of(str(cells[table.key])), (cells,), is_added=True))
    return Shown(set_name(label_set.number), contents, tuple(rows))


def columns_of(table: Table) -> list[dict[str, str]]:
    """Return the columns that the page gets."""
    return [{"name": table.columns[at], "kind": table.kinds[at]} for at in table.shown]


def cells_of(row: Cells, table: Table) -> tuple[list[str | None], Mapping[str, int]]:
    """Return the cells that the page gets, and the full length of those that were cut."""
    cells = [row[at] for at in table.shown]
    long = {str(at): len(cell) for at, cell in enumerate(cells) if cell and len(cell) > LONGEST}
    return [cell[:LONGEST] if cell else cell for cell in cells], long


def row_body(row: ShownRow, table: Table) -> dict[str, Any]:
    """Return a row as the page gets it."""
    cells, long = cells_of(row.rows[0], table)
    body: dict[str, Any] = {
        "token": row.token,
        "cells": cells,
        "copies": len(row.rows),
        "added": row.is_added,
    }
    return body | {"long": long} if long else body
