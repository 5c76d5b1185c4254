"""Changes between two groupings of the same records: merged, split and unchanged groups."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from matchloop.data.pairs import packed
from matchloop.errors import UsageError

__all__ = ["GroupChanges", "changes_table", "compare_groups"]


@dataclass(frozen=True, slots=True, eq=False)
class GroupChanges:
    """Changes from an old grouping to a new one.

    Parameters
    ----------
    records
        Number of records.
    old_groups, new_groups
        Number of groups, with those of a single record.
    unchanged
        Number of groups that have the same records in both.
    merged
        Number of new groups with records of two or more old groups.
    split
        Number of old groups with records in two or more new groups.
    joined, parted
        Number of pairs that only the new grouping joins, and only the old one.
    changed
        Whether the group of each record has other members than before, shape (records,).
    """

    records: int
    old_groups: int
    new_groups: int
    unchanged: int
    merged: int
    split: int
    joined: int
    parted: int
    changed: NDArray[np.bool_]

    @property
    def share(self) -> float:
        """Share of the records whose group has other members than before."""
        return float(self.changed.mean()) if self.records else 0.0

    def to_dict(self) -> dict[str, Any]:
        """Return the counts as plain values for JSON."""
        counts = asdict(self)
        counts["changed"] = int(self.changed.sum())
        return {**counts, "share_changed": self.share}


def compare_groups(old: NDArray[np.integer], new: NDArray[np.integer]) -> GroupChanges:
    """Compare two groupings of the same records.

    Parameters
    ----------
    old, new
        Group of each record, shape (records,), any whole numbers.

    Raises
    ------
    UsageError
        The lengths differ.
    """
    if len(old) != len(new):
        raise UsageError(f"{len(old)} and {len(new)} groups were given; compare the same records")
    first, second = _numbered(old), _numbered(new)
    both = _numbered(packed(first, second))
    of_first, of_second, of_both = (np.bincount(part) for part in (first, second, both))
    changed = (of_first[first] != of_both[both]) | (of_second[second] != of_both[both])
    parts_of_first = _parts(first, both, len(of_first))
    parts_of_second = _parts(second, both, len(of_second))
    kept = _pairs(of_both)
    return GroupChanges(
        records=len(first),
        old_groups=len(of_first),
        new_groups=len(of_second),
        unchanged=len(np.unique(first[~changed])),
        merged=int((parts_of_second > 1).sum()),
        split=int((parts_of_first > 1).sum()),
        joined=_pairs(of_second) - kept,
        parted=_pairs(of_first) - kept,
        changed=changed,
    )


def changes_table(
    keys: pa.Array, old: NDArray[np.integer], new: NDArray[np.integer], changes: GroupChanges
) -> pa.Table:
    """List the records whose group has other members: key, old group and new group."""
    rows = np.flatnonzero(changes.changed)
    rows = rows[np.lexsort((rows, new[rows], old[rows]))]
    return pa.table(
        {
            "key": keys.take(pa.array(rows)),
            "old_group": np.asarray(old)[rows],
            "new_group": np.asarray(new)[rows],
        }
    )


def _numbered(values: NDArray[np.integer]) -> NDArray[np.int64]:
    return np.asarray(np.unique(values, return_inverse=True)[1].reshape(-1), np.int64)


def _parts(groups: NDArray[np.int64], both: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """Return the number of overlaps of each group with groups of the other grouping."""
    _, first = np.unique(both, return_index=True)
    return np.asarray(np.bincount(groups[first], minlength=count), np.int64)


def _pairs(sizes: NDArray[np.int64]) -> int:
    return int((sizes * (sizes - 1) // 2).sum())
