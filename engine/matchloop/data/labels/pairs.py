"""Labelled pairs: the answers that a set of labelled rows implies for each two of its rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matchloop.data.pairs import pair_ids

__all__ = ["LabeledPairs", "pairs_inside"]


@dataclass(frozen=True, slots=True, eq=False)
class LabeledPairs:
    """Labelled pairs, each of one set, sorted by (set, left, right).

    Parameters
    ----------
    left, right
        Row positions, shape (pairs,), int32, ``left < right``. A pair is repeated for each set that
        holds it, also where sets contradict each other.
    is_match
        Whether the two rows have the same label, shape (pairs,).
    set_index
        Number of the set, in order of first appearance, shape (pairs,), int32.
    """

    left: NDArray[np.int32]
    right: NDArray[np.int32]
    is_match: NDArray[np.bool_]
    set_index: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.left)

    def ids(self) -> NDArray[np.int64]:
        """Return a sortable number per pair, the same as :meth:`CandidatePairs.ids`."""
        return pair_ids(self.left, self.right)

    def take(self, index: NDArray[np.int64] | NDArray[np.bool_] | slice) -> LabeledPairs:
        """Return the pairs at an index, mask or slice."""
        return LabeledPairs(
            self.left[index], self.right[index], self.is_match[index], self.set_index[index]
        )


def pairs_inside(
    positions: NDArray[np.int32],
    sets: NDArray[np.int32],
    groups: NDArray[np.int32],
    sizes: NDArray[np.int64],
) -> LabeledPairs:
    """Derive the pairs within each set.

    Parameters
    ----------
    positions, sets, groups
        Row position, set number and label number of each labelled row, shape (rows,), sorted by
        set, then by position.
    sizes
        Number of rows of each set, shape (sets,).
    """
    ends = np.cumsum(sizes)[sets]
    rows = np.arange(len(sets))
    following = ends - rows - 1  # rows of the same set after this one, each makes a pair
    first = np.repeat(rows, following)
    starts = np.cumsum(following) - following
    second = np.arange(len(first)) - np.repeat(starts, following) + first + 1
    return LabeledPairs(
        positions[first], positions[second], groups[first] == groups[second], sets[first]
    )
