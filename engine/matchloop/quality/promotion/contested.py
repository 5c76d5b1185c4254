"""The pairs that only one of two groupings joins: which are answered, and which are to be asked."""

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
"""Records of a group above which its pairs are sampled, so that one huge group does not fill the
memory."""

PER_RECORD = 50
"""Pairs that are drawn for each record of such a group."""

Ids = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Contested:
    """The pairs that only one of two groupings joins, and the answers about them.

    Parameters
    ----------
    pairs
        Number of contested pairs.
    old_right, new_right
        Of the answered ones, those on which the old grouping is right, and the new one.
    unanswered
        Ids of those without an answer, as :func:`matchloop.data.pairs.pair_ids` makes them; of
        groups
        above 1,000 records a sample.
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
        """Whether there are contested pairs and none has an answer."""
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
    """Find the pairs that only one of two groupings joins, and count what answers say of them.

    Parameters
    ----------
    old, new
        Group of each record, shape (records,), any whole numbers.
    answers
        Labelled pairs that judge the two; one that several sets hold counts once.
    sources
        Source of each record; then only pairs of different sources count.
    seed
        Which pairs of very large groups are listed.
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
    """Return pairs as questions: sets of two in the form of a labelling file, labels empty.

    They have the ids of an audit, so that no model ever learns from the answers: these judge. The
    order is random, and so is which record comes first.

    Parameters
    ----------
    records
        The table.
    pairs
        Their ids.
    seed
        Of the order.
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
    found = _inside(first) + _inside(second) - 2 * _inside(both)
    if sources is None:
        return found
    within = [_numbered(packed(one, sources)) for one in (first, second, both)]
    return found - _inside(within[0]) - _inside(within[1]) + 2 * _inside(within[2])


def _inside(groups: Ids) -> int:
    sizes = np.bincount(groups)
    return int((sizes * (sizes - 1) // 2).sum())


def _split(groups: Ids, parts: Ids, rng: np.random.Generator) -> Ids:
    """List the pairs of each group that the parts keep apart."""
    order = np.lexsort((parts, groups))
    first = run_starts(groups[order])
    sizes = np.diff(np.append(first, len(order)))
    last = first + sizes - 1
    is_split = parts[order[first]] != parts[order[last]]
    found = [np.empty(0, np.int64)]
    for start, size in zip(first[is_split].tolist(), sizes[is_split].tolist(), strict=True):
        rows = order[start : start + size]
        if size <= LARGE:
            one, other = np.triu_indices(size, 1)
        else:
            one, other = rng.integers(0, size, (2, PER_RECORD * size))
        apart = parts[rows[one]] != parts[rows[other]]
        found.append(pair_ids(rows[one[apart]], rows[other[apart]]))
    return np.unique(np.concatenate(found))


def _numbered(values: NDArray[np.integer]) -> Ids:
    return np.asarray(np.unique(values, return_inverse=True)[1].reshape(-1), np.int64)
