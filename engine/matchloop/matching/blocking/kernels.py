"""Compiled loops of the inverted index.

All sums are integers, so that a result does not depend on the order of work.
"""

from __future__ import annotations

import numba
import numpy as np

from matchloop.data.text.hashing import mix

__all__ = [
    "count_keys",
    "fill_forward",
    "fill_postings",
    "nearest",
    "pack_joint",
    "pack_values",
    "pack_words",
    "runs",
    "shared_weights",
    "sorted_from",
]


@numba.njit(cache=True, nogil=True)
def pack_values(hashes, rows, bits):  # type: ignore[no-untyped-def]
    """Return ``hash << bits | position`` of every position whose row has a value."""
    packed = np.empty(len(rows), np.uint64)
    end = 0
    for position in range(len(rows)):
        value = hashes[rows[position]]
        if value:
            packed[end] = (value << np.uint64(bits)) | np.uint64(position)
            end += 1
    return packed[:end]


@numba.njit(cache=True, nogil=True)
def pack_joint(numbers, columns, positions, bits):  # type: ignore[no-untyped-def]
    """Return ``hash << bits | position`` of block numbers in several columns at once.

    ``numbers[column, position]`` is the number; only the columns and positions listed are read.
    """
    packed = np.empty(len(positions), np.uint64)
    for at in range(len(positions)):
        value = np.uint64(0)
        for column in columns:
            number = np.uint64(numbers[column, positions[at]])
            value = mix((value ^ number) + np.uint64(0x9E3779B97F4A7C15))
        packed[at] = (value << np.uint64(bits)) | np.uint64(positions[at])
    return packed


@numba.njit(cache=True, nogil=True)
def pack_words(  # type: ignore[no-untyped-def]
    offsets, codes, points, unspaced, values, rank, bits, most, shift, first, ends, packed
):
    """Write ``hash << bits | position`` of the words and pairs of near words of every row.

    Row ``r`` has the string ``values[r]``.

    A pair is a word and one of the two before it in the cell, in any order. In unspaced scripts,
    pairs of neighbouring characters are words. Only the first ``most`` words of a cell are used.

    Hashes of range ``first + i``, which are those without their last ``shift`` bits, go to
    ``packed`` from ``ends[i]`` on, which is advanced. Other ranges are left out. With an empty
    ``packed`` nothing is written, only counted.
    """
    top = np.uint64(64) - np.uint64(bits)
    keys = np.empty(3, np.uint64)
    for row in range(len(rank)):
        if rank[row] < 0:
            continue
        start = offsets[values[row]]
        stop = offsets[values[row] + 1]
        value = np.uint64(0)
        before = np.uint64(0)
        earlier = np.uint64(0)
        count = 0
        at = start
        while at <= stop and count < most:
            inside = at < stop and codes[at] != 32
            alone = inside and unspaced[codes[at]]
            if inside and not alone:
                letter = np.uint64(points[codes[at]]) + np.uint64(1)
                value = (value + letter) * np.uint64(0x9E3779B97F4A7C15)
                at += 1
                continue
            word = value
            if word:
                value = np.uint64(0)  # the character itself is handled in the next step
            else:
                if alone and at > start and unspaced[codes[at - 1]]:
                    word = np.uint64(points[codes[at - 1]]) << np.uint64(21)
                    word = mix(word | np.uint64(points[codes[at]]))
                at += 1
            if not word:
                continue
            count += 1
            keys[0] = word
            # min and max: the order of two near words does not matter
            keys[1] = min(word, before) + np.uint64(3) * max(word, before)
            keys[2] = min(word, earlier) + np.uint64(3) * max(word, earlier)
            for near in range(min(count, 3)):
                key = mix(keys[near]) & ((np.uint64(1) << top) - np.uint64(1))
                part = np.int64(key >> shift) - first
                if 0 <= part < len(ends):
                    if len(packed):
                        packed[ends[part]] = (key << np.uint64(bits)) | np.uint64(rank[row])
                    ends[part] += 1
            earlier = before
            before = word


