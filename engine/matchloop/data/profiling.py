"""Profile a table: what reading understood of each column, and which values look wrong."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from matchloop.data.reading_notes import reading_notes
from matchloop.data.records import Kind, Records
from matchloop.data.text import (
    as_text,
    fold_array,
    parse_dates,
    parse_numbers,
    without_placeholders,
)
from matchloop.data.views import Views

__all__ = ["ColumnProfile", "Count", "DateOrders", "Oddity", "Profile", "profile_table"]

TOP = 5
"""Most frequent values that a profile holds of a column."""

EXAMPLES = 3
"""Values that are named of each oddity."""

FAR = 20.0
"""Distances between the 5th and the 95th percentile by which a value lies apart from the median."""

SAME_LENGTH = 0.95
"""Share of the values of one length from which on other lengths are odd."""

_DAY_MONTH = (
    r"^\s*(?P<first>\d{1,2})\s?[./-]\s?(?P<second>\d{1,2})\s?[./-]\s?(?:\d{4}|\d{2})(?:\D|$)"
)
_TEXT_ODDITIES = (
    ("wrong encoding", "\u00c3[\u0080-\u00bf\u0152-\u2122]|\u00e2\u20ac|\u00c2[\u00a0-\u00bf]"),
    ("lost characters", "\ufffd|\\?\\?\\?"),
    ("control characters", r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]"),
    ("HTML", r"(?i)<(br|p|div|span|b|i|a|td|tr|li)\b[^>]*>|&(amp|nbsp|quot|lt|gt|[aou]uml|#\d+);"),
    ("spaces around", r"^[\s\x{A0}]+\S|\S[\s\x{A0}]+$"),
)


@dataclass(frozen=True, slots=True)
class Count:
    """A value and the number of rows that have it."""

    value: str
    rows: int


@dataclass(frozen=True, slots=True)
class Oddity:
    """Values of a column that look wrong.

    Parameters
    ----------
    reason
        What is odd about them.
    rows
        How many rows have such a value.
    examples
        Some of the values, each with the number of its record, from 1.
    """

    reason: str
    rows: int
    examples: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class DateOrders:
    """How the dates of a column are written, in rows.

    Parameters
    ----------
    day_first, month_first
        Dates that can be read in one order only, such as 31/12/1980 and 12/31/1980.
    either
        Dates that can be read in both orders.
    """

    day_first: int
    month_first: int
    either: int

    @property
    def is_mixed(self) -> bool:
        """Whether some dates have the day first and others the month."""
        return self.day_first > 0 and self.month_first > 0


@dataclass(frozen=True, slots=True)
class ColumnProfile:
    """The content of a column.

    Parameters
    ----------
    name
        Its name.
    role
        ``key``, ``source``, ``compared`` or ``not compared``.
    kind
        How it is compared; None if it is not.
    missing
        Rows without a value.
    placeholders
        Words that mean that a value is missing (``n/a``), the most frequent first.
    stand_ins
        Values of this table that stand for a missing one, such as a default date.
    distinct
        Different values as they are written.
    top
        The most frequent values.
    low, high
        The least and the greatest number or date, as text; None for other kinds.
    dates
        The orders in which dates are written; None where no date leaves it open.
    odd
        Values that look wrong.
    """

    name: str
    role: str
    kind: str | None
    missing: int
    placeholders: tuple[Count, ...]
    stand_ins: tuple[Count, ...]
    distinct: int
    top: tuple[Count, ...]
    low: str | None
    high: str | None
    dates: DateOrders | None
    odd: tuple[Oddity, ...]


@dataclass(frozen=True, slots=True)
class Profile:
    """A table as it is read: the kind and the values of each column.

    Parameters
    ----------
    rows
        How many records it has.
    key, source
        Names of these columns.
    notes
        Sentences on how the file was read and on what is taken as missing.
    columns
        A profile of each column, in the order of the table.
    """

    rows: int
    key: str
    source: str | None
    notes: tuple[str, ...]
    columns: tuple[ColumnProfile, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the profile as plain values."""
        return asdict(self)


def profile_table(records: Records) -> Profile:
    """Profile a table.

    Parameters
    ----------
    records
        The table, as :func:`matchloop.read_records` returns it.

    Examples
    --------
    >>> import matchloop as ml
    >>> table = pa.table({"id": [1, 2, 3], "city": ["Bath", "Bath", None]})
    >>> profile_table(ml.read_records(table, key="id")).columns[1].top
    (Count(value='Bath', rows=2),)
    """
    views = Views(records)
    columns = tuple(
        _column(records, views, name)
        for name in records.table.column_names
        if records.table.column_names.count(name) == 1
    )
    notes = tuple(dict.fromkeys((*records.notes, *reading_notes(views))))
    return Profile(len(records), records.key, records.source, notes, columns)


