"""Compiled loops over the candidates of each record."""

from __future__ import annotations

import numba
import numpy as np

__all__ = ["stand", "write_leads"]


@numba.njit(cache=True, nogil=True)
def stand(left, right, probability, n_records):  # type: ignore[no-untyped-def]
    """Compute the best and second-best score of each record, and the sum of its odds."""
    best = np.zeros(n_records, np.float32)
    second = np.zeros(n_records, np.float32)
    odds = np.zeros(n_records, np.float64)
    for at in range(len(left)):
        value = probability[at]
        for record in (left[at], right[at]):
            odds[record] += value / (1.01 - value)  # 1.01 keeps the odds of a score of 1 finite
            if value > best[record]:
                second[record] = best[record]
                best[record] = value
            elif value > second[record]:
                second[record] = value
    return best, second, odds


@numba.njit(cache=True, nogil=True)
def write_leads(left, right, probability, best, second, odds, soft, out):  # type: ignore[no-untyped-def]
    """Write log odds, leads over the best rivals, ranks and share of the odds of each pair.

    A pair may be any of the table. Where it scores at least as well as the best candidate of a
    record, it is taken for that candidate, and its rival is the second best.
    """
    for at in range(len(left)):
        value = probability[at]
        i = left[at]
        j = right[at]
        lead_i = value - (second[i] if value >= best[i] else best[i])
        lead_j = value - (second[j] if value >= best[j] else best[j])
        rank_i = 1.0 if value >= best[i] else (0.5 if value >= second[i] else 0.33)
        rank_j = 1.0 if value >= best[j] else (0.5 if value >= second[j] else 0.33)
        own = value / (1.01 - value)
        out[at, 0] = np.log((value + soft) / (1 + soft - value))
        out[at, 1] = min(lead_i, lead_j)
        out[at, 2] = max(lead_i, lead_j)
        out[at, 3] = min(rank_i, rank_j)
        out[at, 4] = max(rank_i, rank_j)
        out[at, 5] = own / (1 + max(odds[i], odds[j], own))
