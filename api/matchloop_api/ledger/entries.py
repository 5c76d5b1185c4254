"""Entries of a label ledger: which of them count, and the labelled rows that each holds.

An undone entry does not count, and an undo that is itself undone undoes nothing. An answer from
the labelling page names its sets in its report: it replaces all earlier rows of these sets, so
that no row keeps a label of an earlier grouping. Answers to gold sets test a person and are no
labels. The rows of an entry are a payload: the columns of a labelling file and, where that is
known for each row, its provenance in columns whose names begin with ``matchloop.``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from matchloop.data.labels import LABEL, LABELING_SET_ID, Labels, Provenance
from matchloop.data.labels.plain import is_filled
from matchloop_api.payloads import read_payload
from matchloop_api.store import EventKind, LabelEvent, Transaction

__all__ = ["PROVENANCE", "entry_tables", "live_entries", "rows_of", "sets_of", "undone_by"]

PROVENANCE = {f"matchloop.{name}": name for name in Provenance().repeated(0).column_names}
"""Column of a payload that holds a column of :class:`Provenance`, and the name of the latter."""


def live_entries(entries: Sequence[LabelEvent]) -> list[LabelEvent]:
    """Return the entries that count, of a whole ledger or of its beginning."""
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
    """Return a mapping from each undone entry to the entry that undoes it."""
    undone: dict[int, int] = {}
    for entry in reversed(entries):  # an undo comes after what it undoes, and may be undone itself
        if entry.undoes is not None and entry.seq not in undone:
            undone[entry.undoes] = entry.seq
    return undone


def entry_tables(
    tx: Transaction,
    entries: Sequence[LabelEvent],
    columns: Sequence[str] | None = None,
    *,
    gold: bool = False,
) -> Iterator[tuple[int, pa.Table]]:
    """Yield tables of labelled rows, each with the position of its entry in ``entries``.

    Rows of a set that a later entry answered on the page are left out, and so are answers to gold
    sets unless ``gold``.
    """
    later: list[set[str]] = []
    answered: set[str] = set()
    for entry in reversed(entries):
        later.append(set(answered))
        answered.update(sets_of(entry))
    for number, (entry, gone) in enumerate(zip(entries, reversed(later), strict=True)):
        if entry.report.get("gold") and not gold:
            continue
        for table in _rows_of_entry(tx, entry, columns):
            if gone:
                kept = pc.invert(pc.is_in(table[LABELING_SET_ID], pa.array(sorted(gone))))
                table = table.filter(kept)
            yield number, table


def sets_of(entry: LabelEvent) -> Sequence[str]:
    """Return the sets that an answer from the page is about; none for other entries."""
    return tuple(entry.report.get("sets", ()))


def rows_of(labels: Labels) -> pa.Table:
    """Return labels as a payload's table: the columns of a labelling file, then provenance."""
    table = labels.table()
    for column, name in PROVENANCE.items():
        table = table.append_column(column, labels.provenance[name])
    return table


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
            present = set(PROVENANCE) & set(kept.column_names)
            repeated = (Provenance() if present else provenance).repeated(kept.num_rows)
            for column, name in PROVENANCE.items():
                if column not in present:
                    kept = kept.append_column(column, repeated[name])
        yield kept
