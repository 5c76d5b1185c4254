"""The state of a set: the fold of one person's events, by the same rules as on the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from matchloop_api.store import PageEvent

__all__ = ["FLAGS", "State", "fold"]

FLAGS = frozenset({"flag", "note"})
"""Kinds of events that a curator is shown; a note is a flag without a reason."""

_CHANGES = frozenset({"paint", "add_row", "submit"})


@dataclass(frozen=True, slots=True)
class State:
    """The result of a person's events on a set.

    Parameters
    ----------
    rows
        Tokens of the set's rows: its own, then those that an event added.
    groups
        The letter of each row that has one; None for a row left out.
    submit
        The last submit that was not undone.
    flagged
        Tokens of rows flagged for a curator, or with a note.
    """

    rows: tuple[str, ...]
    groups: Mapping[str, str | None]
    submit: PageEvent | None
    flagged: frozenset[str]

    @property
    def partition(self) -> dict[str, str | None]:
        """The letter of each row, None where left out; rows without an answer are missing."""
        return {row: self.groups[row] for row in self.rows if row in self.groups}


def fold(own: Sequence[str], added: Sequence[str], events: Sequence[PageEvent]) -> State:
    """Fold events in the order in which the store returns them.

    Parameters
    ----------
    own
        Tokens of the set's rows as it was handed out, in the order shown.
    added
        Tokens of rows that the person found by search; an event must add them.
    events
        One person's events of the set.
    """
    alive: set[str] = set()
    undone: set[str] = set()
    for event in events:
        kind, target = event.body["kind"], event.body.get("target")
        if kind in _CHANGES:
            alive.add(event.id)
            undone.clear()
        elif kind == "undo" and target in alive:
            alive.remove(target)
            undone.add(target)
        elif kind == "redo" and target in undone:
            undone.remove(target)
            alive.add(target)
    joined: set[str] = set()
    groups: dict[str, str | None] = {own[0]: "A"} if own else {}
    submit = None
    flagged: set[str] = set()
    for event in events:
        kind = event.body["kind"]
        if kind in FLAGS:
            flagged.update(event.body["rows"])
        if event.id not in alive:
            continue
        if kind == "add_row":
            joined.update(event.body["rows"])
        elif kind == "paint":
            groups.update(zip(event.body["rows"], event.body["to"], strict=True))
        elif kind == "submit":
            submit = event
    rows = (*own, *(token for token in added if token in joined))
    return State(rows, groups, submit, frozenset(flagged))
