"""The labels that a ledger holds now, or held at a time.

Labels are never stored. They are computed from the entries, one after the other: each adds its
rows to the earlier ones or replaces them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from matchloop.data.labels import LABEL, LABELING_SET_ID, Labels, Provenance
from matchloop.data.labels.sets import set_apart
from matchloop.errors import LabelFileError, some
from matchloop_api.ledger.entries import PROVENANCE, entry_tables, live_entries, sets_of
from matchloop_api.store import LabelEvent, Transaction, Transform

__all__ = ["LabelStatus", "current_labels", "label_status", "labels_apart"]


@dataclass(frozen=True, slots=True)
class LabelStatus:
    """How many labels a transform has, and whether they suffice to learn.

    Parameters
    ----------
    head
        Sequence number of the latest entry that was counted.
    label_count
        Labelled rows after merging.
    is_ready
        Whether at least one pair matches and at least one does not.
    """

    head: int
    label_count: int
    is_ready: bool


def current_labels(
    tx: Transaction, transform_id: str, *, key: str | None = None, at: datetime | None = None
) -> Labels | None:
    """Compute a transform's labels from its ledger.

    Parameters
    ----------
    tx
        The transaction to read in.
    transform_id
        The transform.
    key
        The column that identifies a record; by default the transform's primary key.
    at
        Ignore entries after this time; by default none.

    Returns
    -------
    Labels | None
        The labels; None where there are none.

    Raises
    ------
    LabelFileError
        Entries have different columns, or lack the key.
    """
    key = key or _key_of(tx.transforms.get(transform_id))
    return _fold(tx, live_entries(tx.ledger.events(transform_id, until=at)), key)


def labels_apart(
    tx: Transaction, transform_id: str, *, by: str, key: str | None = None
) -> Mapping[str, Labels]:
    """Compute the labels of each person or source apart, so that none replaces another's answer.

    Parameters
    ----------
    tx
        The transaction to read in.
    transform_id
        The transform.
    by
        ``person`` or ``source``.
    key
        The column that identifies a record; by default the transform's primary key.

    Returns
    -------
    Mapping[str, Labels]
        The labels of each, in the order of their first answers.

    Raises
    ------
    LabelFileError
        Entries have different columns, or lack the key.
    """
    key = key or _key_of(tx.transforms.get(transform_id))
    apart: dict[str, Labels] = {}
    entries = live_entries(tx.ledger.events(transform_id))
    latest = {
        (opinion.actor, name): opinion.seq for opinion in entries for name in sets_of(opinion)
    }
    for entry in entries:
        if any(latest[entry.actor, name] != entry.seq for name in sets_of(entry)):
            continue  # the same person answered the set again
        labels = _fold(tx, [entry], key, gold=True)
        if labels is None:
            continue
        names = pc.fill_null(labels.provenance[by].combine_chunks(), "unnamed")
        for name in pc.unique(names).to_pylist():
            own = labels.chosen(np.asarray(pc.equal(names, name), np.bool_))
            apart[name] = apart[name].merged(own) if name in apart else own
    return apart


def label_status(
    tx: Transaction,
    transform_id: str,
    *,
    adding: LabelEvent | None = None,
    key: str | None = None,
) -> LabelStatus:
    """Count a transform's labels; reads only the columns that decide it.

    Parameters
    ----------
    tx
        The transaction to read in.
    transform_id
        The transform.
    adding
        An entry that is about to be added; it is counted as the latest.
    key
        The column that identifies a record; by default the transform's primary key.
    """
    key = key or _key_of(tx.transforms.get(transform_id))
    entries = list(tx.ledger.events(transform_id))
    head = entries[-1].seq if entries else 0
    if adding is not None:
        entries.append(replace(adding, seq=head + 1))
    columns = [LABELING_SET_ID, LABEL] + ([] if key is None else [key])
    labels = _fold(tx, live_entries(entries), key, columns)
    return (
        LabelStatus(head, 0, False)
        if labels is None
        else LabelStatus(head, len(labels), labels.is_ready)
    )


def _fold(
    tx: Transaction,
    entries: Sequence[LabelEvent],
    key: str | None,
    columns: Sequence[str] | None = None,
    *,
    gold: bool = False,
) -> Labels | None:
    """Merge entries in order. Merging all at once gives the same as one by one, and is faster."""
    parts: list[pa.Table] = []
    names: list[str] = []
    sizes = np.zeros(len(entries), np.int64)
    for number, table in entry_tables(tx, entries, columns, gold=gold):
        names = names or table.column_names
        if set(names) != set(table.column_names):
            raise LabelFileError(_other_columns(entries[number], table.column_names, names))
        parts.append(table.select(names))
        sizes[number] += table.num_rows
    if not parts or not (whole := pa.concat_tables(parts)).num_rows:
        return None
    parts.clear()
    if key is not None and key not in names:
        raise LabelFileError(
            f"the labels lack the key column '{key}'; they have {some(_plain_names(names))}"
        )
    labels = _raw_labels(whole, key)
    if key is not None and np.count_nonzero(sizes) > 1:
        of_entry = np.repeat(np.arange(len(entries), dtype=np.int32), sizes)
        apart = set_apart(labels.set_ids, labels.record_codes, of_entry)
        labels = replace(labels, set_ids=apart.set_ids)
    return labels.chosen(np.ones(len(labels), np.bool_))


def _raw_labels(table: pa.Table, key: str | None) -> Labels:
    """Make labels of a payload's rows; repeated rows are still among them."""
    names = _plain_names(table.column_names)
    values = table.select([name for name in names if name not in (LABELING_SET_ID, LABEL)])
    if set(PROVENANCE) <= set(table.column_names):
        provenance = table.select(list(PROVENANCE)).rename_columns(list(PROVENANCE.values()))
    else:
        provenance = Provenance().repeated(table.num_rows)
    return Labels(
        _column(table, LABELING_SET_ID),
        _column(table, LABEL),
        values,
        provenance,
        key,
    )


def _column(table: pa.Table, name: str) -> pa.StringArray:
    joined = table[name].combine_chunks()
    return joined.chunk(0) if isinstance(joined, pa.ChunkedArray) else joined


def _plain_names(names: Sequence[str]) -> list[str]:
    return [name for name in names if name not in PROVENANCE]


def _other_columns(entry: LabelEvent, names: Sequence[str], expected: Sequence[str]) -> str:
    return (
        f"entry {entry.seq} of the ledger has the columns {some(_plain_names(names))}, those "
        f"before it {some(_plain_names(expected))}; undo one of them"
    )


def _key_of(transform: Transform | None) -> str | None:
    if transform is None:
        return None
    with suppress(KeyError, TypeError):
        named = transform.definition["Parameters"]["FindMatchesParameters"]
        return str(named["PrimaryKeyColumnName"])
    return None
