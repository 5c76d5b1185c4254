"""The result of a run on an identity folder, and what the run writes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from matchloop.data.matches import Matches
from matchloop.data.pairs import CandidatePairs, Scores, pair_ids
from matchloop.entities.identity.batch import Batch
from matchloop.entities.identity.events import chained
from matchloop.entities.identity.index_writing import Indexable, written_index
from matchloop.entities.identity.law import Step
from matchloop.entities.identity.near_batch import NearBatch
from matchloop.entities.identity.rows import current_rows, written_part, written_rows
from matchloop.entities.identity.store import Head, Part, Writing
from matchloop.matching.matcher import Matcher

if TYPE_CHECKING:
    from matchloop.entities.identity.folder import Identity

__all__ = ["IdentityRun", "NearRun", "WholeRun"]


class IdentityRun:
    """The result of :meth:`Identity.match`, which :meth:`commit` makes part of the folder.

    Parameters
    ----------
    identity
        The folder as it was.
    near
        Groups, under their ids, of the records that the run looked at: all of them, or those near
        the batch. Those of the batch come last.
    changes
        What changed: ``event``, ``key``, ``match_id``, ``previous_match_id``, ``reason``.
    matcher
        What matched them.
    outcome
        What the run writes.
    """

    def __init__(
        self,
        identity: Identity,
        near: Matches,
        changes: pa.Table,
        matcher: Matcher,
        outcome: WholeRun | NearRun,
    ) -> None:
        self.identity, self.near, self.changes, self.matcher = identity, near, changes, matcher
        self._outcome = outcome
        self._committed: Head | None = None

    @classmethod
    def of_near(cls, identity: Identity, near: NearBatch, matcher: Matcher) -> IdentityRun:
        """Make the result of a batch that was matched by the index."""
        changes = near.step.changes
        return cls(identity, near.matches, changes, matcher, NearRun(identity, near))

    @cached_property
    def matches(self) -> Matches:
        """Groups of all records under their ids; the earlier records come first.

        Where only the records near the batch were looked at, all others are read for this, and
        have a confidence of 1.
        """
        return self._outcome.matches(self.near)

    @property
    def unknown_deletions(self) -> int:
        """Keys to delete that the folder does not hold."""
        return self._outcome.unknown_deletions

    def table(self, *, rows: Literal["new", "all"] = "new") -> pa.Table:
        """Return the rows of the batch, or of all records, with ``match_id`` and confidence."""
        if rows == "all":
            return self.matches.table()
        return self.near.table().slice(self._outcome.first)

    def commit(self) -> Head:
        """Write the run to the folder and make it current; a second call does nothing.

        Raises
        ------
        OutputError
            Another run was committed since the folder was read, or it cannot be written. The
            folder is as it was.
        """
        if self._committed is not None:
            return self._committed
        store, base = self.identity.store, self.identity.head
        with store.writing(base) as writing:
            head = self._outcome.write(writing, base, self.matcher)
            events, chain = chained(self.changes, run=writing.run, seq=head.seq, prev=head.chain)
            parts = [writing.table("events", events)] if events.num_rows else []
            head = replace(
                head,
                run=writing.run,
                seq=head.seq + events.num_rows,
                chain=chain,
                events=(*head.events, *parts),
            )
            store.commit(head, base)
        self._committed = head
        return head


@dataclass(frozen=True, slots=True, eq=False)
class WholeRun:
    """What a run over all records writes."""

    identity: Identity
    batch: Batch
    step: Step
    whole: Indexable | None

    @property
    def first(self) -> int:
        """Position of the batch's first record among those looked at."""
        return self.batch.first

    @property
    def unknown_deletions(self) -> int:
        """Keys to delete that the folder does not hold."""
        return self.batch.unknown_deletions

    def matches(self, near: Matches) -> Matches:
        """Return the groups of all records: the run looked at all of them."""
        return near

    def write(self, writing: Writing, base: Head | None, matcher: Matcher) -> Head:
        """Write the tables of the run; return the head without its events."""
        state, records = self.step.state, self.batch.records
        rows = written_rows(writing, base, self.identity.records, self.batch)
        index: tuple[Part, ...] = ()
        if self.whole is not None:
            index = written_index(writing, self.whole, state.records)
        return replace(
            base or Head(records.key, records.source, ()),
            kinds=tuple((column, str(kind)) for column, kind in records.kinds.items()),
            next_id=state.next_id,
            records=writing.table("records", state.records),
            ids=writing.table("ids", state.ids),
            later_records=(),
            later_ids=(),
            rows=rows,
            index=index,
            model=writing.model(matcher.to_bytes()),
        )


@dataclass(frozen=True, slots=True, eq=False)
class NearRun:
    """What a batch writes that was matched by the index."""

    identity: Identity
    near: NearBatch

    @property
    def first(self) -> int:
        """Position of the batch's first record among those looked at."""
        return self.near.first

    @property
    def unknown_deletions(self) -> int:
        """Keys to delete that the folder does not hold."""
        return self.near.unknown_deletions

    def matches(self, near: Matches) -> Matches:
        """Read all other records and put those that were looked at among them."""
        state = self.identity.state.changed([self.near.changed_records()], [])
        head, store = self.identity.head, self.identity.store
        assert head is not None  # there is an index
        tables = [*(store.table(part) for part in head.rows), self.near.new_rows()]
        records = replace(near.records, table=current_rows(tables, head.key, state))
        at = np.asarray(pc.index_in(near.records.keys, value_set=records.keys), np.int64)
        confidence = np.ones(len(records), np.float32)
        confidence[at] = near.confidence
        pairs = near.scores.pairs
        placed = CandidatePairs.of(at[pairs.left], at[pairs.right])
        order = np.argsort(pair_ids(at[pairs.left], at[pairs.right]), kind="stable")
        scores = Scores(placed, near.scores.probability[order])
        return replace(
            near, records=records, match_id=state.match_id, confidence=confidence, scores=scores
        )

    def write(self, writing: Writing, base: Head | None, matcher: Matcher) -> Head:
        """Write what the batch changed; return the head without its events."""
        assert base is not None  # there is an index
        near = self.near
        rows = near.new_rows()
        index = near.write_segment(writing, base.index) if near.changes_anything else base.index
        return replace(
            base,
            next_id=near.step.state.next_id,
            rows=written_part(writing, "rows", base.rows, rows),
            later_records=written_part(
                writing, "records", base.later_records, near.changed_records()
            ),
            later_ids=written_part(writing, "ids", base.later_ids, near.changed_ids()),
            index=index,
            model=writing.model(matcher.to_bytes()),
        )
