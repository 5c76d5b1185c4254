"""Contested pairs: pairs that only one of two groupings joins, answered or not."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from matchloop.data.labels import LABEL, LABELING_SET_ID, LabeledPairs
from matchloop.data.pairs import packed, pair_ids, run_starts, unpacked
from matchloop.data.records import Records

__all__ = ["Contested", "contested", "questions_about"]

LARGE = 1_000
"""Records of a group above which its pairs are sampled, to bound the memory; a convention."""

PER_RECORD = 50
"""Pairs that are drawn for each record of such a group; a convention."""

Ids = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Contested:
    """The pairs that only one of two groupings joins, and their answers.

    Parameters
    ----------
    pairs
        Number of contested pairs.
    old_right, new_right
        Number of answered pairs on which the old grouping is right, and the new one.
    unanswered
        Ids of those without an answer, by :func:`matchloop.data.pairs.pair_ids`. Of groups above
        :data:`LARGE` records they are a sample.
    """

    pairs: int
    old_right: int
    new_right: int
    unanswered: Ids

    @property
    def answered(self) -> int:
        """Number of contested pairs with an answer."""
        return self.old_right + self.new_right

    @property
    def is_undecided(self) -> bool:
        """Whether there are contested pairs, none of them with an answer."""
        return self.pairs > 0 and self.answered == 0

    def to_dict(self) -> dict[str, int]:
        """Return the counts as plain values."""
        return {
            "pairs": self.pairs,
            "answered": self.answered,
            "old_right": self.old_right,
            "new_right": self.new_right,
        }


def contested(
    old: NDArray[np.integer],
    new: NDArray[np.integer],
    answers: LabeledPairs | None = None,
    *,
    sources: NDArray[np.integer] | None = None,
    seed: int = 0,
) -> Contested:
    """Find the pairs that only one of two groupings joins, and count their answers.

    Parameters
    ----------
    old, new
        Group of each record, shape (records,), any whole numbers.
    answers
        Labelled pairs that judge the groupings; a repeated pair counts once.
    sources
        Source of each record; then only pairs of different sources count.
    seed
        Seed of the sample of pairs of very large groups.

    Returns
    -------
    Contested
        The pairs and the counts of their answers.
    """
    first, second = _numbered(old), _numbered(new)
    rng = np.random.default_rng(seed)
    listed = np.union1d(_split(first, second, rng), _split(second, first, rng))
    if sources is not None:
        left, right = unpacked(listed)
        listed = listed[sources[left] != sources[right]]
    pairs = _count(first, second, sources)
    if answers is None:
        return Contested(pairs, 0, 0, listed)
    answers = answers.take(np.unique(answers.ids(), return_index=True)[1])
    before = first[answers.left] == first[answers.right]
    after = second[answers.left] == second[answers.right]
    differs = before != after
    return Contested(
        pairs,
        old_right=int((before == answers.is_match)[differs].sum()),
        new_right=int((after == answers.is_match)[differs].sum()),
        unanswered=listed[~np.isin(listed, answers.ids())],
    )


def questions_about(records: Records, pairs: Ids, *, seed: int = 0) -> pa.Table:
    """Return pairs as questions: a labelling file of sets of two, with empty labels.

    The sets have ids of a sampled audit, so no model learns from their answers. The order of the
    pairs, and of the records of a pair, is random.

    Parameters
    ----------
    records
        The table.
    pairs
        Ids of the pairs.
    seed
        Seed of the order.
    """
    rng = np.random.default_rng(seed)
    pairs = rng.permutation(pairs)
    rows = np.column_stack(unpacked(pairs))
    swapped = rng.random(len(rows)) < 0.5
    rows[swapped] = rows[swapped, ::-1]
    table = records.table.take(pa.array(rows.reshape(-1)))
    digest = sha256()
    for key in records.keys.take(pa.array(rows.reshape(-1))).to_pylist():
        digest.update(key.encode() + b"\x1f")
    name = digest.hexdigest()[:8]
    sets = [f"audit-{name}-{at + 1:04d}" for at in range(len(rows)) for _ in range(2)]
    return pa.Table.from_arrays(
        [pa.array(sets, pa.string()), pa.nulls(table.num_rows, pa.string()), *table.columns],
        names=[LABELING_SET_ID, LABEL, *table.column_names],
    )


def _count(first: Ids, second: Ids, sources: NDArray[np.integer] | None) -> int:
    both = _numbered(packed(first, second))
    count = _inside(first) + _inside(second) - 2 * _inside(both)
    if sources is None:
        return count
    within = [_numbered(packed(grouping, sources)) for grouping in (first, second, both)]
    return count - _inside(within[0]) - _inside(within[1]) + 2 * _inside(within[2])


def _inside(groups: Ids) -> int:
    sizes = np.bincount(groups)
    return int((sizes * (sizes - 1) // 2).sum())


def _split(groups: Ids, parts: Ids, rng: np.random.Generator) -> Ids:
    """Return the ids of the pairs of each group that lie in different parts."""
    order = np.lexsort((parts, groups))
    first = run_starts(groups[order])
    sizes = np.diff(np.append(first, len(order)))
    last = first + sizes - 1
    is_split = parts[order[first]] != parts[order[last]]
    split = [np.empty(0, np.int64)]
    for start, size in zip(first[is_split].tolist(), sizes[is_split].tolist(), strict=True):
        rows = order[start : start + size]
        if size <= LARGE:
            first_row, second_row = np.triu_indices(size, 1)
        else:
            first_row, second_row = rng.integers(0, size, (2, PER_RECORD * size))
        apart = parts[rows[first_row]] != parts[rows[second_row]]
        split.append(pair_ids(rows[first_row[apart]], rows[second_row[apart]]))
    return np.unique(np.concatenate(split))


def _numbered(values: NDArray[np.integer]) -> Ids:
    return np.asarray(np.unique(values, return_inverse=True)[1].reshape(-1), np.int64)
