"""Counts of an answer: groups, pairs, time; and which input was used."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from matchloop_api.labelling.shown import Shown
from matchloop_api.store import PageEvent

__all__ = ["counts_of", "input_of", "partition_by_key", "seconds_of"]

IDLE_MS = 60_000
"""Time without an event that counts as idle and is left out."""

_PREVIEW = 80


def partition_by_key(shown: Shown, partition: Mapping[str, str | None]) -> dict[str, str | None]:
    """Return the letter of each record, by its key; None where it was left out."""
    at = shown.contents.table.key
    rows = [row for row in shown.rows if row.token in partition]
    return {str(cells[at]): partition[row.token] for row in rows for cells in row.rows}


def counts_of(shown: Shown, partition: Mapping[str, str | None]) -> dict[str, Any]:
    """Count the rows, groups and pairs of an answer, identical rows each for itself."""
    labels = partition_by_key(shown, partition)
    sizes = Counter(label for label in labels.values() if label is not None)
    labelled = sum(sizes.values())
    matches = sum(size * (size - 1) // 2 for size in sizes.values())
    groups = sorted((label, size) for label, size in sizes.items() if size > 1)
    return {
        "rows": len(labels),
        "groups": [list(item) for item in groups],
        "alone": sum(1 for size in sizes.values() if size == 1),
        "left_out": len(labels) - labelled,
        "matches": matches,
        "others": labelled * (labelled - 1) // 2 - matches,
        "preview": _preview(shown),
    }


def seconds_of(events: Sequence[PageEvent]) -> float:
    """Return the seconds a person worked on a set: idle time and hidden tabs left out."""
    total = 0
    by_session: dict[str, list[PageEvent]] = {}
    for event in events:
        by_session.setdefault(event.session, []).append(event)
    for session in by_session.values():
        for item, following in zip(session, session[1:], strict=False):
            apart = int(following.body.get("t", 0)) - int(item.body.get("t", 0))
            if item.body["kind"] != "hide" and 0 < apart <= IDLE_MS:
                total += apart
    return total / 1000


def input_of(events: Sequence[PageEvent]) -> str | None:
    """Return how most of an answer was entered: by key, mouse or touch."""
    used = Counter(
        event.body.get("input")
        for event in events
        if event.body["kind"] in ("paint", "submit")
        and event.body.get("input") in ("key", "mouse", "touch")
    )
    return max(used, key=lambda name: used[name], default=None)


def _preview(shown: Shown) -> str:
    table = shown.contents.table
    first = shown.rows[0].rows[0]
    compared = [at for at in table.shown if table.kinds[at] not in ("source", "ignored")]
    cells = [cell for at in compared if (cell := first[at])]
    return ", ".join(cells[:3])[:_PREVIEW]
