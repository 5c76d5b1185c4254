"""Compiled loops of blocking. All sums are integers, so no order of work changes a result."""

from __future__ import annotations

import numba
import numpy as np

__all__ = [
    "count_sides",
    "fill_forward",
    "fill_postings",
    "fill_sides",
    "hash_values",
    "nearest",
    "pair_ranks",
    "pair_scores",
    "pairs_of",
    "runs",
    "unite",
]


@numba.njit(cache=True, nogil=True)
def hash_values(offsets, codes, points):  # type: ignore[no-untyped-def]
    """Hash each string to 64 bits (FNV-1a, mixed); 0 where it is empty."""
    count = len(offsets) - 1
    hashes = np.zeros(count, np.uint64)
    for i in range(count):
        if offsets[i] == offsets[i + 1]:
            continue
        value = np.uint64(14695981039346656037)
        for at in range(offsets[i], offsets[i + 1]):
            value = (value ^ np.uint64(points[codes[at]])) * np.uint64(1099511628211)
        value = (value ^ (value >> np.uint64(29))) * np.uint64(0xBF58476D1CE4E5B9)
        value = (value ^ (value >> np.uint64(32))) * np.uint64(0x94D049BB133111EB)
        value ^= value >> np.uint64(29)
        hashes[i] = value if value else np.uint64(1)
    return hashes


@numba.njit(cache=True, nogil=True)
def runs(packed, bits, largest, sizes, common):  # type: ignore[no-untyped-def]
    """Cut sorted ``hash << bits | position`` numbers into blocks of equal hash.

    Blocks of 2 to ``largest`` become postings. ``sizes`` (by position) takes each record's block
    size and ``common`` (by position) the number of its block where that is larger, else -1.
    """
    low = (np.uint64(1) << np.uint64(bits)) - np.uint64(1)
    members = np.empty(len(packed), np.int32)
    ends = np.empty(len(packed) // 2 + 1, np.int64)
    kept = 0
    blocks = 0
    start = 0
    many = 0
    for at in range(1, len(packed) + 1):
        if at < len(packed) and packed[at] >> np.uint64(bits) == packed[start] >> np.uint64(bits):
            continue
        size = at - start
        if size > largest:
            for other in range(start, at):
                position = np.int64(packed[other] & low)
                sizes[position] = size
                common[position] = many
            many += 1
        else:
            for other in range(start, at):
                position = np.int64(packed[other] & low)
                sizes[position] = size
                if size > 1:
                    members[kept] = position
                    kept += 1
            if size > 1:
                ends[blocks] = kept
                blocks += 1
        start = at
    return members[:kept].copy(), ends[:blocks].copy(), many


@numba.njit(cache=True, nogil=True)
def fill_forward(starts, members, key_weights, posting_weights, records):  # type: ignore[no-untyped-def]
    """Turn postings (key to records) round: keys of each record, ascending, with weights."""
    indptr = np.zeros(records + 1, np.int64)
    for at in range(len(members)):
        indptr[members[at] + 1] += 1
    for i in range(records):
        indptr[i + 1] += indptr[i]
    keys = np.empty(len(members), np.int32)
    weights = np.empty(len(members), np.uint16)
    filled = indptr[:-1].copy()
    for key in range(len(starts) - 1):
        for at in range(starts[key], starts[key + 1]):
            place = filled[members[at]]
            keys[place] = key
            weights[place] = posting_weights[at] if len(posting_weights) else key_weights[key]
            filled[members[at]] += 1
    return indptr, keys, weights


@numba.njit(cache=True, nogil=True)
def fill_postings(indptr, ids, weights, order, key_of, sizes):  # type: ignore[no-untyped-def]
    """Gather the records of each kept token, by ascending canonical position, with weights."""
    starts = np.zeros(len(sizes) + 1, np.int64)
    for key in range(len(sizes)):
        starts[key + 1] = starts[key] + sizes[key]
    members = np.empty(starts[-1], np.int32)
    out = np.empty(starts[-1], np.uint16)
    filled = starts[:-1].copy()
    for position in range(len(order)):
        row = order[position]
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
    f_indptr,
    f_keys,
    f_weights,
    starts,
    members,
    m_weights,
    low,
    high,
    k,
    others,
    scores,
):
    """Find the k records that share most weight with each record of a range.

    ``low`` and ``high`` bound the positions of the record's own source, which are passed over
    (an empty range passes over none). Ties go to the smaller position.
    """
    total = np.zeros(len(f_indptr) - 1, np.int32)
    touched = np.empty(len(f_indptr) - 1, np.int32)
    for i in range(first, last):
        count = 0
        for place in range(f_indptr[i], f_indptr[i + 1]):
            key = f_keys[place]
            weight = np.int32(f_weights[place])
            at = starts[key]
            stop = starts[key + 1]
            while at < stop:
                j = members[at]
                if low[i] <= j < high[i]:
                    at += np.searchsorted(members[at:stop], high[i])
                    continue
                if total[j] == 0:
                    touched[count] = j
                    count += 1
                if len(m_weights):
                    total[j] += weight * np.int32(m_weights[at])
                else:
                    total[j] += weight
                at += 1
        found = 0
        for at in range(count):
            j = touched[at]
            score = total[j]
            total[j] = 0
            if j == i or score == 0:
                continue
            if found == k:
                worst = scores[i, k - 1]
                if score < worst or (score == worst and j > others[i, k - 1]):
                    continue
                place = k - 1
            else:
                place = found
                found += 1
            while place > 0 and (
                scores[i, place - 1] < score
                or (scores[i, place - 1] == score and others[i, place - 1] > j)
            ):
                scores[i, place] = scores[i, place - 1]
                others[i, place] = others[i, place - 1]
                place -= 1
            scores[i, place] = score
            others[i, place] = j


