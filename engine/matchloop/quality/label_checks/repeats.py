"""What labels say twice: repeated rows and sets, answers that follow from others, and leaks."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from matchloop.data.labels import LabeledPairs
from matchloop.data.pairs import pair_ids, run_starts
from matchloop.quality.label_checks.contradictions import closed
from matchloop.quality.label_checks.given import GivenLabels

__all__ = ["Repeat", "find_leaks", "find_redundant", "find_repeats"]


@dataclass(frozen=True, slots=True)
class Repeat:
    """Sets that hold the same rows, and whether they say the same of them."""

    sets: tuple[str, ...]
    rows: int
    is_identical: bool

    def to_dict(self) -> dict[str, object]:
        """Return plain values for JSON."""
        return asdict(self)


def find_repeats(given: GivenLabels) -> tuple[Repeat, ...]:
    """Find sets of the same rows, in one file or in several."""
    alike: dict[bytes, list[int]] = defaultdict(list)
    for number, one in enumerate(given.sets):
        alike[one.rows.tobytes()].append(number)
    found = []
    for numbers in alike.values():
        if len(numbers) > 1:
            told = {_partition(given.sets[number].groups) for number in numbers}
            titles = tuple(given.title(number) for number in numbers)
            found.append(Repeat(titles, len(given.sets[numbers[0]].rows), len(told) == 1))
    return tuple(found)


def find_redundant(pairs: LabeledPairs, n_records: int) -> NDArray[np.bool_]:
    """Return which pairs the labels of other sets tell already, shape (pairs,).

    A match is told where its records match by way of other sets; a non-match where their entities
    are said to differ elsewhere. Of the same pair said twice the later mention is redundant; so
    the first set of a chain is never taken away with the last.
    """
    parent = np.arange(n_records)

    def root(row: int) -> int:
        while parent[row] != row:
            parent[row] = parent[parent[row]]
            row = int(parent[row])
        return row

    apart: dict[int, set[int]] = defaultdict(set)
    told = np.zeros(len(pairs), np.bool_)
    left, right = pairs.left.tolist(), pairs.right.tolist()
    starts = run_starts(pairs.set_index)
    for start, stop in zip(starts, [*starts[1:], len(pairs)], strict=True):
        for at in range(start, stop):  # what earlier sets tell
            one, other = root(left[at]), root(right[at])
            told[at] = one == other if pairs.is_match[at] else other in apart[one]
        for at in range(start, stop):
            one, other = root(left[at]), root(right[at])
            if one == other:
                continue
            if pairs.is_match[at]:
                parent[other] = one
                for far in apart.pop(other, set()):
                    apart[far].discard(other)
                    apart[far].add(one)
                    apart[one].add(far)
            else:
                apart[one].add(other)
                apart[other].add(one)
    return told


def find_leaks(taught: LabeledPairs, measured: LabeledPairs, n_records: int) -> NDArray[np.bool_]:
    """Return which pairs for measuring have an answer that the taught labels tell.

    Parameters
    ----------
    taught
        Pairs that a model learns from.
    measured
        Pairs that its quality is measured by.
    n_records
        Records of the table.
    """
    entity = closed(taught, n_records)
    apart = np.unique(pair_ids(entity[taught.left], entity[taught.right]))
    one, other = entity[measured.left], entity[measured.right]
    return np.asarray((one == other) | np.isin(pair_ids(one, other), apart), np.bool_)


def _partition(groups: NDArray[np.int64]) -> tuple[int, ...]:
    first: dict[int, int] = {}
    return tuple(first.setdefault(int(group), len(first)) for group in groups)
