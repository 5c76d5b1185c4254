"""The law of stable ids: from a state and the groups of a run to the next state and its events."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from matchloop.data.matches import Changes, assign_ids
from matchloop.entities.identity.events import CHANGES, Event
from matchloop.entities.identity.state import IDS, RECORDS, State, Status

__all__ = ["Step", "advance"]

Ids = NDArray[np.int64]
Rows = NDArray[np.int64]

NEW, CHANGED, DELETED, REMATCHED = "new record", "changed record", "deleted record", "matched again"
"""Reasons of an event, the strongest first; a group touched by several has the first of them."""


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """What a run makes of a state.

    Parameters
    ----------
    state
        The next state; its records are in the order of the run's.
    changes
        What changed, columns as in :data:`matchloop.entities.identity.events.CHANGES`.
    groups
        The same by group; positions of records are those of the run.
    """

    state: State
    changes: pa.Table
    groups: Changes


def advance(
    state: State,
    keys: pa.StringArray,
    cluster: Ids,
    content: pa.Array,
) -> Step:
    """Give the groups of a run their ids.

    Of all pairs of a group and an earlier id, the pair that shares the most records is named
    first; ties go to the lowest id, then to the lowest key. Groups left over get ids from
    ``next_id`` on, in order of appearance. Records of the state that the run lacks were deleted.

    Parameters
    ----------
    state
        The state before.
    keys
        Key of every record that there is now, shape (records,), each once.
    cluster
        Group of each record, shape (records,), numbered by first appearance.
    content
        Hash of the content of each record, 16 bytes, shape (records,).

    Returns
    -------
    Step
        Depends on nothing but the parameters.
    """
    at = np.asarray(pc.index_in(keys, value_set=state.keys).fill_null(-1), np.int64)
    there = at >= 0
    before = np.full(len(keys), -1, np.int64)
    before[there] = state.match_id[at[there]]
    earlier_ids = state.keys, state.match_id
    ids, groups = assign_ids(cluster, keys, earlier_ids, next_id=state.next_id)
    assert groups is not None  # there is an earlier state
    minted = np.unique(ids[ids >= state.next_id])
    next_id = int(minted[-1]) + 1 if len(minted) else state.next_id
    run = _Run(state, keys, before, ids, _changed(state, at, content), np.sort(at[there]))
    since = np.full(len(keys), state.run + 1, np.int64)
    stays = before == ids
    earlier = np.asarray(state.records.column("since").combine_chunks(), np.int64)
    since[stays] = earlier[at[stays]]
    records = pa.table([keys, pa.array(ids), content, pa.array(since)], schema=RECORDS)
    following = State(records, run.following_ids(minted), next_id, state.run + 1)
    return Step(following, run.changes(), groups)


class _Run:
    """The comparison of a state with the groups of a run, by which events are derived."""

    def __init__(
        self,
        state: State,
        keys: pa.StringArray,
        before: Ids,
        after: Ids,
        changed: NDArray[np.bool_],
        kept: Rows,
    ) -> None:
        self.state, self.keys = state, keys
        self.before, self.after, self.changed = before, after, changed
        gone = np.ones(len(state.match_id), np.bool_)
        gone[kept] = False
        self.deleted = np.flatnonzero(gone)
        former = np.unique(state.match_id)
        self.lost = former[~np.isin(former, after)]
        moved = np.flatnonzero((before >= 0) & (before != after))
        self.moved = moved
        pairs = np.unique(np.column_stack((before[moved], after[moved])), axis=0)
        self.source, self.target = pairs[:, 0], pairs[:, 1]
        emptied = np.isin(self.source, self.lost)
        _, index, count = np.unique(self.source, return_inverse=True, return_counts=True)
        self.is_merge = emptied & (count[index] == 1)
        self.retired = self.lost[~np.isin(self.lost, self.source)]

    def changes(self) -> pa.Table:
        """Return the changes in the order of :class:`Event`."""
        is_new = self.before < 0
        created = np.flatnonzero(is_new & (self.after >= self.state.next_id))
        joined = np.flatnonzero(is_new & (self.after < self.state.next_id))
        split, merged = ~self.is_merge, self.is_merge
        none = np.empty(0, np.int64)
        moved = self.moved
        why = np.where(
            self.changed[moved],
            CHANGED,
            self._reasons(self.before[moved], self.after[moved]),
        )
        deleted_ids = self.state.match_id[self.deleted]
        blocks = [
            _block(
                Event.LEFT,
                self.state.keys.take(pa.array(self.deleted)),
                none,
                deleted_ids,
                np.full(len(deleted_ids), DELETED),
            ),
            _block(Event.RETIRED, None, none, self.retired, np.full(len(self.retired), DELETED)),
            self._of_ids(Event.SPLIT, self.source[split], self.target[split]),
            self._of_ids(Event.MERGED, self.source[merged], self.target[merged]),
            self._of_new(Event.CREATED, created),
            _block(
                Event.MOVED,
                self.keys.take(pa.array(moved)),
                self.after[moved],
                self.before[moved],
                why,
            ),
            self._of_new(Event.JOINED, joined),
        ]
        return pa.concat_tables(blocks).combine_chunks()

    def following_ids(self, minted: Ids) -> pa.Table:
        """Return the table of ids after the run."""
        run = self.state.run + 1
        old = self.state.ids
        numbers = np.asarray(old.column("match_id").combine_chunks(), np.int64)
        status = np.asarray(old.column("status").to_pylist(), dtype=object)
        since = np.asarray(old.column("since").combine_chunks(), np.int64).copy()
        at = np.searchsorted(numbers, self.lost)
        merged = np.isin(self.lost, self.source[self.is_merge])
        retired = np.isin(self.lost, self.retired)
        status[at] = np.where(
            retired, Status.RETIRED.value, np.where(merged, Status.MERGED, Status.SPLIT)
        )
        since[at] = run
        emptied = np.isin(self.source, self.lost)
        into = _into(
            numbers, old.column("into").combine_chunks(), self.source[emptied], self.target[emptied]
        )
        fresh = pa.table(
            [
                pa.array(minted),
                pa.array([Status.ACTIVE.value] * len(minted), pa.string()),
                pa.array([[]] * len(minted), IDS.field("into").type),
                pa.array([run] * len(minted), pa.int64()),
            ],
            schema=IDS,
        )
        kept = pa.table(
            [pa.array(numbers), pa.array(status.tolist(), pa.string()), into, pa.array(since)],
            schema=IDS,
        )
        return pa.concat_tables([kept, fresh]).combine_chunks()

    def _of_ids(self, event: Event, source: Ids, target: Ids) -> pa.Table:
        return _block(event, None, target, source, self._reasons(source, target))

    def _of_new(self, event: Event, rows: Rows) -> pa.Table:
        none = np.empty(0, np.int64)
        why = np.full(len(rows), NEW)
        return _block(event, self.keys.take(pa.array(rows)), self.after[rows], none, why)

    def _reasons(self, source: Ids, target: Ids) -> NDArray[np.str_]:
        """Name what touched the two groups of each pair."""
        fresh = self.after[self.before < 0]
        changed = np.concatenate((self.after[self.changed], self.before[self.changed]))
        deleted = self.state.match_id[self.deleted]
        return np.select(
            [
                np.isin(source, group) | np.isin(target, group)
                for group in (fresh, changed, deleted)
            ],
            [NEW, CHANGED, DELETED],
            REMATCHED,
        )


def _changed(state: State, at: Rows, content: pa.Array) -> NDArray[np.bool_]:
    """Tell which records have other content than before."""
    there = np.flatnonzero(at >= 0)
    earlier = state.records.column("content_hash").combine_chunks().take(pa.array(at[there]))
    same = pc.equal(earlier, content.take(pa.array(there)))
    changed = np.zeros(len(at), np.bool_)
    changed[there] = ~np.asarray(same.fill_null(False))
    return changed


def _block(
    event: Event,
    keys: pa.StringArray | None,
    after: Ids,
    before: Ids,
    reasons: NDArray[np.str_],
) -> pa.Table:
    """Return events of one sort; an empty column of ids stands for none."""
    count = len(reasons)
    none = pa.nulls(count, pa.int64())
    return pa.table(
        [
            pa.array([event.value] * count, pa.string()),
            pa.nulls(count, pa.string()) if keys is None else keys,
            pa.array(after) if len(after) else none,
            pa.array(before) if len(before) else none,
            pa.array(reasons.tolist(), pa.string()),
        ],
        schema=CHANGES,
    )


def _into(numbers: Ids, old: pa.ListArray, source: Ids, target: Ids) -> pa.ListArray:
    """Add to each id the ids that its records went to."""
    lengths = np.asarray(pc.list_value_length(old).fill_null(0), np.int64)
    owner = np.concatenate((np.repeat(numbers, lengths), source))
    values = np.concatenate((np.asarray(old.flatten(), np.int64), target))
    order = np.lexsort((values, owner))
    ends = np.searchsorted(owner[order], numbers, side="right")
    offsets = np.concatenate(([0], ends)).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets), pa.array(values[order]))
