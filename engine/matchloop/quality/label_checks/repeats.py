"""Find repeated sets, redundant labels, and labels that leak into the measurement."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from matchloop.data.labels import LabeledPairs
from matchloop.data.pairs import pair_ids, run_starts
from matchloop.quality.label_checks.contradictions import closed
from matchloop.quality.label_checks.label_files import LabelFiles

__all__ = ["Repeat", "find_leaks", "find_redundant", "find_repeats"]


@dataclass(frozen=True, slots=True)
class Repeat:
    """Sets of the same rows, and whether they group them alike."""

    sets: tuple[str, ...]
    rows: int
    is_identical: bool

    def to_dict(self) -> dict[str, object]:
        """Return plain values for JSON."""
        return asdict(self)


def find_repeats(labels: LabelFiles) -> tuple[Repeat, ...]:
    """Return the sets that have the same rows, in one file or in several."""
    alike: dict[bytes, list[int]] = defaultdict(list)
    for number, file_set in enumerate(labels.sets):
        alike[file_set.rows.tobytes()].append(number)
    repeats = []
    for numbers in alike.values():
        if len(numbers) > 1:
            groupings = {_partition(labels.sets[number].groups) for number in numbers}
            titles = tuple(labels.title(number) for number in numbers)
            repeats.append(Repeat(titles, len(labels.sets[numbers[0]].rows), len(groupings) == 1))
    return tuple(repeats)


def find_redundant(pairs: LabeledPairs, n_records: int) -> NDArray[np.bool_]:
    """Return which labelled pairs follow from earlier sets, shape (pairs,).

    A match follows if its records are connected by matches of earlier sets. A non-match follows
    if a non-match connects the two components. Of a repeated pair only the later one is redundant,
    so removing all redundant pairs loses no information.
    """
    parent = np.arange(n_records)

    def root(row: int) -> int:
        while parent[row] != row:
            parent[row] = parent[parent[row]]
            row = int(parent[row])
        return row

    apart: dict[int, set[int]] = defaultdict(set)
    redundant = np.zeros(len(pairs), np.bool_)
    left, right = pairs.left.tolist(), pairs.right.tolist()
    starts = run_starts(pairs.set_index)
    for start, stop in zip(starts, [*starts[1:], len(pairs)], strict=True):
        for at in range(start, stop):  # all pairs of a set before its labels are merged
            left_root, right_root = root(left[at]), root(right[at])
            redundant[at] = (
                left_root == right_root if pairs.is_match[at] else right_root in apart[left_root]
            )
        for at in range(start, stop):
            left_root, right_root = root(left[at]), root(right[at])
            if left_root == right_root:
                continue
            if pairs.is_match[at]:
                parent[right_root] = left_root
                for far in apart.pop(right_root, set()):
                    apart[far].discard(right_root)
                    apart[far].add(left_root)
                    apart[left_root].add(far)
            else:
                apart[left_root].add(right_root)
                apart[right_root].add(left_root)
    return redundant


def find_leaks(taught: LabeledPairs, measured: LabeledPairs, n_records: int) -> NDArray[np.bool_]:
    """Return which held-out pairs have an answer that follows from the training labels.

    Parameters
    ----------
    taught
        Pairs that a model learns from.
    measured
        Held-out pairs that measure its quality.
    n_records
        Number of records in the table.
    """
    entity = closed(taught, n_records)
    apart = np.unique(pair_ids(entity[taught.left], entity[taught.right]))
    first, second = entity[measured.left], entity[measured.right]
    return np.asarray((first == second) | np.isin(pair_ids(first, second), apart), np.bool_)


def _partition(groups: NDArray[np.int64]) -> tuple[int, ...]:
    first: dict[int, int] = {}
    return tuple(first.setdefault(int(group), len(first)) for group in groups)
