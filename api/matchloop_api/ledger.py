"""The label ledger read: the labels a transform has now, or had at a time.

The labels are never stored as such. They are what the entries say one after the other: each puts
its rows to those before, or takes their place; an undone entry says nothing, and an undo that is
itself undone undoes nothing. An answer from the labelling page names its sets in its report: it
replaces all earlier rows of these sets, so that no row keeps a label of an earlier grouping.
Answers to gold sets test a person and are no labels. The rows of an entry are a payload: the
columns of a labelling file and, where that is known for each row, its provenance in columns whose
names begin with ``matchloop.``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from matchloop.data.labels import LABEL, LABELING_SET_ID, Labels, Provenance
from matchloop.data.labels.plain import is_filled
from matchloop.data.labels.sets import set_apart
from matchloop.errors import InputError, LabelFileError, some
from matchloop_api.payloads import read_payload
from matchloop_api.store import EventKind, LabelEvent, Store, Transaction, Transform

__all__ = [
    "Standing",
    "add_entry",
    "current_labels",
    "entry_tables",
    "labels_apart",
    "live_entries",
    "rows_of",
    "standing",
    "undo",
    "undone_by",
]

_PROVENANCE = {f"matchloop.{name}": name for name in Provenance().repeated(0).column_names}


@dataclass(frozen=True, slots=True)
class Standing:
    """What a transform's labels come to.

    Parameters
    ----------
    head
        Sequence number of the latest entry that was looked at.
    label_count
        Labelled rows after merging.
    is_ready
        Whether at least one pair matches and at least one does not.
    """

    head: int
    label_count: int
    is_ready: bool


def live_entries(entries: Sequence[LabelEvent]) -> list[LabelEvent]:
    """Return the entries that the labels are made of, of a whole ledger or its beginning."""
    undone = undone_by(entries)
    live: list[LabelEvent] = []
    for entry in reversed(entries):
        if entry.seq in undone or entry.kind is EventKind.UNDO:
            continue
        live.append(entry)
        if entry.replace_all:
            break
    return live[::-1]


def undone_by(entries: Sequence[LabelEvent]) -> Mapping[int, int]:
    """Return which entries are undone, each with the entry that undoes it."""
    undone: dict[int, int] = {}
    for entry in reversed(entries):  # an undo comes after what it undoes, and may be undone itself
        if entry.undoes is not None and entry.seq not in undone:
            undone[entry.undoes] = entry.seq
    return undone


def current_labels(
    tx: Transaction, transform_id: str, *, key: str | None = None, at: datetime | None = None
) -> Labels | None:
    """Put a transform's labels together from its ledger.

    Parameters
    ----------
    tx
        The transaction to read in.
    transform_id
        The transform.
    key
        The column that identifies a record; by default the transform's primary key.
    at
        The time whose labels are asked for; by default now.

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
    """Put labels together for each person or source: none takes the place of another's answer.

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
        (opinion.actor, name): opinion.seq for opinion in entries for name in _sets_of(opinion)
    }
    for entry in entries:
        if any(latest[entry.actor, name] != entry.seq for name in _sets_of(entry)):
            continue  # the same person answered the set again
        labels = _fold(tx, [entry], key, gold=True)
        if labels is None:
            continue
        names = pc.fill_null(labels.provenance[by].combine_chunks(), "unnamed")
        for name in pc.unique(names).to_pylist():
            own = labels.chosen(np.asarray(pc.equal(names, name), np.bool_))
            apart[name] = apart[name].merged(own) if name in apart else own
    return apart


def standing(
    tx: Transaction,
    transform_id: str,
    *,
    adding: LabelEvent | None = None,
    key: str | None = None,
) -> Standing:
    """Tell what a transform's labels come to; only the columns that decide are read.

    Parameters
    ----------
    tx
        The transaction to read in.
    transform_id
        The transform.
    adding
        An entry that is about to be added: it is counted as if it stood there.
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
        Standing(head, 0, False) if labels is None else Standing(head, len(labels), labels.is_ready)
    )


def add_entry(
    tx: Transaction, entry: LabelEvent, *, expected: Standing | None = None
) -> LabelEvent:
    """Add an entry and note in the transform what its labels come to, all in one transaction.

    Parameters
    ----------
    tx
        A writing transaction.
    entry
        The entry.
    expected
        What :func:`standing` told with this entry ``adding``, in an earlier transaction. It is
        used if nothing was added since; otherwise the labels are put together anew, while others
        wait.

    Returns
    -------
    LabelEvent
        The entry with its sequence number.

    Raises
    ------
    KeyError
        The entry's run has added one already, or there is no such transform.
    """
    added = tx.ledger.add(entry)
    if expected is None or expected.head != added.seq - 1:
        expected = standing(tx, entry.transform_id)
    transform = tx.transforms.get(entry.transform_id)
    if transform is None:
        raise KeyError(entry.transform_id)
    status = "READY" if expected.is_ready else "NOT_READY"
    tx.transforms.replace(
        replace(
            transform,
            label_count=expected.label_count,
            status=transform.status if transform.status == "DELETING" else status,
        )
    )
    return added


