from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.entities.identity.slow_law import SlowIds
from matchloop import Matches, Records, keep_ids
from matchloop.data.pairs import CandidatePairs, Scores
from matchloop.data.records import Kind
from matchloop.entities.identity import replay
from matchloop.errors import TableError

KEYS = [f"k{number}" for number in range(8)]
runs = st.lists(
    st.dictionaries(st.sampled_from(KEYS), st.integers(0, 4), min_size=1, max_size=8),
    min_size=2,
    max_size=6,
)


def records(keys: list[str], names: list[str] | None = None, **more: list[int]) -> Records:
    table = pa.table({"id": keys, "name": names or [f"name of {key}" for key in keys], **more})
    return Records(table, "id", {"name": Kind.NAME})


def grouped(run: dict[str, int], names: list[str] | None = None) -> Matches:
    """What a run without an earlier one gives: groups numbered by first appearance."""
    numbers = {group: number for number, group in enumerate(dict.fromkeys(run.values()))}
    none = np.empty(0, np.int32)
    return Matches(
        records(list(run), names),
        np.asarray([numbers[group] for group in run.values()], np.int64),
        np.ones(len(run)),
        Scores(CandidatePairs.of(none, none), np.empty(0, np.float32)),
    )


def output(matches: Matches) -> Records:
    return Records(matches.table(), "id", {"name": Kind.NAME})


def ids_of(matches: Matches) -> dict[str, int]:
    return dict(zip(matches.records.keys.to_pylist(), matches.match_id.tolist(), strict=True))


def groups_of(run: dict[str, int]) -> list[list[str]]:
    groups: dict[int, list[str]] = {}
    for key, group in run.items():
        groups.setdefault(group, []).append(key)
    return list(groups.values())


@given(runs)
def test_changes_from_the_first_run_on_give_the_ids_of_the_last(
    history: list[dict[str, int]],
) -> None:
    last, changes = grouped(history[0]), None
    rebuilt = ids_of(last)
    for run in history[1:]:
        kept = keep_ids(grouped(run), output(last), changes)
        last, changes = kept.matches, kept.changes
        rebuilt = replay(changes, rebuilt)

        assert rebuilt == ids_of(last)


@given(runs)
def test_output_and_changes_are_enough_to_give_no_id_twice(history: list[dict[str, int]]) -> None:
    last, changes = grouped(history[0]), None
    slow = SlowIds().advance(groups_of(history[0]))
    for run in history[1:]:
        kept = keep_ids(grouped(run), output(last), changes)
        last, changes = kept.matches, kept.changes
        slow = slow.advance(groups_of(run))

        assert {key: ids_of(last)[key] for key in run} == slow.ids
        assert last.next_id == slow.next_id


def test_the_end_of_the_highest_id_stays_on_record() -> None:
    first = grouped({"a": 0, "b": 1})
    second = keep_ids(grouped({"a": 0}), output(first))
    third = keep_ids(grouped({"a": 0}), output(second.matches), second.changes)
    fourth = keep_ids(grouped({"a": 0, "stranger": 1}), output(third.matches), third.changes)

    assert third.changes.to_pylist() == [
        {
            "event": "retired",
            "key": None,
            "match_id": None,
            "previous_match_id": 1,
            "reason": "earlier run",
        }
    ]
    assert ids_of(fourth.matches) == {"a": 0, "stranger": 2}


def test_a_record_with_another_value_is_named_as_changed() -> None:
    first = grouped({"a": 0, "b": 0})
    kept = keep_ids(grouped({"a": 0, "b": 1}, ["name of a", "another"]), output(first))

    assert [(row["event"], row["key"], row["reason"]) for row in kept.changes.to_pylist()] == [
        ("split", None, "changed record"),
        ("moved", "b", "changed record"),
    ]


def test_a_table_of_keys_and_ids_is_enough() -> None:
    earlier = Records(
        pa.table({"id": ["a", "b"], "match_id": [4, 4], "x": ["", "y"]}), "id", {"x": Kind.NAME}
    )

    assert ids_of(keep_ids(grouped({"a": 0, "b": 0}), earlier).matches) == {"a": 4, "b": 4}


def test_a_row_without_an_id_counts_as_new() -> None:
    earlier = records(["a", "b"], match_id=[3, None])  # type: ignore[list-item]
    kept = keep_ids(grouped({"a": 0, "b": 0}), earlier)

    assert [(row["event"], row["key"]) for row in kept.changes.to_pylist()] == [("joined", "b")]


def test_another_file_in_place_of_changes_is_refused() -> None:
    first = grouped({"a": 0})

    with pytest.raises(TableError, match="the changes of the earlier run lack 'event'"):
        keep_ids(first, output(first), pa.table({"match_id": [1]}))
