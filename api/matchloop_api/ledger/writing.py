"""Add entries to a label ledger, and undo them; nothing is ever removed."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from matchloop.errors import InputError
from matchloop_api.ledger.entries import undone_by
from matchloop_api.ledger.labels import LabelStatus, label_status
from matchloop_api.store import EventKind, LabelEvent, Store, Transaction

__all__ = ["add_entry", "undo"]


def add_entry(
    tx: Transaction, entry: LabelEvent, *, expected: LabelStatus | None = None
) -> LabelEvent:
    """Add an entry and update the label count and status of its transform, in one transaction.

    Parameters
    ----------
    tx
        A writing transaction.
    entry
        The entry.
    expected
        The result of :func:`label_status` with this entry as ``adding``, from an earlier
        transaction. It is used if no entry was added since. Otherwise the labels are counted
        again while other writers wait.

    Returns
    -------
    LabelEvent
        The entry with its sequence number.

    Raises
    ------
    KeyError
        The entry's run has added one already, or there is no such transform.
    """
    added = tx.ledger.add(entry)
    if expected is None or expected.head != added.seq - 1:
        expected = label_status(tx, entry.transform_id)
    transform = tx.transforms.get(entry.transform_id)
    if transform is None:
        raise KeyError(entry.transform_id)
    status = "READY" if expected.is_ready else "NOT_READY"
    tx.transforms.replace(
        replace(
            transform,
            label_count=expected.label_count,
            status=transform.status if transform.status == "DELETING" else status,
        )
    )
    return added


def undo(
    store: Store, transform_id: str, seq: int, *, now: datetime, actor: str = ""
) -> LabelEvent:
    """Undo an entry of a ledger; undoing an undo brings the entry back.

    Parameters
    ----------
    store
        The store.
    transform_id, seq
        The entry to undo.
    now, actor
        When, and by whom.

    Returns
    -------
    LabelEvent
        The entry that was added; nothing is removed.

    Raises
    ------
    InputError
        There is no such transform or entry, or it is undone already.
    """
    entry = LabelEvent(
        transform_id=transform_id, kind=EventKind.UNDO, at=now, actor=actor, undoes=seq
    )
    with store.reading() as tx:
        _check_undo(tx, transform_id, seq)
        expected = label_status(tx, transform_id, adding=entry)
    with store.writing() as tx:
        _check_undo(tx, transform_id, seq)
        return add_entry(tx, entry, expected=expected)


def _check_undo(tx: Transaction, transform_id: str, seq: int) -> None:
    entries = tx.ledger.events(transform_id)
    if tx.transforms.get(transform_id) is None:
        raise InputError(f"there is no transform '{transform_id}'")
    if seq not in {entry.seq for entry in entries}:
        has = f"1 to {entries[-1].seq}" if entries else "no entries"
        raise InputError(f"the ledger of {transform_id} has no entry {seq}; it has {has}")
    by = undone_by(entries).get(seq)
    if by is not None:
        raise InputError(
            f"entry {seq} of {transform_id} is undone by entry {by}; undo that to bring it back"
        )