def undo(
    store: Store, transform_id: str, seq: int, *, now: datetime, actor: str = ""
) -> LabelEvent:
    """Undo an entry of a ledger; undoing an undo brings the entry back.

    Parameters
    ----------
    store
        The store.
    transform_id, seq
        The entry to undo.
    now, actor
        When, and by whom.

    Returns
    -------
    LabelEvent
        The entry that was added; nothing is removed.

    Raises
    ------
    InputError
        There is no such transform or entry, or it is undone already.
    """
    entry = LabelEvent(
        transform_id=transform_id, kind=EventKind.UNDO, at=now, actor=actor, undoes=seq
    )
    with store.reading() as tx:
        _check_undo(tx, transform_id, seq)
        expected = standing(tx, transform_id, adding=entry)
    with store.writing() as tx:
        _check_undo(tx, transform_id, seq)
        return add_entry(tx, entry, expected=expected)


def rows_of(labels: Labels) -> pa.Table:
    """Return labels as a payload's table: the columns of a labelling file, then provenance."""
    table = labels.table()
    for column, name in _PROVENANCE.items():
        table = table.append_column(column, labels.provenance[name])
    return table


def _fold(
    tx: Transaction,
    entries: Sequence[LabelEvent],
    key: str | None,
    columns: Sequence[str] | None = None,
    *,
    gold: bool = False,
) -> Labels | None:
    """Merge entries in their order: all at once, which comes to the same as one by one."""
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


def entry_tables(
    tx: Transaction,
    entries: Sequence[LabelEvent],
    columns: Sequence[str] | None = None,
    *,
    gold: bool = False,
) -> Iterator[tuple[int, pa.Table]]:
    """Return the labelled rows of entries: the place of the entry, and a table of its rows.

    Rows of a set that a later entry answered on the page are left out, and so are answers to gold
    sets unless ``gold``.
    """
    later: list[set[str]] = []
    answered: set[str] = set()
    for entry in reversed(entries):
        later.append(set(answered))
        answered.update(_sets_of(entry))
    for number, (entry, gone) in enumerate(zip(entries, reversed(later), strict=True)):
        if entry.report.get("gold") and not gold:
            continue
        for table in _rows_of_entry(tx, entry, columns):
            if gone:
                kept = pc.invert(pc.is_in(table[LABELING_SET_ID], pa.array(sorted(gone))))
                table = table.filter(kept)
            yield number, table


def _sets_of(entry: LabelEvent) -> Sequence[str]:
    """Return the sets that an answer from the page is about; none for other entries."""
    return tuple(entry.report.get("sets", ()))


def _rows_of_entry(
    tx: Transaction, entry: LabelEvent, columns: Sequence[str] | None
) -> Iterator[pa.Table]:
    if entry.payload is None:
        return
    provenance = Provenance(
        person=entry.actor or None,
        time=entry.at.isoformat(),
        source=entry.source or None,
        input="file" if entry.kind is EventKind.IMPORT else None,
    )
    for table in read_payload(tx, entry.payload, columns=columns):
        filled = pc.and_(is_filled(table[LABEL]), is_filled(table[LABELING_SET_ID]))
        kept = table.filter(filled) if not pc.all(filled).as_py() else table
        if columns is None:
            # an older version of matchloop stored fewer columns
            present = set(_PROVENANCE) & set(kept.column_names)
            repeated = (Provenance() if present else provenance).repeated(kept.num_rows)
            for column, name in _PROVENANCE.items():
                if column not in present:
                    kept = kept.append_column(column, repeated[name])
        yield kept


def _raw_labels(table: pa.Table, key: str | None) -> Labels:
    """Make labels of a payload's rows, repeated ones not yet sorted out."""
    names = _plain_names(table.column_names)
    values = table.select([name for name in names if name not in (LABELING_SET_ID, LABEL)])
    if set(_PROVENANCE) <= set(table.column_names):
        provenance = table.select(list(_PROVENANCE)).rename_columns(list(_PROVENANCE.values()))
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
    return [name for name in names if name not in _PROVENANCE]


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


def _check_undo(tx: Transaction, transform_id: str, seq: int) -> None:
    entries = tx.ledger.events(transform_id)
    if tx.transforms.get(transform_id) is None:
        raise InputError(f"there is no transform '{transform_id}'")
    if seq not in {entry.seq for entry in entries}:
        has = f"1 to {entries[-1].seq}" if entries else "no entries"
        raise InputError(f"the ledger of {transform_id} has no entry {seq}; it has {has}")
    by = undone_by(entries).get(seq)
    if by is not None:
        raise InputError(
            f"entry {seq} of {transform_id} is undone by entry {by}; undo that to bring it back"
        )
