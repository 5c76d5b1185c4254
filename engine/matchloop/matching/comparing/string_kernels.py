"""Compiled comparisons of strings: Jaro-Winkler and Levenshtein over one table of positions.

The position masks of a left string are computed once for all pairs that share it. Strings of
up to 64 characters take one machine word per row (Myers 1999 as revised by Hyyro 2003), longer ones
several. Strings are read up to ``LONGEST`` characters.
"""

from __future__ import annotations

import numba
import numpy as np

__all__ = ["LONGEST", "compare_endings", "compare_spellings"]

LONGEST = 256  # a convention: bounds time
ZERO = np.uint64(0)
ONE = np.uint64(1)
FULL = np.uint64(0xFFFFFFFFFFFFFFFF)
NAN = np.float32(np.nan)


@numba.njit(cache=True, nogil=True)
def compare_spellings(offsets, codes, alphabet, left, right, edit, winkler):  # type: ignore[no-untyped-def]
    """Write Levenshtein and Jaro-Winkler similarity; nothing to an array of length 0."""
    masks = np.zeros(alphabet, np.uint64)
    slots = np.zeros(1, np.int32)  # for long strings: where the words of a character begin
    blocks = np.zeros(1, np.uint64)
    flags = np.zeros((2, LONGEST), np.bool_)
    current = -1
    a = 0
    m = 0
    for pair in range(len(left)):
        i = left[pair]
        j = right[pair]
        if i == j:  # one value of a column: nothing is read of it
            value = NAN if offsets[j] == offsets[j + 1] else np.float32(1.0)
            if len(edit):
                edit[pair] = value
            if len(winkler):
                winkler[pair] = value
            continue
        b = offsets[j]
        n = min(offsets[j + 1] - b, LONGEST)
        if i != current:
            for at in range(a, a + m):
                masks[codes[at]] = ZERO
            if len(slots) > 1:
                for at in range(a, a + m):
                    slots[codes[at]] = 0
            current = i
            a = offsets[i]
            m = min(offsets[i + 1] - a, LONGEST)
            if m <= 64:
                for at in range(m):
                    masks[codes[a + at]] |= ONE << np.uint64(at)
            else:
                if len(slots) == 1:
                    slots = np.zeros(alphabet, np.int32)
                blocks = _blocks(codes, a, m, slots)
        same = m == n and m > 0 and _same(codes, a, b, n)
        value = NAN if m == 0 or n == 0 else np.float32(1.0)
        if len(edit):
            if m > 0 and n > 0 and not same:
                if m <= 64:
                    distance = _distance(masks, codes, m, b, n)
                else:
                    distance = _distance_long(blocks, slots, codes, m, b, n)
                value = np.float32(1.0 - distance / max(m, n))
            edit[pair] = value
        if len(winkler):
            if m > 0 and n > 0 and not same:
                if m <= 64 and n <= 64:
                    jaro = _jaro(masks, codes, m, b, n)
                else:
                    jaro = _jaro_long(codes, a, m, b, n, flags)
                value = np.float32(_winkler(jaro, codes, a, m, b, n))
            winkler[pair] = value


@numba.njit(cache=True, nogil=True)
def compare_endings(offsets, codes, left, right, start, end):  # type: ignore[no-untyped-def]
    """Write the share of the shorter string that both start with, and end with.

    Nothing is written to an array of length 0.
    """
    for pair in range(len(left)):
        if left[pair] == right[pair]:  # as above
            value = NAN if offsets[left[pair]] == offsets[left[pair] + 1] else np.float32(1.0)
            if len(start):
                start[pair] = value
            if len(end):
                end[pair] = value
            continue
        a = offsets[left[pair]]
        m = offsets[left[pair] + 1] - a
        b = offsets[right[pair]]
        n = offsets[right[pair] + 1] - b
        shorter = min(m, n, LONGEST)
        if len(start):
            same = 0
            while same < shorter and codes[a + same] == codes[b + same]:
                same += 1
            start[pair] = same / shorter if shorter else NAN
        if len(end):
            same = 0
            while same < shorter and codes[a + m - 1 - same] == codes[b + n - 1 - same]:
                same += 1
            end[pair] = same / shorter if shorter else NAN


@numba.njit(cache=True, nogil=True, inline="always")
def _same(codes, a, b, n):  # type: ignore[no-untyped-def]
    at = 0
    while at < n and codes[a + at] == codes[b + at]:
        at += 1
    return at == n


