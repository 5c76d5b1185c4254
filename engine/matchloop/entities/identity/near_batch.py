"""Match a batch by the index of a folder: only the records near it are read and compared."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from matchloop.data.earlier import stacked
from matchloop.data.matches import Matches
from matchloop.data.pairs import CandidatePairs, pair_ids
from matchloop.data.records import Kind, Records
from matchloop.data.text import as_text
from matchloop.data.views import Views
from matchloop.entities.identity.content import compared_columns, content_hashes
from matchloop.entities.identity.index import Index
from matchloop.entities.identity.index_writing import written_segment
from matchloop.entities.identity.law import Step, advance
from matchloop.entities.identity.ranking import Ranking
from matchloop.entities.identity.state import IDS, RECORDS, State, Status
from matchloop.entities.identity.store import Head, Part
from matchloop.entities.identity.touched import kept_apart, touched_by
from matchloop.matching.backends import PreparedTable
from matchloop.matching.blocking import IDENTICAL
from matchloop.matching.blocking.lookup import Found, look_up
from matchloop.matching.blocking.stored import StoredKeys
from matchloop.matching.clustering import links_of
from matchloop.matching.comparing import Comparer
from matchloop.matching.learning import Context
from matchloop.matching.scoring import Standings

if TYPE_CHECKING:
    from matchloop.entities.identity.store import Writing
    from matchloop.matching.backends import OnStage
    from matchloop.matching.matcher import Matcher

__all__ = ["NearBatch"]

Ids = NDArray[np.int64]
Positions = NDArray[np.int64]
IDENTICAL_BIT, VALUES_BIT = np.uint32(1), np.uint32(2)


@dataclass(frozen=True, slots=True, eq=False)
class NearBatch:
    """A batch, matched with the records near it.

    Parameters
    ----------
    index
        The index it was looked up in.
    matches
        Groups of the near records and the batch, under their ids.
    first
        Position of the first record of the batch among them.
    step
        What the run changes among these.
    near
        Positions in the folder of the records before the batch.
    at
        Position in the folder of each record of the batch, -1 for a new or changed one.
    gone
        Positions in the folder of the records that were deleted or changed.
    keys
        Keys of the new and changed records, for the index.
    ranking
        How the candidates of all these records compare.
    unknown_deletions
        Keys to delete that were not there.
    """

    index: Index
    matches: Matches
    first: int
    step: Step
    near: Positions
    at: Positions
    gone: Positions
    keys: StoredKeys
    ranking: Ranking
    unknown_deletions: int

    @classmethod
    def match(
        cls,
        index: Index,
        head: Head,
        new: Records,
        deleted: pa.StringArray,
        matcher: Matcher,
        on_stage: OnStage | None = None,
    ) -> NearBatch | None:
        """Match a batch as mode ``hold`` does.

        Parameters
        ----------
        index, head
            The folder.
        new
            New and changed records.
        deleted
            Keys of records to remove.
        matcher
            What the index was made with.
        on_stage
            Progress callback.

        Returns
        -------
        NearBatch or None
            None where the batch changes the columns of the table or takes the place of most of it,
            so that all rows are needed.
        """
        if on_stage is not None:
            on_stage("block", 0.0)
        at = index.positions_of(new.keys, head.key)
        leaving = index.positions_of(deleted, head.key)
        unknown = int((leaving < 0).sum())
        leaving = leaving[leaving >= 0]
        sample = np.setdiff1d(index.sample(), np.concatenate((at, leaving)))
        if len(sample) == 0:
            return None
        kinds = {column: Kind(kind) for column, kind in head.kinds}
        rows = _Rows(index, Records(index.rows(sample), head.key, kinds), new)
        if rows.batch is None:
            return None
        content = content_hashes(rows.batch, compared_columns(rows.sample))
        there = np.flatnonzero(at >= 0)
        same = pc.equal(index.content(at[there]), content.take(pa.array(there)))
        is_fresh = at < 0
        is_fresh[there[~np.asarray(same, np.bool_)]] = True
        changed = at[is_fresh & (at >= 0)]
        at = np.where(is_fresh, -1, at)
        gone = np.unique(np.concatenate((changed, leaving)))
        match_id = np.array(index.match_id)
        disturbed = np.unique(match_id[gone])
        present = match_id >= 0
        present[gone] = False

        statistics = index.statistics()
        fresh = np.flatnonzero(is_fresh)
        looked = rows.table(np.empty(0, np.int64), fresh, sample)
        neighbours = look_up(
            Views(looked, statistics), index.keys(), index.limits, present, records=len(fresh)
        )
        old = neighbours.other[neighbours.other < index.stored]
        ids = np.unique(np.concatenate((match_id[old], disturbed, match_id[at[at >= 0]])))
        near = np.flatnonzero(present & np.isin(match_id, ids))
        near = np.setdiff1d(near, at)
        if on_stage is not None:
            on_stage("compare and score", 0.0)
        sample = np.setdiff1d(sample, near)
        table = rows.table(near, np.arange(len(new)), sample)
        first, count = len(near), len(near) + len(new)
        earlier = np.full(len(table), -1, np.int64)
        earlier[:first] = match_id[near]
        earlier[first:count][at >= 0] = match_id[at[at >= 0]]
        earlier[count:] = match_id[sample]
        start = (earlier < 0) | np.isin(earlier, disturbed)
        place = _Places(near, at, first, fresh, index.stored)
        pairs = place.pairs(neighbours)
        views = Views(table, statistics)
        stored = np.where(at >= 0, at, -1)
        position = np.concatenate((near, stored, sample))
        before = _padded(index.ranking(position[position >= 0]), position >= 0)
        comparer = _beside(Comparer.plan(views, pairs), before, earlier)
        prepared = matcher.as_learned(
            PreparedTable(views, pairs, comparer, (), matcher.accuracy_cost)
        )
        scores, context = matcher.score_beside(prepared, before.context)
        if on_stage is not None:
            on_stage("group", 0.0)
        touched = touched_by(scores, earlier, start, matcher.merges_from)
        matches = matcher.group(prepared, scores, context, previous=earlier)
        groups = kept_apart(matches.match_id, earlier, touched)[:count]
        records = replace(table, table=table.table.slice(0, count))
        step = advance(
            _part_of(index, head, near, at[at >= 0], gone),
            records.keys,
            _by_appearance(groups),
            pa.concat_arrays([index.content(near), content]),
        )
        named = Matches(
            records,
            step.state.match_id,
            matches.confidence[:count],
            matches.scores,
            step.groups,
            matches.notes,
            step.state.next_id,
        )
        ranking = Ranking.of(prepared, context).take(np.arange(count))
        return cls(index, named, first, step, near, at, gone, neighbours.keys, ranking, unknown)

    @property
    def changes_anything(self) -> bool:
        """Whether a record is new, changed or gone, or an id is another."""
        return bool((self.at < 0).any() or len(self.gone) or self.step.changes.num_rows)

    def changed_records(self) -> pa.Table:
        """Return the records that the run changed, those that are gone without an id."""
        records, run = self.step.state.records, self.step.state.run
        since = np.asarray(records.column("since").combine_chunks(), np.int64)
        is_new = np.zeros(len(since), np.bool_)
        is_new[self.first :] = self.at < 0
        kept = records.filter(pa.array((since == run) | is_new))
        left = self.step.changes.filter(pc.equal(self.step.changes.column("event"), "left"))
        count = left.num_rows
        removed = pa.table(
            [
                left.column("key"),
                pa.nulls(count, pa.int64()),
                pa.nulls(count, pa.binary(16)),
                pa.array([run] * count, pa.int64()),
            ],
            schema=RECORDS,
        )
        return pa.concat_tables([removed, kept]).combine_chunks()

    def changed_ids(self) -> pa.Table:
        """Return the ids that the run changed or gave."""
        ids = self.step.state.ids
        return ids.filter(pc.equal(ids.column("since"), self.step.state.run)).combine_chunks()

    def new_rows(self) -> pa.Table:
        """Return the rows of new and changed records."""
        batch = self.matches.records.table.slice(self.first)
        return batch.filter(pa.array(self.at < 0)).combine_chunks()

    def write_segment(self, writing: Writing, base: tuple[Part, ...]) -> tuple[Part, ...]:
        """Write the index after the run; return its files."""
        fresh = np.flatnonzero(self.at < 0)
        stored, own = self.index.stored, self.first + fresh
        records = self.step.state.records
        after = self.step.state.match_id
        match_id = np.concatenate((self.index.match_id, np.empty(len(fresh), np.int64)))
        since = np.concatenate((self.index.since, np.empty(len(fresh), np.int32)))
        given_by = np.asarray(records.column("since").combine_chunks(), np.int32)
        match_id[self.gone] = -1
        position = np.concatenate((self.near, self.at))
        position[own] = stored + np.arange(len(fresh))
        match_id[position], since[position] = after, given_by
        order = np.argsort(position)
        return written_segment(
            writing,
            base,
            self.keys,
            self.new_rows(),
            records.take(pa.array(own)),
            (position[order], self.ranking.take(order)),
            (match_id, since),
        )


class _Rows:
    """Rows of the folder and the batch, under one schema."""

    def __init__(self, index: Index, sample: Records, new: Records) -> None:
        self._index, self.sample = index, sample
        joined = stacked(sample, new)
        fits = joined.table.schema.equals(sample.table.schema)
        self._kinds, self._notes = joined.kinds, joined.notes
        self._plain = joined
        self.batch = joined.table.slice(len(sample)) if fits else None

    def table(self, near: Positions, batch: Positions, sample: Positions) -> Records:
        """Return some records of the folder, some of the batch, then those of a sample."""
        assert self.batch is not None
        parts = [
            self._index.rows(near),
            self.batch.take(pa.array(batch)),
            self._index.rows(sample),
        ]
        return replace(self._plain, table=pa.concat_tables(parts).combine_chunks())


@dataclass(frozen=True, slots=True, eq=False)
class _Places:
    """Where the records of a lookup are in the table of near records and batch."""

    near: Positions
    at: Positions
    first: int
    fresh: Positions
    stored: int

    def pairs(self, neighbours: Found) -> CandidatePairs:
        """Return the candidates that were found."""
        left = self.first + self.fresh[neighbours.row]
        right = self._of(neighbours.other)
        ids, once = np.unique(pair_ids(left, right), return_index=True)
        rules = np.where(neighbours.identical, IDENTICAL_BIT | VALUES_BIT, VALUES_BIT)
        return CandidatePairs(
            (ids >> 32).astype(np.int32),
            (ids & 0xFFFFFFFF).astype(np.int32),
            neighbours.strength[once],
            rules[once].astype(np.uint32),
            (IDENTICAL, "values"),
        )

    def _of(self, position: Positions) -> Positions:
        out = np.empty(len(position), np.int64)
        is_own = position >= self.stored
        out[is_own] = self.first + self.fresh[position[is_own] - self.stored]
        unchanged = np.flatnonzero(self.at >= 0)
        unchanged = unchanged[np.argsort(self.at[unchanged])]
        held = np.concatenate((self.near, self.at[unchanged]))
        place = np.concatenate((np.arange(len(self.near)), self.first + unchanged))
        order = np.argsort(held)
        where = np.searchsorted(held[order], position[~is_own])
        out[~is_own] = place[order][where]
        return out


def _beside(comparer: Comparer, before: Ranking, earlier: Ids) -> Comparer:
    """Let the pairs of a comparer compete with the candidates compared before, too."""
    left, right = _inside(earlier)
    earlier_pairs = CandidatePairs.of(left, right, "candidate")
    kept = before.rivals.shape[1] // len(comparer.rivals)
    rivals = [
        base.joined(before.rivals[:, number * kept : (number + 1) * kept], earlier_pairs)
        for number, base in enumerate(comparer.rivals)
    ]
    return comparer.with_rivals(rivals)


def _inside(earlier: Ids) -> tuple[Positions, Positions]:
    """Return neighbouring records of each earlier group, which were candidates as a rule."""
    return links_of(earlier)


def _padded(ranking: Ranking, there: NDArray[np.bool_]) -> Ranking:
    """Return the ranking of all records of a table, of which only some have one."""
    rivals = np.full((len(there), ranking.rivals.shape[1]), -1, np.float32)
    rivals[there] = ranking.rivals
    context = ranking.context
    return Ranking(rivals, Context(_spread(context.prior, there), _spread(context.forest, there)))


def _spread(standings: Standings | None, there: NDArray[np.bool_]) -> Standings | None:
    if standings is None:
        return None
    best, second = (np.zeros(len(there), np.float32) for _ in range(2))
    odds = np.zeros(len(there), np.float64)
    best[there], second[there], odds[there] = standings.best, standings.second, standings.odds
    return Standings(best, second, odds)


def _part_of(index: Index, head: Head, *positions: Positions) -> State:
    """Return the state of some records of the folder: all that there are of their groups."""
    every = np.unique(np.concatenate(positions))
    ids = index.match_id[every]
    records = pa.table(
        [
            as_text(index.rows(every).column(head.key)),
            pa.array(ids),
            index.content(every),
            pa.array(index.since[every].astype(np.int64)),
        ],
        schema=RECORDS,
    )
    active = np.unique(ids)
    blank = pa.ListArray.from_arrays(
        pa.array(np.zeros(len(active) + 1, np.int32)), pa.array([], pa.int64())
    )
    status = pa.array([Status.ACTIVE.value] * len(active), pa.string())
    since = pa.array(np.zeros(len(active), np.int64))
    table = pa.table([pa.array(active), status, blank, since], schema=IDS)
    return State(records, table, head.next_id, head.run)


def _by_appearance(groups: Ids) -> Ids:
    _, first, index = np.unique(groups, return_index=True, return_inverse=True)
    rank = np.empty(len(first), np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    return np.asarray(rank[index], np.int64)
