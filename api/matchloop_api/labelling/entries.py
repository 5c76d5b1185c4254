"""A submitted set as one entry of the label ledger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from io import BytesIO
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from matchloop.data.labels import LABEL, LABELING_SET_ID, Provenance
from matchloop_api.labelling.contents import Cells
from matchloop_api.labelling.reckoning import input_of, seconds_of
from matchloop_api.labelling.shown import Shown
from matchloop_api.ledger import LabelStatus, add_entry, undone_by
from matchloop_api.store import EventKind, LabelEvent, LabelSet, Opinion, PageEvent, Transaction

__all__ = ["add_answer", "withdraw"]

Row = tuple[str, str | None, Cells, bool]
"""A row of an entry: its set, its label, its cells, and whether a proposal was shown."""


def add_answer(
    tx: Transaction,
    label_set: LabelSet,
    shown: Shown,
    opinion: Opinion,
    partition: Mapping[str, str | None],
    events: Sequence[PageEvent],
    *,
    now: datetime,
) -> int:
    """Add an answer to the label ledger and return the number of its entry.

    Parameters
    ----------
    tx
        A writing transaction.
    label_set, shown, opinion
        The set, what the person saw of it, and the person's earlier answer.
    partition
        The letter of each token, None where left out.
    events
        The person's events of the set until the submit.
    now
        The time.
    """
    contents = shown.contents
    rows = _rows(shown, partition, events, opinion.body.get("proposed", ()))
    provenance = Provenance(
        round=contents.round,
        strategy=contents.strategy,
        person=opinion.person or None,
        time=now.isoformat(),
        assisted=False,
        set=shown.name,
        seconds=seconds_of(events),
        input=input_of(events),
        gold=contents.gold is not None,
    )
    entry = LabelEvent(
        transform_id=label_set.transform_id,
        kind=EventKind.ANSWERS,
        at=now,
        actor=opinion.person,
        rows=sum(1 for row in rows if row[1]),
        report={"sets": contents.sets, "set": shown.name}
        | ({"gold": True} if contents.gold is not None else {}),
    )
    if entry.rows:
        payload = tx.payloads.new("labels", now=now)
        tx.payloads.append(payload, _parquet(_table(contents.table.columns, rows, provenance)))
        entry = replace(entry, payload=payload)
    return add_entry(tx, entry, expected=_expected(tx, entry, label_set, opinion, shown)).seq


def withdraw(
    tx: Transaction, transform_id: str, entries: Sequence[int], person: str, *, now: datetime
) -> None:
    """Undo those of a person's entries that still count."""
    undone = undone_by(tx.ledger.events(transform_id))
    for seq in entries:
        if seq not in undone:
            made = LabelEvent(
                transform_id=transform_id, kind=EventKind.UNDO, at=now, actor=person, undoes=seq
            )
            add_entry(tx, made)


def _rows(
    shown: Shown,
    partition: Mapping[str, str | None],
    events: Sequence[PageEvent],
    proposed: Sequence[str],
) -> list[Row]:
    """Return the labelled rows of each set of the ledger, those left out with no label."""
    assisted = set(proposed) | {
        token
        for event in events
        if event.body["kind"] == "paint" and event.body.get("assisted") is True
        for token in event.body["rows"]
    }
    contents = shown.contents
    rows = [row for row in shown.rows if row.token in partition]
    if not contents.audit:
        return [
            (contents.name, partition[row.token], cells, row.token in assisted)
            for row in rows
            for cells in row.rows
        ]
    at = contents.table.key
    by_key = {str(row.rows[0][at]): row for row in rows}
    made: list[Row] = []
    for name, *ends in contents.audit:
        pair = [by_key[contents.keys[end]] for end in ends]
        if all(partition[row.token] is not None for row in pair):
            made += [
                (name, partition[row.token], row.rows[0], row.token in assisted) for row in pair
            ]
    return made


def _table(columns: Sequence[str], rows: Sequence[Row], provenance: Provenance) -> pa.Table:
    texts: dict[str, list[Any]] = {
        LABELING_SET_ID: [name for name, _, _, _ in rows],
        LABEL: [label or "" for _, label, _, _ in rows],
    }
    for at, column in enumerate(columns):
        texts[column] = [cells[at] or "" for _, _, cells, _ in rows]
    made = pa.table({name: pa.array(some, pa.string()) for name, some in texts.items()})
    repeated = provenance.repeated(len(rows))
    for name in repeated.column_names:
        column = repeated[name]
        if name == "assisted":
            column = pa.array([was for _, _, _, was in rows], pa.bool_())
        made = made.append_column(f"matchloop.{name}", column)
    return made


def _parquet(table: pa.Table) -> bytes:
    written = BytesIO()
    pq.write_table(table, written, compression="zstd")
    return written.getvalue()


def _expected(
    tx: Transaction, entry: LabelEvent, label_set: LabelSet, opinion: Opinion, shown: Shown
) -> LabelStatus | None:
    """Return the label status if it follows without reading other entries; otherwise None.

    Merging all entries at each submit would take longer the longer the ledger is.
    """
    transform = tx.transforms.get(label_set.transform_id)
    if transform is None or transform.status != "READY":
        return None
    head = tx.ledger.head(label_set.transform_id)
    if shown.contents.gold is not None:
        return LabelStatus(head, transform.label_count, True)
    is_new = not opinion.body.get("entries") and shown.contents.is_plain
    others = tx.label_queue.opinions(label_set.transform_id, number=label_set.number)
    entries = tx.ledger.events(label_set.transform_id)
    if not is_new or others or any(item.kind is EventKind.IMPORT for item in entries):
        return None
    return LabelStatus(head, transform.label_count + entry.rows, True)
