"""Compiled average-link agglomeration on a sparse graph of compared pairs.

Every link between two clusters stores the sum and the number of its pairs. A merge moves the
shorter list of links into the longer one, so that its cost is the length of the shorter list. A
heap yields the next merge. Components are merged one after another, each in its own slice of the
arrays.

Some pairs were drawn as a sample of two groups and stand for uncompared pairs. A link then also
stores how many pairs its sample stands for, the sum of their assumed scores, and its size.
"""

from __future__ import annotations

import numba
import numpy as np

from matchloop.data.components import join, root
from matchloop.matching.clustering.kernels import ONE
from matchloop.matching.clustering.links import drop, find, forget, sift

__all__ = ["PRIOR", "agglomerate"]

#: Size of a sample at which half of the pairs it stands for are assumed to score as the sample; the
#: other half counts as uncompared. Without it, one drawn pair would decide between two small parts
#: of large groups. A full sample of 128 pairs counts for 94 %. A convention: no table chose it.
PRIOR = 8.0


@numba.njit(cache=True, nogil=True)
def _level(e, a, b, links, size, share, absent):  # type: ignore[no-untyped-def]
    # average score of two clusters; a missing pair weighs `absent` and scores 0, except where a
    # sample stands for it
    total, number, sample = links[2], links[3], links[9]
    sampled = len(sample) > 0 and sample[e, 0] > 0
    if absent == 0 and not sampled:
        return total[e] / number[e]
    pairs = size[a] * size[b]
    for s in range(share.shape[1]):
        pairs -= np.int64(share[a, s]) * share[b, s]
    missing = max(pairs - number[e], 0)
    if not sampled:
        return total[e] / (number[e] + absent * missing)
    average = total[e] / number[e]
    # never above the average of the compared pairs: a level must not rise as more pairs are missing
    drawn = min(sample[e, 1] / sample[e, 0], average)
    covered = min(sample[e, 0], missing) * sample[e, 2] / (sample[e, 2] + PRIOR)
    return (total[e] + covered * drawn) / (number[e] + covered + absent * (missing - covered))


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
def _load(start, stop, component_links, links, nodes, table, heap, cut, absent):  # type: ignore[no-untyped-def]
    # enter the links of a component, the same two clusters once, and those that may merge
    left, right, score, counted, stands = component_links
    u, v, total, number, forbidden, after, level, ties, place, sample = links
    size, share, head, degree, _, _, _, _ = nodes
    used = start
    mask = len(table) - 1
    for i in range(start, stop):
        a, b = left[i], right[i]
        at = find(table, mask, u, v, a, b)
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
        if score[i] < 0:  # the link stays, so that clusters merged later inherit the prohibition
            forbidden[e] = True
        if counted[i]:
            number[e] += 1
            total[e] += score[i]
        if len(sample) and stands[i] > 0:
            sample[e, 0] += stands[i]
            sample[e, 1] += stands[i] * score[i]
            sample[e, 2] += 1
    waiting = 0
    for e in range(start, used):
        if forbidden[e]:
            continue
        level[e] = _level(e, u[e], v[e], links, size, share, absent)
        # A link below the cut stays out of the heap: its level does not rise by itself. _move adds
        # it if a merge with a better link lifts it over the cut.
        if level[e] >= cut:
            ties[e, 0] = -number[e]
            ties[e, 1], ties[e, 2] = min(u[e], v[e]), max(u[e], v[e])
            heap[waiting], place[e] = e, waiting
            waiting += 1
            sift(heap, place, waiting, level, ties, e)
    return waiting


@numba.njit(cache=True, nogil=True)
def _move(a, b, links, nodes, table, heap, waiting, cut, absent):  # type: ignore[no-untyped-def]
    # move the links of cluster a to cluster b, and merge those that both have to a third cluster
    u, v, total, number, forbidden, after, level, ties, place, sample = links
    size, share, head, degree, first, _, _, _ = nodes
    mask = len(table) - 1
    moving = head[a]
    head[a] = -1
    while moving >= 0:
        f = moving
        side = 0 if u[f] == a else 1
        moving = after[f, side]
        if number[f] < 0:  # lists are never shortened; a merged link is skipped when met
            continue
        c = v[f] if side == 0 else u[f]
        # leave the table before the ends change: the slot is found by its ends
        forget(table, mask, u, v, find(table, mask, u, v, a, c))
        at = find(table, mask, u, v, b, c)
        g = table[at]
        if g < 0:
            table[at] = f
            if side == 0:
                u[f] = b
            else:
                v[f] = b
            after[f, side], head[b] = head[b], f
            degree[b] += 1
            continue  # its level may be too high now; _merge_all checks that at the top of the heap
        total[g] += total[f]
        number[g] += number[f]
        if len(sample):
            sample[g] += sample[f]
        forbidden[g] |= forbidden[f]
        number[f] = -1  # merged into g
        waiting = drop(heap, place, waiting, level, ties, f)
        now = -1.0
        if not forbidden[g]:
            now = _level(g, b, c, links, size, share, absent)
        if now < cut:
            waiting = drop(heap, place, waiting, level, ties, g)
            continue
        level[g] = now
        ties[g, 0] = -number[g]
        ties[g, 1], ties[g, 2] = min(first[b], first[c]), max(first[b], first[c])
        if place[g] < 0:
            heap[waiting], place[g] = g, waiting
            waiting += 1
        sift(heap, place, waiting, level, ties, g)
    return waiting


