"""Compiled correlation clustering of one set: exact by subsets, or by local search."""

from __future__ import annotations

import numba
import numpy as np

__all__ = ["exactly", "stepwise"]


@numba.njit(cache=True, nogil=True)
def exactly(weight):  # type: ignore[no-untyped-def]
    """Return the grouping of greatest within-group weight, for up to a dozen rows."""
    count = len(weight)
    full = 1 << count
    inside = np.zeros(full)
    for subset in range(1, full):
        low = 0
        while not (subset >> low) & 1:
            low += 1
        rest = subset & (subset - 1)
        total = inside[rest]
        for other in range(low + 1, count):
            if (rest >> other) & 1:
                total += weight[low, other]
        inside[subset] = total
    best = np.zeros(full)
    chosen = np.zeros(full, np.int64)
    for rows in range(1, full):
        lowest = rows & -rows
        rest = rows ^ lowest
        part = rest
        top = -np.inf
        while True:
            value = inside[part | lowest] + best[rest ^ part]
            if value > top:
                top = value
                chosen[rows] = part | lowest
            if part == 0:
                break
            part = (part - 1) & rest
        best[rows] = top
    group = np.zeros(count, np.int64)
    rows, number = full - 1, 0
    while rows:
        for row in range(count):
            if (chosen[rows] >> row) & 1:
                group[row] = number
        rows ^= chosen[rows]
        number += 1
    return group


@numba.njit(cache=True, nogil=True)
def stepwise(weight, start):  # type: ignore[no-untyped-def]
    """Improve a grouping by the best row move or group merge until none improves it."""
    count = len(weight)
    group = start.copy()
    pull = np.zeros((count, count))
    while True:
        pull[:] = 0.0
        for a in range(count):
            for b in range(count):
                if a != b:
                    pull[a, group[b]] += weight[a, b]
        size = np.zeros(count, np.int64)
        between = np.zeros((count, count))
        for a in range(count):
            size[group[a]] += 1
            for other in range(count):
                between[group[a], other] += pull[a, other]
        gain, row, place, merged = 1e-9, -1, -1, False
        for a in range(count):
            for other in range(count):
                if other == group[a] or (size[other] == 0 and size[group[a]] == 1):
                    continue
                better = pull[a, other] - pull[a, group[a]]
                if better > gain:
                    gain, row, place, merged = better, a, other, False
        for first in range(count):
            for other in range(first + 1, count):
                if size[first] and size[other] and between[first, other] > gain:
                    gain, row, place, merged = between[first, other], first, other, True
        if row < 0:
            return group
        if merged:
            for a in range(count):
                if group[a] == place:
                    group[a] = row
        else:
            group[row] = place
