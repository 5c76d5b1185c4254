"""The pairs of records of different tables that match, as a table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from matchloop.data.matches import Matches, rounded
from matchloop.data.pairs import CandidatePairs, pair_ids
from matchloop.data.text import as_text
from matchloop.entities.linkage.labels import TABLES
from matchloop.entities.linkage.tables import LinkedTables

__all__ = ["LinkedPairs", "linked_pairs", "pairs_table"]

Rows = NDArray[np.int64]
ScorePairs = Callable[[CandidatePairs], NDArray[np.float32]]


@dataclass(frozen=True, slots=True, eq=False)
class LinkedPairs:
    """Pairs of rows that match, sorted by left and right row.

    Parameters
    ----------
    left, right
        Shape (pairs,): rows, ``left < right``.
    probability
        Shape (pairs,): that they match.
    """

    left: Rows
    right: Rows
    probability: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.left)

    def take(self, keep: NDArray[np.bool_]) -> LinkedPairs:
        """Return some of the pairs."""
        return LinkedPairs(self.left[keep], self.right[keep], self.probability[keep])

    def merged(self, other: LinkedPairs) -> LinkedPairs:
        """Return the pairs of both, each once; where both have one, this one's counts."""
        left, right = np.append(self.left, other.left), np.append(self.right, other.right)
        probability = np.append(self.probability, other.probability)
        first = np.unique(pair_ids(left, right), return_index=True)[1]
        return LinkedPairs(left[first], right[first], probability[first])

    def best_of_each(self, source: NDArray[np.int32]) -> LinkedPairs:
        """Return at most one pair of each record with each other source, the likeliest first.

        Parameters
        ----------
        source
            Shape (rows,): the source of each row.
        """
        keep = np.zeros(len(self), np.bool_)
        taken: set[tuple[int, int]] = set()
        for at in np.lexsort((self.right, self.left, -self.probability)).tolist():
            left, right = int(self.left[at]), int(self.right[at])
            ends = {(left, int(source[right])), (right, int(source[left]))}
            if not ends & taken:
                taken |= ends
                keep[at] = True
        return self.take(keep)


def linked_pairs(matches: Matches, score: ScorePairs, *, across: bool = True) -> LinkedPairs:
    """Return the pairs inside the groups.

    Parameters
    ----------
    matches
        Groups of records.
    score
        Returns the match probability of pairs that were not compared.
    across
        Whether pairs of one source are left out.
    """
    left, right = _inside(matches.match_id)
    if across and (source := matches.records.sources) is not None:
        differ = source[left] != source[right]
        left, right = left[differ], right[differ]
    order = np.argsort(pair_ids(left, right))
    left, right = left[order], right[order]
    ids, compared = pair_ids(left, right), matches.scores.pairs.ids()
    at = np.minimum(np.searchsorted(compared, ids), max(0, len(compared) - 1))
    is_known = compared[at] == ids if len(compared) else np.zeros(len(ids), np.bool_)
    probability = np.zeros(len(ids))
    if is_known.any():
        probability[is_known] = matches.scores.probability[at[is_known]]
    if not is_known.all():
        missing = CandidatePairs.of(left[~is_known], right[~is_known])
        probability[~is_known] = score(missing)
    return LinkedPairs(left, right, probability)


def _inside(match_id: Rows) -> tuple[Rows, Rows]:
    """Return every pair of rows of one group, the lower row on the left."""
    order = np.argsort(match_id, kind="stable")
    starts = np.flatnonzero(np.append(True, np.diff(match_id[order]) != 0)[: len(order)])
    sizes = np.diff(np.append(starts, len(order)))
    lefts, rights = [], []
    for size in np.unique(sizes[sizes > 1]).tolist():
        members = order[starts[sizes == size][:, None] + np.arange(size)]
        first, other = np.triu_indices(size, 1)
        lefts.append(members[:, first].ravel())
        rights.append(members[:, other].ravel())
    blank = np.zeros(0, np.int64)
    return np.concatenate([blank, *lefts]), np.concatenate([blank, *rights])


def pairs_table(
    pairs: LinkedPairs, linked: LinkedTables, *, tables: bool = False, rows: bool = False
) -> pa.Table:
    """Return left_id, right_id, probability, and both rows if wanted.

    Parameters
    ----------
    pairs
        The pairs.
    linked
        The tables.
    tables
        Whether to add the names of the tables, ``left_table`` and ``right_table``.
    rows
        Whether to add the columns of both rows beside each other.
    """
    records = linked.records
    sides = [pa.array(pairs.left), pa.array(pairs.right)]
    columns: dict[str, pa.Array | pa.ChunkedArray] = {}
    source = as_text(records.table[records.source])
    for name, title, side in zip(("left_id", "right_id"), TABLES, sides, strict=True):
        if tables:
            columns[title] = source.take(side)
        columns[name] = linked.keys.take(side)
    columns["probability"] = pa.array(rounded(pairs.probability))
    if rows:
        for column in records.table.column_names:
            if column in (records.key, records.source):
                continue
            for word, side in zip(("left", "right"), sides, strict=True):
                values = records.table[column].take(side)
                if len(linked.sources) > 2 or values.null_count < len(values):
                    name = f"{word}_{column}"
                    while name in columns:
                        name += "_"
                    columns[name] = values
    return pa.table(columns)