@numba.njit(cache=True, nogil=True)
def sorted_from(numbers, low, digit):  # type: ignore[no-untyped-def]
    """Sort numbers whose last ``low`` bits are in order already, by digits of so many bits.

    A radix sort from the last digit on, which takes the same time per number at any count: at
    1,000,000 a third of that of NumPy's sort. Overwrites ``numbers``.
    """
    digits = (64 - low + digit - 1) // digit
    size = 1 << digit
    mask = np.uint64(size - 1)
    counts = np.zeros((digits, size), np.int64)
    for at in range(len(numbers)):
        value = numbers[at] >> np.uint64(low)
        for place in range(digits):
            counts[place, value & mask] += 1
            value >>= np.uint64(digit)
    here = numbers
    there = np.empty(len(numbers), np.uint64)
    for place in range(digits):
        shift = np.uint64(low + digit * place)
        ends = counts[place]
        if ends[(here[0] >> shift) & mask] == len(here):  # all have the same digit here
            continue
        end = 0
        for value in range(size):
            count = ends[value]
            ends[value] = end
            end += count
        for at in range(len(here)):
            value = (here[at] >> shift) & mask
            there[ends[value]] = here[at]
            ends[value] += 1
        here, there = there, here
    return here


@numba.njit(cache=True, nogil=True)
def runs(packed, bits, largest, ample, block_of):  # type: ignore[no-untyped-def]
    """Cut sorted ``hash << bits | position`` numbers into blocks of equal hash.

    A number that occurs twice counts once. Blocks of 2 to ``largest`` become postings: their
    members, and the end of each block. In ``block_of``, every position of a block of more than
    ``ample`` gets the number of the block. Returns the number of such blocks, too.
    """
    low = (np.uint64(1) << np.uint64(bits)) - np.uint64(1)
    members = np.empty(len(packed), np.int32)
    ends = np.empty(len(packed) // 2 + 1, np.int64)
    kept = 0
    blocks = 0
    common = 0
    start = 0
    for at in range(1, len(packed) + 1):
        if at < len(packed) and packed[at] >> np.uint64(bits) == packed[start] >> np.uint64(bits):
            continue
        begin = kept
        for other in range(start, at):
            if other == start or packed[other] != packed[other - 1]:
                members[kept] = np.int32(packed[other] & low)
                kept += 1
        size = kept - begin
        if size > ample:
            for place in range(begin, kept):
                block_of[members[place]] = common
            common += 1
        if 1 < size <= largest:
            ends[blocks] = kept
            blocks += 1
        else:
            kept = begin
        start = at
    return members[:kept].copy(), ends[:blocks].copy(), common


@numba.njit(cache=True, nogil=True)
def count_keys(first, last, members, counts):  # type: ignore[no-untyped-def]
    """Count the keys of each record from ``first`` to before ``last``."""
    for at in range(len(members)):
        if first <= members[at] < last:
            counts[members[at]] += 1


@numba.njit(cache=True, nogil=True)
def fill_forward(  # type: ignore[no-untyped-def]
    first, last, starts, members, key_weights, member_weights, ends, keys, weights
):
    """Invert postings (key to records) for records from ``first`` to before ``last``.

    Writes the keys of a record, ascending, and their weights from its number in ``ends`` on, which
    is advanced.
    """
    for key in range(len(starts) - 1):
        for at in range(starts[key], starts[key + 1]):
            record = members[at]
            if first <= record < last:
                place = ends[record]
                keys[place] = key
                weights[place] = member_weights[at] if len(member_weights) else key_weights[key]
                ends[record] += 1


@numba.njit(cache=True, nogil=True)
def fill_postings(indptr, ids, weights, rows, key_of, sizes):  # type: ignore[no-untyped-def]
    """Return the records of each kept token, by ascending position, with weights."""
    starts = np.zeros(len(sizes) + 1, np.int64)
    for key in range(len(sizes)):
        starts[key + 1] = starts[key] + sizes[key]
    members = np.empty(starts[-1], np.int32)
    out = np.empty(starts[-1], np.uint16)
    filled = starts[:-1].copy()
    for position in range(len(rows)):
        row = rows[position]
        for at in range(indptr[row], indptr[row + 1]):
            key = key_of[ids[at]]
            if key >= 0:
                members[filled[key]] = position
                out[filled[key]] = weights[at]
                filled[key] += 1
    return starts, members, out


@numba.njit(cache=True, nogil=True)
def nearest(  # type: ignore[no-untyped-def]
    first,
    last,
    indptr,
    keys,
    weights,
    starts,
    members,
    m_weights,
    low,
    high,
    k,
    direct,
    others,
    shared,
):
    """Find the k positions that share most weight with each position of a range, best first.

    The weights themselves go to ``shared``, of the shape of ``others``, unless that is empty.

    ``low`` and ``high`` bound the positions of the record's own source, which are skipped; an
    empty range skips none. Ties go to the smaller position.

    The weights of a record are added up in slots: one per position in tables of up to ``direct``
    records, else those of a hash table of the positions that the record meets.
    """
    records = len(indptr) - 1
    is_direct = records <= direct
    room = records if is_direct else 1024
    of_slot = np.full(room, -1, np.int32)
    total = np.zeros(room, np.int32)
    used = np.empty(room, np.int32)
    scores = np.empty(k, np.int32)
    for i in range(first, last):
        if not is_direct:
            met = 0
            for place in range(indptr[i], indptr[i + 1]):
                if keys[place] < len(starts) - 1:
                    met += starts[keys[place] + 1] - starts[keys[place]]
            if 2 * met > room:
                while 2 * met > room:
                    room *= 2
                of_slot = np.full(room, -1, np.int32)
                total = np.zeros(room, np.int32)
                used = np.empty(room, np.int32)
        mask = np.uint64(room - 1)
        count = 0
        for place in range(indptr[i], indptr[i + 1]):
            key = keys[place]
            if key >= len(starts) - 1:  # keys ascend: all that follow have no postings either
                break
            weight = np.int32(weights[place])
            at = starts[key]
            stop = starts[key + 1]
            while at < stop:
                j = members[at]
                if low[i] <= j < high[i]:  # one search skips the whole source: it is contiguous
                    at += np.searchsorted(members[at:stop], high[i])
                    continue
                slot = np.uint64(j)
                if not is_direct:
                    slot = ((slot * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(32)) & mask
                    while of_slot[slot] != j and of_slot[slot] >= 0:
                        slot = (slot + np.uint64(1)) & mask
                if of_slot[slot] < 0:
                    of_slot[slot] = j
                    used[count] = slot
                    count += 1
                total[slot] += weight * np.int32(m_weights[at]) if len(m_weights) else weight
                at += 1
        kept = 0  # the best are a sorted list, as k is about twenty
        for at in range(count):
            slot = used[at]
            j = of_slot[slot]
            score = total[slot]
            of_slot[slot] = -1
            total[slot] = 0
            if j == i or score == 0:
                continue
            if kept < k:
                place = kept
                kept += 1
            elif score < scores[k - 1] or (score == scores[k - 1] and j > others[i, k - 1]):
                continue
            else:
                place = k - 1
            while place > 0 and (
                scores[place - 1] < score
                or (scores[place - 1] == score and others[i, place - 1] > j)
            ):
                scores[place] = scores[place - 1]
                others[i, place] = others[i, place - 1]
                place -= 1
            scores[place] = score
            others[i, place] = j
        if len(shared):
            for place in range(kept):
                shared[i, place] = scores[place]


@numba.njit(cache=True, nogil=True)
def shared_weights(left, right, rank, indptr, keys, weights, squared, out):  # type: ignore[no-untyped-def]
    """Sum the weight that each pair of rows shares, from the ascending keys of both."""
    for pair in range(len(left)):
        a = rank[left[pair]]
        b = rank[right[pair]]
        out[pair] = 0
        if a < 0 or b < 0:
            continue
        i = indptr[a]
        j = indptr[b]
        total = np.int32(0)
        while i < indptr[a + 1] and j < indptr[b + 1]:
            if keys[i] < keys[j]:
                i += 1
            elif keys[i] > keys[j]:
                j += 1
            else:
                weight = np.int32(weights[i])
                total += weight * np.int32(weights[j]) if squared else weight
                i += 1
                j += 1
        out[pair] = total
