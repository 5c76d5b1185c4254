"""Sort the rows of a matched table into groups, the first record of each group first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matchloop.entities.golden.ranks import NONE

__all__ = ["Groups", "Rows"]

Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Groups:
    """The groups of a table in ascending order of their ids.

    Parameters
    ----------
    ids
        Shape (groups,): the id of each group.
    size
        Shape (groups,): its number of rows.
    first
        Shape (groups,): one of its rows, the only one where the size is 1.
    shared
        Shape (shared groups,): positions in ``ids`` of the groups of two rows or more.
    members
        Shape (members,): the rows of these groups, sorted by group, then by order and key.
    group
        Shape (members,): position in ``shared`` of each member's group.
    """

    ids: Rows
    size: Rows
    first: Rows
    shared: Rows
    members: Rows
    group: Rows

    @classmethod
    def of(cls, match_id: Rows) -> Groups:
        """Sort rows by group; :meth:`ordered` sorts the rows within groups."""
        order = np.argsort(match_id, kind="stable")
        ids = match_id[order]
        starts = np.flatnonzero(np.append(True, ids[1:] != ids[:-1])[: len(ids)])
        size = np.diff(np.append(starts, len(ids)))
        shared = np.flatnonzero(size > 1)
        members = order[np.repeat(size > 1, size)]
        group = np.repeat(np.arange(len(shared)), size[shared])
        return cls(ids[starts], size, order[starts], shared, members, group)

    def ordered(self, ranks: Sequence[tuple[Rows, bool]]) -> Groups:
        """Return the groups with their members sorted.

        Parameters
        ----------
        ranks
            Rank of each member, the first one counts most, and whether the highest comes first.
            Missing ranks come last either way.
        """
        keys = [self.group]
        for rank, descending in ranks:
            missing = rank == NONE
            keys += [missing, np.where(missing, 0, -rank if descending else rank)]
        order = np.lexsort(keys[::-1])
        return Groups(
            self.ids, self.size, self.first, self.shared, self.members[order], self.group[order]
        )
