"""Compiled code that reads the number in each value."""

from __future__ import annotations

import numba
import numpy as np

__all__ = ["decimal_votes", "needs_plain", "read_numbers"]

SPACE, QUOTE, APOSTROPHE, PERCENT = 32, 34, 39, 37
COMMA, POINT, SLASH, COLON, MINUS, PLUS = 44, 46, 47, 58, 45, 43
TIME, LENGTH, TIMES = 4, 2, 9


@numba.njit(cache=True, nogil=True, inline="always")
def _is_digit(c):  # type: ignore[no-untyped-def]
    return 48 <= c <= 57


@numba.njit(cache=True, nogil=True, inline="always")
def _is_letter(c):  # type: ignore[no-untyped-def]
    return 97 <= (c | 32) <= 122


@numba.njit(cache=True, nogil=True)
def _digits_from(data, at, stop):  # type: ignore[no-untyped-def]
    """Count the digits from ``at`` on."""
    end = at
    while end < stop and _is_digit(data[end]):
        end += 1
    return end - at


@numba.njit(cache=True, nogil=True)
def needs_plain(offsets, data):  # type: ignore[no-untyped-def]
    """Return which values hold a non-ASCII character other than a currency or degree sign."""
    count = len(offsets) - 1
    needed = np.zeros(count, np.bool_)
    for i in range(count):
        at = offsets[i]
        stop = offsets[i + 1]
        while at < stop:
            c = data[at]
            if c < 128:
                at += 1
            elif c == 0xC2 and (0xA2 <= data[at + 1] <= 0xA5 or data[at + 1] == 0xB0):
                at += 2
            elif c == 0xE2 and data[at + 1] == 0x82 and data[at + 2] >= 0xA0:
                at += 3
            else:
                needed[i] = True
                break
    return needed


@numba.njit(cache=True, nogil=True)
def decimal_votes(offsets, data):  # type: ignore[no-untyped-def]
    """Count the values whose decimal mark is certainly a comma, and certainly a point."""
    commas = 0
    points = 0
    for i in range(len(offsets) - 1):
        stop = offsets[i + 1]
        marks = 0
        last = -1
        for at in range(offsets[i] + 1, stop - 1):
            mark = data[at] == COMMA or data[at] == POINT
            if mark and _is_digit(data[at - 1]) and _is_digit(data[at + 1]):
                marks += 1
                last = at
        if last < 0 or (marks > 1 and _same_marks(data, offsets[i], stop)):
            continue
        decimals = _digits_from(data, last + 1, stop)
        if marks == 1 and decimals == 3 and data[offsets[i]] != 48:
            continue
        if data[last] == COMMA:
            commas += 1
        else:
            points += 1
    return commas, points


@numba.njit(cache=True, nogil=True)
def _same_marks(data, start, stop):  # type: ignore[no-untyped-def]
    comma = False
    point = False
    for at in range(start, stop):
        comma |= data[at] == COMMA
        point |= data[at] == POINT
    return not (comma and point)


@numba.njit(cache=True, nogil=True)
def _grouped(data, at, stop):  # type: ignore[no-untyped-def]
    """Return the mark that groups thousands in the digits from ``at`` on, or 0.

    It is negative if there is only one group, which may be three decimals.
    """
    lead = _digits_from(data, at, stop)
    if lead > 3 or data[at] == 48:
        return np.int64(0)
    end = at + lead
    if end >= stop:
        return np.int64(0)
    mark = data[end]
    if mark != COMMA and mark != POINT and mark != SPACE and mark != APOSTROPHE:
        return 0
    groups = 0
    while end < stop and data[end] == mark:
        size = _digits_from(data, end + 1, stop)
        if size != 3:
            break
        groups += 1
        end += 4
    if groups == 0:
        return 0
    if end + 1 < stop and data[end] == mark and _is_digit(data[end + 1]):
        return 0  # 1.234.5: a version, not a number
    if mark == SPACE and end < stop and _is_letter(data[end]):
        return 0
    return np.int64(mark) if groups > 1 else -np.int64(mark)


