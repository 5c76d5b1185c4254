"""Compiled inner loops of clustering: groups, links between them, confidence, budgets.

Scores are whole numbers here (probability times ``ONE``), so that sums are exact and the result
does not depend on the order of summation.
"""

from __future__ import annotations

import numba
import numpy as np

from matchloop.data.components import join, root

__all__ = [
    "ONE",
    "by_component",
    "capped_groups",
    "groups_of",
    "inner",
    "inside_and_best",
    "linked_members",
    "missing",
    "place_of",
    "whole",
]

# float32 has a mantissa of 24 bits: no probability near 1 loses precision
ONE = 1 << 24


@numba.njit(cache=True, nogil=True)
def whole(probability):  # type: ignore[no-untyped-def]
    """Convert probabilities to whole numbers out of ``ONE``; NaN becomes 0."""
    out = np.empty(len(probability), np.int32)
    for i in range(len(probability)):
        p = np.float64(probability[i])
        out[i] = np.int32(np.rint(min(p, 1.0) * ONE)) if p > 0 else 0
    return out


@numba.njit(cache=True, nogil=True)
def groups_of(owner, left, right, score, cut):  # type: ignore[no-untyped-def]
    """Return the first record of each record's component over the pairs at or above the cut.

    ``owner`` holds the first record of each record's initial group.
    """
    count = len(owner)
    parent = owner.copy()
    for i in range(len(left)):
        if score[i] >= cut:
            join(parent, left[i], right[i])
    for i in range(count):
        parent[i] = root(parent, i)
    return parent


@numba.njit(cache=True, nogil=True)
def place_of(left, right, lower, upper):  # type: ignore[no-untyped-def]
    """Return the positions of pairs (lower < upper) among sorted pairs, -1 where absent."""
    out = np.full(len(lower), -1, np.int64)
    for i in range(len(lower)):
        low, high = 0, len(left)
        while low < high:
            middle = (low + high) >> 1
            if left[middle] < lower[i] or (left[middle] == lower[i] and right[middle] < upper[i]):
                low = middle + 1
            else:
                high = middle
        if low < len(left) and left[low] == lower[i] and right[low] == upper[i]:
            out[i] = low
    return out


@numba.njit(cache=True, nogil=True)
def inner(group, left, right):  # type: ignore[no-untyped-def]
    """Return the positions of the pairs inside a group."""
    count = 0
    for i in range(len(left)):
        count += group[left[i]] == group[right[i]]
    out = np.empty(count, np.int64)
    count = 0
    for i in range(len(left)):
        if group[left[i]] == group[right[i]]:
            out[count] = i
            count += 1
    return out


@numba.njit(cache=True, nogil=True)
def by_component(owner, component, left, right, score, stands, apart_left, apart_right):  # type: ignore[no-untyped-def]
    """Collect the links inside components, component by component.

    Parameters
    ----------
    owner, component
        First record of each record's group and component, shape (records,).
    left, right, score
        Compared pairs.
    stands
        Uncompared pairs that each pair stands for; empty where none stands for any.
    apart_left, apart_right
        Pairs that must stay apart.

    Returns
    -------
    tuple
        Offsets of the components; and for each link: left owner, right owner, score (-1: must stay
        apart), whether it is a compared pair, and how many pairs it stands for (or nothing).
    """
    pairs, apart = len(left), len(apart_left)
    inside = inner(component, left, right)  # most pairs are outside: they are visited once
    # a counting sort by component: first count the links of each, then place them in order
    slot = np.zeros(len(owner) + 1, np.int64)
    for at in range(len(inside) + apart):
        i = inside[at] if at < len(inside) else pairs + at - len(inside)
        a, b = (left[i], right[i]) if i < pairs else (apart_left[i - pairs], apart_right[i - pairs])
        if component[a] == component[b] and owner[a] != owner[b]:
            slot[component[a] + 1] += 1
    parts = 0
    for i in range(len(owner)):
        parts += slot[i + 1] > 0
        slot[i + 1] += slot[i]
    starts = np.zeros(parts + 1, np.int64)
    parts = 0
    for i in range(len(owner)):
        if slot[i + 1] > slot[i]:
            parts += 1
            starts[parts] = slot[i + 1]
    links = slot[len(owner)]
    lower, upper = np.empty(links, np.int32), np.empty(links, np.int32)
    value, counted = np.empty(links, np.int32), np.empty(links, np.bool_)
    more = np.zeros(links if len(stands) else 0, np.int64)
    for at in range(len(inside) + apart):
        i = inside[at] if at < len(inside) else pairs + at - len(inside)
        a, b = (left[i], right[i]) if i < pairs else (apart_left[i - pairs], apart_right[i - pairs])
        if component[a] == component[b] and owner[a] != owner[b]:
            link = slot[component[a]]
            slot[component[a]] += 1
            lower[link], upper[link] = owner[a], owner[b]
            value[link] = score[i] if i < pairs else -1
            counted[link] = i < pairs
            if len(stands) and i < pairs:
                more[link] = stands[i]
    return starts, (lower, upper, value, counted, more)


