"""Compiled inner loops of clustering: groups, average-link agglomeration, budgets.

Scores are whole numbers here (probability times ``ONE``), so that sums are exact and the result
does not depend on the order of summation.
"""

from __future__ import annotations

import numba
import numpy as np

__all__ = ["ONE", "agglomerate", "capped_groups", "groups_of", "missing", "numbered", "whole"]

ONE = 1 << 24


@numba.njit(cache=True, nogil=True)
def _root(parent, node):  # type: ignore[no-untyped-def]
    while parent[node] != node:
        parent[node] = parent[parent[node]]
        node = parent[node]
    return node


@numba.njit(cache=True, nogil=True)
def _join(parent, a, b):  # type: ignore[no-untyped-def]
    a, b = _root(parent, a), _root(parent, b)
    if a < b:
        parent[b] = a
    else:
        parent[a] = b


@numba.njit(cache=True, nogil=True)
def whole(probability):  # type: ignore[no-untyped-def]
    """Return probabilities as whole numbers out of ``ONE``; what is not a number counts as 0."""
    out = np.empty(len(probability), np.int32)
    for i in range(len(probability)):
        p = np.float64(probability[i])
        out[i] = np.int32(np.rint(min(p, 1.0) * ONE)) if p > 0 else 0
    return out


@numba.njit(cache=True, nogil=True)
def groups_of(count, left, right, score, cut):  # type: ignore[no-untyped-def]
    """Return the first record of each record's component over the pairs at or above the cut."""
    parent = np.arange(count, dtype=np.int32)
    for i in range(len(left)):
        if score[i] >= cut:
            _join(parent, left[i], right[i])
    for i in range(count):
        parent[i] = _root(parent, i)
    return parent


@numba.njit(cache=True, nogil=True)
def numbered(group):  # type: ignore[no-untyped-def]
    """Number groups by first appearance; ``group`` holds a record position per record."""
    number = np.full(len(group), -1, np.int64)
    out = np.empty(len(group), np.int64)
    count = 0
    for i in range(len(group)):
        if number[group[i]] < 0:
            number[group[i]] = count
            count += 1
        out[i] = number[group[i]]
    return out, count


@numba.njit(cache=True, nogil=True)
def _slot(a, b, mask):  # type: ignore[no-untyped-def]
    low, high = (a, b) if a < b else (b, a)
    mixed = np.uint64(low) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(high)
    mixed = (mixed ^ (mixed >> np.uint64(29))) * np.uint64(0xBF58476D1CE4E5B9)
    return np.int64((mixed ^ (mixed >> np.uint64(32))) & np.uint64(mask))


@numba.njit(cache=True, nogil=True)
def _find(table, mask, u, v, a, b):  # type: ignore[no-untyped-def]
    # the slot of link (a, b), or of the free place where it belongs
    at = _slot(a, b, mask)
    while True:
        e = table[at]
        if e < 0 or (u[e] == a and v[e] == b) or (u[e] == b and v[e] == a):
            return at
        at = (at + 1) & mask


@numba.njit(cache=True, nogil=True)
def _forget(table, mask, u, v, at):  # type: ignore[no-untyped-def]
    # remove a slot and move later ones up, so that no search stops too early
    hole = at
    at = (at + 1) & mask
    while table[at] >= 0:
        home = _slot(u[table[at]], v[table[at]], mask)
        if ((at - home) & mask) >= ((at - hole) & mask):
            table[hole] = table[at]
            hole = at
        at = (at + 1) & mask
    table[hole] = -1


@numba.njit(cache=True, nogil=True)
def _before(level, ties, i, j):  # type: ignore[no-untyped-def]
    if level[i] != level[j]:
        return level[i] > level[j]
    for k in range(3):
        if ties[i, k] != ties[j, k]:
            return ties[i, k] < ties[j, k]
    return i < j


@numba.njit(cache=True, nogil=True)
def _settle(heap, place, size, level, ties, link):  # type: ignore[no-untyped-def]
    # move a link up or down to where its level belongs
    at = place[link]
    while at > 0:
        up = (at - 1) >> 1
        if not _before(level, ties, link, heap[up]):
            break
        heap[at] = heap[up]
        place[heap[at]] = at
        at = up
    while True:
        down = 2 * at + 1
        if down >= size:
            break
        if down + 1 < size and _before(level, ties, heap[down + 1], heap[down]):
            down += 1
        if not _before(level, ties, heap[down], link):
            break
        heap[at] = heap[down]
        place[heap[at]] = at
        at = down
    heap[at] = link
    place[link] = at