@numba.njit(cache=True, nogil=True)
def _number(data, at, stop, comma_decimal):  # type: ignore[no-untyped-def]
    """Read an unsigned number; return it and the position after it."""
    grouping = _grouped(data, at, stop)
    if grouping < 0:  # a single group may also be three decimals
        mark = -grouping
        end = at + _digits_from(data, at, stop) + 4
        followed = end + 1 < stop and _is_digit(data[end + 1])
        other = followed and (data[end] == COMMA or data[end] == POINT)
        decimal = COMMA if comma_decimal else POINT
        grouping = 0 if mark == decimal and not other else mark
    mantissa = 0
    dropped = 0
    decimals = 0
    seen = 0
    while at < stop:
        c = data[at]
        if _is_digit(c):
            if seen < 18:
                mantissa = mantissa * 10 + (c - 48)
                seen += 1 if mantissa > 0 else 0
            else:
                dropped += 1
            at += 1
        elif grouping and c == grouping and _digits_from(data, at + 1, stop) == 3:
            at += 1
        else:
            break
    more = at + 1 < stop and _is_digit(data[at + 1])
    if more and (data[at] == POINT or data[at] == COMMA) and data[at] != grouping:
        at += 1
        while at < stop and _is_digit(data[at]):
            if seen < 18:
                mantissa = mantissa * 10 + (data[at] - 48)
                seen += 1 if mantissa > 0 else 0
                decimals += 1
            at += 1
    exponent = 0
    if at + 1 < stop and (data[at] | 32) == 101:  # 1e5, 1.2E+15
        ahead = at + 1
        negative = data[ahead] == MINUS
        if negative or data[ahead] == PLUS:
            ahead += 1
        length = _digits_from(data, ahead, stop)
        if 1 <= length <= 3 and not (ahead + length < stop and _is_letter(data[ahead + length])):
            for place in range(ahead, ahead + length):
                exponent = exponent * 10 + (data[place] - 48)
            exponent = -exponent if negative else exponent
            at = ahead + length
    shift = exponent + dropped - decimals
    value = float(mantissa)
    if shift < -290:  # two steps, as one power of ten would underflow
        value = value / 1e290
        shift += 290
    if shift < 0:
        value = value / 10.0 ** min(-shift, 308)
    elif shift > 0:
        value = value * 10.0 ** min(shift, 290)
    return value, at


@numba.njit(cache=True, nogil=True)
def _find(hashes, value):  # type: ignore[no-untyped-def]
    at = np.searchsorted(hashes, value)
    return at if at < len(hashes) and hashes[at] == value else -1


@numba.njit(cache=True, nogil=True)
def _word(data, at, stop):  # type: ignore[no-untyped-def]
    """Hash the letters from ``at`` on, or one mark (per cent, inch, foot); return the end too."""
    value = np.uint64(14695981039346656037)
    end = at
    while end < stop and _is_letter(data[end]):
        value = (value ^ np.uint64(data[end] | 32)) * np.uint64(1099511628211)
        end += 1
    if end == at and end < stop:
        while end < stop and end < at + 2 and data[end] == APOSTROPHE:
            value = (value ^ np.uint64(APOSTROPHE)) * np.uint64(1099511628211)
            end += 1
        if end == at and (data[end] == PERCENT or data[end] == QUOTE):
            value = (value ^ np.uint64(data[end])) * np.uint64(1099511628211)
            end += 1
    return value, end


@numba.njit(cache=True, nogil=True)
def _skip_spaces(data, at, stop):  # type: ignore[no-untyped-def]
    while at < stop and data[at] == SPACE:
        at += 1
    return at


@numba.njit(cache=True, nogil=True)
def _first_digit(data, at, stop, before):  # type: ignore[no-untyped-def]
    """Find the first digit; return if only known words precede it, and if a minus does."""
    whole = True
    start = at
    while at < stop and not _is_digit(data[at]):
        if _is_letter(data[at]):
            value, at = _word(data, at, stop)
            whole &= _find(before, value) >= 0
        else:
            at += 1
    negative = False
    if at < stop and at > start:
        sign = at - 1
        if data[sign] == POINT:
            sign -= 1
        while sign > start and (data[sign] == 36 or data[sign] == SPACE):  # -$5, - 5
            sign -= 1
        minus = sign >= start and data[sign] == MINUS
        free = sign == start or (sign > start and not _is_letter(data[sign - 1]))
        negative = minus and free
    return at, whole, negative


@numba.njit(cache=True, nogil=True)
def _fraction(data, at, stop, value):  # type: ignore[no-untyped-def]
    """Read a fraction after a whole number: 1/2, 1 1/2 or 1-1/2; return the value and the end."""
    if at < stop and data[at] == SLASH:
        length = _digits_from(data, at + 1, stop)
        if 1 <= length <= 2:
            below = 0
            for place in range(at + 1, at + 1 + length):
                below = below * 10 + (data[place] - 48)
            end = at + 1 + length
            binary = below == 2 or below == 4 or below == 8 or below == 16 or below == 32
            last = not (end < stop and data[end] == SLASH)
            if (binary or below == 3) and value < below and last:
                return value / below, end
    elif at + 3 < stop and (data[at] == SPACE or data[at] == MINUS) and _is_digit(data[at + 1]):
        length = _digits_from(data, at + 1, stop)
        if length <= 2:
            above = 0
            for place in range(at + 1, at + 1 + length):
                above = above * 10 + (data[place] - 48)
            part, end = _fraction(data, at + 1 + length, stop, float(above))
            if end > at + 1 + length:
                return value + part, end
    return value, at