@numba.njit(cache=True, nogil=True)
def linked_members(component, lower):  # type: ignore[no-untyped-def]
    """Collect the records of the components that have links, component by component, ascending.

    ``lower`` holds an end of each link. Also returns the place of each record among them, -1 for
    others.
    """
    count = len(component)
    has_links = np.zeros(count, np.bool_)
    for record in lower:
        has_links[component[record]] = True
    slot = np.zeros(count + 1, np.int32)
    for i in range(count):
        if has_links[component[i]]:
            slot[component[i] + 1] += 1
    for i in range(count):
        slot[i + 1] += slot[i]
    members = np.empty(slot[count], np.int32)
    place = np.full(count, -1, np.int32)
    for i in range(count):
        if has_links[component[i]]:
            place[i] = slot[component[i]]
            members[place[i]] = i
            slot[component[i]] += 1
    return members, place


@numba.njit(cache=True, nogil=True)
def inside_and_best(group, groups, left, right, score):  # type: ignore[no-untyped-def]
    """Return sum and number of the scores inside each group, and its best score to another."""
    total, number = np.zeros(groups, np.int64), np.zeros(groups, np.int64)
    best = np.zeros(groups, np.int32)
    for i in range(len(left)):
        a, b = group[left[i]], group[right[i]]
        if a == b:
            total[a] += score[i]
            number[a] += 1
        else:
            best[a] = max(best[a], score[i])
            best[b] = max(best[b], score[i])
    return total, number, best


@numba.njit(cache=True, nogil=True)
def capped_groups(count, left, right, order, cap):  # type: ignore[no-untyped-def]
    """Join records along pairs in the given order, never into a group larger than a cap."""
    parent = np.arange(count, dtype=np.int32)
    size = np.ones(count, np.int64)
    for i in order:
        a, b = root(parent, left[i]), root(parent, right[i])
        if a != b and size[a] + size[b] <= cap:
            low = min(a, b)
            size[low] = size[a] + size[b]
            join(parent, a, b)
    for i in range(count):
        parent[i] = root(parent, i)
    return parent


@numba.njit(cache=True, nogil=True)
def missing(starts, members, source, left, right, records, room):  # type: ignore[no-untyped-def]
    """List the uncompared pairs inside groups.

    Parameters
    ----------
    starts, members
        Records of each group, as offsets and positions, within a group source by source.
    source
        Source of each record, or empty; pairs of one source are left out.
    left, right
        The compared pairs, sorted.
    records
        Number of records.
    room
        At most this many pairs are listed.
    """
    first = np.zeros(records + 1, np.int64)  # of the compared pairs of each left record
    for i in range(len(left)):
        first[left[i] + 1] += 1
    for i in range(records):
        first[i + 1] += first[i]
    out = np.empty(room, np.int64)
    used = 0
    for g in range(len(starts) - 1):
        others = starts[g]
        for i in range(starts[g], starts[g + 1]):
            others = max(others, i + 1)
            if len(source):  # members are sorted by source: those of the same source come first
                while others < starts[g + 1] and source[members[others]] == source[members[i]]:
                    others += 1
            for j in range(others, starts[g + 1]):
                a, b = min(members[i], members[j]), max(members[i], members[j])
                at = first[a] + np.searchsorted(right[first[a] : first[a + 1]], b)
                if at < first[a + 1] and right[at] == b:
                    continue
                if used == room:
                    return out
                out[used] = (np.int64(a) << 32) | np.int64(b)
                used += 1
    return out[:used]
