"""A person's answers so far, and the pairs that they label."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median
from typing import Any

from matchloop_api.labelling.contents import contents_of
from matchloop_api.labelling.events import set_name
from matchloop_api.labelling.flags import Flag, flags_of
from matchloop_api.store import LabelSet, Opinion, Transaction

__all__ = ["SHOW", "answers_of", "counts"]

PAGE = 20
SHOW = ("all", "flagged", "left_out", "changed")


def answers_of(
    tx: Transaction, transform_id: str, person: str, *, query: str, show: str, page: int
) -> dict[str, Any]:
    """Return a page of a person's answers, the newest first.

    Parameters
    ----------
    tx, transform_id, person
        Whose answers.
    query
        Text that a row of the set has to hold; empty for all.
    show
        One of :data:`SHOW`.
    page
        From 1.
    """
    opinions = list(reversed(tx.label_queue.opinions(transform_id, person=person)))
    if show != "all":
        opinions = [item for item in opinions if item.body.get(show)]
    if query:
        sets = {item.number: item for item in tx.label_queue.sets(transform_id)}
        opinions = [item for item in opinions if _holds(sets[item.number], query)]
    pages = max(1, -(-len(opinions) // PAGE))
    page = min(max(page, 1), pages)
    chosen = opinions[(page - 1) * PAGE : page * PAGE]
    flags: dict[int, list[Flag]] = {}
    if any(item.body.get("flagged") for item in chosen):
        for flag in flags_of(tx, transform_id, person=person):
            flags.setdefault(flag.number, []).append(flag)
    return {
        "answers": [_line(item, flags.get(item.number, ())) for item in chosen],
        "page": page,
        "pages": pages,
        "count": len(opinions),
    }


def counts(opinions: Sequence[Opinion]) -> dict[str, Any]:
    """Return the numbers of the end of a session: sets, pairs, rows left out, time."""
    seconds = [item.body["seconds"] for item in opinions if item.body.get("seconds")]
    return {
        "sets": len(opinions),
        "matches": sum(int(item.body.get("matches", 0)) for item in opinions),
        "others": sum(int(item.body.get("others", 0)) for item in opinions),
        "left_out": sum(int(item.body.get("left_out", 0)) for item in opinions),
        "seconds_per_set": median(seconds) if seconds else None,
    }


def _line(opinion: Opinion, flags: Sequence[Flag]) -> dict[str, Any]:
    body = opinion.body
    assert opinion.answered_at is not None
    return {
        "set": set_name(opinion.number),
        "number": opinion.number,
        "at": int(opinion.answered_at.timestamp() * 1000),
        "rows": body.get("rows", 0),
        "groups": body.get("groups", []),
        "alone": body.get("alone", 0),
        "left_out": body.get("left_out", 0),
        "flagged": bool(body.get("flagged")),
        "flags": [flag.facts for flag in flags],
        "changed": bool(body.get("changed")),
        "preview": body.get("preview", ""),
    }


def _holds(label_set: LabelSet, query: str) -> bool:
    contents = contents_of(label_set.body)
    wanted = query.casefold()
    shown = contents.table.shown
    cells = (row[at] for row in contents.rows for at in shown)
    return any(wanted in cell.casefold() for cell in cells if cell)