@numba.njit(cache=True, nogil=True)
def _drop(heap, place, size, level, ties, link):  # type: ignore[no-untyped-def]
    at = place[link]
    if at < 0:
        return size
    place[link] = -1
    size -= 1
    last = heap[size]
    if last != link:
        heap[at] = last
        place[last] = at
        _settle(heap, place, size, level, ties, last)
    return size


@numba.njit(cache=True, nogil=True)
def _level(e, a, b, total, number, size, share, absent):  # type: ignore[no-untyped-def]
    # average score of two clusters; a missing pair weighs `absent` and scores 0
    if absent == 0:
        return total[e] / number[e]
    pairs = size[a] * size[b]
    for s in range(share.shape[1]):
        pairs -= np.int64(share[a, s]) * share[b, s]
    return total[e] / (number[e] + absent * max(pairs - number[e], 0))


@numba.njit(cache=True, nogil=True)
def _share_source(a, b, follow, source, seen, token):  # type: ignore[no-untyped-def]
    # whether two clusters hold records of the same source; an unknown source (-1) is no source
    m = a
    while m >= 0:
        if source[m] >= 0:
            seen[source[m]] = token
        m = follow[m]
    m = b
    while m >= 0:
        if source[m] >= 0 and seen[source[m]] == token:
            return True
        m = follow[m]
    return False


@numba.njit(cache=True, nogil=True)
def agglomerate(count, owner, left, right, score, counted, cut, absent, cap, source, share, one):  # type: ignore[no-untyped-def]
    """Merge the two clusters of highest average score, again and again, down to a cut.

    Average-link agglomeration on the graph of compared pairs. Every link between two clusters
    carries the sum and the number of its pairs; the smaller list of links moves into the larger,
    so that a merge costs what it moves.

    Parameters
    ----------
    count
        Records.
    owner
        Shape (records,): first record of the group that is together from the start.
    left, right
        Shape (links,): pairs of owners that have to be considered, any order, repeats allowed.
    score
        Shape (links,): whole score; negative: the two must not come together.
    counted
        Shape (links,): whether the link is a compared pair.
    cut
        Lowest average (whole) that merges.
    absent
        Weight of a pair that was not compared and could have been, counted as a score of 0.
    cap
        Merges that make a group larger than this are undone, with all that built on them.
    source, one
        Source of each record; whether a group holds at most one record of each.
    share
        Shape (records, sources): 1 at the source of each record, whose pairs with the same source
        are never missing. No columns: every pair can be compared. Changed in place.

    Returns
    -------
    tuple
        First record of each record's group; the average of the last merge in the group of each
        first record (``2 * ONE`` where nothing merged); how many groups the cap split.
    """
    size = np.zeros(count, np.int64)
    for i in range(count):
        size[owner[i]] += 1
        if owner[i] != i:
            for s in range(share.shape[1]):
                share[owner[i], s] += share[i, s]
    links = len(left)
    u = np.empty(links, np.int32)
    v = np.empty(links, np.int32)
    total = np.zeros(links, np.int64)
    number = np.zeros(links, np.int64)
    forbidden = np.zeros(links, np.bool_)
    after = np.full((links, 2), -1, np.int32)  # next link of u, next link of v
    head = np.full(count, -1, np.int32)
    degree = np.zeros(count, np.int32)
    mask = 4
    while mask < 2 * links:
        mask *= 2
    table = np.full(mask, -1, np.int32)
    mask -= 1
    used = 0
    for i in range(links):
        a, b = left[i], right[i]
        at = _find(table, mask, u, v, a, b)
        e = table[at]
        if e < 0:
            e = used
            used += 1
            table[at] = e
            u[e], v[e] = a, b
            after[e, 0], head[a] = head[a], e
            after[e, 1], head[b] = head[b], e
            degree[a] += 1
            degree[b] += 1
        if score[i] < 0:
            forbidden[e] = True
        if counted[i]:
            number[e] += 1
            total[e] += max(score[i], 0)
    first = np.arange(count, dtype=np.int32)  # lowest record of a cluster, to break ties
    kept = owner.copy()
    last = np.full(count, 2.0 * ONE)
    follow = np.full(count if one else 0, -1, np.int32)  # members of a cluster, as a list
    end = np.arange(count if one else 0).astype(np.int32)
    top = 0
    if one:
        for i in range(count):
            top = max(top, source[i] + 1)
            if owner[i] != i:
                follow[end[owner[i]]] = i
                end[owner[i]] = i
    seen = np.full(top, -1, np.int64)
    token = 0
    level = np.empty(used, np.float64)
    ties = np.empty((used, 3), np.int64)
    heap = np.empty(used, np.int32)
    place = np.full(used, -1, np.int32)
    waiting = 0
    cut_short = np.zeros(count, np.bool_)
    undone = 0
    for e in range(used):
        if forbidden[e]:
            continue
        level[e] = _level(e, u[e], v[e], total, number, size, share, absent)
        if level[e] >= cut:
            ties[e, 0] = -number[e]
            ties[e, 1], ties[e, 2] = min(u[e], v[e]), max(u[e], v[e])
            heap[waiting], place[e] = e, waiting
            waiting += 1
            _settle(heap, place, waiting, level, ties, e)
    while waiting > 0:
        e = heap[0]
        a, b = u[e], v[e]
        if absent > 0:
            now = _level(e, a, b, total, number, size, share, absent)
            if now < level[e]:
                level[e] = now
                if now >= cut:
                    _settle(heap, place, waiting, level, ties, e)
                else:
                    waiting = _drop(heap, place, waiting, level, ties, e)
                continue
        waiting = _drop(heap, place, waiting, level, ties, e)
        if one:
            token += 1
            if _share_source(a, b, follow, source, seen, token):
                forbidden[e] = True
                continue
        if degree[a] > degree[b]:
            a, b = b, a
        # a moves into b
        if size[a] + size[b] <= cap:
            _join(kept, a, b)
            last[_root(kept, a)] = level[e]
        else:
            undone += 1 - cut_short[a] - cut_short[b]
            cut_short[b] = True
        size[b] += size[a]
        for s in range(share.shape[1]):
            share[b, s] += share[a, s]
        first[b] = min(first[a], first[b])
        if one:
            follow[end[b]] = a
            end[b] = end[a]
        table_at = _find(table, mask, u, v, a, b)
        _forget(table, mask, u, v, table_at)
        number[e] = -1  # dead
        moving = head[a]
        head[a] = -1
        while moving >= 0:
            f = moving
            side = 0 if u[f] == a else 1
            moving = after[f, side]
            if number[f] < 0:
                continue
            c = v[f] if side == 0 else u[f]
            _forget(table, mask, u, v, _find(table, mask, u, v, a, c))
            at = _find(table, mask, u, v, b, c)
            g = table[at]
            if g < 0:
                table[at] = f
                if side == 0:
                    u[f] = b
                else:
                    v[f] = b
                after[f, side], head[b] = head[b], f
                degree[b] += 1
                continue
            total[g] += total[f]
            number[g] += number[f]
            waiting = _drop(heap, place, waiting, level, ties, f)
            number[f] = -1
            if forbidden[f]:
                forbidden[g] = True
            now = -1.0
            if not forbidden[g]:
                now = _level(g, b, c, total, number, size, share, absent)
            if now < cut:
                waiting = _drop(heap, place, waiting, level, ties, g)
                continue
            level[g] = now
            ties[g, 0] = -number[g]
            x, y = first[b], first[c]
            ties[g, 1], ties[g, 2] = min(x, y), max(x, y)
            if place[g] < 0:
                heap[waiting], place[g] = g, waiting
                waiting += 1
            _settle(heap, place, waiting, level, ties, g)
    for i in range(count):
        kept[i] = _root(kept, i)
    return kept, last, undone


