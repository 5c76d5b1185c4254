"""Rank values: dates with their time of day, numbers, keys, and any text."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from matchloop.data.records import Kind
from matchloop.data.text import as_text, parse_dates, parse_numbers

__all__ = ["NONE", "key_ranks", "moments", "numbers", "ranks"]

NONE = np.iinfo(np.int64).min
"""Rank of a missing value; below all others."""

Ranks = NDArray[np.int64]

_DAY = 86_400_000_000  # microseconds
_FIRST, _LAST = (np.datetime64(year, "D").astype(np.int64) for year in ("0002-01-01", "9000-01-01"))
_CLOCK = (
    r"(?:^\d{8}[T ]?|[T\s])(?P<hour>\d{1,2}):?(?P<minute>\d{2})"
    r"(?::?(?P<second>\d{2})(?:[.,](?P<fraction>\d{1,9}))?)?"
    r"\s*(?P<half>[AaPp])?\.?[Mm]?\.?\s*(?:Z|UTC|(?P<sign>[+-])(?P<east>\d{2}):?(?P<past>\d{2})?)?$"
)


def moments(values: pa.ChunkedArray | pa.Array) -> Ranks:
    """Return the moment of each value in microseconds since 1970, shape (values,).

    A date without a time of day is its midnight; a zone (``+02:00``) counts. The years 1 and 9000
    or later (9999-12-31) stand for a missing date, which is :data:`NONE`.
    """
    kind = values.type
    if pa.types.is_date(kind) or pa.types.is_timestamp(kind):
        exact = values.cast(pa.timestamp("us", getattr(kind, "tz", None)), safe=False)
        ranked = np.array(exact.cast(pa.int64()).fill_null(NONE), np.int64)
    else:
        dates = parse_dates(values)
        ranked = np.where(dates.has_date, dates.days.astype(np.int64) * _DAY, NONE)
        if len(ranked) and dates.has_date.any():
            ranked[dates.has_date] += _clock(as_text(values).filter(pa.array(dates.has_date)))
    possible = (ranked >= _FIRST * _DAY) & (ranked < _LAST * _DAY)
    return np.where(possible, ranked, NONE)


def numbers(values: pa.ChunkedArray | pa.Array) -> Ranks:
    """Return the rank of the number in each value, shape (values,); NONE where there is none."""
    parsed = parse_numbers(values)
    return _ranked(parsed, np.isfinite(parsed))


def ranks(values: pa.ChunkedArray | pa.Array, kind: Kind) -> Ranks:
    """Return the rank of each value among all: dates by time, numbers by size, others as text."""
    if kind is Kind.DATE:
        return moments(values)
    if kind is Kind.NUMBER:
        return numbers(values)
    text = as_text(values)
    whole = _whole_numbers(text)
    if whole is not None:
        return whole
    return _text_ranks(text)


def key_ranks(keys: pa.ChunkedArray | pa.Array) -> Ranks:
    """Return the rank of each key: whole numbers by size, also as text, all others as text."""
    if pa.types.is_integer(keys.type):
        return np.asarray(keys.cast(pa.int64(), safe=False))
    text = as_text(keys)
    whole = _whole_numbers(text)
    # 7 and 007 are two keys: only their text tells which is lower
    if whole is not None and len(np.unique(whole)) == len(whole):
        return whole
    return _text_ranks(text)


def _whole_numbers(text: pa.StringArray) -> Ranks | None:
    """Return text of digits alone as numbers, None where any value is other text."""
    fits = pc.fill_null(pc.match_substring_regex(text, r"^\d{1,18}$"), True)
    if not pc.all(fits).as_py():
        return None
    return np.array(text.cast(pa.int64()).fill_null(NONE), np.int64)


def _text_ranks(text: pa.StringArray) -> Ranks:
    coded = text.dictionary_encode()
    order = np.asarray(pc.sort_indices(coded.dictionary))
    rank = np.empty(len(order) + 1, np.int64)
    rank[order] = np.arange(len(order))
    rank[-1] = NONE
    return rank[np.asarray(coded.indices.fill_null(-1), np.int64)]


def _ranked(values: NDArray[np.float64], present: NDArray[np.bool_]) -> Ranks:
    ranked = np.full(len(values), NONE, np.int64)
    ranked[present] = np.unique(values[present], return_inverse=True)[1]
    return ranked


def _clock(text: pa.StringArray) -> Ranks:
    """Return the time of day in each value in microseconds, shifted by its zone."""
    parts = pc.extract_regex(pc.utf8_trim_whitespace(text), _CLOCK)
    if parts.null_count == len(parts):
        return np.zeros(len(text), np.int64)

    def number(name: str) -> Ranks:
        field = pc.if_else(pc.equal(part := pc.struct_field(parts, name), ""), "0", part)
        return np.array(field.cast(pa.int64()).fill_null(0), np.int64)

    def is_mark(name: str, mark: str) -> NDArray[np.bool_]:
        marks = pc.utf8_lower(pc.struct_field(parts, name))
        return np.asarray(pc.fill_null(pc.equal(marks, mark), False))

    hour = number("hour")
    hour = np.where(is_mark("half", "p") & (hour < 12), hour + 12, hour)
    hour = np.where(is_mark("half", "a") & (hour == 12), 0, hour)
    fraction = pc.utf8_rpad(pc.fill_null(pc.struct_field(parts, "fraction"), ""), 6, "0")
    micro = np.array(pc.utf8_slice_codeunits(fraction, 0, 6).cast(pa.int64()), np.int64)
    zone = (number("east") * 60 + number("past")) * np.where(is_mark("sign", "-"), -1, 1)
    return ((hour * 60 + number("minute") - zone) * 60 + number("second")) * 1_000_000 + micro
