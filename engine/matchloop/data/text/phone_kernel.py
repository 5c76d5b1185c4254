"""Compiled code that reads phone numbers and separates the country code."""

from __future__ import annotations

import numba
import numpy as np

__all__ = ["national_numbers", "read_phones"]

PLUS, ZERO, NINE, OPEN, CLOSE = 43, 48, 57, 40, 41
LONGEST = 15  # digits of a number with its country code, ITU-T E.164
SHORTEST = 6
LONGEST_CODE = 3
POWERS = 10 ** np.arange(18, dtype=np.int64)


@numba.njit(cache=True, nogil=True)
def read_phones(offsets, data, valid):  # type: ignore[no-untyped-def]
    """Return the digits of each value as a number, their count, and the prefix in front.

    The prefix is 2 for ``+`` or ``00``, 1 for a single zero, else 0; its digits are not part of the
    number. A value without a number has 0 digits. Text after the number (an extension) is ignored.
    """
    records = len(offsets) - 1
    digits = np.zeros(records, np.int64)
    count = np.zeros(records, np.int8)
    mark = np.zeros(records, np.int8)
    for i in range(records):
        if not valid[i]:
            continue
        length = 0
        number = 0
        before = 0
        for at in range(offsets[i], offsets[i + 1]):
            c = data[at]
            if c == PLUS and length == 0:
                before = 2
            elif ZERO <= c <= NINE:
                trunk = before == 2 and c == ZERO and data[at - 1] == OPEN
                if trunk and at + 1 < offsets[i + 1] and data[at + 1] == CLOSE:
                    continue  # +44 (0)20: the zero is for calls inside the country
                if length == 0 and c == ZERO and before < 2:
                    before += 1
                    continue
                length += 1
                if length <= LONGEST:
                    number = number * 10 + (c - ZERO)
            elif 97 <= (c | 32) <= 122 and length:
                break
        if SHORTEST <= length <= LONGEST:
            digits[i] = number
            count[i] = length
            mark[i] = before
    return digits, count, mark


@numba.njit(cache=True, nogil=True)
def national_numbers(digits, count, mark, codes):  # type: ignore[no-untyped-def]
    """Return the national number of each value, with a 1 in front of its digits; 0 for none.

    ``codes`` holds for each number below 1000 whether it is a country code. A code without prefix
    counts only if the column also has it with a prefix, before as many digits.
    """
    lengths = np.zeros((len(codes), LONGEST + 1), np.int64)
    usual = np.zeros(LONGEST + 1, np.int64)
    for i in range(len(digits)):
        if mark[i] == 2:
            size = _code_size(digits[i], count[i], codes)
            lengths[digits[i] // POWERS[count[i] - size], count[i] - size] += size > 0
        else:
            usual[count[i]] += count[i] > 0
    if usual[10] > usual[11]:
        lengths[1, 10] += 1  # the country code of North America is often written without a mark
    national = np.zeros(len(digits), np.int64)
    for i in range(len(digits)):
        if count[i] == 0:
            continue
        size = _code_size(digits[i], count[i], codes)
        if mark[i] < 2 and size > 0:
            seen = lengths[digits[i] // POWERS[count[i] - size], count[i] - size]
            size = size if mark[i] == 0 and seen > 0 else 0
        if mark[i] == 0 and size == 0 and count[i] == 11 and digits[i] // POWERS[10] == 8:
            size = lengths[7, 10] > 0  # calls inside Russia and Kazakhstan begin with an 8
        rest = digits[i] % POWERS[count[i] - size]
        national[i] = rest + POWERS[count[i] - size]
    return national


@numba.njit(cache=True, nogil=True)
def _code_size(digits, count, codes):  # type: ignore[no-untyped-def]
    """Return how many of the first digits are a country code, 0 for none."""
    for size in range(1, LONGEST_CODE + 1):
        if count - size >= SHORTEST and codes[digits // POWERS[count - size]]:
            return size
    return 0
