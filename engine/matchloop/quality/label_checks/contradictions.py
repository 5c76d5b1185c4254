"""Contradictions: labelled non-matches whose records match by way of other records.

Labels of one set are transitive by construction, so contradictions need sets that share records.
A contradiction is a shortest path of matches, from one or more sets, whose ends are labelled a
non-match. It is minimal: without any one of its labels it is resolved.
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
from matchloop.quality.label_checks.label_files import LabelFiles

__all__ = ["Contradiction", "find_contradictions", "questions_about"]

ASKED_AT_ONCE = 10
"""Records that one question shows at most: the usual size of a labelling set; a convention."""


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Labels of which at least one is wrong.

    Parameters
    ----------
    rows
        Row positions along the path. Each row and the next are labelled a match, the last row and
        the first a non-match.
    sets
        Number of the set of each of these labels; the last entry is the set of the non-match.
    component
        Number of the connected component of matches. Contradictions of one component may have one
        cause.
    """

    rows: tuple[int, ...]
    sets: tuple[int, ...]
    component: int

    @property
    def questions(self) -> int:
        """Questions of two records that resolve it: first the ends, then bisection of the path."""
        links = len(self.rows) - 1
        return 1 + (ceil(log2(links)) if links > 1 else 0)

    @property
    def as_sets(self) -> int:
        """Questions of up to ten records that resolve it."""
        return max(1, ceil((len(self.rows) - 1) / (ASKED_AT_ONCE - 1)))

    def sentence(self, labels: LabelFiles) -> str:
        """Return the contradiction as a sentence."""
        keys = [labels.key(row) for row in self.rows]
        ends = f"set {labels.title(self.sets[-1])} says that {keys[0]} and {keys[-1]} differ"
        if len(keys) == 2:
            return f"{ends}, set {labels.title(self.sets[0])} that they match"
        links = [
            f"{left} matches {right} (set {labels.title(number)})"
            for left, right, number in zip(keys[:-1], keys[1:], self.sets[:-1], strict=True)
        ]
        return f"{ends}, yet {', '.join(links)}"


def find_contradictions(pairs: LabeledPairs, n_records: int) -> tuple[Contradiction, ...]:
    """Find a shortest contradiction for each labelled non-match.

    Parameters
    ----------
    pairs
        Labelled pairs; a pair may occur several times.
    n_records
        Number of records in the table.

    Returns
    -------
    tuple of Contradiction
        Shortest first; no two have the same rows.
    """
    same = pairs.take(pairs.is_match)
    component = closed(pairs, n_records)
    apart = pairs.take(~pairs.is_match & (component[pairs.left] == component[pairs.right]))
    if len(apart) == 0:
        return ()
    touched = np.isin(component[same.left], component[apart.left])
    near = _neighbours(same.take(touched))
    shortest: dict[frozenset[int], Contradiction] = {}
    starts = np.argsort(apart.left, kind="stable")
    ways: dict[int, int] = {}
    begun = -1
    for at in starts:
        left, right = int(apart.left[at]), int(apart.right[at])
        if left != begun:
            ways, begun = _ways_from(left, near), left
        rows = _way(ways, right)
        links = [near[row][following] for row, following in zip(rows[:-1], rows[1:], strict=True)]
        contradiction = Contradiction(
            tuple(rows), (*links, int(apart.set_index[at])), int(component[left])
        )
        shortest.setdefault(frozenset(rows), contradiction)
    return tuple(sorted(shortest.values(), key=lambda item: (len(item.rows), item.rows)))


def questions_about(contradictions: Sequence[Contradiction]) -> tuple[NDArray[np.int32], ...]:
    """Return one question for each component that has a contradiction.

    Parameters
    ----------
    contradictions
        Contradictions, shortest first.

    Returns
    -------
    tuple of numpy.ndarray
        Ascending row positions of each question: the rows of the shortest contradiction of each
        component. Its answer proves at least one label wrong. Further contradictions are found by
        another check without the wrong sets.
    """
    first: dict[int, Contradiction] = {}
    for contradiction in contradictions:
        first.setdefault(contradiction.component, contradiction)
    return tuple(np.array(sorted(contradiction.rows), np.int32) for contradiction in first.values())


def _neighbours(same: LabeledPairs) -> dict[int, dict[int, int]]:
    near: dict[int, dict[int, int]] = {}
    links = zip(same.left.tolist(), same.right.tolist(), same.set_index.tolist(), strict=True)
    for left, right, of_set in links:
        near.setdefault(left, {}).setdefault(right, of_set)
        near.setdefault(right, {}).setdefault(left, of_set)
    return near


def _ways_from(start: int, near: dict[int, dict[int, int]]) -> dict[int, int]:
    """Return the predecessor of each record on a shortest path from the start."""
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
    """Return the connected component of each record by labelled matches, shape (records,)."""
    same = pairs.take(pairs.is_match)
    return groups_of_pairs((same.left, same.right), n_records)