@numba.njit(cache=True, nogil=True)
def count_sides(others, order, counts):  # type: ignore[no-untyped-def]
    """Count neighbours by the smaller row of the two."""
    for i in range(others.shape[0]):
        for place in range(others.shape[1]):
            if others[i, place] < 0:
                break
            counts[min(order[i], order[others[i, place]])] += 1


@numba.njit(cache=True, nogil=True)
def fill_sides(others, order, bit, filled, rights, masks):  # type: ignore[no-untyped-def]
    """Write each neighbour pair under its smaller row."""
    for i in range(others.shape[0]):
        for place in range(others.shape[1]):
            if others[i, place] < 0:
                break
            a = order[i]
            b = order[others[i, place]]
            left = min(a, b)
            rights[filled[left]] = max(a, b)
            masks[filled[left]] = bit
            filled[left] += 1


@numba.njit(cache=True, nogil=True)
def unite(indptr, rights, masks):  # type: ignore[no-untyped-def]
    """Sort the right rows under each left row and unite equal ones, their rule bits or-ed."""
    lefts = np.empty(len(rights), np.int32)
    end = 0
    for left in range(len(indptr) - 1):
        begin = indptr[left]
        stop = indptr[left + 1]
        order = np.argsort(rights[begin:stop], kind="mergesort")
        part = rights[begin:stop][order]
        part_mask = masks[begin:stop][order]
        for at in range(len(part)):
            if at and part[at] == part[at - 1]:
                masks[end - 1] |= part_mask[at]
            else:
                lefts[end] = left
                rights[end] = part[at]
                masks[end] = part_mask[at]
                end += 1
    return end, lefts


@numba.njit(cache=True, nogil=True)
def pair_scores(left, right, rank, f_indptr, f_keys, f_weights, squared):  # type: ignore[no-untyped-def]
    """Return the weight that each pair shares, from the sorted keys of its two records."""
    out = np.zeros(len(left), np.int32)
    for pair in range(len(left)):
        a = rank[left[pair]]
        b = rank[right[pair]]
        i = f_indptr[a]
        j = f_indptr[b]
        while i < f_indptr[a + 1] and j < f_indptr[b + 1]:
            if f_keys[i] < f_keys[j]:
                i += 1
            elif f_keys[i] > f_keys[j]:
                j += 1
            else:
                weight = np.int32(f_weights[i])
                out[pair] += weight * np.int32(f_weights[j]) if squared else weight
                i += 1
                j += 1
    return out


@numba.njit(cache=True, nogil=True)
def pair_ranks(first, last, indptr, pairs, strength, left, right, tie, ranks):  # type: ignore[no-untyped-def]
    """Rank the pairs of each record of a range by strength, 0 for the best; keep the better side.

    ``pairs[indptr[i]:indptr[i + 1]]`` are the pairs of record ``i``; ``ranks`` has a column for
    the left record and one for the right.
    """
    for i in range(first, last):
        mine = pairs[indptr[i] : indptr[i + 1]]
        order = np.empty(len(mine), np.int64)
        for at in range(len(mine)):
            pair = mine[at]
            other = tie[left[pair] if right[pair] == i else right[pair]]
            place = at
            while place > 0:
                above = mine[order[place - 1]]
                rival = tie[left[above] if right[above] == i else right[above]]
                if strength[above] > strength[pair] or (
                    strength[above] == strength[pair] and rival < other
                ):
                    break
                order[place] = order[place - 1]
                place -= 1
            order[place] = at
        for place in range(len(mine)):
            pair = mine[order[place]]
            ranks[pair, 0 if left[pair] == i else 1] = place


@numba.njit(cache=True, nogil=True)
def pairs_of(left, right, records):  # type: ignore[no-untyped-def]
    """Return the pairs that each record stands in, as offsets and pair numbers."""
    indptr = np.zeros(records + 1, np.int64)
    for pair in range(len(left)):
        indptr[left[pair] + 1] += 1
        indptr[right[pair] + 1] += 1
    for i in range(records):
        indptr[i + 1] += indptr[i]
    pairs = np.empty(2 * len(left), np.int32)
    filled = indptr[:-1].copy()
    for pair in range(len(left)):
        for i in (left[pair], right[pair]):
            pairs[filled[i]] = pair
            filled[i] += 1
    return indptr, pairs
