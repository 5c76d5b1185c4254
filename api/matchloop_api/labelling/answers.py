"""Store events, and write the resulting answer to the label ledger.

Both happen in one transaction: after a crash an answer is in the ledger exactly if its event is in
the store. An event that arrives again changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from matchloop_api.errors import EntityNotFoundException, InvalidInputException
from matchloop_api.labelling.adjudication import is_decided, mark_decided
from matchloop_api.labelling.events import number_of, parsed, set_name
from matchloop_api.labelling.folding import State, fold
from matchloop_api.labelling.gold import right_pairs
from matchloop_api.labelling.queue import LEASE
from matchloop_api.labelling.reckoning import counts_of, partition_by_key, seconds_of
from matchloop_api.labelling.shown import Shown, shown_set
from matchloop_api.store import LabelSet, Opinion, PageEvent, Store, Transaction

__all__ = ["MOST_EVENTS", "Taken", "take_events"]

MOST_EVENTS = 200
"""Events of a request at most."""


@dataclass(slots=True)
class Taken:
    """The result of a request with events.

    Parameters
    ----------
    stored
        Ids of the events that are in the store.
    refused
        What was refused, with the status and the reason, as the page gets it.
    answered
        Numbers of the sets whose answer changed.
    """

    stored: list[str] = field(default_factory=list)
    refused: list[dict[str, Any]] = field(default_factory=list)
    answered: list[int] = field(default_factory=list)

    @property
    def status(self) -> int:
        """200, or 409 or 422 where something was refused."""
        return min((int(item["status"]) for item in self.refused), default=200)


def take_events(
    store: Store, transform_id: str, person: str, sent_events: Sequence[object], *, now: datetime
) -> Taken:
    """Store a person's events, durable on return, and bring the label ledger up to them.

    Parameters
    ----------
    store, transform_id, person
        Whose queue, and who acted.
    sent_events
        The events as the page sent them, in their order.
    now
        The time.

    Raises
    ------
    EntityNotFoundException
        There is no such transform.
    """
    taken = Taken()
    events: list[PageEvent] = []
    for item in sent_events:
        try:
            events.append(parsed(item, transform_id, person, now))
        except InvalidInputException as error:
            taken.refused.append(_refusal(item, 422, str(error)))
    with store.writing() as tx:
        if tx.transforms.get(transform_id) is None:
            raise EntityNotFoundException(f"There is no transform {transform_id}.")
        stored_by_id = tx.label_queue.events_by_id([event.id for event in events])
        desks: dict[int, _Desk | None] = {}
        for event in events:
            if event.number not in desks:
                desks[event.number] = _desk(tx, event, store.secret)
            _take(tx, event, stored_by_id, desks[event.number], taken)
        for desk in desks.values():
            if desk is not None and desk.is_touched:
                desk.settle(tx, taken, now=now)
    return taken


@dataclass(slots=True)
class _Desk:
    """A set before one person."""

    label_set: LabelSet
    opinion: Opinion
    shown: Shown
    is_touched: bool = False

    def state(self, events: Sequence[PageEvent]) -> State:
        return fold(self.shown.own, self.shown.added, events)

    def refusal(self, tx: Transaction, submit: PageEvent) -> dict[str, Any] | None:
        """Return why a submit is not the fold of the events before it; None where it is."""
        events = self._events(tx)
        order = tx.label_queue.session_seq(submit.session)
        before = [
            item
            for item in events
            if order is None or (item.session_seq, item.n) < (order, submit.n)
        ]
        state = self.state(before)
        sent: Mapping[str, str | None] = submit.body["partition"]
        if dict(sent) == state.partition and set(sent) == set(state.rows):
            return None
        refused = _refusal(submit.body, 422, "the submit is not what the events before it come to")
        return refused | {"have": [item.id for item in events]}

    def settle(self, tx: Transaction, taken: Taken, *, now: datetime) -> None:
        """Renew the lease, and bring the ledger to the last submit that was not undone."""
        which = self.label_set.transform_id, self.label_set.number
        if self.label_set.is_open:
            tx.label_queue.renew(*which, self.opinion.person, now + LEASE)
        events = self._events(tx)
        state = self.state(events)
        submit = state.submit
        body = dict(self.opinion.body) | {"flagged": bool(state.flagged)}
        if (submit.id if submit else None) == self.opinion.submit:
            if body != self.opinion.body:
                tx.label_queue.put_opinion(replace(self.opinion, body=body))
            return
        from matchloop_api.labelling.entries import add_answer, withdraw  # heavy

        entries: list[int] = list(body.get("entries", ()))
        if submit is None:
            withdraw(tx, self.label_set.transform_id, entries, self.opinion.person, now=now)
            self._put(tx, None, body | {"entries": []}, now=now)
        else:
            until = events[: 1 + [item.id for item in events].index(submit.id)]
            partition = submit.body["partition"]
            if not is_decided(tx, self.label_set):  # a curator's decision outranks later answers
                seq = add_answer(
                    tx, self.label_set, self.shown, self.opinion, partition, until, now=now
                )
                body["entries"] = [*entries, seq]
            body |= counts_of(self.shown, partition)
            body["changed"] = bool(entries) or self.opinion.submit is not None
            body["partition"] = partition_by_key(self.shown, partition)
            body["seconds"] = seconds_of(until)
            contents = self.shown.contents
            if contents.gold is not None:
                truth = dict(zip(contents.keys, contents.gold, strict=True))
                body["gold"] = right_pairs(body["partition"], truth)
            self._put(tx, submit.id, body, now=now)
        mark_decided(tx, self.label_set, is_decided=submit is not None)
        self._open_or_close(tx, now=now)
        taken.answered.append(self.label_set.number)

    def _put(
        self, tx: Transaction, submit: str | None, body: Mapping[str, Any], *, now: datetime
    ) -> None:
        at = None if submit is None else now
        tx.label_queue.put_opinion(replace(self.opinion, submit=submit, answered_at=at, body=body))

    def _open_or_close(self, tx: Transaction, *, now: datetime) -> None:
        """Close a set that as many people answered as it wants; open it again after an undo."""
        which = self.label_set.transform_id, self.label_set.number
        count = len(
            tx.label_queue.opinions(self.label_set.transform_id, number=self.label_set.number)
        )
        is_open = count < self.label_set.wanted
        tx.label_queue.close(*which, is_open=is_open)
        is_own = self.label_set.holder in (None, self.opinion.person)
        if (
            is_open
            and tx.label_queue.opinion(*which, self.opinion.person).submit is None
            and is_own
        ):
            tx.label_queue.lease(*which, self.opinion.person, now + LEASE)

    def _events(self, tx: Transaction) -> Sequence[PageEvent]:
        return tx.label_queue.events(
            self.label_set.transform_id, self.label_set.number, self.opinion.person
        )


def _desk(tx: Transaction, event: PageEvent, secret: bytes) -> _Desk | None:
    which = event.transform_id, event.number
    label_set = tx.label_queue.get(*which)
    if label_set is None or not tx.label_queue.is_known(*which, event.person):
        return None
    opinion = tx.label_queue.opinion(*which, event.person)
    return _Desk(label_set, opinion, shown_set(label_set, opinion, secret))


def _take(
    tx: Transaction,
    event: PageEvent,
    stored_by_id: dict[str, PageEvent],
    desk: _Desk | None,
    taken: Taken,
) -> None:
    before = stored_by_id.get(event.id)
    if before is not None:
        is_same = before.person == event.person and before.transform_id == event.transform_id
        if is_same and before.body == event.body:
            taken.stored.append(event.id)
            return
        error = "another event with this id is stored; its content stays"
        taken.refused.append(_refusal(event.body, 409, error))
        return
    if desk is None:
        error = "there is no such set among those handed to you"
        taken.refused.append(_refusal(event.body, 422, error))
        return
    if event.body["kind"] == "submit":
        refusal = desk.refusal(tx, event)
        if refusal is not None:
            taken.refused.append(refusal)
            return
    tx.label_queue.add_event(event)
    if event.body["kind"] == "skip" and desk.label_set.holder == event.person:
        tx.label_queue.to_end(event.transform_id, event.number)
        desk.label_set = replace(desk.label_set, holder=None)
    stored_by_id[event.id] = event
    desk.is_touched = True
    taken.stored.append(event.id)


def _refusal(raw: object, status: int, error: str) -> dict[str, Any]:
    body = raw if isinstance(raw, Mapping) else {}
    number = number_of(body.get("set"))
    return {
        "id": str(body.get("id", ""))[:200],
        "status": status,
        "error": error,
        "set": set_name(number) if number else "",
    }
