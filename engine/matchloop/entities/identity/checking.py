"""Check an identity folder: its bytes, its chain of events, and what their replay gives."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

from matchloop.entities.identity.events import Event, check_chain, replay
from matchloop.entities.identity.state import State, Status
from matchloop.entities.identity.store import Head, Store
from matchloop.errors import InputError, some

__all__ = ["Checked", "check_folder"]

Fate = tuple[str, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Checked:
    """Counts of an identity folder in which everything fits.

    Parameters
    ----------
    runs, records, events
        How many there are.
    ids
        How many ids there are of each status.
    next_id
        Lowest id that no group has had.
    """

    runs: int
    records: int
    events: int
    ids: dict[str, int]
    next_id: int


def check_folder(head: Head | None, state: State, events: pa.Table, store: Store) -> Checked:
    """Check that files, events and state of a folder fit each other.

    Raises
    ------
    InputError
        They do not; the message says where.
    """
    if head is None:
        raise InputError(f"no identity folder at {store.path}: the first run makes it")
    for part in head.parts():
        # the index is made of the rows, and made anew where it is missing
        if part not in head.index or store.local_file(part) is not None:
            store.data(part)
    last, chain = check_chain(events)
    if (last, chain) != (head.seq, head.chain):
        raise InputError(f"the events end with number {last}, expected {head.seq}")
    replayed = replay(events)
    stored = dict(zip(state.keys.to_pylist(), state.match_id.tolist(), strict=True))
    if replayed != stored:
        odd = sorted({*(replayed.items() ^ stored.items())})
        raise InputError(f"events and records differ in {some([key for key, _ in odd])}")
    fates = _fates(events, {*stored.values()})
    rows = zip(
        *(state.ids.column(name).to_pylist() for name in ("match_id", "status", "into")),
        strict=True,
    )
    ids = {match_id: (status, tuple(into)) for match_id, status, into in rows}
    if ids != fates:
        wrong = sorted(n for n in {*ids, *fates} if ids.get(n) != fates.get(n))
        raise InputError(f"events and ids differ in {some(wrong)}")
    if max(ids, default=-1) >= state.next_id:
        raise InputError(f"the next id is {state.next_id}, and {max(ids)} was given already")
    statuses = [status for status, _ in ids.values()]
    counts = {status.value: statuses.count(status) for status in Status}
    return Checked(head.run, len(stored), events.num_rows, counts, state.next_id)


def _fates(events: pa.Table, active: set[int]) -> dict[int, Fate]:
    """Return the status of every id that the events name, and the ids it leads to."""
    names = ("run", "event", "match_id", "previous_match_id")
    columns = (events.column(name).to_pylist() for name in names)
    seen, ends = set[int](), dict[int, tuple[int, str, list[int]]]()
    for run, event, match_id, previous in zip(*columns, strict=True):
        seen.update(number for number in (match_id, previous) if number is not None)
        if event not in (Event.RETIRED, Event.MERGED, Event.SPLIT):
            continue
        if previous not in ends or ends[previous][0] != run:
            ends[previous] = run, event, []
        if match_id is not None:
            ends[previous][2].append(match_id)
    fates: dict[int, Fate] = {}
    for number in seen:
        _, event, into = ends.get(number, (0, "", []))
        if number in active:
            fates[number] = Status.ACTIVE.value, ()
        else:
            fates[number] = event, tuple(sorted(into))  # an id ends by the event of its status
    return fates
