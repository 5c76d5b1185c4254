"""Events: the changes of a run, in an order from which the records can be rebuilt."""

from __future__ import annotations

import json
from collections.abc import Iterator
from enum import StrEnum
from hashlib import sha256

import pyarrow as pa

from matchloop.errors import InputError

__all__ = ["CHANGES", "EVENTS", "ORIGIN", "Event", "chained", "check_chain", "replay"]

CHANGES = pa.schema(
    [
        ("event", pa.string()),
        ("key", pa.string()),
        ("match_id", pa.int64()),
        ("previous_match_id", pa.int64()),
        ("reason", pa.string()),
    ]
)
"""Columns of the changes of a run: the id now and the id before, each empty where there is none."""

EVENTS = pa.schema([("seq", pa.int64()), ("run", pa.int64()), *CHANGES, ("prev", pa.string())])
"""Columns of the event log: changes, numbered from 1, each with the hash of the event before."""

ORIGIN = "0" * 64
"""Hash that stands before the first event."""


class Event(StrEnum):
    """The kinds of events, in the order of events within a run."""

    LEFT = "left"  # a record was deleted
    RETIRED = "retired"  # an id lost its last record
    SPLIT = "split"  # records of an id went to another id, the id or several others go on
    MERGED = "merged"  # all records of an id went to one other id
    CREATED = "created"  # a new record, in a group of its own or of other new ones
    MOVED = "moved"  # an earlier record got another id
    JOINED = "joined"  # a new record, in an earlier group


def replay(changes: pa.Table, start: dict[str, int] | None = None) -> dict[str, int]:
    """Rebuild which record has which id from events.

    Parameters
    ----------
    changes
        Events of one or more runs, in their order.
    start
        Id by key before them; none when left out.

    Returns
    -------
    dict
        Id by key after them.

    Raises
    ------
    InputError
        An event does not fit the records: a record is created twice, or moves without being there.
    """
    ids = dict(start or {})
    columns = (changes.column(name).to_pylist() for name in ("event", "key", "match_id"))
    before = changes.column("previous_match_id").to_pylist()
    for event, key, match_id, previous in zip(*columns, before, strict=True):
        if event in (Event.CREATED, Event.JOINED):
            if key in ids:
                raise InputError(f"the record '{key}' is {event} and was there before")
            ids[key] = match_id
        elif event in (Event.MOVED, Event.LEFT):
            if ids.get(key) != previous:
                raise InputError(
                    f"the record '{key}' {event} from id {previous}, its id was {ids.get(key)}"
                )
            if event == Event.MOVED:
                ids[key] = match_id
            else:
                del ids[key]
    return ids


def chained(changes: pa.Table, *, run: int, seq: int, prev: str) -> tuple[pa.Table, str]:
    """Number the changes of a run and chain them by hashes.

    Parameters
    ----------
    changes
        Columns as in :data:`CHANGES`.
    run
        Number of the run.
    seq
        Number of the event before the first one.
    prev
        Hash of the event before the first one.

    Returns
    -------
    tuple
        The events, columns as in :data:`EVENTS`, and the hash of the last one.
    """
    count = changes.num_rows
    numbered = pa.table(
        {
            "seq": pa.array(range(seq + 1, seq + 1 + count), pa.int64()),
            "run": pa.array([run] * count, pa.int64()),
            **{name: changes.column(name) for name in CHANGES.names},
        }
    )
    hashes = [prev]
    for line in _lines(numbered):
        hashes.append(_hash(hashes[-1], line))
    events = numbered.append_column("prev", pa.array(hashes[:-1], pa.string()))
    return events.cast(EVENTS), hashes[-1]


def check_chain(events: pa.Table, *, seq: int = 0, prev: str = ORIGIN) -> tuple[int, str]:
    """Check that no event is missing, added or changed.

    Parameters
    ----------
    events
        Columns as in :data:`EVENTS`, in order.
    seq, prev
        Number and hash of the event before the first one.

    Returns
    -------
    tuple
        Number and hash of the last event.

    Raises
    ------
    InputError
        The chain is broken; the message names the first event that does not follow.
    """
    numbers, stored = events.column("seq").to_pylist(), events.column("prev").to_pylist()
    for number, before, line in zip(numbers, stored, _lines(events), strict=True):
        seq += 1
        if number != seq:
            raise InputError(f"expected event {seq}, the next one is {number}: events are missing")
        if before != prev:
            raise InputError(f"event {seq} does not follow the one before: one of them was changed")
        prev = _hash(prev, line)
    return seq, prev


def _hash(prev: str, line: bytes) -> str:
    return sha256(prev.encode() + line).hexdigest()


def _lines(events: pa.Table) -> Iterator[bytes]:
    """Give the text of each event that its hash covers: its columns as a JSON list."""
    names = ("seq", "run", *CHANGES.names)
    columns = [events.column(name).to_pylist() for name in names]
    encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
    for row in zip(*columns, strict=True):
        yield encode(row).encode()
