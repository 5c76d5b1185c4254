"""Compiled code that reads the date in each value."""

from __future__ import annotations

import numba
import numpy as np

__all__ = ["days_from_civil", "order_votes", "read_dates"]

MISSING = np.int32(-(2**31))
NONE, SHORT_YEAR, YEAR, MONTH, DAY, SERIAL = 0, 1, 2, 3, 4, 5
PARTS = 4
POINT = 46
FIRST_SERIAL, LAST_SERIAL = 10_000, 73_050  # 18 May 1927 to the end of 2099
SERIAL_OF_1970 = 25_569


@numba.njit(cache=True, nogil=True)
def days_from_civil(year, month, day):  # type: ignore[no-untyped-def]
    """Count the days from 1 January 1970 in the proleptic Gregorian calendar."""
    months = (year - 1970) * 12 + month - 1
    year = 1970 + months // 12
    before = year - 1
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    days = before * 365 + before // 4 - before // 100 + before // 400 - 719162
    for number in range(1, month):
        days += _month_length(number, leap)
    return days + day - 1


@numba.njit(cache=True, nogil=True, inline="always")
def _month_length(month, leap):  # type: ignore[no-untyped-def]
    if month == 2:
        return 29 if leap else 28
    return 30 if month == 4 or month == 6 or month == 9 or month == 11 else 31


@numba.njit(cache=True, nogil=True)
def _is_day(year, month, day):  # type: ignore[no-untyped-def]
    if not (1000 <= year <= 2999 and 1 <= month <= 12 and day >= 1):
        return False
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return day <= _month_length(month, leap)


@numba.njit(cache=True, nogil=True)
def _place(hashes, value):  # type: ignore[no-untyped-def]
    at = np.searchsorted(hashes, value)
    return at if at < len(hashes) and hashes[at] == value else -1


@numba.njit(cache=True, nogil=True, inline="always")
def _letter(data, at):  # type: ignore[no-untyped-def]
    """Return how many bytes the letter at a place takes, 0 where none begins there."""
    c = data[at]
    if c < 0x80:
        return 1 if 97 <= (c | 32) <= 122 else 0
    if 0xC3 <= c < 0xE0:
        return 2
    if 0xE0 <= c < 0xF0:
        point = (np.int64(c & 15) << 12) | (np.int64(data[at + 1] & 63) << 6) | (data[at + 2] & 63)
        is_sign = 0x2000 <= point < 0x2C00 or 0x2E00 <= point < 0x3041
        return 0 if is_sign or point >= 0xFB00 else 3
    return 0


@numba.njit(cache=True, nogil=True)
def _cut(data, at, stop, hashes, meaning, numbers, lengths):  # type: ignore[no-untyped-def]
    """Cut a value into up to four numbers and a month; return their count, the month, its place.

    The count is -1 where the value holds anything else. Text after a clock time is ignored.
    """
    count = 0
    month = 0
    month_at = -1
    while at < stop:
        c = data[at]
        if 48 <= c <= 57:
            number = 0
            length = 0
            while at < stop and 48 <= data[at] <= 57:
                if length < 14:
                    number = number * 10 + (data[at] - 48)
                length += 1
                at += 1
            if at < stop and data[at] == 58 and (count or month):
                return count, month, month_at  # a clock time ends the date
            if count == PARTS:
                return -1, 0, -1
            numbers[count] = number
            lengths[count] = length
            count += 1
        elif _letter(data, at):
            value = np.uint64(14695981039346656037)
            while at < stop:
                width = _letter(data, at)
                if width == 0:
                    break
                for _ in range(width):
                    small = np.uint64(data[at] | 32) if width == 1 else np.uint64(data[at])
                    value = (value ^ small) * np.uint64(1099511628211)
                    at += 1
            place = _place(hashes, value)
            if place < 0 or (meaning[place] and month):
                return -1, 0, -1
            if meaning[place]:
                month = meaning[place]
                month_at = count
        else:
            at += 1
    return count, month, month_at


@numba.njit(cache=True, nogil=True, inline="always")
def _full_year(value, length, pivot):  # type: ignore[no-untyped-def]
    if length == 2:
        return value + (2000 if value <= pivot else 1900)
    return value if length == 4 else -1


@numba.njit(cache=True, nogil=True)
def order_votes(offsets, data, valid, source, votes, hashes, meaning):  # type: ignore[no-untyped-def]
    """Count the dates that can only be day first (31/12), and only month first (12/31).

    The counts are added to ``votes``, which has a row per source.
    """
    numbers = np.zeros(PARTS, np.int64)
    lengths = np.zeros(PARTS, np.int64)
    for i in range(len(offsets) - 1):
        if not valid[i]:
            continue
        count, month, _ = _cut(data, offsets[i], offsets[i + 1], hashes, meaning, numbers, lengths)
        if count < 3 or month or lengths[0] > 2 or lengths[1] > 2 or numbers[0] > 31:
            continue
        if numbers[0] > 12 and 1 <= numbers[1] <= 12:
            votes[source[i], 0] += 1
        elif 12 < numbers[1] <= 31 and 1 <= numbers[0] <= 12:
            votes[source[i], 1] += 1


