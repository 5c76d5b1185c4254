"""Sets handed out: two at a time to a person, each under a lease."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from matchloop_api.errors import EntityNotFoundException
from matchloop_api.labelling.contents import Contents
from matchloop_api.labelling.gold import add_gold
from matchloop_api.labelling.shown import shown_set
from matchloop_api.store import LabelSet, Store, Transaction

__all__ = ["AT_ONCE", "LEASE", "add_sets", "hand_out", "hand_out_again", "lease"]

AT_ONCE = 2
"""Sets that a person holds at a time: the next one is there when one is submitted."""

LEASE = timedelta(minutes=10)


def add_sets(
    tx: Transaction,
    transform_id: str,
    sets: Sequence[Contents],
    *,
    person: str | None = None,
    wanted: int = 1,
) -> list[LabelSet]:
    """Add sets at the end of a transform's queue.

    Parameters
    ----------
    tx
        A writing transaction.
    transform_id
        The transform.
    sets
        What they hold.
    person
        The only person they are for; None for everybody.
    wanted
        How many people should answer each.
    """
    made = (
        LabelSet(transform_id=transform_id, body=label_set.body(), person=person, wanted=wanted)
        for label_set in sets
    )
    return [tx.label_queue.add(label_set) for label_set in made]


def hand_out(
    store: Store,
    transform_id: str,
    person: str,
    have: Collection[int],
    *,
    now: datetime,
    only_held: bool = False,
) -> list[dict[str, Any]]:
    """Lease sets to a person until two are open, and return those the page does not have.

    Parameters
    ----------
    store, transform_id, person
        Whose queue, and who asks.
    have
        Numbers of the sets that the page holds.
    now
        The time.
    only_held
        Lease no further set; return those that the person holds and the page lacks.
    """
    with store.writing(durable=False) as tx:
        add_gold(tx, transform_id, person)
        waiting = tx.label_queue.waiting(transform_id, person, now=now, limit=AT_ONCE + len(have))
        own = [
            label_set
            for label_set in waiting
            if label_set.number in have and label_set.holder == person
        ]
        free = [label_set for label_set in waiting if label_set.number not in have]
        if only_held:
            free = [label_set for label_set in free if label_set.holder == person]
        new = free[: max(AT_ONCE - len(own), 0)]
        for label_set in (*own, *new):
            lease(tx, label_set, person, now=now)
        return [_body(tx, label_set, person, store.secret) for label_set in new]


def hand_out_again(
    store: Store, transform_id: str, person: str, number: int, *, now: datetime
) -> dict[str, Any]:
    """Return a set that a person holds or has answered, its lease renewed.

    Raises
    ------
    EntityNotFoundException
        There is no such set, or it was never handed to this person.
    """
    with store.writing(durable=False) as tx:
        label_set = tx.label_queue.get(transform_id, number)
        if label_set is None or not tx.label_queue.is_known(transform_id, number, person):
            raise EntityNotFoundException("There is no such set among yours.")
        if label_set.is_open and (
            label_set.holder in (None, person)
            or label_set.lease_until is None
            or label_set.lease_until < now
        ):
            lease(tx, label_set, person, now=now)
        return _body(tx, label_set, person, store.secret)


def lease(tx: Transaction, label_set: LabelSet, person: str, *, now: datetime) -> None:
    """Give a set to a person for ten minutes, and record that the person was shown it."""
    tx.label_queue.lease(label_set.transform_id, label_set.number, person, now + LEASE)
    if not tx.label_queue.is_known(label_set.transform_id, label_set.number, person):
        tx.label_queue.put_opinion(
            tx.label_queue.opinion(label_set.transform_id, label_set.number, person)
        )


def _body(tx: Transaction, label_set: LabelSet, person: str, secret: bytes) -> dict[str, Any]:
    opinion = tx.label_queue.opinion(label_set.transform_id, label_set.number, person)
    past = tx.label_queue.events(label_set.transform_id, label_set.number, person)
    return shown_set(label_set, opinion, secret).body(label_set.number, past)
