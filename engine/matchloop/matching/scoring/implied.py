"""Pairs inside a large group that blocking never compared, and pairs between groups."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matchloop.data.pairs import CandidatePairs, groups_of_pairs, pair_ids
from matchloop.matching.scoring.readings import DOMINANT

__all__ = ["implied_pairs", "is_closed"]

DRAWN = 2_000
"""Pairs to draw inside large groups, and between groups. Chosen on generated payments to one huge
payee."""

FEWEST = 30  # least records of a large group (a convention): all pairs of smaller ones are compared

CLOSED = 0.98
"""Share of the candidates inside a large group that match, from which all pairs inside it match.
Chosen on generated payments to one huge payee (.99 or more), on cora (.90) and on generated
references (.93), whose large groups are chains of several entities."""


def is_closed(pairs: CandidatePairs, taken: NDArray[np.bool_], n_records: int) -> bool:
    """Return whether there are large groups in which nearly every candidate matches.

    Parameters
    ----------
    pairs
        All candidates.
    taken
        Which of them match, shape (pairs,).
    n_records
        Records of the table.
    """
    group, large = _large_groups(pairs, taken, n_records)
    inside = large[pairs.left] & (group[pairs.left] == group[pairs.right])
    return bool(inside.any() and taken[inside].mean() >= CLOSED)


def implied_pairs(
    pairs: CandidatePairs, taken: NDArray[np.bool_], n_records: int, *, seed: int
) -> tuple[CandidatePairs, NDArray[np.bool_]]:
    """Draw pairs whose answer follows from the matches of a table with a large group.

    A group of hundreds of records holds dozens of forms of a name, and blocking compares each
    record to the few most alike. A model of these pairs alone knows no match of unlike forms.

    Parameters
    ----------
    pairs
        All candidates.
    taken
        Which of them match, shape (pairs,).
    n_records
        Records of the table.
    seed
        The same seed draws the same pairs.

    Returns
    -------
    tuple of CandidatePairs and numpy.ndarray
        Pairs that are no candidates, and whether each lies inside a large group; all others join
        two groups.
    """
    group, large = _large_groups(pairs, taken, n_records)
    rng = np.random.default_rng(seed)
    members = np.flatnonzero(large)
    inside = members[rng.integers(0, len(members), (2, DRAWN))]
    inside = inside[:, group[inside[0]] == group[inside[1]]]
    outside = rng.integers(0, n_records, (2, DRAWN))
    outside = outside[:, group[outside[0]] != group[outside[1]]]
    left, right = np.concatenate((inside, outside), axis=1).astype(np.int32)
    drawn = CandidatePairs.of(left[left != right], right[left != right], "implied")
    drawn = drawn.take(~np.isin(drawn.ids(), pair_ids(pairs.left, pairs.right)))
    return drawn, group[drawn.left] == group[drawn.right]


def _large_groups(
    pairs: CandidatePairs, taken: NDArray[np.bool_], n_records: int
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return the group of each record, and whether it is a large one, shape (records,) each."""
    group = groups_of_pairs((pairs.left[taken], pairs.right[taken]), n_records)
    size = np.bincount(group)[group]
    return group, (size >= DOMINANT[0] * n_records) & (size >= FEWEST)
