"""The records of a run and their groups: earlier records, then those of the batch."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from matchloop.data.earlier import stacked
from matchloop.data.matches import Matches
from matchloop.entities.identity.content import compared_columns, content_hashes
from matchloop.entities.identity.index_writing import Indexable
from matchloop.entities.identity.touched import kept_apart, touched_by
from matchloop.errors import UsageError
from matchloop.matching.backends import Near, PreparedTable
from matchloop.matching.blocking.stored import can_be_stored

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from matchloop.data.labels import Labels
    from matchloop.data.records import Records
    from matchloop.entities.identity.state import State
    from matchloop.matching.backends import OnStage
    from matchloop.matching.matcher import Matcher

__all__ = ["Batch", "match_batch"]


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """The records of a run.

    Parameters
    ----------
    records
        All of them, the earlier ones first.
    first
        Position of the first record of the batch.
    earlier
        Earlier id of each record that is as it was, -1 for a new or changed one.
    content
        Content hash of each record, shape (records,).
    start
        Whether a record is new or changed, or its group lost a record by deletion or change.
    unknown_deletions
        Keys to delete that were not there.
    """

    records: Records
    first: int
    earlier: NDArray[np.int64]
    start: NDArray[np.bool_]
    content: pa.Array
    unknown_deletions: int = 0

    @classmethod
    def of(
        cls, state: State, before: Records | None, new: Records | None, deleted: pa.StringArray
    ) -> Batch:
        """Put the rows of a batch in the place of earlier rows of the same keys.

        Parameters
        ----------
        state
            The state before.
        before
            Its rows.
        new
            The rows of the batch; None where records are only deleted.
        deleted
            Keys of records to remove.

        Raises
        ------
        TableError
            The rows of the batch lack a column.
        UsageError
            No record would be left.
        """
        present = pc.is_in(deleted, value_set=state.keys)
        unknown = len(deleted) - int(pc.sum(present).as_py() or 0)
        if new is None:
            return cls._without(state, before, deleted, unknown)
        if before is None:
            fresh = np.full(len(new), -1, np.int64)
            content = content_hashes(new.table, compared_columns(new))
            return cls(new, 0, fresh, np.ones(len(new), np.bool_), content, unknown)
        replaced = np.asarray(pc.is_in(before.keys, value_set=new.keys))
        removed = np.asarray(pc.is_in(before.keys, value_set=deleted))
        stay = np.flatnonzero(~replaced & ~removed)
        records = stacked(before, new, keep=stay)
        first = len(stay)
        earlier = np.full(len(records), -1, np.int64)
        earlier[:first] = state.match_id[stay]
        at = np.asarray(pc.index_in(new.keys, value_set=state.keys).fill_null(-1), np.int64)
        there = np.flatnonzero(at >= 0)
        content = content_hashes(records.table.slice(first), compared_columns(records))
        stored = state.records.column("content_hash").combine_chunks()
        same = pc.equal(stored.take(pa.array(at[there])), content.take(pa.array(there)))
        unchanged = there[np.asarray(same)]
        earlier[first + unchanged] = state.match_id[at[unchanged]]
        changed = at[np.setdiff1d(there, unchanged)]
        disturbed = np.concatenate((state.match_id[changed], state.match_id[removed]))
        start = (earlier < 0) | np.isin(earlier, disturbed)
        whole = pa.concat_arrays([stored.take(pa.array(stay)), content])
        return cls(records, first, earlier, start, whole, unknown)

    @classmethod
    def _without(
        cls, state: State, before: Records | None, deleted: pa.StringArray, unknown: int
    ) -> Batch:
        """Return the records of a run that only deletes."""
        stay = np.flatnonzero(~np.asarray(pc.is_in(state.keys, value_set=deleted)))
        if before is None or len(stay) == 0:
            raise UsageError("no record would be left in the identity folder; remove the folder")
        records = replace(before, table=before.table.take(pa.array(stay)), notes=())
        earlier = state.match_id[stay]
        removed = np.delete(state.match_id, stay)
        content = state.records.column("content_hash").combine_chunks().take(pa.array(stay))
        start = np.isin(earlier, removed)
        return cls(records, len(stay), earlier, start, content, unknown)


def match_batch(
    batch: Batch,
    matcher: Matcher,
    mode: str,
    *,
    labels: Labels | None = None,
    is_indexed: bool = False,
    on_stage: OnStage | None = None,
) -> tuple[Matches, Matcher, Indexable | None]:
    """Group the records of a run.

    Parameters
    ----------
    batch
        The records.
    matcher
        A matcher; one that learned nothing yet is fitted.
    mode
        As for :meth:`Identity.match`.
    labels
        Labels of the records.
    is_indexed
        Whether the folder can hold an index of the records, for the batches that follow.
    on_stage
        Progress callback.

    Returns
    -------
    tuple
        Groups numbered by first appearance, the fitted matcher, and what the index is made of.
    """
    earlier = batch.earlier
    near = None
    if mode == "hold" and (earlier >= 0).any():
        near = Near(batch.start, earlier)
    is_indexed = is_indexed and can_be_stored(batch.records, matcher.rules)
    # to learn, to form groups afresh, and to make an index takes the whole table
    narrow = near if matcher.is_fitted and not is_indexed else None
    prepared = matcher.prepare(batch.records, near=narrow, on_stage=on_stage)
    if not matcher.is_fitted:
        matcher = matcher.fit(prepared, labels, on_stage=on_stage)
    if mode == "full" or not (earlier >= 0).any():
        matches = matcher.find_matches(prepared, labels=labels, on_stage=on_stage)
        return matches, matcher, _indexable(prepared, matcher) if is_indexed else None
    scores, context = matcher.score_in_context(prepared)
    if on_stage is not None:
        on_stage("group", 0.0)
    if near is not None:
        scores = near.scores(scores)
    touched = touched_by(scores, earlier, batch.start, matcher.merges_from)
    held = earlier if mode == "hold" else np.where(touched, -1, earlier)
    matches = matcher.group(prepared, scores, context, labels=labels, previous=held)
    groups = kept_apart(matches.match_id, earlier, touched)
    whole = _indexable(prepared, matcher) if is_indexed else None
    return replace(matches, match_id=groups, changes=None), matcher, whole


def _indexable(prepared: PreparedTable, matcher: Matcher) -> Indexable:
    return Indexable.of(prepared, matcher.score_in_context(prepared)[1], matcher)