@numba.njit(cache=True, nogil=True)
def _packed(value, length, day_first):  # type: ignore[no-untyped-def]
    """Read 8 or 14 digits in a row; return year, month, day, or year 0."""
    if length == 14:
        value //= 1_000_000
    year, month, day = value // 10_000, value // 100 % 100, value % 100
    if 1000 <= year <= 2999 and _is_day(year, month, day):
        return year, month, day
    if length == 8:
        year = value % 10_000
        first, second = value // 1_000_000, value // 10_000 % 100
        day, month = (first, second) if day_first else (second, first)
        if 1800 <= year <= 2199 and _is_day(year, month, day):
            return year, month, day
        if 1800 <= year <= 2199 and _is_day(year, day, month):
            return year, day, month
    return 0, 0, 0


@numba.njit(cache=True, nogil=True)
def _with_month(numbers, lengths, count, month, month_at, pivot):  # type: ignore[no-untyped-def]
    """Read a value with a month's name; return year, month, day, precision."""
    if count == 1:
        if lengths[0] == 4:
            return numbers[0], month, 1, MONTH
        return 0, 0, 0, NONE
    year_at = 1
    if lengths[0] == 4 or (lengths[0] <= 2 and numbers[0] > 31):
        year_at = 0
    if month_at == 2 and year_at == 1 and lengths[1] <= 2:
        return 0, 0, 0, NONE
    year = _full_year(numbers[year_at], lengths[year_at], pivot)
    day = numbers[1 - year_at]
    if lengths[1 - year_at] <= 2 and _is_day(year, month, day):
        return year, month, day, DAY
    return 0, 0, 0, NONE


@numba.njit(cache=True, nogil=True)
def _three(numbers, lengths, day_first, pivot):  # type: ignore[no-untyped-def]
    """Read three numbers; return year, month, day, precision."""
    if lengths[1] > 2:
        return 0, 0, 0, NONE
    if lengths[0] == 4 or (lengths[0] == 2 and numbers[0] > 31 and lengths[2] <= 2):
        year = _full_year(numbers[0], lengths[0], pivot)
        first, second = numbers[1], numbers[2]
        if _is_day(year, first, second):
            return year, first, second, DAY
        if _is_day(year, second, first):
            return year, second, first, DAY
        return 0, 0, 0, NONE
    year = _full_year(numbers[2], lengths[2], pivot)
    first, second = numbers[0], numbers[1]
    if lengths[0] > 2:
        return 0, 0, 0, NONE
    day, month = (first, second) if day_first else (second, first)
    if _is_day(year, month, day):
        return year, month, day, DAY
    if _is_day(year, day, month):
        return year, day, month, DAY
    return 0, 0, 0, NONE


@numba.njit(cache=True, nogil=True)
def _two(numbers, lengths):  # type: ignore[no-untyped-def]
    """Read two numbers: a year and a month, or the first of two years."""
    if lengths[0] == 4 and lengths[1] <= 2 and 1 <= numbers[1] <= 12:
        return numbers[0], numbers[1], 1, MONTH
    if lengths[0] <= 2 and lengths[1] == 4 and 1 <= numbers[0] <= 12:
        return numbers[1], numbers[0], 1, MONTH
    if lengths[0] == 4 and (lengths[1] == 2 or lengths[1] == 4):
        return numbers[0], 1, 1, YEAR
    return 0, 0, 0, NONE


@numba.njit(cache=True, nogil=True)
def read_dates(  # type: ignore[no-untyped-def]
    offsets, data, valid, source, order, pivot, hashes, meaning
):
    """Read each value; return days since 1970 and the precision: year, month, day.

    ``order`` holds for each source whether the day comes first. Two precisions are doubtful, and
    the column decides on them. A two-digit year alone (``'97``) has SHORT_YEAR. A day counted from
    1900 (``29221``) has SERIAL.
    """
    records = len(offsets) - 1
    days = np.full(records, MISSING, np.int32)
    precision = np.zeros(records, np.uint8)
    numbers = np.zeros(PARTS, np.int64)
    lengths = np.zeros(PARTS, np.int64)
    for i in range(records):
        if not valid[i]:
            continue
        count, month, month_at = _cut(
            data, offsets[i], offsets[i + 1], hashes, meaning, numbers, lengths
        )
        year, day, level = 0, 0, NONE
        if count < 1:
            continue
        day_first = order[source[i]]
        decimals = count == 2 and data[offsets[i + 1] - 1 - lengths[1]] == POINT
        if lengths[0] == 5 and not month and (count == 1 or decimals):
            if FIRST_SERIAL <= numbers[0] <= LAST_SERIAL:
                days[i] = numbers[0] - SERIAL_OF_1970
                precision[i] = SERIAL
            continue
        if lengths[0] == 8 or lengths[0] == 14:
            if count == 1 or lengths[1] != 8:
                year, month, day = _packed(numbers[0], lengths[0], day_first)
                level = DAY if year else NONE
        elif month:
            if count <= 3:
                year, month, day, level = _with_month(
                    numbers, lengths, count, month, month_at, pivot
                )
        elif count >= 3:
            year, month, day, level = _three(numbers, lengths, day_first, pivot)
        elif count == 2:
            year, month, day, level = _two(numbers, lengths)
        elif lengths[0] == 4:
            year, month, day, level = numbers[0], 1, 1, YEAR
        elif lengths[0] == 2 and offsets[i + 1] - offsets[i] <= 4:
            year, month, day = _full_year(numbers[0], 2, pivot), 1, 1
            level = SHORT_YEAR
        if level != NONE and 1000 <= year <= 2999:
            days[i] = days_from_civil(year, month, day)
            precision[i] = level
    return days, precision
