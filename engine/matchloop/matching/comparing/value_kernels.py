"""Compiled comparisons of single values: agreement, numbers, dates, places."""

from __future__ import annotations

import numba
import numpy as np

from matchloop.data.text.date_kernel import days_from_civil

__all__ = ["compare_agreement", "compare_dates", "compare_numbers", "compare_places"]

NAN = np.float32(np.nan)
DOUBTED = 0.9
"""Worth of an agreement between dates of which one has two readings (a convention)."""


@numba.njit(cache=True, nogil=True)
def compare_agreement(value, worth, left, right, out):  # type: ignore[no-untyped-def]
    """Write the worth of the value where both have the same, else 0."""
    for pair in range(len(left)):
        a = value[left[pair]]
        b = value[right[pair]]
        if a < 0 or b < 0:
            out[pair] = NAN
        else:
            out[pair] = worth[a] if a == b else np.float32(0.0)


@numba.njit(cache=True, nogil=True)
def compare_numbers(number, spread, left, right, ratio, nearness):  # type: ignore[no-untyped-def]
    """Write one minus the relative difference, and nearness in units of the column's spread."""
    for pair in range(len(left)):
        a = number[left[pair]]
        b = number[right[pair]]
        if np.isnan(a) or np.isnan(b):
            ratio[pair] = NAN
            nearness[pair] = NAN
            continue
        apart = abs(a - b)
        size = max(abs(a), abs(b))
        ratio[pair] = 1.0 if apart == 0.0 else max(1.0 - apart / size, 0.0)
        nearness[pair] = 1.0 / (1.0 + apart / spread)


@numba.njit(cache=True, nogil=True)
def compare_dates(days, digits, years, other, left, right, by_day, by_year, by_digit):  # type: ignore[no-untyped-def]
    """Write nearness in days (thirty days: one half) and in years, and the share of equal digits.

    ``other`` holds the digits of a second reading, -1 for none; it may be empty. The nearness of a
    second reading is multiplied by DOUBTED.
    """
    for pair in range(len(left)):
        i = left[pair]
        j = right[pair]
        by_day[pair] = NAN
        by_year[pair] = NAN
        by_digit[pair] = NAN
        if np.isnan(days[i]) or np.isnan(days[j]):
            continue
        by_year[pair] = 1.0 / (1.0 + abs(np.float64(years[i]) - np.float64(years[j])))
        if digits[i] < 0 or digits[j] < 0:
            continue
        near = 1.0 / (1.0 + abs(days[i] - days[j]) / 30.0)
        kept = 1.0 - _digit_edits(digits[i], digits[j]) / 8.0
        if len(other) and (other[i] >= 0 or other[j] >= 0):
            first = DOUBTED * _nearness(other[i], digits[j])
            second = DOUBTED * _nearness(digits[i], other[j])
            near = max(near, first, second)
            if other[i] == digits[j] or other[j] == digits[i]:
                kept = max(kept, DOUBTED)
        by_day[pair] = near
        by_digit[pair] = kept


@numba.njit(cache=True, nogil=True, inline="always")
def _nearness(a, b):  # type: ignore[no-untyped-def]
    """Return the nearness in days of two dates YYYYMMDD, 0 where one is unknown."""
    if a < 0 or b < 0:
        return 0.0
    days = days_from_civil(a // 10_000, a // 100 % 100, a % 100)
    apart = days - days_from_civil(b // 10_000, b // 100 % 100, b % 100)
    return 1.0 / (1.0 + abs(apart) / 30.0)


@numba.njit(cache=True, nogil=True, inline="always")
def _digit_edits(a, b):  # type: ignore[no-untyped-def]
    # day and month swapped, or two neighbouring digits swapped, are one edit: the usual slips
    if a // 10_000 == b // 10_000 and a % 100 == b // 100 % 100 and b % 100 == a // 100 % 100:
        return 0 if a == b else 1
    edits = 0
    place = 0
    while place < 8:
        x = a % 10
        y = b % 10
        a //= 10
        b //= 10
        place += 1
        if x == y:
            continue
        edits += 1
        if place < 8 and x == b % 10 and y == a % 10:
            a //= 10
            b //= 10
            place += 1
    return edits


@numba.njit(cache=True, nogil=True)
def compare_places(latitude, longitude, left, right, out):  # type: ignore[no-untyped-def]
    """Write one over one plus the great-circle distance in kilometres."""
    for pair in range(len(left)):
        a = latitude[left[pair]]
        b = latitude[right[pair]]
        if np.isnan(a) or np.isnan(b):
            out[pair] = NAN
            continue
        north = np.sin((a - b) / 2.0)
        east = np.sin((longitude[left[pair]] - longitude[right[pair]]) / 2.0)
        half = north * north + np.cos(a) * np.cos(b) * east * east
        out[pair] = 1.0 / (1.0 + 12742.0 * np.arcsin(min(np.sqrt(half), 1.0)))
