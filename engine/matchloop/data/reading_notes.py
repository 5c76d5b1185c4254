"""Notes on how a table was read: missing values, orders of dates, columns left out."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from matchloop.data.kinds import is_random
from matchloop.data.records import Kind, Records
from matchloop.data.text import NO_DATE, as_text, folded_text
from matchloop.data.views import Views

__all__ = ["left_out_columns", "reading_notes"]


def reading_notes(views: Views) -> list[str]:
    """Return which values were taken as missing, how dates were read, and what is not compared.

    Each is a sentence.
    """
    records, stand_ins = views.records, views.stand_ins
    notes = []
    for word in sorted(frozenset[str]().union(*stand_ins.values())):
        columns = [name for name in views.columns if word in stand_ins.get(name, ())]
        values = records.table[columns[0]]
        first = pc.index(folded_text(values), word).as_py()
        if first < 0:  # frozen for a larger table, and no record here has it
            continue
        notes.append(
            f'"{as_text(values)[first]}" in {" and ".join(columns)} was taken as missing: '
            "many rows have it and nothing else in common"
        )
    dates = [column for column, kind in records.kinds.items() if kind is Kind.DATE]
    notes += [note for column in dates for note in _date_notes(views, column)]
    return notes + [
        f"column {name} holds a value of its own in every record and is not compared; give it "
        "a kind to compare it"
        for name in left_out_columns(records)
    ]


def _date_notes(views: Views, column: str) -> list[str]:
    """Return where sources write the day and the month in another order, and where none shows."""
    dates, records = views.dates(column), views.records
    orders = dates.orders
    if orders is None:
        return []
    notes = []
    if records.sources is not None and len(set(orders.day_first[orders.written])) > 1:
        first = np.unique(records.sources, return_index=True)[1]
        names = as_text(records.table[records.source].take(pa.array(first))).to_pylist()
        readings = ", ".join(
            f"{'day' if orders.day_first[number] else 'month'} first in {name}"
            for number, name in enumerate(names)
            if orders.written[number]
        )
        notes.append(f"dates in {column} were read {readings}")
    doubted = np.count_nonzero(dates.other != NO_DATE)
    if doubted:
        notes.append(
            f"{doubted:,} dates in {column} may be read day first or month first, and were "
            "compared both ways; write them as YYYY-MM-DD to make them certain"
        )
    return notes


def left_out_columns(records: Records) -> list[str]:
    """Return the columns that are not compared because each value is drawn at random, as a UUID."""
    used = {records.key, records.source, *records.kinds}
    table = records.table
    return [name for name in table.column_names if name not in used and is_random(table[name])]
