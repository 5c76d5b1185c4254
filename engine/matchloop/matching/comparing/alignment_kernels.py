"""Compiled alignment of the words and numbers of two values.

Equal pieces are aligned first, by a merge of sorted lists: cheap, and enough for most pairs. Of the
rest, at most ``LEFT`` pieces on each side are compared to each other.
"""

from __future__ import annotations

import numba
import numpy as np

__all__ = ["align", "order_pieces"]

# These six are conventions; LEFT and LONGEST bound time.
LEFT = 24
LONGEST = 512  # most pieces of a value to read
BEGUN = np.float32(0.8)  # credit of a word and its abbreviation: pro, professional
MISSPELT = np.float32(0.8)  # credit of two words that differ by one edit
LONG = 4  # least letters of two such words: red and rod are two words
INITIAL = np.float32(0.6)  # credit of a word and its first letter: j, john
NAN = np.float32(np.nan)


@numba.njit(cache=True, nogil=True)
def align(  # type: ignore[no-untyped-def]
    indptr, ids, by_id, weight, is_number, joined, quantity, covers, starts, lengths, codes,
    left, right, aligned, telling, apart,
):  # fmt: skip
    """Write how much of the weight of both values is aligned, and how much of both is not.

    ``by_id`` orders the pieces of each record by number. ``telling`` holds how far a piece tells
    two things apart, in several ways, shape (ways, vocabulary). ``apart`` is for texts, in which
    words that differ by one edit are aligned, and of length 0 otherwise. Its rows are words and
    numbers, which fall with the unaligned weight of the side that has less of it, and one for each
    way: 1 less how far what is unaligned tells the two apart, by the most telling piece of each
    side and the side that tells less.
    """
    is_text = len(apart) > 0
    own = np.zeros((2, LONGEST), np.float32)  # weight that is not aligned yet
    most = np.zeros((2, len(telling)), np.float32)
    for pair in range(len(left)):
        i = right[pair]  # that of the earlier record first: the greedy steps are not symmetric
        j = left[pair]
        first, second = indptr[i], indptr[j]
        m = min(indptr[i + 1] - first, LONGEST)
        n = min(indptr[j + 1] - second, LONGEST)
        if m == 0 or n == 0 or m + n == 2:
            aligned[pair] = NAN  # one word against one word is left to spelling
            apart[:, pair] = NAN
            continue
        if i == j:  # one value of a column
            aligned[pair] = 1.0
            apart[:, pair] = 1.0
            continue
        total = np.float32(0.0)
        for at in range(m):
            own[0, at] = weight[ids[first + at]]
            total += own[0, at]
        for at in range(n):
            own[1, at] = weight[ids[second + at]]
            total += own[1, at]
        rest = _set_equal_aside(ids, by_id, first, m, second, n, own)
        if rest > 1:  # both sides have pieces left
            _join(ids, joined, first, m, second, n, own[0], own[1])
            _join(ids, joined, second, n, first, m, own[1], own[0])
            _measure(quantity, covers, first, m, second, n, own)
            _approximate(ids, is_number, starts, lengths, codes, first, m, second, n, own, is_text)
        words = np.zeros(2, np.float32)
        numbers = np.zeros(2, np.float32)
        for at in range(m):
            if is_number[ids[first + at]]:
                numbers[0] += own[0, at]
            else:
                words[0] += own[0, at]
        for at in range(n):
            if is_number[ids[second + at]]:
                numbers[1] += own[1, at]
            else:
                words[1] += own[1, at]
        alone = words[0] + words[1] + numbers[0] + numbers[1]
        aligned[pair] = max(1.0 - alone / total, 0.0)  # sums of float32 are not exact
        if is_text:
            apart[0, pair] = 1.0 / (1.0 + min(words[0], words[1]))
            apart[1, pair] = 1.0 / (1.0 + min(numbers[0], numbers[1]))
            most[:] = 0.0
            for at in range(m):
                _tell(telling, weight, ids[first + at], own[0, at], most[0])
            for at in range(n):
                _tell(telling, weight, ids[second + at], own[1, at], most[1])
            for way in range(len(telling)):
                apart[2 + way, pair] = np.float32(1.0) - min(most[0, way], most[1, way])


@numba.njit(cache=True, nogil=True, inline="always")
def _tell(telling, weight, number, left, most):  # type: ignore[no-untyped-def]
    """Raise to what a piece tells, of which a part of its weight is left unaligned."""
    if left > 0:
        part = left / weight[number]
        for way in range(len(telling)):
            most[way] = max(most[way], part * telling[way, number])