def _column(records: Records, views: Views, name: str) -> ColumnProfile:
    column = records.table.column(name)
    kind = records.kinds.get(name)
    text = as_text(column)
    blank = pc.fill_null(pc.equal(pc.utf8_trim_whitespace(text), ""), True)
    text = pc.if_else(blank, pa.scalar(None, pa.string()), text)
    present = without_placeholders(text)
    placeholders = pc.and_(pc.is_valid(text), pc.is_null(present))
    words = pa.array(sorted(views.stand_ins.get(name, ())), pa.string())
    stands_in = pc.fill_null(pc.is_in(fold_array(present), words), False)
    values = pc.if_else(stands_in, pa.scalar(None, pa.string()), present)
    low, high, odd = _range(values, kind)
    return ColumnProfile(
        name=name,
        role=_role(records, name),
        kind=None if kind is None else str(kind),
        missing=int(text.null_count),
        placeholders=_counts(text.filter(placeholders)),
        stand_ins=_counts(present.filter(stands_in)),
        distinct=len(pc.unique(values.drop_null())),
        top=_counts(values.drop_null()),
        low=low,
        high=high,
        dates=_date_orders(values) if kind is Kind.DATE else None,
        odd=(*odd, *_odd_text(text, kind), *_odd_spelling(values, kind)),
    )


def _role(records: Records, name: str) -> str:
    if name == records.key:
        return "key"
    if name == records.source:
        return "source"
    return "compared" if name in records.kinds else "not compared"


def _counts(values: pa.StringArray) -> tuple[Count, ...]:
    counted = pc.value_counts(values)
    order = pc.sort_indices(
        pa.table({"n": counted.field("counts"), "v": counted.field("values")}),
        sort_keys=[("n", "descending"), ("v", "ascending")],
    )
    return tuple(
        Count(row["values"], row["counts"]) for row in counted.take(order[:TOP]).to_pylist()
    )


def _range(
    values: pa.StringArray, kind: Kind | None
) -> tuple[str | None, str | None, tuple[Oddity, ...]]:
    """Return the least and the greatest value, and values that are none or lie far apart."""
    if kind is Kind.DATE:
        dates = parse_dates(values, are_dates=True)
        is_read, amount, what = dates.has_date, dates.days.astype(np.float64), "date"
    elif kind is Kind.NUMBER:
        amount = parse_numbers(values)
        is_read, what = np.isfinite(amount), "number"
    else:
        return None, None, ()
    odd = [_oddity(f"no {what}", values, np.asarray(values.is_valid()) & ~is_read)]
    if not is_read.any():
        return None, None, tuple(oddity for oddity in odd if oddity is not None)
    low, middle, high = np.quantile(amount[is_read], (0.05, 0.5, 0.95))
    far = is_read & (np.abs(amount - middle) > FAR * max(high - low, 1e-9)) & (high > low)
    odd.append(_oddity(f"far from the other {what}s", values, far))
    if kind is Kind.NUMBER and np.mean(amount[is_read] < 0) < 0.02:
        odd.append(_oddity("below zero", values, is_read & (amount < 0)))
    at = np.flatnonzero(is_read)
    ends = at[amount[at].argmin()], at[amount[at].argmax()]
    least, most = (str(values[int(end)].as_py()) for end in ends)
    return least, most, tuple(oddity for oddity in odd if oddity is not None)


def _odd_text(text: pa.StringArray, kind: Kind | None) -> list[Oddity]:
    odd = [
        _oddity(reason, text, np.asarray(pc.match_substring_regex(text, pattern).fill_null(False)))
        for reason, pattern in _TEXT_ODDITIES
    ]
    if kind is Kind.IDENTIFIER:
        lengths = np.asarray(pc.fill_null(pc.utf8_length(text), 0))
        valid = lengths > 0
        if valid.any():
            usual = np.bincount(lengths[valid]).argmax()
            if SAME_LENGTH <= np.mean(lengths[valid] == usual) < 1:
                reason = f"another length than {usual} characters"
                odd.append(_oddity(reason, text, valid & (lengths != usual)))
    return [oddity for oddity in odd if oddity is not None]


def _odd_spelling(values: pa.StringArray, kind: Kind | None) -> list[Oddity]:
    """Return values of a category that are a rarer spelling of another one."""
    if kind is not Kind.CATEGORY:
        return []
    coded = values.dictionary_encode()
    rows = np.bincount(np.asarray(coded.indices.drop_null()), minlength=len(coded.dictionary))
    folded = fold_array(coded.dictionary).to_pylist()
    most: dict[str | None, int] = {}
    for at, word in enumerate(folded):
        if word not in most or rows[at] > rows[most[word]]:
            most[word] = at
    rarer = pa.array([at for at, word in enumerate(folded) if most[word] != at], pa.int32())
    is_rarer = pc.fill_null(pc.is_in(coded.indices, rarer), False)
    oddity = _oddity("another spelling of a more frequent value", values, np.asarray(is_rarer))
    return [] if oddity is None else [oddity]


def _oddity(reason: str, values: pa.StringArray, where: NDArray[np.bool_]) -> Oddity | None:
    rows = np.flatnonzero(where)
    if not len(rows):
        return None
    shown: dict[str, int] = {}
    for row in rows.tolist():
        shown.setdefault(str(values[row].as_py()), row + 1)
        if len(shown) == EXAMPLES:
            break
    return Oddity(reason, len(rows), tuple((row, value) for value, row in shown.items()))


def _date_orders(values: pa.StringArray) -> DateOrders | None:
    parts = pc.extract_regex(values, _DAY_MONTH).drop_null()
    if not len(parts):
        return None
    first, second = (
        np.asarray(parts.field(place).cast(pa.int32()), np.int32) for place in ("first", "second")
    )
    day_first = int(((first > 12) & (second <= 12)).sum())
    month_first = int(((first <= 12) & (second > 12)).sum())
    either = int(((first <= 12) & (second <= 12)).sum())
    return DateOrders(day_first, month_first, either)