@numba.njit(cache=True, nogil=True)
def _jaro(masks, codes, m, b, n):  # type: ignore[no-untyped-def]
    window = max(m, n) // 2 - 1
    window = max(window, 0)
    taken = ZERO  # characters of the left string with a partner
    placed = ZERO  # characters of the right string with a partner
    for at in range(n):
        low = max(at - window, 0)
        if low >= m:
            break
        high = at + window + 1
        inside = FULL << np.uint64(low)
        if high < 64:
            inside &= ~(FULL << np.uint64(high))
        # x & -x is the lowest bit: the first free partner in the window, as Jaro demands
        free = masks[codes[b + at]] & inside & ~taken
        taken |= free & (ZERO - free)
        placed |= np.uint64(free != ZERO) << np.uint64(at)
    if taken == ZERO:
        return 0.0
    common = 0
    swapped = 0
    rest = taken
    for at in range(n):
        if (placed >> np.uint64(at)) & ONE:
            lowest = rest & (ZERO - rest)
            swapped += (masks[codes[b + at]] & lowest) == ZERO
            rest ^= lowest
            common += 1
    return (common / m + common / n + (common - swapped // 2) / common) / 3.0


@numba.njit(cache=True, nogil=True)
def _jaro_long(codes, a, m, b, n, flags):  # type: ignore[no-untyped-def]
    window = max(max(m, n) // 2 - 1, 0)
    flags[:, : max(m, n)] = False
    common = 0
    for at in range(n):
        for other in range(max(at - window, 0), min(at + window + 1, m)):
            if not flags[0, other] and codes[a + other] == codes[b + at]:
                flags[0, other] = True
                flags[1, at] = True
                common += 1
                break
    if common == 0:
        return 0.0
    swapped = 0
    other = 0
    for at in range(n):
        if flags[1, at]:
            while not flags[0, other]:
                other += 1
            swapped += codes[a + other] != codes[b + at]
            other += 1
    return (common / m + common / n + (common - swapped // 2) / common) / 3.0


@numba.njit(cache=True, nogil=True, inline="always")
def _winkler(jaro, codes, a, m, b, n):  # type: ignore[no-untyped-def]
    if jaro <= 0.7:  # Winkler 1990: no bonus below .7, at most four characters
        return jaro
    same = 0
    while same < min(m, n, 4) and codes[a + same] == codes[b + same]:
        same += 1
    return jaro + same * 0.1 * (1.0 - jaro)


@numba.njit(cache=True, nogil=True)
def _distance(masks, codes, m, b, n):  # type: ignore[no-untyped-def]
    positive = FULL
    negative = ZERO
    distance = m
    last = np.uint64(m - 1)
    for at in range(n):
        equal = masks[codes[b + at]] | negative
        # the carry of the sum propagates a match along the column (Hyyro 2003)
        diagonal = (((equal & positive) + positive) ^ positive) | equal
        up = negative | ~(diagonal | positive)
        down = diagonal & positive
        distance += np.int64((up >> last) & ONE) - np.int64((down >> last) & ONE)
        up = (up << ONE) | ONE
        down = down << ONE
        positive = down | ~(diagonal | up)
        negative = up & diagonal
    return distance


@numba.njit(cache=True, nogil=True)
def _blocks(codes, a, m, slots):  # type: ignore[no-untyped-def]
    """Return the masks of a long string; ``slots`` receives the start of each character's masks."""
    words = (m + 63) // 64
    blocks = np.zeros((m + 1) * words, np.uint64)
    used = 0
    for at in range(m):
        code = codes[a + at]
        if slots[code] == 0:
            used += 1
            slots[code] = used * words
        blocks[slots[code] + at // 64] |= ONE << np.uint64(at % 64)
    return blocks


@numba.njit(cache=True, nogil=True)
def _distance_long(blocks, slots, codes, m, b, n):  # type: ignore[no-untyped-def]
    words = (m + 63) // 64
    positive = np.full(words, FULL, np.uint64)
    negative = np.zeros(words, np.uint64)
    last = np.uint64((m - 1) % 64)
    top = np.uint64(63)
    distance = m
    for at in range(n):
        first = slots[codes[b + at]]
        up_carry = ONE
        down_carry = ZERO
        for word in range(words):
            vp = positive[word]
            vn = negative[word]
            equal = blocks[first + word]
            across = equal | down_carry
            diagonal = (((across & vp) + vp) ^ vp) | across | vn
            up = vn | ~(diagonal | vp)
            down = diagonal & vp
            if word == words - 1:
                distance += np.int64((up >> last) & ONE) - np.int64((down >> last) & ONE)
            next_up = up >> top
            next_down = down >> top
            up = (up << ONE) | up_carry
            down = (down << ONE) | down_carry
            up_carry = next_up
            down_carry = next_down
            positive[word] = down | ~(diagonal | up)
            negative[word] = up & diagonal
    return distance