@numba.njit(cache=True, nogil=True)
def _merge_all(waiting, links, nodes, members, table, heap, cut, absent, cap):  # type: ignore[no-untyped-def]
    # merge until no link reaches the cut; return how many groups the cap split
    u, v, total, number, forbidden, after, level, ties, place, sample = links
    size, share, head, degree, first, kept, last, capped = nodes
    follow, end, source, seen = members
    one_per_source = len(follow) > 0
    mask = len(table) - 1
    split = 0
    while waiting > 0:
        e = heap[0]
        a, b = u[e], v[e]
        # Invariant: a level in the heap is never below the true one. Merges add missing pairs to
        # links that are not touched, so that only the top is brought up to date. If it falls, it
        # sinks and another link is tried: the first that holds its level is the true maximum.
        if absent > 0 or len(sample):
            now = _level(e, a, b, links, size, share, absent)
            if now < level[e]:
                level[e] = now
                if now >= cut:
                    sift(heap, place, waiting, level, ties, e)
                else:
                    waiting = drop(heap, place, waiting, level, ties, e)
                continue
        waiting = drop(heap, place, waiting, level, ties, e)
        if one_per_source and _share_source(a, b, follow, source, seen, e):
            forbidden[e] = True
            continue
        if degree[a] > degree[b]:  # the shorter list moves
            a, b = b, a
        # Over the cap, clusters still merge here, but no longer in the result. The merges are thus
        # those without a cap, and a group is cut where its own averages are lowest.
        if size[a] + size[b] <= cap:
            join(kept, a, b)
            last[root(kept, a)] = level[e]
        else:
            split += 1 - capped[a] - capped[b]
            capped[b] = True
        size[b] += size[a]
        for s in range(share.shape[1]):
            share[b, s] += share[a, s]
        first[b] = min(first[a], first[b])
        if one_per_source:
            follow[end[b]] = a
            end[b] = end[a]
        forget(table, mask, u, v, find(table, mask, u, v, a, b))
        number[e] = -1
        waiting = _move(a, b, links, nodes, table, heap, waiting, cut, absent)
    return split


@numba.njit(cache=True, nogil=True)
def agglomerate(owner, starts, component_links, cut, absent, cap, source, share, one_per_source):  # type: ignore[no-untyped-def]
    """Merge the two clusters of highest average score, repeatedly, down to a cut.

    Parameters
    ----------
    owner
        First record of each record's initial group, shape (records,).
    starts, component_links
        Links of each component: offsets, and from
        :func:`matchloop.matching.clustering.kernels.by_component`
        the two owners, the whole score (negative: the two must stay apart), whether the link is a
        compared pair, and how many uncompared pairs it stands for (or nothing). The same two may
        be linked several times.
    cut
        Lowest average (whole) that merges.
    absent
        Weight of a pair that was not compared and could have been, counted as a score of 0.
    cap
        Merges that make a group larger than this are undone, with all later merges of it.
    source, one_per_source
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
    count, size_of = len(owner), len(component_links[0])
    size = np.zeros(count, np.int64)
    follow = np.full(count if one_per_source else 0, -1, np.int32)  # linked lists of members
    end = np.arange(count if one_per_source else 0).astype(np.int32)
    top = 0
    for i in range(count):
        a = owner[i]
        size[a] += 1
        if a != i:
            for s in range(share.shape[1]):
                share[a, s] += share[i, s]
        if one_per_source:
            top = max(top, source[i] + 1)
            if a != i:
                follow[end[a]] = i
                end[a] = i
    members = (follow, end, source, np.full(top, -1, np.int64))
    links = (
        np.empty(size_of, np.int32),  # ends u and v
        np.empty(size_of, np.int32),
        np.zeros(size_of, np.int64),  # sum and number of scores
        np.zeros(size_of, np.int64),
        np.zeros(size_of, np.bool_),  # must not merge
        np.full((size_of, 2), -1, np.int32),  # next link of u, of v
        np.empty(size_of, np.float64),  # average
        np.empty((size_of, 3), np.int64),  # ranks of equal averages: pairs, then first records
        np.full(size_of, -1, np.int32),  # place in the heap
        # pairs that drawn ones stand for, sum of their scores, number of drawn ones
        np.zeros((size_of if len(component_links[4]) else 0, 3), np.int64),
    )
    kept = owner.copy()
    last = np.full(count, 2.0 * ONE)
    nodes = (
        size,
        share,
        np.full(count, -1, np.int32),  # first link
        np.zeros(count, np.int32),  # number of links
        np.arange(count).astype(np.int32),  # lowest record, to break ties
        kept,
        last,
        np.zeros(count, np.bool_),  # grown over the cap
    )
    # heap and table are allocated once, for the largest component; the table is at most half full
    longest = 0
    for p in range(len(starts) - 1):
        longest = max(longest, starts[p + 1] - starts[p])
    heap = np.empty(longest, np.int32)
    room = 4
    while room < 2 * longest:
        room *= 2
    table = np.full(room, -1, np.int32)
    split = 0
    for p in range(len(starts) - 1):
        start, stop = starts[p], starts[p + 1]
        room = 4
        while room < 2 * (stop - start):
            room *= 2
        part = table[:room]
        part[:] = -1
        waiting = _load(start, stop, component_links, links, nodes, part, heap, cut, absent)
        split += _merge_all(waiting, links, nodes, members, part, heap, cut, absent, cap)
    for i in range(count):
        kept[i] = root(kept, i)
    return kept, last, split
