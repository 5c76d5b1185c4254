"""Compiled comparisons of token sets: sorted id lists merged, shared tokens weighted by rarity."""

from __future__ import annotations

import numba
import numpy as np

__all__ = ["add_up", "compare_presence", "keep_tokens", "overlap"]

NAN = np.float32(np.nan)


@numba.njit(cache=True, nogil=True)
def add_up(indptr, ids, weight):  # type: ignore[no-untyped-def]
    """Return the sum of the weights and of their squares per record, shape (records, 2)."""
    sums = np.zeros((len(indptr) - 1, 2), np.float32)
    for i in range(len(indptr) - 1):
        plain = 0.0
        squared = 0.0
        for at in range(indptr[i], indptr[i + 1]):
            w = weight[ids[at]]
            plain += w
            squared += w * w
        sums[i, 0] = plain
        sums[i, 1] = squared
    return sums


@numba.njit(cache=True, nogil=True)
def overlap(  # type: ignore[no-untyped-def]
    indptr, ids, weight, sums, top, left, right, cosine, smaller, larger, rarest
):
    """Write how the weighted token sets of each pair overlap; not to an array of length 0.

    ``cosine``; the weight shared over that of the ``smaller`` and of the ``larger`` set; the
    weight of the ``rarest`` shared token over ``top``.
    """
    for pair in range(len(left)):
        a = indptr[left[pair]]
        a_end = indptr[left[pair] + 1]
        b = indptr[right[pair]]
        b_end = indptr[right[pair] + 1]
        missing = a == a_end or b == b_end
        plain = 0.0
        squared = 0.0
        highest = np.float32(0.0)
        while a < a_end and b < b_end:
            x = ids[a]
            y = ids[b]
            if x == y:
                w = weight[x]
                plain += w
                squared += w * w
                highest = max(highest, w)
            a += x <= y
            b += y <= x
        first = sums[left[pair]]
        second = sums[right[pair]]
        low = min(first[0], second[0])
        high = max(first[0], second[0])
        if len(cosine):
            both = np.sqrt(np.float64(first[1]) * np.float64(second[1]))
            cosine[pair] = NAN if missing else min(squared / max(both, 1e-30), 1.0)
        if len(smaller):
            smaller[pair] = NAN if missing else min(plain / max(low, 1e-30), 1.0)
        if len(larger):
            larger[pair] = NAN if missing else min(plain / max(high, 1e-30), 1.0)
        if len(rarest):
            rarest[pair] = NAN if missing else highest / top


@numba.njit(cache=True, nogil=True)
def keep_tokens(indptr, ids, keep):  # type: ignore[no-untyped-def]
    """Return the token sets with only the tokens to keep."""
    new_indptr = np.zeros(len(indptr), np.int64)
    for i in range(len(indptr) - 1):
        new_indptr[i + 1] = new_indptr[i]
        for at in range(indptr[i], indptr[i + 1]):
            new_indptr[i + 1] += keep[ids[at]]
    kept = np.empty(new_indptr[-1], np.int32)
    end = 0
    for at in range(len(ids)):
        if keep[ids[at]]:
            kept[end] = ids[at]
            end += 1
    return new_indptr, kept


@numba.njit(cache=True, nogil=True)
def compare_presence(present, columns, left, right, by_both, by_one):  # type: ignore[no-untyped-def]
    """Write the share of the columns that both have, and that exactly one has."""
    for pair in range(len(left)):
        both = 0
        single = 0
        for word in range(present.shape[1]):
            both += _ones(present[left[pair], word] & present[right[pair], word])
            single += _ones(present[left[pair], word] ^ present[right[pair], word])
        by_both[pair] = both / columns
        by_one[pair] = single / columns


@numba.njit(cache=True, nogil=True, inline="always")
def _ones(word):  # type: ignore[no-untyped-def]
    word -= (word >> np.uint64(1)) & np.uint64(0x5555555555555555)
    word = (word & np.uint64(0x3333333333333333)) + (
        (word >> np.uint64(2)) & np.uint64(0x3333333333333333)
    )
    word = (word + (word >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return np.int64((word * np.uint64(0x0101010101010101)) >> np.uint64(56))
