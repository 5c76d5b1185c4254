"""What a set of the queue holds: its rows, and where they come from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

__all__ = ["RESULT", "REVIEW", "Cells", "Contents", "Table", "contents_of"]

RESULT = "result"
"""Kind of a column that an earlier matching wrote: it would give the answer away."""

REVIEW = "review"
"""Strategy of a set that reviews a doubtful decision."""

Cells = Sequence[str | None]


@dataclass(frozen=True, slots=True)
class Table:
    """The columns of the table that a set's rows come from.

    Parameters
    ----------
    columns
        Names of all columns, in the table's order.
    kinds
        Kind of each column: one of the engine's, ``source``, ``ignored``, ``key``, or ``result``
        for a column that an earlier matching wrote.
    """

    columns: tuple[str, ...]
    kinds: tuple[str, ...]

    @property
    def key(self) -> int:
        """Position of the key column, which the page never gets."""
        return self.kinds.index("key")

    @property
    def shown(self) -> list[int]:
        """Positions of the columns that the page gets."""
        return [at for at, kind in enumerate(self.kinds) if kind not in ("key", RESULT)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """The rows of a set and their origin.

    Parameters
    ----------
    name
        The set id that the labels get in the ledger.
    table
        The columns.
    rows
        All cells of each row, in the order in which the page shows them.
    round, strategy
        Provenance of the questions; see :class:`matchloop.data.labels.Provenance`.
    gold
        The known label of each row, where the set tests the person.
    audit
        Pairs of an audit: the id of the pair's set, and the places of its two rows.
    second_look
        Whether the set was answered before; its answer replaces the earlier one.
    proposed
        The model's group of each row, where people may ask for proposals. It stays on the server.
    adjudicates
        Number of the set that people answered differently, which this one decides.
    opinions
        Their answers, in no order: the label of each row, None where it was left out.
    """

    name: str
    table: Table
    rows: tuple[tuple[str | None, ...], ...]
    round: int | None = None
    strategy: str | None = None
    gold: tuple[str | None, ...] | None = None
    audit: tuple[tuple[str, int, int], ...] = ()
    second_look: bool = False
    proposed: tuple[int, ...] = ()
    adjudicates: int | None = None
    opinions: tuple[tuple[str | None, ...], ...] = ()

    @property
    def keys(self) -> list[str]:
        """The key of each row."""
        at = self.table.key
        return [str(row[at]) for row in self.rows]

    @property
    def sets(self) -> list[str]:
        """The set ids in the ledger that an answer labels."""
        return [name for name, _, _ in self.audit] if self.audit else [self.name]

    @property
    def is_plain(self) -> bool:
        """Whether this is a question as the strategy chose it, and its answer not known."""
        return (
            self.gold is None
            and not self.audit
            and not self.second_look
            and self.adjudicates is None
            and self.strategy != REVIEW
        )

    @property
    def merges_copies(self) -> bool:
        """Whether rows that are equal but for their key are shown as one row."""
        return not self.audit and self.strategy != REVIEW

    def body(self) -> dict[str, Any]:
        """Return the contents as JSON values; defaults are left out."""
        plain = asdict(self)
        return {
            field.name: plain[field.name]
            for field in fields(self)
            if plain[field.name] not in (None, ())
        }


def contents_of(body: Mapping[str, Any]) -> Contents:
    """Return contents from what :meth:`Contents.body` made."""
    values = dict(body)
    values["table"] = Table(*(tuple(values["table"][field.name]) for field in fields(Table)))
    values["rows"] = tuple(tuple(row) for row in values["rows"])
    if "gold" in values:
        values["gold"] = tuple(values["gold"])
    values["proposed"] = tuple(values.get("proposed", ()))
    values["opinions"] = tuple(tuple(labels) for labels in values.get("opinions", ()))
    values["audit"] = tuple(tuple(pair) for pair in values.get("audit", ()))
    return Contents(**values)
