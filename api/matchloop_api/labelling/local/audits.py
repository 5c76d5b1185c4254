"""Two sets of pairs, drawn by design, that measure how good the groups are."""

from __future__ import annotations

from pathlib import Path

import numpy as np

import matchloop as ml
from matchloop.active_learning.questions import by_likeness
from matchloop.data.labels import Labels
from matchloop.data.records import Records
from matchloop.matching.backends import PreparedTable
from matchloop.quality.sampled_audit import AuditDraw, HonestQuality, draw_audit
from matchloop_api.labelling.contents import Contents
from matchloop_api.labelling.queue import add_sets
from matchloop_api.labelling.tables import rows_at, table_of
from matchloop_api.store import Store

__all__ = ["Audit"]

SETS = 2
PAIRS = 5
"""Pairs of a set: about ten rows, so that it looks like every other set."""


class Audit:
    """The audit of one transform.

    Parameters
    ----------
    store, transform_id
        Where the queue is.
    file
        Where the draw is kept.
    """

    def __init__(self, store: Store, transform_id: str, file: Path) -> None:
        self._store = store
        self._transform_id = transform_id
        self._file = file
        self._was_open = self.is_open

    @property
    def is_open(self) -> bool:
        """Whether a set of the audit waits for its answer."""
        with self._store.reading() as tx:
            sets = tx.label_queue.sets(self._transform_id, is_open=True)
        return any(label_set.body.get("audit") for label_set in sets)

    def ended_now(self) -> bool:
        """Return whether the last set was answered since the last call."""
        before, self._was_open = self._was_open, self.is_open
        return before and not self._was_open

    def begin(self, prepared: PreparedTable, loop: ml.LabelingLoop) -> bool:
        """Draw the pairs and queue their sets; return False where that was done before."""
        if self._file.exists():
            return False
        empty = draw_audit(prepared, loop.matcher, 0, labels=loop.labels)
        draw = empty.more(SETS * PAIRS)
        sets = _sets_of(prepared.records, draw)
        draw.save(self._file)
        with self._store.writing() as tx:
            add_sets(tx, self._transform_id, sets)
        self._was_open = bool(sets)
        return True

    def quality(
        self, records: Records, loop: ml.LabelingLoop, labels: Labels | None
    ) -> HonestQuality | None:
        """Return the estimate for the present groups; None before the audit is answered."""
        if labels is None or not labels.of_audit.any() or not self._file.exists() or self.is_open:
            return None
        draw = AuditDraw.load(self._file)
        if not draw.is_of(records):
            return None
        return draw.estimate(records, labels, groups=loop.match().match_id)


def _sets_of(records: Records, draw: AuditDraw) -> list[Contents]:
    """Return sets of five pairs each; rows of similar text are adjacent, as in every set."""
    left, right = draw.pairs
    table = table_of(records)
    sets = []
    for start in range(0, len(left), PAIRS):
        ends = [
            (int(left_row), int(right_row))
            for left_row, right_row in zip(
                left[start : start + PAIRS], right[start : start + PAIRS], strict=True
            )
        ]
        rows = by_likeness(records, np.unique(np.array(ends, np.int32)).astype(np.int32))
        place = {int(row): at for at, row in enumerate(rows)}
        audit = tuple(
            (f"audit-{draw.name}-{start + at:04d}", place[left_row], place[right_row])
            for at, (left_row, right_row) in enumerate(ends, start=1)
        )
        number = start // PAIRS + 1
        name = f"audit-{draw.name}-set-{number}"
        sets.append(Contents(name=name, table=table, rows=rows_at(records, rows), audit=audit))
    return sets
