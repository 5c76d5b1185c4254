"""Compiled inner loops of sampling: choose pairs of groups, and pairs of records between them.

A block is a pair of base groups, as one number ``low * 2**32 + high``. Base groups are offsets
``starts`` into ``members``, whose order decides which records are drawn.
"""

from __future__ import annotations

from math import gcd

import numba
import numpy as np

__all__ = ["draw", "list_blocks", "possible"]


@numba.njit(cache=True, nogil=True)
def _holds(ordered, value):  # type: ignore[no-untyped-def]
    at = np.searchsorted(ordered, value)
    return at < len(ordered) and ordered[at] == value


@numba.njit(cache=True, nogil=True)
def list_blocks(group_a, group_b, starts, bases, done, room):  # type: ignore[no-untyped-def]
    """List the blocks inside groups and between groups that are not done.

    Parameters
    ----------
    group_a, group_b
        Pairs of groups; twice the same group for the blocks inside it.
    starts, bases
        Base groups of each group, as offsets and numbers, the most important first.
    done
        Sorted blocks to leave out.
    room
        At most this many blocks are listed.
    """
    out = np.empty(room, np.int64)
    used = 0
    for k in range(len(group_a)):
        for i in range(starts[group_a[k]], starts[group_a[k] + 1]):
            first = i + 1 if group_a[k] == group_b[k] else starts[group_b[k]]
            for j in range(first, starts[group_b[k] + 1]):
                low, high = min(bases[i], bases[j]), max(bases[i], bases[j])
                block = (np.int64(low) << 32) | np.int64(high)
                if _holds(done, block):
                    continue
                if used == room:
                    return out
                out[used] = block
                used += 1
    return out[:used]


@numba.njit(cache=True, nogil=True)
def possible(blocks, starts, members, source):  # type: ignore[no-untyped-def]
    """Return how many pairs of records each block has; pairs of one source are none."""
    out = np.empty(len(blocks), np.int64)
    count = np.zeros(source.max() + 2 if len(source) else 0, np.int64)
    for k in range(len(blocks)):
        g, h = blocks[k] >> 32, blocks[k] & 0xFFFFFFFF
        out[k] = (starts[g + 1] - starts[g]) * (starts[h + 1] - starts[h])
        if len(source):
            for i in range(starts[g], starts[g + 1]):
                count[source[members[i]] + 1] += 1
            for j in range(starts[h], starts[h + 1]):
                out[k] -= count[source[members[j]] + 1]
            for i in range(starts[g], starts[g + 1]):
                count[source[members[i]] + 1] = 0
    return out


@numba.njit(cache=True, nogil=True)
def draw(blocks, uncompared, starts, members, source, compared, sample, room):  # type: ignore[no-untyped-def]
    """Draw uncompared pairs of each block, every record of it about equally often.

    The pairs of a block are visited along its diagonals: each diagonal has every record of the
    larger group once. No pair is visited twice, and all are visited in the end.

    Parameters
    ----------
    blocks, uncompared
        Blocks, in order of priority, and their numbers of uncompared pairs.
    starts, members, source
        Records of each base group, and the source of each record, or empty.
    compared
        Sorted pair numbers.
    sample
        Most pairs to draw from one block.
    room
        Most pairs to draw; a block that does not fit whole is left out, with all after it.

    Returns
    -------
    tuple
        Pair numbers, and how many undrawn pairs each stands for; these sum to all undrawn pairs.
    """
    out = np.empty(room, np.int64)
    stands = np.empty(room, np.int64)
    used = 0
    for k in range(len(blocks)):
        wanted = min(uncompared[k], sample)
        if used + wanted > room:
            break
        g, h = blocks[k] >> 32, blocks[k] & 0xFFFFFFFF
        p, q = starts[g + 1] - starts[g], starts[h + 1] - starts[h]
        # after so many steps both groups are at their start again; the next diagonal, one step
        # aside, has other pairs
        turn = p * q // gcd(p, q)
        got = 0
        for t in range(p * q):
            if got == wanted:
                break
            a, b = members[starts[g] + t % p], members[starts[h] + (t + t // turn) % q]
            if len(source) and source[a] == source[b]:
                continue
            pair = (np.int64(min(a, b)) << 32) | np.int64(max(a, b))
            if _holds(compared, pair):
                continue
            out[used + got] = pair
            got += 1
        left = uncompared[k] - got
        for i in range(got):
            stands[used + i] = left // got + (i < left % got)  # whole numbers that sum to `left`
        used += got
    return out[:used], stands[:used]
