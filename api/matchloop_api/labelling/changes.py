"""Groups that answers changed, as the end page lists them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from matchloop.data.records import Records
from matchloop_api.labelling.shown import cells_of
from matchloop_api.labelling.tables import rows_at, table_of

__all__ = ["changed_groups", "changed_rows"]

GROUPS = 10
ROWS = 8
"""Groups, and rows of a group, that are listed at most."""

Ids = NDArray[np.int64]


def changed_rows(before: Ids, now: Ids) -> NDArray[np.bool_]:
    """Return which rows are in a group that has other rows than before."""
    _, pair_of, together = np.unique(
        np.column_stack([before, now]), axis=0, return_inverse=True, return_counts=True
    )
    size_before = _sizes(before)
    size_now = _sizes(now)
    together = together[pair_of.reshape(-1)]
    return np.asarray((together != size_before) | (together != size_now))


def changed_groups(records: Records, before: Ids, now: Ids) -> dict[str, Any]:
    """Return the changed groups for the page: how many, and the rows of the first ones.

    A row comes with the number of its earlier group, numbered in the order of the list; empty
    where it was alone.
    """
    rows = np.flatnonzero(changed_rows(before, now))
    # groups that came of one earlier group are adjacent: each stands at its first earlier group
    first_before: dict[int, int] = {}
    for row in rows.tolist():
        group = int(now[row])
        first_before[group] = min(first_before.get(group, int(before[row])), int(before[row]))
    order = sorted(first_before, key=lambda group: (first_before[group], group))
    table = table_of(records)
    size_before = _sizes(before)
    numbers: dict[int, str] = {}
    groups = []
    for group in order[:GROUPS]:
        members = np.flatnonzero(now == group)[:ROWS]
        lines = []
        for row, cells in zip(members.tolist(), rows_at(records, members), strict=True):
            earlier = int(before[row])
            is_alone = size_before[row] == 1
            name = "" if is_alone else numbers.setdefault(earlier, str(len(numbers) + 1))
            lines.append([name, cells_of(cells, table)[0]])
        groups.append(lines)
    return {
        "columns": [table.columns[at] for at in table.shown],
        "groups": groups,
        "count": len(order),
    }


def _sizes(ids: Ids) -> NDArray[np.int64]:
    """Return the size of each row's group."""
    _, code, count = np.unique(ids, return_inverse=True, return_counts=True)
    return np.asarray(count[code.reshape(-1)])