@numba.njit(cache=True, nogil=True)
def order_pieces(indptr, ids, by_id):  # type: ignore[no-untyped-def]
    """Fill the positions of the pieces of each record, ordered by number, up to ``LONGEST``."""
    for i in range(len(indptr) - 1):
        first = indptr[i]
        count = min(indptr[i + 1] - first, LONGEST)
        if count == 1:
            by_id[first] = 0
        elif count > 1:
            by_id[first : first + count] = np.argsort(ids[first : first + count])


@numba.njit(cache=True, nogil=True)
def _set_equal_aside(ids, by_id, first, m, second, n, own):  # type: ignore[no-untyped-def]
    """Set the weight of equal pieces to 0; return how many of the two sides have weight left."""
    a = 0
    b = 0
    kept_first = False
    kept_second = False
    while a < m or b < n:
        x = ids[first + by_id[first + a]] if a < m else np.int32(2**31 - 1)
        y = ids[second + by_id[second + b]] if b < n else np.int32(2**31 - 1)
        if x == y:  # repeated or not: two of a word match one
            while a < m and ids[first + by_id[first + a]] == x:
                own[0, by_id[first + a]] = 0.0
                a += 1
            while b < n and ids[second + by_id[second + b]] == x:
                own[1, by_id[second + b]] = 0.0
                b += 1
        elif x < y:
            kept_first = True
            a += 1
        else:
            kept_second = True
            b += 1
    return int(kept_first) + int(kept_second)


@numba.njit(cache=True, nogil=True)
def _join(ids, joined, first, m, second, n, own, other):  # type: ignore[no-untyped-def]
    """Align two neighbouring pieces of one side with their compound on the other."""
    for at in range(m - 1):
        both = joined[first + at]
        if both < 0 or own[at] == 0 or own[at + 1] == 0:
            continue
        for place in range(n):
            if other[place] > 0 and ids[second + place] == both:
                own[at] = 0.0
                own[at + 1] = 0.0
                other[place] = 0.0
                break


@numba.njit(cache=True, nogil=True)
def _measure(quantity, covers, first, m, second, n, own):  # type: ignore[no-untyped-def]
    """Align quantities that are equal in different units."""
    for at in range(m):
        size = quantity[first + at]
        if size == 0 or own[0, at : at + covers[first + at]].sum() == 0:
            continue
        for place in range(n):
            if quantity[second + place] == size:
                own[0, at : at + covers[first + at]] = 0.0
                own[1, place : place + covers[second + place]] = 0.0
                break


@numba.njit(cache=True, nogil=True)
def _approximate(  # type: ignore[no-untyped-def]
    ids, is_number, starts, lengths, codes, first, m, second, n, own, misspelt
):
    """Align words with their abbreviations (prefixes) and misspellings, for a part of the weight.

    ``misspelt`` says whether words that differ by one edit are aligned too.
    """
    tried = 0
    for at in range(m):
        if own[0, at] == 0 or is_number[ids[first + at]]:
            continue
        tried += 1
        if tried > LEFT:
            return
        against = 0
        for place in range(n):
            if own[1, place] == 0 or is_number[ids[second + place]]:
                continue
            against += 1
            if against > LEFT:
                break
            short = min(lengths[first + at], lengths[second + place])
            a = starts[first + at]
            b = starts[second + place]
            same = 0
            while same < short and codes[a + same] == codes[b + same]:
                same += 1
            credit = np.float32(0.0)
            if same == short:
                credit = BEGUN if short > 1 else INITIAL
            elif (
                misspelt
                and short >= LONG
                and _is_one_edit(
                    codes,
                    a + same,
                    lengths[first + at] - same,
                    b + same,
                    lengths[second + place] - same,
                )
            ):
                credit = MISSPELT
            if credit > 0:
                own[0, at] *= np.float32(1.0) - credit
                own[1, place] *= np.float32(1.0) - credit
                break


@numba.njit(cache=True, nogil=True)
def _is_one_edit(codes, a, m, b, n):  # type: ignore[no-untyped-def]
    """Return whether one letter is replaced, left out, or swapped with the next.

    The first letters of both differ; ``m`` and ``n`` letters are left.
    """
    if m == n:
        if _is_same(codes, a + 1, b + 1, m - 1):
            return True
        if m < 2 or codes[a] != codes[b + 1] or codes[a + 1] != codes[b]:
            return False
        return _is_same(codes, a + 2, b + 2, m - 2)
    if m == n + 1:
        return _is_same(codes, a + 1, b, n)
    return n == m + 1 and _is_same(codes, a, b + 1, m)


@numba.njit(cache=True, nogil=True, inline="always")
def _is_same(codes, a, b, count):  # type: ignore[no-untyped-def]
    step = 0
    while step < count and codes[a + step] == codes[b + step]:
        step += 1
    return step >= count
