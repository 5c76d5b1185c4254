"""Which groups the match probabilities speak against most."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matchloop.data.pairs import Scores

__all__ = ["Doubt", "decision_of_group", "doubtful_groups", "telling_pairs", "weakest_links"]

Rows = NDArray[np.int64]

LEAST = 0.02
"""Doubt below which a decision is no doubtful one (a convention)."""


@dataclass(frozen=True, slots=True, eq=False)
class Doubt:
    """A decision that the probabilities speak against.

    Parameters
    ----------
    groups
        Id of the group, or ids of the two groups that were kept apart.
    probability
        How likely it is that the least certain record belongs to the others, or that the two
        groups are one.
    rows
        Rows to look at: the least certain ones first, then those that they were compared with.
    """

    groups: tuple[int, ...]
    probability: float
    rows: tuple[int, ...]

    @property
    def is_together(self) -> bool:
        """Whether the records are in one group."""
        return len(self.groups) == 1

    @property
    def doubt(self) -> float:
        """How likely the decision is wrong, as the model sees it."""
        return 1 - self.probability if self.is_together else self.probability


def weakest_links(match_id: Rows, scores: Scores) -> NDArray[np.float64]:
    """Return how well each record is tied to its group, shape (records,).

    Parameters
    ----------
    match_id
        Group of each record.
    scores
        The compared pairs.

    Returns
    -------
    numpy.ndarray
        Mean probability of a record's pairs with its group; NaN where none was compared.
    """
    left, right = scores.pairs.left, scores.pairs.right
    inside = match_id[left] == match_id[right]
    ends = np.append(left[inside], right[inside])
    chance = np.tile(scores.probability[inside].astype(np.float64), 2)
    count = np.bincount(ends, minlength=len(match_id))
    total = np.bincount(ends, chance, len(match_id))
    link = np.full(len(match_id), np.nan)
    np.divide(total, count, out=link, where=count > 0)
    return link


def doubtful_groups(
    match_id: Rows, scores: Scores, *, limit: int = 50, rows: int = 6
) -> list[Doubt]:
    """Return the decisions that are most likely wrong, the most doubtful first.

    A group is as doubtful as its least certain record; two groups that were kept apart as the
    mean probability of the pairs between them. Each group is listed once, and none of which the
    model is all but certain.

    Parameters
    ----------
    match_id
        Group of each record.
    scores
        The compared pairs.
    limit
        Decisions to return at most.
    rows
        Rows of a decision at most.
    """
    decisions = [*_joined(match_id, scores, limit, rows), *_apart(match_id, scores, limit, rows)]
    decisions.sort(key=lambda each: (-each.doubt, each.groups))
    kept: list[Doubt] = []
    seen: set[int] = set()
    for each in decisions:
        if not seen & {*each.groups}:
            kept.append(each)
            seen |= {*each.groups}
    return [each for each in kept if each.doubt >= LEAST][:limit]


def decision_of_group(match_id: Rows, scores: Scores, group: int, *, rows: int = 6) -> Doubt:
    """Return the decision that made a group, its least certain records first.

    Parameters
    ----------
    match_id
        Group of each record.
    scores
        The compared pairs.
    group
        Id of a group; the table has it.
    rows
        Rows at most.

    Returns
    -------
    Doubt
        The probability is NaN where no two records of the group were compared.
    """
    link = weakest_links(match_id, scores)
    members = np.flatnonzero(match_id == group)
    weakest = int(members[np.argmin(np.nan_to_num(link[members], nan=2.0))])
    return _joined_at(weakest, match_id, link, rows)


def telling_pairs(
    match_id: Rows, scores: Scores, rows: tuple[int, ...]
) -> tuple[list[tuple[int, int]], tuple[int, int] | None]:
    """Return the pairs that tell most about a group.

    Parameters
    ----------
    match_id
        Group of each record.
    scores
        The compared pairs.
    rows
        Records of one group.

    Returns
    -------
    tuple of list and tuple
        For each record its likeliest pair inside the group, none twice; and the likeliest pair
        with a record outside, None where none was compared.
    """
    left, right = scores.pairs.left, scores.pairs.right
    at = np.flatnonzero(np.isin(left, rows) | np.isin(right, rows))
    order = at[np.lexsort((at, -scores.probability[at]))]
    inside: list[tuple[int, int]] = []
    outside: tuple[int, int] | None = None
    tied: dict[int, tuple[int, int]] = {}
    for place in order.tolist():
        pair = int(left[place]), int(right[place])
        if match_id[pair[0]] != match_id[pair[1]]:
            outside = outside or (pair if pair[0] in rows else (pair[1], pair[0]))
            continue
        for row in pair:
            tied.setdefault(row, pair)
    for row in rows:
        rest = [other for other in rows if other != row]
        own_pair = tied.get(row) or ((min(row, rest[0]), max(row, rest[0])) if rest else None)
        if own_pair is not None and own_pair not in inside:
            inside.append(own_pair)
    return inside, outside


def _joined(match_id: Rows, scores: Scores, limit: int, rows: int) -> list[Doubt]:
    link = weakest_links(match_id, scores)
    scored = np.flatnonzero(~np.isnan(link))
    order = scored[np.lexsort((scored, link[scored]))]
    _, first = np.unique(match_id[order], return_index=True)
    worst = order[np.sort(first)][: 2 * limit]
    doubts = []
    for row in worst.tolist():
        doubts.append(_joined_at(row, match_id, link, rows))
    return doubts


def _joined_at(row: int, match_id: Rows, link: NDArray[np.float64], rows: int) -> Doubt:
    members = np.flatnonzero(match_id == match_id[row])
    by_link = members[np.lexsort((members, np.nan_to_num(link[members], nan=2.0)))]
    return Doubt((int(match_id[row]),), float(link[row]), tuple(by_link[:rows].tolist()))


def _apart(match_id: Rows, scores: Scores, limit: int, rows: int) -> list[Doubt]:
    left, right = scores.pairs.left, scores.pairs.right
    cut = np.flatnonzero(match_id[left] != match_id[right])
    if len(cut) == 0:
        return []
    ids, code = np.unique(match_id, return_inverse=True)
    each, other = code[left[cut]].astype(np.int64), code[right[cut]].astype(np.int64)
    pair = np.minimum(each, other) * len(ids) + np.maximum(each, other)
    numbers, which, count = np.unique(pair, return_inverse=True, return_counts=True)
    chance = np.bincount(which, scores.probability[cut].astype(np.float64)) / count
    doubts = []
    for number in np.lexsort((numbers, -chance))[: 2 * limit].tolist():
        low, high = divmod(int(numbers[number]), len(ids))
        between = cut[which == number]
        best = between[np.lexsort((between, -scores.probability[between]))]
        rows_of: dict[int, list[int]] = {low: [], high: []}
        for at in best.tolist():
            for row in (int(left[at]), int(right[at])):
                mine = rows_of[int(code[row])]
                if row not in mine and len(mine) < rows // 2:
                    mine.append(row)
        doubts.append(
            Doubt(
                (int(ids[low]), int(ids[high])),
                float(chance[number]),
                (*rows_of[low], *rows_of[high]),
            )
        )
    return doubts
