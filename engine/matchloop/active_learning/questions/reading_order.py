"""The order of the rows of a set for annotators: by their text, never by the model.

The likeliest partners are adjacent, so that a look at the row above answers most rows. An order by
match probability would do the same, but reveal the prediction of the model.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from rapidfuzz import fuzz, process
from scipy.cluster.hierarchy import leaves_list, linkage

from matchloop.data.records import Records
from matchloop.data.text import as_text, fold

__all__ = ["by_likeness"]

LONGEST = 4_000
"""Most characters of a row to compare, in equal shares for its columns: ten rows take 30 ms."""

MOST = 500
"""Rows of a set up to which all pairs are compared: time grows with the square (a convention)."""


def by_likeness(records: Records, rows: NDArray[np.int32]) -> NDArray[np.int32]:
    """Order rows so that those of similar text are adjacent.

    Rows are clustered by average linkage over rapidfuzz's ``token_ratio`` of their compared
    columns, the larger of token-sort and token-set ratio: by token sort alone a column that only
    one source fills outweighs the others (``benchmarks/row_order.py``). The leaves are ordered so
    that the summed distance of neighbours is least (Bar-Joseph et al. 2001). Sets of more than 500
    rows are sorted by their text.

    Parameters
    ----------
    records
        The table.
    rows
        Row positions, shape (rows,).

    Returns
    -------
    NDArray
        The same positions. The order depends on text and keys alone: not on the order of ``rows``,
        the positions, a model or a seed.
    """
    texts = _texts(records, rows)
    keys = records.keys.take(pa.array(rows)).to_pylist()
    # the clustering breaks ties by the order of its input
    order = sorted(range(len(rows)), key=lambda at: (texts[at], keys[at]))
    if 2 < len(rows) <= MOST:
        alike = [texts[at] for at in order]
        ratio = process.cdist(alike, alike, scorer=fuzz.token_ratio, dtype=np.float64)
        apart = 100.0 - ratio[np.triu_indices(len(rows), 1)]
        tree = linkage(apart, method="average", optimal_ordering=True)
        leaves = leaves_list(tree).tolist()
        order = [order[leaf] for leaf in (leaves if leaves[0] < leaves[-1] else leaves[::-1])]
    return rows[order]


def _texts(records: Records, rows: NDArray[np.int32]) -> list[str]:
    """Return the compared columns of each row as one folded text."""
    share = max(LONGEST // len(records.columns), 1)
    taken = pa.array(rows)
    columns = [as_text(records.table[name].take(taken)).to_pylist() for name in records.columns]
    return [
        " ".join(fold(value[:share]) for value in values if value)
        for values in zip(*columns, strict=True)
    ]
