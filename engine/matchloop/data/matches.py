"""Matches: a group and a confidence per record, and what changed since the last run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from matchloop.data.pairs import Scores, run_starts
from matchloop.data.records import CONFIDENCE, MATCH_ID, RESULTS, Records
from matchloop.errors import TableError, some

__all__ = [
    "CONFIDENCE",
    "MATCH_ID",
    "RESULTS",
    "Changes",
    "Matches",
    "Previous",
    "assign_ids",
    "match_ids_of",
    "next_free_id",
    "rounded",
]

Previous = Mapping[str, int] | tuple[Sequence[str], NDArray[np.integer]]
Ids = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Changes:
    """The changes to the groups of an earlier run.

    Parameters
    ----------
    created
        Ids of groups that hold only new records.
    joined
        Shape (n, 2): position of a record that was not there before, id of the older group that
        it joined.
    merged
        Shape (n, 2): id of a group, id of another earlier group that gave records to it.
    split
        Shape (n, 2): id of an earlier group, id of another group that some of its records are in.
    removed
        Ids of earlier groups that have lost all of their records.
    """

    created: Ids
    joined: Ids
    merged: Ids
    split: Ids
    removed: Ids

    def counts(self) -> dict[str, int]:
        """Return how many changes of each sort there were."""
        return {
            "created": len(self.created),
            "joined": len(self.joined),
            "merged": len(self.merged),
            "split": len(self.split),
            "removed": len(self.removed),
        }

    def table(self, records: Records) -> pa.Table:
        """Return one row per change: change, match_id, other_match_id, key of the record."""
        names = [name for name, count in self.counts().items() for _ in range(count)]
        ids = [self.created, self.joined[:, 1], self.merged[:, 0], self.split[:, 0], self.removed]
        blank = pa.nulls
        other = [
            blank(len(self.created) + len(self.joined), pa.int64()),
            pa.array(self.merged[:, 1]),
            pa.array(self.split[:, 1]),
            blank(len(self.removed), pa.int64()),
        ]
        rest = len(self.merged) + len(self.split) + len(self.removed)
        keys = [
            blank(len(self.created), pa.string()),
            records.keys.take(pa.array(self.joined[:, 0])),
            blank(rest, pa.string()),
        ]
        return pa.table(
            {
                "change": pa.array(names, pa.string()),
                MATCH_ID: np.concatenate(ids),
                f"other_{MATCH_ID}": pa.chunked_array(other),
                "key": pa.chunked_array(keys),
            }
        )


@dataclass(frozen=True, eq=False)
class Matches:
    """The result of matching.

    Parameters
    ----------
    records
        The records matched.
    match_id
        Id of each record's group, shape (records,); equal ids match.
    confidence
        Confidence of each record's group, shape (records,), in [0, 1].
    scores
        The pairs that were compared and their probabilities.
    changes
        What became of an earlier run's groups, where one was given.
    notes
        Sentences on what could not be honoured, such as labels that contradict each other, and on
        values that were taken as missing.
    next_id
        Lowest id that no group has had, neither now nor in the earlier run.

    Raises
    ------
    TableError
        The key or source column bears the name of a result column.
    """

    records: Records
    match_id: NDArray[np.int64]
    confidence: NDArray[np.floating]
    scores: Scores
    changes: Changes | None = None
    notes: tuple[str, ...] = ()
    next_id: int = 0

    def __post_init__(self) -> None:
        for name in (self.records.key, self.records.source):
            if name in RESULTS:
                raise TableError(
                    f"the column '{name}' is both the key or source and a result; rename it"
                )

    def __len__(self) -> int:
        return len(self.match_id)

    def table(self) -> pa.Table:
        """Return the input rows in their order, then match_id and match_confidence_score.

        Columns of these two names in the input, such as those of an earlier run, are replaced.
        """
        table = self.records.table
        taken = [name for name in table.column_names if name in RESULTS]
        table = table.drop_columns(taken) if taken else table
        table = table.append_column(MATCH_ID, pa.array(self.match_id))
        return table.append_column(CONFIDENCE, pa.array(rounded(self.confidence)))

    def groups(self) -> pa.Table:
        """Return one row per group: match_id, size, match_confidence_score, keys.

        Groups are in ascending order of id, the keys of a group in the order of the rows.
        """
        order = np.argsort(self.match_id, kind="stable")
        starts = run_starts(self.match_id[order])
        first = order[starts]
        bounds = np.append(starts, len(order)).astype(np.int64)
        keys = pa.LargeListArray.from_arrays(bounds, self.records.keys.take(pa.array(order)))
        return pa.table(
            {
                MATCH_ID: self.match_id[first],
                "size": np.diff(bounds),
                CONFIDENCE: rounded(self.confidence[first]),
                "keys": keys,
            }
        )

    def pairs_table(self, *, at_least: float = 0.0) -> pa.Table:
        """Return the compared pairs for review: left, right (keys), probability, same_group.

        Parameters
        ----------
        at_least
            Lowest probability to list.
        """
        keep = self.scores.probability >= at_least
        left, right = self.scores.pairs.left[keep], self.scores.pairs.right[keep]
        keys = self.records.keys
        return pa.table(
            {
                "left": keys.take(pa.array(left)),
                "right": keys.take(pa.array(right)),
                "probability": self.scores.probability[keep],
                "same_group": self.match_id[left] == self.match_id[right],
            }
        )


_WHOLE = r"^-?[0-9]{1,18}(\.0+)?$"  # pandas writes 1.0 where another row lacks a value


def match_ids_of(table: pa.Table, *, name: str = MATCH_ID) -> NDArray[np.int64]:
    """Read the group ids that an earlier run wrote.

    Parameters
    ----------
    table
        A matched table.
    name
        Its column of group ids: whole numbers from 0, or text of such.

    Returns
    -------
    numpy.ndarray
        Shape (rows,), int64; -1 where the id is missing.

    Raises
    ------
    TableError
        There is no such column or it holds something else.
    """
    if name not in table.column_names:
        raise TableError(
            f"no column '{name}' among {some(table.column_names)}; give the output of a match run"
        )
    column = table.column(name)
    try:
        if pa.types.is_floating(column.type) or pa.types.is_integer(column.type):
            ids = column.cast(pa.int64())
        else:
            text = pc.utf8_trim_whitespace(column.cast(pa.string()))
            ids = pc.if_else(pc.equal(text, ""), pa.scalar(None, pa.string()), text)
            whole = pc.match_substring_regex(ids, _WHOLE)
            others = ids.filter(pc.fill_null(pc.invert(whole), False))
            if len(others):
                raise TableError(
                    f"'{name}' holds {others[0].as_py()!r}; expected whole numbers from 0: give "
                    "the output of a match run"
                )
            ids = pc.replace_substring_regex(ids, r"\.0+$", "").cast(pa.int64())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        raise TableError(f"'{name}' holds other things than whole numbers from 0") from None
    numbers = np.asarray(ids.fill_null(-1).combine_chunks(), dtype=np.int64)
    bad = numbers[numbers < 0]
    if len(bad) > ids.null_count:
        raise TableError(f"'{name}' holds {bad.min()}; expected whole numbers from 0")
    return numbers


def assign_ids(
    cluster: NDArray[np.int64],
    keys: pa.StringArray,
    previous: Previous | None = None,
    *,
    next_id: int = 0,
) -> tuple[NDArray[np.int64], Changes | None]:
    """Give every group an id, the same as in an earlier run where the group still exists.

    Pairs of a group and an earlier id are taken by the number of records that they share, the most
    first. The group of a pair gets its id, if both are still free. Ties go to the lowest id, then
    to the lowest key. Groups left over get ids above all earlier ones, in order of appearance.
    Apart from these new ids, the order of rows and of ``previous`` does not matter.

    Parameters
    ----------
    cluster
        Group of each record, shape (records,), numbered by first appearance.
    keys
        Key of each record.
    previous
        Ids of the earlier run, by key: a mapping, or keys (Arrow or a sequence of text) and ids.
        An id of -1 is none.
    next_id
        Lowest fresh id; give the high-water mark of all runs, so that the id of a group that was
        deleted never goes to another.

    Returns
    -------
    tuple
        The id of each record, shape (records,), and the changes; None without an earlier run.
    """
    if previous is None:
        return cluster.copy(), None
    earlier_keys, earlier = _arrays(previous)
    at = pc.index_in(keys.cast(pa.string()), value_set=earlier_keys)
    at = np.asarray(at.fill_null(-1), dtype=np.int64)
    before = np.full(len(cluster), -1, np.int64)
    before[at >= 0] = earlier[at[at >= 0]]
    group, former, count, rows = _overlaps(cluster, before, keys)
    n_groups = int(cluster.max()) + 1 if len(cluster) else 0
    ids = _settled(group, former, count, rows, n_groups)
    fresh = ids < 0
    start = max(int(earlier.max(initial=-1)) + 1, next_id)
    ids[fresh] = np.arange(start, start + int(fresh.sum()))
    return ids[cluster], _changes(ids, cluster, before, group, former, earlier)


def next_free_id(
    match_id: NDArray[np.int64], previous: Previous | None = None, next_id: int = 0
) -> int:
    """Return the lowest id above those of the groups, of earlier ones and of a former mark.

    Parameters
    ----------
    match_id
        Id of each record's group.
    previous
        As for :func:`assign_ids`.
    next_id
        The mark before.
    """
    earlier = np.empty(0, np.int64) if previous is None else _arrays(previous)[1]
    highest = max(int(match_id.max(initial=-1)), int(earlier.max(initial=-1)))
    return max(highest + 1, next_id)


def rounded(probability: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return probabilities with four digits, as results are written; more of them mean nothing."""
    return np.asarray(np.round(probability.astype(np.float64), 4), np.float64)


