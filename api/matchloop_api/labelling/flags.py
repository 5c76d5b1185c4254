"""Rows that people flagged for a curator, and the curator's replies.

A flag is an event of the page and is never changed. Replies are stored beside it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from matchloop_api.errors import EntityNotFoundException, InvalidInputException
from matchloop_api.labelling.adjudication import question_of
from matchloop_api.labelling.contents import contents_of
from matchloop_api.labelling.events import set_name
from matchloop_api.labelling.folding import FLAGS
from matchloop_api.labelling.queue import add_sets
from matchloop_api.labelling.shown import columns_of, row_body, shown_set
from matchloop_api.store import PageEvent, Resource, Transaction

__all__ = ["Flag", "flag_of", "flags_of", "flags_page", "keep_reply", "set_to_open"]

PAGE = 20
LONGEST_REPLY = 1_000
_KIND = "label_flag"
_SHOW = ("open", "resolved", "all")


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag:
    """Rows of a set that a person flagged, or wrote a note about.

    Parameters
    ----------
    id
        Id of the event.
    number, person, at
        The set, who flagged it, and when.
    tokens
        The rows, as the page names them for this person.
    reason, remark
        What the person chose and wrote; a note has no reason.
    replies
        What curators replied, the oldest first.
    """

    id: str
    number: int
    person: str
    at: datetime
    tokens: tuple[str, ...]
    reason: str
    remark: str
    replies: tuple[Mapping[str, Any], ...] = ()

    @property
    def is_resolved(self) -> bool:
        """Whether the last reply resolved it."""
        return bool(self.replies) and bool(self.replies[-1]["resolved"])

    @property
    def facts(self) -> dict[str, Any]:
        """What the page shows of it beside the rows."""
        return {
            "id": self.id,
            "set": set_name(self.number),
            "number": self.number,
            "person": self.person,
            "at": int(self.at.timestamp() * 1000),
            "reason": self.reason,
            "remark": self.remark,
            "resolved": self.is_resolved,
            "replies": [dict(reply) for reply in self.replies],
        }


def flags_of(tx: Transaction, transform_id: str, *, person: str | None = None) -> list[Flag]:
    """Return the flags of a transform, of one person if given, the newest first."""
    kept = tx.resources.all(_KIND, scope=transform_id)
    replies = {resource.name: tuple(resource.body["replies"]) for resource in kept}
    flags = [
        _flag(event, replies.get(event.id, ()))
        for opinion in tx.label_queue.flagged(transform_id, person=person)
        for event in tx.label_queue.events(transform_id, opinion.number, opinion.person)
        if event.body["kind"] in FLAGS
    ]
    return sorted(flags, key=lambda flag: (flag.at, flag.id), reverse=True)


def flags_page(
    tx: Transaction, transform_id: str, secret: bytes, *, show: str, page: int
) -> dict[str, Any]:
    """Return a page of a transform's flags with their rows.

    Parameters
    ----------
    tx, transform_id
        The flags of which transform.
    secret
        The store's secret, from which tokens of rows are made.
    show
        ``open``, ``resolved`` or ``all``.
    page
        From 1.
    """
    if show not in _SHOW:
        raise InvalidInputException(f"'show' is one of {', '.join(_SHOW)}")
    every = flags_of(tx, transform_id)
    chosen = [flag for flag in every if show == "all" or flag.is_resolved == (show == "resolved")]
    pages = max(1, -(-len(chosen) // PAGE))
    page = min(max(page, 1), pages)
    return {
        "flags": [
            flag.facts | _rows(tx, transform_id, flag, secret)
            for flag in chosen[(page - 1) * PAGE : page * PAGE]
        ],
        "page": page,
        "pages": pages,
        "count": len(chosen),
        "open": sum(1 for flag in every if not flag.is_resolved),
        "all": len(every),
    }


def keep_reply(
    tx: Transaction,
    transform_id: str,
    person: str,
    payload: Mapping[str, Any],
    *,
    now: datetime,
) -> Flag:
    """Store a curator's reply to a flag, which may resolve it or open it again.

    Raises
    ------
    InvalidInputException
        The reply has another form, or says nothing new.
    EntityNotFoundException
        There is no such flag.
    """
    flag = flag_of(tx, transform_id, payload.get("flag"))
    text, resolved = payload.get("text", ""), payload.get("resolved")
    if not isinstance(text, str) or len(text) > LONGEST_REPLY:
        raise InvalidInputException(f"'text' is a text of at most {LONGEST_REPLY:,} characters")
    if not isinstance(resolved, bool):
        raise InvalidInputException("'resolved' is true or false")
    text = text.strip()
    if not text and resolved == flag.is_resolved:
        raise InvalidInputException("The reply is empty: write a text, or resolve the flag.")
    reply = {
        "text": text,
        "resolved": resolved,
        "person": person,
        "at": int(now.timestamp() * 1000),
    }
    made = Resource(
        kind=_KIND,
        scope=transform_id,
        name=flag.id,
        body={"replies": [*flag.replies, reply]},
        created_at=now,
        modified_at=now,
    )
    if flag.replies:
        tx.resources.replace(made)
    else:
        tx.resources.add(made)
    return flag_of(tx, transform_id, flag.id)


def flag_of(tx: Transaction, transform_id: str, id_: object) -> Flag:
    """Return a flag by its id. Raises EntityNotFoundException if there is none."""
    event = tx.label_queue.events_by_id([id_]).get(id_) if isinstance(id_, str) else None
    if event is None or event.transform_id != transform_id or event.body["kind"] not in FLAGS:
        raise EntityNotFoundException("There is no such flag.")
    kept = tx.resources.get(_KIND, event.id, scope=transform_id)
    return _flag(event, () if kept is None else tuple(kept.body["replies"]))


def set_to_open(tx: Transaction, transform_id: str, person: str, flag: Flag) -> int:
    """Return the number of the set in which a curator sees to a flag.

    That is the set itself if the curator flagged it, or if nobody has answered it. Otherwise it is
    a copy that shows the answers: what the curator answers there outranks them.
    """
    queue = tx.label_queue
    label_set = queue.get(transform_id, flag.number)
    assert label_set is not None
    number = flag.number
    is_answered = bool(queue.opinions(transform_id, number=number))
    if flag.person != person and is_answered and contents_of(label_set.body).is_plain:
        copies = [
            item.number
            for item in queue.sets(transform_id)
            if item.body.get("adjudicates") == number and item.person == person
        ]
        if not copies:
            question = question_of(tx, transform_id, number)
            copies = [item.number for item in add_sets(tx, transform_id, [question], person=person)]
        number = copies[-1]
    if not queue.is_known(transform_id, number, person):
        queue.put_opinion(queue.opinion(transform_id, number, person))
    return number


def _flag(event: PageEvent, replies: Sequence[Mapping[str, Any]]) -> Flag:
    return Flag(
        id=event.id,
        number=event.number,
        person=event.person,
        at=event.at,
        tokens=tuple(event.body["rows"]),
        reason=str(event.body.get("reason") or ""),
        remark=str(event.body.get("remark") or ""),
        replies=tuple(replies),
    )


def _rows(tx: Transaction, transform_id: str, flag: Flag, secret: bytes) -> dict[str, Any]:
    """Return the columns and the flagged rows, each with its number in the set."""
    label_set = tx.label_queue.get(transform_id, flag.number)
    assert label_set is not None
    opinion = tx.label_queue.opinion(transform_id, flag.number, flag.person)
    shown = shown_set(label_set, opinion, secret)
    table = shown.contents.table
    rows = [
        {**row_body(row, table), "number": at}
        for at, row in enumerate(shown.rows, 1)
        if row.token in flag.tokens
    ]
    return {"columns": columns_of(table), "rows": rows}