@numba.njit(cache=True, nogil=True)
def _clock(data, at, stop, value):  # type: ignore[no-untyped-def]
    """Read a clock time after a whole number in seconds (4:05, 1:02:33); return value and end."""
    parts = 1
    end = at
    while parts < 3 and end + 2 < stop and data[end] == COLON:
        if _digits_from(data, end + 1, stop) != 2 or data[end + 1] > 53:
            break
        value = value * 60 + (data[end + 1] - 48) * 10 + (data[end + 2] - 48)
        end += 3
        parts += 1
    if end < stop and data[end] == COLON:
        return value, at
    return value, end


@numba.njit(cache=True, nogil=True)
def read_numbers(offsets, data, valid, comma_decimal, tables):  # type: ignore[no-untyped-def]
    """Read the first number of each value.

    Return three arrays. The first holds the values, NaN where there is none. The second holds the
    position of the unit, -1 for none, -2 for a clock time in seconds. The third holds the form: 0
    for no number, 1 for a number among other text, 2 for a number and one unknown word, 3 for a
    number with nothing but its unit and currency.
    """
    hashes, _, _, before, _, _ = tables
    count = len(offsets) - 1
    values = np.full(count, np.nan)
    unit = np.full(count, -1, np.int16)
    form = np.zeros(count, np.uint8)
    for i in range(count):
        if not valid[i]:
            continue
        start = offsets[i]
        stop = offsets[i + 1]
        at, whole, negative = _first_digit(data, start, stop, before)
        if at >= stop:
            continue
        first = at
        value, at = _number(data, at, stop, comma_decimal)
        if first > start and data[first - 1] == POINT and at - first <= 17:  # .5
            plain = True
            for place in range(first, at):
                plain &= _is_digit(data[place])
            if plain and (first - 1 == start or not _is_letter(data[first - 2])):
                value = value / 10.0 ** (at - first)
        words = 0
        plain_end = at
        value, at = _clock(data, at, stop, value)
        if at > plain_end:
            unit[i] = -2
        else:
            value, at = _fraction(data, at, stop, value)
            value, at, unit[i], words = _with_unit(data, at, stop, value, comma_decimal, tables)
        if first > start and data[start] == 40 and at < stop and data[at] == 41:  # (1,234)
            negative |= unit[i] == -1
        rest = 0
        while at < stop:
            if _is_digit(data[at]):
                rest += 2
                break
            if _is_letter(data[at]):
                hash_value, at = _word(data, at, stop)
                place = _find(hashes, hash_value)
                rest += 0 if place >= 0 else 1
            else:
                at += 1
        values[i] = -value if negative else value
        if not whole or rest + words > 1:
            form[i] = 1
        else:
            form[i] = 2 if rest + words == 1 else 3
    return values, unit, form


@numba.njit(cache=True, nogil=True)
def _with_unit(data, at, stop, value, comma_decimal, tables):  # type: ignore[no-untyped-def]
    """Read the units after a number and add up several in a row (5 ft 6 in, 1h 30m)."""
    hashes, dimension, scale, _, metre, minute = tables
    unit = -1
    while True:
        ahead = at
        while ahead < stop and (data[ahead] == SPACE or data[ahead] == MINUS):
            ahead += 1
        name, end = _word(data, ahead, stop)
        if end == ahead:
            return value, at, unit, 0
        place = _find(hashes, name)
        if place < 0:
            return value, at, unit, 0
        if dimension[place] == TIMES:
            value *= scale[place]
            at = end
            continue
        if unit >= 0:
            return value, at, unit, 0
        unit = place
        at = end
        break
    while unit >= 0:
        ahead = _skip_spaces(data, at, stop)
        if ahead >= stop or not _is_digit(data[ahead]):
            break
        part, end = _number(data, ahead, stop, comma_decimal)
        end = _skip_spaces(data, end, stop)
        name, end = _word(data, end, stop)
        place = _find(hashes, name)
        if place < 0:
            break
        if dimension[place] == TIME and unit == metre:
            unit = minute
        if dimension[unit] == TIME and place == metre:
            place = minute
        if dimension[place] != dimension[unit] or scale[place] >= scale[unit]:
            break
        if dimension[unit] == 0:
            break
        value += part * scale[place] / scale[unit]
        at = end
    return value, at, unit, 0