@numba.njit(cache=True, nogil=True)
def capped_groups(count, left, right, order, cap):  # type: ignore[no-untyped-def]
    """Join records along pairs in the given order, never into a group larger than a cap."""
    parent = np.arange(count, dtype=np.int32)
    size = np.ones(count, np.int64)
    for i in order:
        a, b = _root(parent, left[i]), _root(parent, right[i])
        if a != b and size[a] + size[b] <= cap:
            low = min(a, b)
            size[low] = size[a] + size[b]
            _join(parent, a, b)
    for i in range(count):
        parent[i] = _root(parent, i)
    return parent


@numba.njit(cache=True, nogil=True)
def missing(starts, members, source, compared, room):  # type: ignore[no-untyped-def]
    """List the pairs inside groups that are not among the compared ones.

    Parameters
    ----------
    starts, members
        Records of each group, as offsets and positions, ascending within a group.
    source
        Source of each record, or empty; pairs of one source are left out.
    compared
        Sorted pair numbers.
    room
        At most this many pairs are listed.
    """
    out = np.empty(room, np.int64)
    used = 0
    for g in range(len(starts) - 1):
        for i in range(starts[g], starts[g + 1]):
            for j in range(i + 1, starts[g + 1]):
                a, b = members[i], members[j]
                if len(source) and source[a] == source[b]:
                    continue
                pair = (np.int64(a) << 32) | np.int64(b)
                at = np.searchsorted(compared, pair)
                if at < len(compared) and compared[at] == pair:
                    continue
                if used == room:
                    return out
                out[used] = pair
                used += 1
    return out[:used]
