"""Labels that cannot all be right: what is said to differ, yet matches by way of other records.

Within a set labels are transitive by construction, so that contradictions are found only where
sets share records. Each is a shortest way: records that match one after another, from one set or
several, whose ends are said not to match. Leave any one of its statements out, and it is none.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, log2

import numpy as np
from numpy.typing import NDArray

from matchloop.data.labels import LabeledPairs
from matchloop.data.pairs import groups_of_pairs
from matchloop.quality.label_checks.given import GivenLabels

__all__ = ["Contradiction", "find_contradictions", "questions_about"]

ASKED_AT_ONCE = 10
"""Records that one question shows at most: a set of Glue's size."""


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Statements of which at least one is wrong.

    Parameters
    ----------
    rows
        Row positions, from one end to the other: each is said to match the next, and the last is
        said not to match the first.
    sets
        Number of the set that says so of each row and the next; the last that of the ends.
    component
        Number of the records that hang together; contradictions of one component may have one
        cause.
    """

    rows: tuple[int, ...]
    sets: tuple[int, ...]
    component: int

    @property
    def questions(self) -> int:
        """Questions that settle it if each shows two records: the ends, then halving the way."""
        links = len(self.rows) - 1
        return 1 + (ceil(log2(links)) if links > 1 else 0)

    @property
    def as_sets(self) -> int:
        """Questions that settle it if each shows up to ten records, which are then grouped."""
        return max(1, ceil((len(self.rows) - 1) / (ASKED_AT_ONCE - 1)))

    def sentence(self, given: GivenLabels) -> str:
        """Say it in words."""
        keys = [given.key(row) for row in self.rows]
        ends = f"set {given.title(self.sets[-1])} says that {keys[0]} and {keys[-1]} differ"
        if len(keys) == 2:
            return f"{ends}, set {given.title(self.sets[0])} that they match"
        links = [
            f"{one} matches {other} (set {given.title(of_set)})"
            for one, other, of_set in zip(keys[:-1], keys[1:], self.sets[:-1], strict=True)
        ]
        return f"{ends}, yet {', '.join(links)}"


def find_contradictions(pairs: LabeledPairs, n_records: int) -> tuple[Contradiction, ...]:
    """Find a shortest contradiction for each statement that two records differ.

    Parameters
    ----------
    pairs
        What is said, every mention of a pair for itself.
    n_records
        Records of the table.

    Returns
    -------
    tuple of Contradiction
        Shortest first; none repeats the same rows.
    """
    same = pairs.take(pairs.is_match)
    component = closed(pairs, n_records)
    apart = pairs.take(~pairs.is_match & (component[pairs.left] == component[pairs.right]))
    if len(apart) == 0:
        return ()
    touched = np.isin(component[same.left], component[apart.left])
    near = _neighbours(same.take(touched))
    found: dict[frozenset[int], Contradiction] = {}
    starts = np.argsort(apart.left, kind="stable")
    ways: dict[int, int] = {}
    begun = -1
    for at in starts:
        left, right = int(apart.left[at]), int(apart.right[at])
        if left != begun:
            ways, begun = _ways_from(left, near), left
        rows = _way(ways, right)
        said = [near[one][other] for one, other in zip(rows[:-1], rows[1:], strict=True)]
        one = Contradiction(tuple(rows), (*said, int(apart.set_index[at])), int(component[left]))
        found.setdefault(frozenset(rows), one)
    return tuple(sorted(found.values(), key=lambda one: (len(one.rows), one.rows)))


def questions_about(found: Sequence[Contradiction]) -> tuple[NDArray[np.int32], ...]:
    """Return the rows to show together, a question for each place that contradicts itself.

    Parameters
    ----------
    found
        Contradictions, shortest first.

    Returns
    -------
    tuple of numpy.ndarray
        Row positions of each question, ascending: those of the shortest contradiction of each
        component. Its answer proves at least one statement wrong; what is left is found by looking
        again without the sets that were wrong.
    """
    first: dict[int, Contradiction] = {}
    for one in found:
        first.setdefault(one.component, one)
    return tuple(np.array(sorted(one.rows), np.int32) for one in first.values())


def _neighbours(same: LabeledPairs) -> dict[int, dict[int, int]]:
    near: dict[int, dict[int, int]] = {}
    told = zip(same.left.tolist(), same.right.tolist(), same.set_index.tolist(), strict=True)
    for left, right, of_set in told:
        near.setdefault(left, {}).setdefault(right, of_set)
        near.setdefault(right, {}).setdefault(left, of_set)
    return near


def _ways_from(start: int, near: dict[int, dict[int, int]]) -> dict[int, int]:
    """Return the record before each record on a shortest way from the start."""
    before = {start: -1}
    waiting = deque([start])
    while waiting:
        row = waiting.popleft()
        for other in sorted(near[row]):
            if other not in before:
                before[other] = row
                waiting.append(other)
    return before


def _way(before: dict[int, int], end: int) -> list[int]:
    rows = [end]
    while before[rows[-1]] >= 0:
        rows.append(before[rows[-1]])
    return rows[::-1]


def closed(pairs: LabeledPairs, n_records: int) -> NDArray[np.int64]:
    """Return the entity of each record by every match that is said, shape (records,)."""
    same = pairs.take(pairs.is_match)
    return groups_of_pairs((same.left, same.right), n_records)
