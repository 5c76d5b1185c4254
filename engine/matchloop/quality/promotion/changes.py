"""What one grouping of the same records changes in another: merged, split, unchanged."""

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
    """What a new grouping changes.

    Parameters
    ----------
    records
        How many records there are.
    old_groups, new_groups
        How many groups, records that stand alone among them.
    unchanged
        Groups that have the same records in both.
    merged
        New groups with records of two old groups or more.
    split
        Old groups whose records are in two new groups or more.
    joined, parted
        Pairs of records that are together only now, and only before.
    changed
        Whether each record has other company than before, shape (records,).
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
        """Share of the records that have other company than before."""
        return float(self.changed.mean()) if self.records else 0.0

    def to_dict(self) -> dict[str, Any]:
        """Return the counts as plain values."""
        told = asdict(self)
        told["changed"] = int(self.changed.sum())
        return {**told, "share_changed": self.share}


def compare_groups(old: NDArray[np.integer], new: NDArray[np.integer]) -> GroupChanges:
    """Compare two groupings of the same records.

    Parameters
    ----------
    old, new
        Group of each record, shape (records,), any whole numbers.

    Raises
    ------
    UsageError
        They are of different length.
    """
    if len(old) != len(new):
        raise UsageError(f"{len(old)} and {len(new)} groups were given; compare the same records")
    first, second = _numbered(old), _numbered(new)
    both = _numbered(packed(first, second))
    of_first, of_second, of_both = (np.bincount(one) for one in (first, second, both))
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
    """List the records that have other company, group by group: key, old group, new group."""
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
    """Count the overlaps that each group falls into."""
    _, first = np.unique(both, return_index=True)
    return np.asarray(np.bincount(groups[first], minlength=count), np.int64)


def _pairs(sizes: NDArray[np.int64]) -> int:
    return int((sizes * (sizes - 1) // 2).sum())