def _arrays(previous: Previous) -> tuple[pa.Array, NDArray[np.int64]]:
    if isinstance(previous, Mapping):
        return (
            pa.array(list(previous), pa.string()),
            np.fromiter(previous.values(), np.int64, len(previous)),
        )
    keys, ids = previous
    arrow = keys.combine_chunks() if isinstance(keys, pa.ChunkedArray) else pa.array(keys)
    return arrow.cast(pa.string()), np.asarray(ids, np.int64)


def _overlaps(
    cluster: NDArray[np.int64], before: NDArray[np.int64], keys: pa.StringArray
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    # each pair of a group and an earlier id: how many records, rank of the lowest key (ties only)
    rows = np.flatnonzero(before >= 0)
    rows = rows[np.lexsort((before[rows], cluster[rows]))]
    now, then = cluster[rows], before[rows]
    starts = run_starts(now, then)
    count = np.diff(np.append(starts, len(rows)))
    group, former = now[starts], then[starts]
    lowest = np.zeros(len(starts), np.int64)
    contested = np.flatnonzero(_repeated(group) | _repeated(former))
    if len(contested):
        member = np.repeat(np.arange(len(starts)), count)
        mine = np.isin(member, contested)
        order = np.asarray(pc.sort_indices(keys.take(pa.array(rows[mine]))), dtype=np.int64)
        rank = np.empty(len(order), np.int64)
        rank[order] = np.arange(len(order))
        lowest[contested] = len(order)
        np.minimum.at(lowest, member[mine], rank)
    return group, former, count, lowest


def _repeated(values: NDArray[np.int64]) -> NDArray[np.bool_]:
    order = np.argsort(values, kind="stable")
    same = values[order][1:] == values[order][:-1]
    out = np.zeros(len(values), np.bool_)
    out[order[1:]] |= same
    out[order[:-1]] |= same
    return out


def _settled(
    group: NDArray[np.int64],
    former: NDArray[np.int64],
    count: NDArray[np.int64],
    lowest: NDArray[np.int64],
    n_groups: int,
) -> NDArray[np.int64]:
    ids = np.full(n_groups, -1, np.int64)
    contested = _repeated(group) | _repeated(former)
    ids[group[~contested]] = former[~contested]
    order = np.flatnonzero(contested)
    order = order[np.lexsort((lowest[order], former[order], -count[order]))]
    taken: set[int] = set()
    named: set[int] = set()
    for g, f in zip(group[order].tolist(), former[order].tolist(), strict=True):
        if g not in named and f not in taken:
            ids[g] = f
            named.add(g)
            taken.add(f)
    return ids


def _changes(
    ids: NDArray[np.int64],
    cluster: NDArray[np.int64],
    before: NDArray[np.int64],
    group: NDArray[np.int64],
    former: NDArray[np.int64],
    earlier: NDArray[np.int64],
) -> Changes:
    old = np.zeros(len(ids), np.bool_)
    old[group] = True
    rows = np.flatnonzero((before < 0) & old[cluster])
    moved = ids[group] != former
    # a group that moved as a whole under another id is no merge: an id goes with its records
    into, source = ids[group][moved], former[moved]
    shared = _repeated(group)[moved]
    present = np.sort(former)
    gone = np.sort(earlier[earlier >= 0])
    gone = gone[run_starts(gone)]
    return Changes(
        created=np.sort(ids[~old]),
        joined=np.column_stack([rows, ids[cluster[rows]]]).astype(np.int64),
        merged=_ordered(into[shared], source[shared]),
        split=_ordered(source[_repeated(former)[moved]], into[_repeated(former)[moved]]),
        removed=gone[~np.isin(gone, present)],
    )


def _ordered(first: NDArray[np.int64], second: NDArray[np.int64]) -> NDArray[np.int64]:
    order = np.lexsort((second, first))
    return np.column_stack([first[order], second[order]])
