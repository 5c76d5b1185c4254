"""Keep the ids of an earlier run's output in another run, and list what changed."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from matchloop.data.matches import Matches, match_ids_of
from matchloop.data.records import Records
from matchloop.entities.identity.content import compared_columns, content_hashes
from matchloop.entities.identity.events import CHANGES, Event
from matchloop.entities.identity.law import advance
from matchloop.entities.identity.state import State
from matchloop.errors import TableError, some

__all__ = ["KeptIds", "highest_id", "keep_ids"]

EARLIER = "earlier run"
"""Reason of an event that is repeated so that the highest id ever given stays on record."""


@dataclass(frozen=True, slots=True, eq=False)
class KeptIds:
    """Groups of a run under the ids of an earlier one.

    Parameters
    ----------
    matches
        The groups; :attr:`Matches.next_id` is the lowest id that no group has had.
    changes
        What changed since the earlier run, one row per event: ``event``, ``key``, ``match_id``,
        ``previous_match_id``, ``reason``. Replayed over the earlier run it gives the present ids.
    """

    matches: Matches
    changes: pa.Table


def keep_ids(
    matches: Matches,
    earlier: Records,
    changes: pa.Table | None = None,
    *,
    contents: bool = True,
) -> KeptIds:
    """Give groups the ids that they had in an earlier run, and list what changed.

    A group that still exists keeps its id. A merge keeps the id with the larger overlap, a split
    leaves the id with the larger part; ties go to the lowest id, then to the lowest key. A new
    group gets an id that no group had before.

    Parameters
    ----------
    matches
        Groups made with any settings, of new, changed and unchanged records.
    earlier
        Output of the earlier run: all of its rows, with ``match_id``.
    changes
        What the earlier run changed, as this function returned it, so that no id of a group that
        ended before is given again; None for a first run.
    contents
        Whether to compare what records hold, so that changed ones are named as such.

    Returns
    -------
    KeptIds
        The same groups under their ids.

    Raises
    ------
    TableError
        The earlier records have no usable ``match_id``, or the changes are not such a table.

    Examples
    --------
    >>> import matchloop as ml
    >>> people = ml.read_records("data/people.csv", key="id")
    >>> strict, loose = ml.Matcher(threshold=0.9), ml.Matcher(threshold=0.1)
    >>> first = strict.fit(people).find_matches(people)
    >>> earlier = ml.read_records(first.table(), key="id")
    >>> kept = ml.keep_ids(loose.fit(people).find_matches(people), earlier)
    >>> kept.changes.column_names
    ['event', 'key', 'match_id', 'previous_match_id', 'reason']
    """
    before = match_ids_of(earlier.table)
    named = np.flatnonzero(before >= 0)
    columns = compared_columns(matches.records) if contents else []
    shared = [name for name in columns if name in earlier.table.column_names]
    mark = highest_id(changes) + 1
    state = State.of(
        earlier.keys.take(pa.array(named)),
        before[named],
        _hashes(earlier.table, shared).take(pa.array(named)),
        mark,
    )
    step = advance(
        state,
        matches.records.keys,
        _by_appearance(matches.match_id),
        _hashes(matches.records.table, shared),
    )
    following = step.state
    kept = replace(
        matches, match_id=following.match_id, next_id=following.next_id, changes=step.groups
    )
    return KeptIds(kept, _with_highest(step.changes, following, changes))


def highest_id(changes: pa.Table | None) -> int:
    """Return the highest id that changes name, -1 where there is none.

    Raises
    ------
    TableError
        The table does not hold changes.
    """
    if changes is None:
        return -1
    lacking = [name for name in CHANGES.names if name not in changes.column_names]
    if lacking:
        raise TableError(
            f"the changes of the earlier run lack {some(lacking)}; give the file that the run wrote"
        )
    names = ("match_id", "previous_match_id")
    return max(int(match_ids_of(changes, name=name).max(initial=-1)) for name in names)


def _hashes(table: pa.Table, columns: list[str]) -> pa.Array:
    if not columns:  # nothing to compare: no record counts as changed
        return pa.array([bytes(16)] * table.num_rows, pa.binary(16))
    return content_hashes(table, columns)


def _by_appearance(groups: NDArray[np.int64]) -> NDArray[np.int64]:
    """Number groups by their first record."""
    _, first, index = np.unique(groups, return_index=True, return_inverse=True)
    rank = np.empty(len(first), np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    return rank[index]


def _with_highest(changes: pa.Table, state: State, earlier: pa.Table | None) -> pa.Table:
    """Add the end of the highest id, where it ended before, so that the next run reads it."""
    highest = state.next_id - 1
    is_named = highest in (highest_id(changes), int(state.match_id.max(initial=-1)))
    if earlier is None or is_named:
        return changes
    ids = match_ids_of(earlier, name="previous_match_id")
    ends = [Event.RETIRED.value, Event.MERGED.value, Event.SPLIT.value]
    is_end = np.asarray(pc.is_in(earlier.column("event"), value_set=pa.array(ends)))
    rows = earlier.take(pa.array(np.flatnonzero((ids == highest) & is_end)[:1])).to_pylist()
    # without a row the file lost some: nobody knows how the id ended
    end = rows[0] if rows else {"event": Event.RETIRED.value, "match_id": None}
    into = None if end["match_id"] in (None, "") else int(end["match_id"])
    repeated = pa.table([[end["event"]], [None], [into], [highest], [EARLIER]], schema=CHANGES)
    return pa.concat_tables([changes, repeated])
