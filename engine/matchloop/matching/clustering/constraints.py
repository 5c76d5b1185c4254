"""Resolve contradictions among must-link and cannot-link pairs.

Where labels are consistent, all of them are kept. Where they are not:

* the score decides a pair that is labelled both a match and a non-match;
* every other non-match label is kept. Where match labels chain the two records of such a pair
  together, the weakest match label of the chain is dropped: the one stated least often, then the
  one of lowest score.

Dropped labels are listed, so that annotators can review them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matchloop.data.components import first_records
from matchloop.data.pairs import Scores, pair_ids, run_starts, unpacked
from matchloop.errors import UsageError
from matchloop.matching.clustering import kernels

__all__ = ["Constraints", "PairList", "resolve"]

PairList = tuple[NDArray[np.integer], NDArray[np.integer]]


@dataclass(frozen=True, slots=True, eq=False)
class Constraints:
    """Constraints that do not contradict each other.

    Parameters
    ----------
    owner
        First record of each record's must-link component, shape (records,).
    must, cannot
        Sorted ids of the pairs that are kept (:func:`matchloop.data.pairs.pair_ids`).
    contradictions, dropped
        Ids of the pairs labelled both ways, and of the dropped must-links.
    """

    owner: NDArray[np.int32]
    must: NDArray[np.int64]
    cannot: NDArray[np.int64]
    contradictions: NDArray[np.int64]
    dropped: NDArray[np.int64]


def resolve(
    must_link: PairList | None, cannot_link: PairList | None, scores: Scores, n_records: int
) -> Constraints:
    """Resolve contradictions; return the kept constraints and the dropped ones.

    Parameters
    ----------
    must_link, cannot_link
        Two arrays of row positions each, in any order; a pair may occur several times.
    scores
        Scored pairs, which decide which must-link is the weakest.
    n_records
        Number of records.

    Raises
    ------
    UsageError
        A position is not a row, or a record is paired with itself as a non-match.
    """
    must, stated = _counted(_ids(must_link, n_records, "must_link"))
    cannot, _ = _counted(_ids(cannot_link, n_records, "cannot_link"))
    if np.any(np.equal(*unpacked(cannot))):
        raise UsageError("cannot_link pairs a record with itself; give two different records")
    both = must[np.isin(must, cannot)]
    keep = np.not_equal(*unpacked(must)) & ~np.isin(must, both)
    must, stated = must[keep], stated[keep]
    cannot = cannot[~np.isin(cannot, both)]
    owner = _components(must, n_records)
    left, right = unpacked(cannot)
    broken = owner[left] == owner[right]
    dropped = np.empty(0, np.int64)
    if broken.any():
        dropped = _weakest(must, stated, cannot, owner, owner[left[broken]], scores)
        must = must[~np.isin(must, dropped)]
        owner = _components(must, n_records)
    return Constraints(owner, must, cannot, both, dropped)


def _ids(pairs: PairList | None, n_records: int, name: str) -> NDArray[np.int64]:
    if pairs is None:
        return np.empty(0, np.int64)
    left, right = np.asarray(pairs[0]), np.asarray(pairs[1])
    if left.shape != right.shape or left.ndim != 1:
        raise UsageError(
            f"{name} has {left.size} left and {right.size} right positions; give one of each a pair"
        )
    if len(left) and not (
        min(left.min(), right.min()) >= 0 and max(left.max(), right.max()) < n_records
    ):
        raise UsageError(f"{name} names a row outside 0 to {n_records - 1}; give row positions")
    return pair_ids(left, right)


def _counted(ids: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    ids = np.sort(ids)
    starts = run_starts(ids)
    return ids[starts], np.diff(np.r_[starts, len(ids)])


def _components(must: NDArray[np.int64], n_records: int) -> NDArray[np.int32]:
    left, right = (end.astype(np.int32) for end in unpacked(must))
    return np.asarray(first_records(left, right, n_records), np.int32)


def _weakest(
    must: NDArray[np.int64],
    stated: NDArray[np.int64],
    cannot: NDArray[np.int64],
    owner: NDArray[np.int32],
    broken: NDArray[np.int32],
    scores: Scores,
) -> NDArray[np.int64]:
    # Kruskal from the strongest must-link down, dropping each that would join a cannot-link. Only
    # components with a contradiction are visited: elsewhere every label is kept.
    inside = np.isin(owner[unpacked(must)[0]], broken)
    must, stated = must[inside], stated[inside]
    order = np.lexsort((must, -_score_of(must, scores), -stated))
    apart: dict[int, set[int]] = {}
    for left, right in _ends(cannot[np.isin(owner[unpacked(cannot)[0]], broken)]):
        apart.setdefault(left, set()).add(right)
        apart.setdefault(right, set()).add(left)
    group: dict[int, int] = {}
    members: dict[int, list[int]] = {}
    dropped = []
    for pair, ends in zip(must[order].tolist(), _ends(must[order]), strict=True):
        a, b = (group.setdefault(end, end) for end in ends)
        if a == b:
            continue
        small, large = sorted((a, b), key=lambda g: (len(members.get(g, (g,))), g))
        foes = (foe for m in members.get(small, [small]) for foe in apart.get(m, ()))
        if any(group.get(foe, foe) == large for foe in foes):
            dropped.append(pair)
            continue
        moved = members.pop(small, [small])
        members.setdefault(large, [large]).extend(moved)
        group.update(dict.fromkeys(moved, large))
    return np.sort(np.asarray(dropped, np.int64))


def _ends(ids: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    left, right = unpacked(ids)
    return zip(left.tolist(), right.tolist(), strict=True)


def _score_of(ids: NDArray[np.int64], scores: Scores) -> NDArray[np.float32]:
    at = kernels.place_of(scores.pairs.left, scores.pairs.right, *unpacked(ids))
    score = np.zeros(len(ids), np.float32)
    score[at >= 0] = scores.probability[at[at >= 0]]
    return score
