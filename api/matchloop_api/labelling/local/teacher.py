"""Learn from the answers and choose the next sets, in a thread beside the page's server."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

import matchloop as ml
from matchloop.active_learning.stopping import Outlook
from matchloop.data.labels import Labels
from matchloop.data.records import Records
from matchloop.errors import MatchloopError
from matchloop.matching.backends import PreparedTable
from matchloop.quality.sampled_audit import HonestQuality
from matchloop_api.labelling.changes import changed_groups
from matchloop_api.labelling.contents import Contents, contents_of
from matchloop_api.labelling.doubting import groups_of, second_look_sets
from matchloop_api.labelling.guide import guide_of
from matchloop_api.labelling.local.audits import Audit
from matchloop_api.labelling.queue import add_sets
from matchloop_api.labelling.tables import rows_at, table_of
from matchloop_api.ledger import current_labels
from matchloop_api.observing import log
from matchloop_api.store import LabelSet, Opinion, Store

__all__ = ["Advice", "Teacher"]

ROWS = 10
"""Rows of a set."""

FIRST = 3
"""Sets asked before the first answer: two that the page holds, and one that waits."""

WAITING = 1
"""Sets that wait beside those the page holds: no set is more than two answers behind."""

SETS_OF_A_ROUND = 3
"""Sets after which the outlook is computed again."""

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Advice:
    """Figures about the groups so far; a field is None while it is unknown.

    Parameters
    ----------
    records, groups, groups_without_labels
        Counts of records, and of groups now and before the first label.
    outlook
        Whether to stop, and why.
    quality
        The estimate from the audit.
    doubted
        Ids of the sets for a second look, the worst first; None while unknown.
    changed
        Groups that the answers since the advice before changed, as the page lists them.
    """

    records: int = 0
    groups: int | None = None
    groups_without_labels: int | None = None
    outlook: Outlook | None = None
    quality: HonestQuality | None = None
    doubted: tuple[str, ...] | None = None
    changed: Mapping[str, Any] | None = None


class Teacher:
    """Follows the ledger of one transform and keeps its queue filled.

    Everything that needs the model runs in one thread, in order.

    Parameters
    ----------
    store, transform_id
        Where the queue and the ledger are.
    audit
        The file of the audit's draw.
    """

    def __init__(self, store: Store, transform_id: str, audit: Path) -> None:
        self.advice = Advice()
        self.failure: str | None = None
        self.is_resting = False
        self._store = store
        self._transform_id = transform_id
        self._audit = Audit(store, transform_id, audit)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="teacher")
        self._waiting = 0  # jobs that will catch up with the ledger
        self._reading = 0  # counts the tables given, so that an older one is given up
        self._may_ask = False
        self._is_exhausted = False
        self._prepared: PreparedTable | None = None
        self._loop: ml.LabelingLoop | None = None
        self._head = -1
        self._before: tuple[int, NDArray[np.int64]] | None = None  # ledger and groups, last shown
        self._passed_over: set[tuple[int, str]] = set()
        self._looked_after = 0

    @property
    def is_drawing(self) -> bool:
        """Whether further sets may come without an answer."""
        return self._waiting > 0 or not (self._is_exhausted or self.is_resting)

    def read(self, records: Records) -> None:
        """Take a table, match it without labels, and forget the one before."""
        self._reading += 1
        self._submit(partial(self._read, records, self._reading))

    def begin(self) -> None:
        """Ask from now on: the person has seen how the table was read."""
        self._may_ask = True
        self.wake()

    def wake(self) -> None:
        """Learn from new entries of the ledger and fill the queue."""
        self._submit(self._catch_up)

    def advise(self) -> Advice:
        """Return the advice under all answers so far; a rest ends when it was given."""
        self._wait_for(self._advise)
        self.is_resting = False
        return self.advice

    def write(self, save: Callable[[PreparedTable, ml.LabelingLoop], Result]) -> Result:
        """Learn everything, and let a function save files from the table and the loop."""

        def job() -> Result:
            loop = self._learned()
            assert self._prepared is not None
            return save(self._prepared, loop)

        return self._wait_for(job)

    def stop(self) -> None:
        """End the thread after the job at hand."""
        self._thread.shutdown(wait=True, cancel_futures=True)

    def _wait_for(self, job: Callable[[], Result]) -> Result:
        return self._thread.submit(job).result()

    def _submit(self, job: Callable[[], None]) -> None:
        def guarded() -> None:
            try:
                job()
                if self._prepared is not None:  # a table that could not be matched stays a failure
                    self.failure = None
            except MatchloopError as error:
                self.failure = str(error)
            except Exception as error:  # the page has to show it, or would wait for ever
                self.failure = f"choosing the next rows failed: {type(error).__name__}: {error}"
                log("the teacher failed", level="error", reason=self.failure)
            finally:
                self._waiting -= 1

        self._waiting += 1
        future: Future[None] = self._thread.submit(guarded)
        future.add_done_callback(self._forget)

    def _forget(self, future: Future[None]) -> None:
        if future.cancelled():
            self._waiting -= 1

    def _read(self, records: Records, reading: int) -> None:
        if reading != self._reading:
            return
        matcher = ml.Matcher()
        self._prepared = None
        self._prepared = matcher.prepare(records)
        self._loop = ml.LabelingLoop(self._prepared)
        self._head, self._is_exhausted, self._passed_over = -1, False, set()
        self._before = None
        groups = self._groups(self._loop)
        self.advice = Advice(len(records), groups, groups)
        if reading == self._reading and self._may_ask:
            self._catch_up()

    def _catch_up(self) -> None:
        if not self._may_ask or self._prepared is None:
            return
        loop = self._learned()
        if self._before is None:
            self._before = self._head, loop.match().match_id
        self._hold_open_sets(loop)
        self._pass_over_left_out(loop)
        self._fill(loop)
        count = len(self._answers())
        if count // SETS_OF_A_ROUND > self._looked_after // SETS_OF_A_ROUND:
            self._looked_after = count
            self._look_ahead(loop)

    def _learned(self) -> ml.LabelingLoop:
        """Return the loop with all labels of the ledger learned."""
        if self._prepared is None or self._loop is None:
            raise MatchloopError("the table is not matched yet; wait some seconds and try again")
        with self._store.reading() as tx:
            head = tx.ledger.head(self._transform_id)
            if head == self._head:
                return self._loop
            labels = current_labels(tx, self._transform_id, key=self._prepared.records.key)
        if labels is None or labels.of_audit.all():
            self._loop = ml.LabelingLoop(self._prepared)
        else:
            self._loop.learn(labels, replace_all=True)
        self._head, self._is_exhausted = head, False
        self.advice = replace(self.advice, groups=None, outlook=None, quality=None, doubted=None)
        return self._loop

    def _hold_open_sets(self, loop: ml.LabelingLoop) -> None:
        """Mark the rows of the open sets as asked; close sets whose rows the table lost."""
        loop.release()
        lost = []
        for label_set, contents in self._sets(is_open=True):
            positions = self._positions(contents)
            if positions is None:
                lost.append(label_set.number)
                continue
            if not contents.audit:
                loop.hold(contents.name, positions)
            for _, item, other in contents.audit:
                loop.pass_over(positions[[item, other]])
        if lost:
            with self._store.writing() as tx:
                for number in lost:
                    tx.label_queue.close(self._transform_id, number)

    def _pass_over_left_out(self, loop: ml.LabelingLoop) -> None:
        """Never ask again about pairs that a person could not decide."""
        sets = {label_set.number: contents for label_set, contents in self._sets()}
        for opinion in self._answers():
            mark = (opinion.number, str(opinion.submit))
            if mark in self._passed_over or not opinion.body.get("left_out"):
                continue
            self._passed_over.add(mark)
            positions = self._positions(sets[opinion.number])
            if positions is None:
                continue
            labels = opinion.body["partition"]
            keys = sets[opinion.number].keys
            out = [at for at, key in enumerate(keys) if labels.get(key) is None]
            for at in out:
                for other in range(len(keys)):
                    if other != at:
                        loop.pass_over(positions[[at, other]])

    def _fill(self, loop: ml.LabelingLoop) -> None:
        """Ask until a set waits beside those that the page holds."""
        with self._store.reading() as tx:
            is_first = not tx.label_queue.has_sets(self._transform_id)
            open_ = tx.label_queue.sets(self._transform_id, is_open=True)
        free = sum(1 for item in open_ if item.holder is None)
        lacking = FIRST if is_first else WAITING - free
        while lacking > 0 and not self._is_exhausted:
            questions = loop.ask(sets=lacking, rows=ROWS)
            if not questions.sets:
                self._is_exhausted = True
                return
            self._add(loop, questions)
            lacking -= len(questions.sets)

    def _add(self, loop: ml.LabelingLoop, questions: ml.LabelingSet) -> None:
        table = table_of(questions.records)
        round_ = len(self._answers()) // SETS_OF_A_ROUND
        with self._store.reading() as tx:
            is_assisted = guide_of(tx, self._transform_id)["assisted"]
        sets = [
            Contents(
                name=name,
                table=table,
                rows=rows_at(questions.records, rows),
                round=round_,
                strategy=questions.strategy,
                proposed=groups_of(loop, rows) if is_assisted else (),
            )
            for name, rows in zip(questions.set_ids, questions.sets, strict=True)
        ]
        with self._store.writing() as tx:
            add_sets(tx, self._transform_id, sets)

    def _look_ahead(self, loop: ml.LabelingLoop) -> None:
        """Compute the outlook; where labels are enough, audit them, then rest."""
        if loop.labels is None:
            return
        outlook = loop.outlook(0 if self._is_exhausted else ROWS)
        self.advice = replace(self.advice, outlook=outlook)
        if not outlook.stop:
            return
        assert self._prepared is not None
        is_drawn = self._audit.begin(self._prepared, loop)
        if is_drawn and not self._audit.is_open:  # no pair was left to draw
            self.is_resting = True

    def rest_after_audit(self) -> None:
        """Rest, once, when the last set of the audit is answered."""
        if self._audit.ended_now():
            self.is_resting = True

    def _advise(self) -> None:
        if self._prepared is None:
            return
        loop = self._learned()
        advice = replace(self.advice, groups=self._groups(loop))
        if loop.labels is not None:
            if advice.outlook is None:
                advice = replace(advice, outlook=loop.outlook(0 if self._is_exhausted else ROWS))
            quality = self._audit.quality(self._prepared.records, loop, self._labels())
            advice = replace(advice, quality=quality)
            if advice.doubted is None:
                advice = replace(advice, doubted=second_look_sets(self._prepared, loop.labels))
        if self._before is not None and self._before[0] != self._head:
            groups = loop.match().match_id
            changed = changed_groups(loop.records, self._before[1], groups)
            advice = replace(advice, changed=changed)
            self._before = self._head, groups
        self.advice = advice

    def _labels(self) -> Labels | None:
        assert self._prepared is not None
        with self._store.reading() as tx:
            return current_labels(tx, self._transform_id, key=self._prepared.records.key)

    def _groups(self, loop: ml.LabelingLoop) -> int:
        return len(np.unique(loop.match().match_id))

    def _answers(self) -> Sequence[Opinion]:
        """Return the submitted answers that teach: those of audits left out."""
        audits = {label_set.number for label_set, contents in self._sets() if contents.audit}
        with self._store.reading() as tx:
            opinions = tx.label_queue.opinions(self._transform_id)
        return [item for item in opinions if item.number not in audits]

    def _sets(self, *, is_open: bool | None = None) -> list[tuple[LabelSet, Contents]]:
        with self._store.reading() as tx:
            label_set = tx.label_queue.sets(self._transform_id, is_open=is_open)
        return [(item, contents_of(item.body)) for item in label_set]

    def _positions(self, contents: Contents) -> NDArray[np.int32] | None:
        """Return the places of a set's rows in the table; None where it lacks one."""
        assert self._prepared is not None
        labelled = self._prepared.records.positions
        places = [labelled.get(key, -1) for key in contents.keys]
        return None if min(places) < 0 else np.array(places, np.int32)
