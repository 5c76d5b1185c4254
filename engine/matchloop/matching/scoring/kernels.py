"""Compiled loops of the forest. Rows are independent, so threads do not change a result."""

from __future__ import annotations

import numba
import numpy as np

__all__ = ["sum_leaves"]

BLOCK = 64  # rows that descend a tree together, so that their memory accesses overlap


@numba.njit(cache=True, nogil=True, parallel=True)
def sum_leaves(  # type: ignore[no-untyped-def]
    features, column, threshold, child, value, roots, depths, first, low, high, total, used
):
    """Add up the leaf values of each row over the trees.

    A missing value is +inf (goes right) where ``column[k] < n_features``, and -inf (goes left) in
    the second half of the columns. A leaf is its own child under a threshold of +inf. A row whose
    mean over the ``first`` trees is below ``low`` or above ``high`` stops there.
    """
    n_rows, n_features = features.shape
    n_trees = len(roots)
    for block in numba.prange((n_rows + BLOCK - 1) // BLOCK):
        start = block * BLOCK
        n_active = min(BLOCK, n_rows - start)
        width = 2 * n_features
        cells = np.empty(BLOCK * width, dtype=np.float32)
        node = np.empty(BLOCK, dtype=np.int32)
        offset = np.empty(BLOCK, dtype=np.int32)
        active = np.empty(BLOCK, dtype=np.int32)
        sums = np.zeros(BLOCK, dtype=np.float64)
        for i in range(n_active):
            active[i] = i
            offset[i] = i * width
            for f in range(n_features):
                x = features[start + i, f]
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
            # every row descends to the full depth: leaves point to themselves, so none overshoots
            for _ in range(depths[tree]):
                for j in range(n_active):
                    k = node[j]
                    node[j] = child[k] + np.int32(cells[offset[j] + column[k]] > threshold[k])
            # trees add up in order for each row: float sums depend on it
            for j in range(n_active):
                sums[active[j]] += value[node[j]]
        for j in range(n_active):
            total[start + active[j]] = sums[active[j]]
            used[start + active[j]] = n_trees
