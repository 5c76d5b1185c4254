"""Identity: a folder that keeps records, their ids, and every change from run to run."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import replace
from functools import cached_property
from typing import Literal

import pyarrow as pa
import pyarrow.compute as pc

from matchloop.data.labels import Labels
from matchloop.data.records import Kind, Records
from matchloop.entities.identity.batch import Batch, match_batch
from matchloop.entities.identity.checking import Checked, check_folder
from matchloop.entities.identity.events import EVENTS
from matchloop.entities.identity.index import open_index
from matchloop.entities.identity.law import advance
from matchloop.entities.identity.near_batch import NearBatch
from matchloop.entities.identity.rows import current_rows
from matchloop.entities.identity.run import IdentityRun, WholeRun
from matchloop.entities.identity.state import Resolution, State
from matchloop.entities.identity.store import Head, Store
from matchloop.errors import UsageError, some
from matchloop.matching.arguments import check_arguments
from matchloop.matching.backends import OnStage
from matchloop.matching.matcher import Matcher

__all__ = ["Identity", "Mode"]

Mode = Literal["hold", "settle", "full"]
MODES = ("hold", "settle", "full")


class Identity:
    """A folder that keeps ids between runs: records, ids, events and the rows themselves.

    A run takes new and changed records, and keys of deleted ones. It changes nothing until
    :meth:`IdentityRun.commit`, which makes it current by one rename.

    Parameters
    ----------
    path
        The folder, also at ``s3://``; the first run makes it.

    Raises
    ------
    InputError
        The folder holds something else, or was written by a newer version.

    Examples
    --------
    >>> import tempfile
    >>> import matchloop as ml
    >>> people = ml.read_records("data/people.csv", key="id")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     run = ml.Identity(folder).match(people, ml.Matcher().fit(people))
    ...     _ = run.commit()
    ...     ml.Identity(folder).check().records
    400
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.store = Store(path)
        self.head: Head | None = self.store.head()

    @cached_property
    def state(self) -> State:
        """Which record has which id, and what became of every id."""
        head = self.head
        if head is None or head.records is None or head.ids is None:
            return State.empty()
        records, ids = self.store.table(head.records), self.store.table(head.ids)
        return State(records, ids, head.next_id, head.run).changed(
            [self.store.table(part) for part in head.later_records],
            [self.store.table(part) for part in head.later_ids],
        )

    @cached_property
    def records(self) -> Records | None:
        """The rows of all records, in the order of :attr:`state`; None where there are none."""
        head = self.head
        if head is None or len(self.state.keys) == 0:
            return None
        table = current_rows([self.store.table(part) for part in head.rows], head.key, self.state)
        kinds = {column: Kind(kind) for column, kind in head.kinds}
        return Records(table, head.key, kinds, head.source)

    def resolve(self, match_id: int) -> Resolution:
        """Find the groups that hold the records of an id now.

        Raises
        ------
        InputError
            No group ever had the id.
        """
        return self.state.resolve(match_id)

    def events(self, *, since: int = 0) -> pa.Table:
        """Return the events after a number, in order.

        Parameters
        ----------
        since
            Number of the last event that was read before; 0 for all.
        """
        head = self.head
        if head is None:
            return EVENTS.empty_table()
        tables, last = [EVENTS.empty_table()], 0
        for part in head.events:
            last += part.count
            if last > since:
                tables.append(self.store.table(part))
        events = pa.concat_tables(tables)
        return events.filter(pc.greater(events.column("seq"), since))

    def check(self) -> Checked:
        """Check every file, the chain of events, and that their replay gives the records.

        Raises
        ------
        InputError
            Something does not fit; the message says what.
        """
        return check_folder(self.head, self.state, self.events(), self.store)

    @cached_property
    def matcher(self) -> Matcher | None:
        """The matcher of the last run; None before the first."""
        head = self.head
        return None if head is None or head.model is None else self.store.matcher(head.model)

    def batch(self, records: Records | None, *, deleted: Iterable[str] = ()) -> Batch:
        """Put records in the place of those of the folder, without matching them.

        Parameters
        ----------
        records, deleted
            As for :meth:`match`.

        Returns
        -------
        Batch
            :attr:`Batch.records` are all records that there will be: labels speak of these.
        """
        gone = _distinct(deleted)
        if records is not None:
            check_arguments(records)
            self._check(records, gone)
        return Batch.of(self.state, self.records, records, gone)

    def match(
        self,
        records: Records | Batch | None,
        matcher: Matcher,
        *,
        deleted: Iterable[str] = (),
        mode: Mode = "hold",
        labels: Labels | None = None,
        on_stage: OnStage | None = None,
    ) -> IdentityRun:
        """Match new and changed records with those of the folder.

        Parameters
        ----------
        records
            New records, and records under keys of the folder, which take the place of the earlier
            ones. Records of the folder that are not among them stay. Or what :meth:`batch` gave;
            or None to delete only.
        matcher
            A matcher; one that learned nothing yet is fitted to all records and the labels.
        deleted
            Keys of records to remove. Keys that the folder lacks are counted, not refused.
        mode
            ``"hold"``: earlier groups are never split. ``"settle"``: components with a new, a
            changed or a deleted record are clustered afresh. ``"full"``: all are.
        labels
            As for :meth:`Matcher.find_matches`, of all records.
        on_stage
            Progress callback.

        Returns
        -------
        IdentityRun
            Not yet part of the folder.

        Raises
        ------
        TableError
            The records do not have the columns of the folder's.
        UsageError
            A key is both among the records and deleted, or the mode is unknown.
        """
        if mode not in MODES:
            raise UsageError(f"mode is {mode!r}; give one of {', '.join(MODES)}")
        if not isinstance(records, Batch):
            keys = _distinct(deleted)
            if mode == "hold" and labels is None and records is not None and len(records):
                near = self._near_batch(records, keys, matcher, on_stage)
                if near is not None:
                    return IdentityRun.of_near(self, near, matcher)
            records = self.batch(records, deleted=keys.to_pylist())
        batch = records
        check_arguments(batch.records, labels)
        matches, matcher, whole = match_batch(
            batch,
            matcher,
            mode,
            labels=labels,
            is_indexed=self.store.is_local,
            on_stage=on_stage,
        )
        step = advance(self.state, batch.records.keys, matches.match_id, batch.content)
        named = replace(
            matches,
            match_id=step.state.match_id,
            next_id=step.state.next_id,
            changes=step.groups,
        )
        return IdentityRun(self, named, step.changes, matcher, WholeRun(self, batch, step, whole))

    def is_indexed_for(self, matcher: Matcher, mode: Mode = "hold") -> bool:
        """Return whether a batch can be matched without reading all records of the folder."""
        return mode == "hold" and open_index(self.store, self.head, matcher) is not None

    def _near_batch(
        self,
        records: Records,
        deleted: pa.StringArray,
        matcher: Matcher,
        on_stage: OnStage | None,
    ) -> NearBatch | None:
        """Match a batch by the index; None where there is none that serves."""
        head = self.head
        index = open_index(self.store, head, matcher)
        if index is None or head is None:
            return None
        check_arguments(records)
        self._check(records, deleted)
        return NearBatch.match(index, head, records, deleted, matcher, on_stage)

    def _check(self, records: Records, deleted: pa.StringArray) -> None:
        """Check that new records have the folder's key and source, and none is deleted."""
        head = self.head
        if head is not None and (records.key, records.source) != (head.key, head.source):
            raise UsageError(
                f"the key is {records.key!r} and the source {records.source!r}, {self.store.path} "
                f"has {head.key!r} and {head.source!r}; give the same"
            )
        both = deleted.filter(pc.is_in(deleted, value_set=records.keys))
        if len(both):
            raise UsageError(
                f"records are among the new ones and deleted: {some(both.slice(0, 20).to_pylist())}"
                "; give each key once"
            )


def _distinct(keys: Iterable[str]) -> pa.StringArray:
    return pa.array(list(dict.fromkeys(keys)), pa.string())
