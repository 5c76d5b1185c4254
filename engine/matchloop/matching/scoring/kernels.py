"""Compiled loops of the forest. Rows are independent, so threads do not change a result."""

from __future__ import annotations

import numba
import numpy as np

__all__ = ["sum_leaves"]

BLOCK = 64  # rows that descend a tree together, so that their memory accesses overlap
FIRST_LEVELS, LEVELS = 10, 4  # after which rows in leaves are set aside; chosen by time


@numba.njit(cache=True, nogil=True, parallel=True)
def sum_leaves(  # type: ignore[no-untyped-def]
    features, beside, column, threshold, child, value, roots, depths, first, low, high, total, used
):
    """Add up the leaf values of each row over the trees.

    The columns of ``beside`` follow those of ``features``.

    A missing value is +inf (goes right) where ``column[k] < n_features``, and -inf (goes left) in
    the second half of the columns. A leaf is its own child under a threshold of +inf. A row whose
    mean over the ``first`` trees is below ``low`` or above ``high`` stops there.
    """
    n_rows, n_own = features.shape
    n_features = n_own + beside.shape[1]
    n_trees = len(roots)
    for block in numba.prange((n_rows + BLOCK - 1) // BLOCK):
        start = block * BLOCK
        n_active = min(BLOCK, n_rows - start)
        width = 2 * n_features
        cells = np.empty(BLOCK * width, dtype=np.float32)
        node = np.empty(BLOCK, dtype=np.int32)
        offset = np.empty(BLOCK, dtype=np.int32)
        active = np.empty(BLOCK, dtype=np.int32)
        below = np.empty(BLOCK, dtype=np.int32)  # active rows that have not reached a leaf
        sums = np.zeros(BLOCK, dtype=np.float64)
        for i in range(n_active):
            active[i] = i
            offset[i] = i * width
            for f in range(n_features):
                x = features[start + i, f] if f < n_own else beside[start + i, f - n_own]
                missing = np.isnan(x)  # both readings are stored: the descent needs no branch
                cells[i * width + f] = np.float32(np.inf) if missing else x
                cells[i * width + n_features + f] = np.float32(-np.inf) if missing else x
        for tree in range(n_trees):
            if tree == first:
                kept = 0
                # undecided rows move up, in order, so that the loops below see no gap
                for j in range(n_active):
                    i = active[j]
                    mean = sums[i] / first
                    if mean < low or mean > high:
                        total[start + i] = sums[i]
                        used[start + i] = first
                    else:
                        active[kept] = i
                        offset[kept] = i * width
                        kept += 1
                n_active = kept
                if n_active == 0:
                    break
            for j in range(n_active):
                node[j] = roots[tree]
                below[j] = j
            n_below = n_active
            depth = min(depths[tree], FIRST_LEVELS)
            for _ in range(depth):  # a leaf points to itself, so that no row needs a look
                for j in range(n_active):
                    k = node[j]
                    node[j] = child[k] + np.int32(cells[offset[j] + column[k]] > threshold[k])
            while depth < depths[tree]:
                kept = 0
                for at in range(n_below):
                    j = below[at]
                    below[kept] = j
                    kept += child[node[j]] != node[j]
                n_below = kept
                if n_below == 0:
                    break
                stop = min(depths[tree], depth + LEVELS)
                for _ in range(depth, stop):
                    for at in range(n_below):
                        j = below[at]
                        k = node[j]
                        node[j] = child[k] + np.int32(cells[offset[j] + column[k]] > threshold[k])
                depth = stop
            # trees add up in order for each row: float sums depend on it
            for j in range(n_active):
                sums[active[j]] += value[node[j]]
        for j in range(n_active):
            total[start + active[j]] = sums[active[j]]
            used[start + active[j]] = n_trees
