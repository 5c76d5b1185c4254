"""Compiled loops over the rivals of a pair."""

from __future__ import annotations

import numba
import numpy as np

__all__ = ["best_rivals", "compare_rivals"]


@numba.njit(cache=True, nogil=True)
def best_rivals(left, right, similarity, best):  # type: ignore[no-untyped-def]
    """Keep the highest similarities of each record in ``best``, descending."""
    for pair in range(len(left)):
        for side in range(2):
            record = left[pair] if side == 0 else right[pair]
            value = similarity[pair]
            row = best[record]
            for place in range(len(row)):
                if value > row[place]:
                    value, row[place] = row[place], value


@numba.njit(cache=True, nogil=True)
def compare_rivals(  # type: ignore[no-untyped-def]
    first, rights, best, left, right, similarity, best_rank, worst_rank, least_lead, most_lead
):
    """Write reciprocal ranks and leads, see :class:`matchloop.matching.comparing.rivals.Rivals`."""
    for pair in range(len(left)):
        i = left[pair]
        j = right[pair]
        value = similarity[pair]
        low = first[i]
        high = first[i + 1]
        while low < high:
            middle = (low + high) // 2
            if rights[middle] < j:
                low = middle + 1
            else:
                high = middle
        is_candidate = low < first[i + 1] and rights[low] == j
        rank_i, lead_i = _standing(best[i], value, is_candidate)
        rank_j, lead_j = _standing(best[j], value, is_candidate)
        best_rank[pair] = 1.0 / min(rank_i, rank_j)
        worst_rank[pair] = 1.0 / max(rank_i, rank_j)
        least_lead[pair] = min(lead_i, lead_j)
        most_lead[pair] = max(lead_i, lead_j)


@numba.njit(cache=True, nogil=True, inline="always")
def _standing(row, value, is_candidate):  # type: ignore[no-untyped-def]
    """Return the rank of a similarity and its lead over the best rival."""
    rank = 1
    while rank <= len(row) and row[rank - 1] > value:
        rank += 1
    if rank > 1:
        return rank, value - row[0]
    rival = row[1] if is_candidate else row[0]
    return rank, value - max(rival, np.float32(0.0))
