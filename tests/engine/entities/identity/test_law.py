from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.entities.identity.slow_law import SlowIds
from matchloop.entities.identity.events import Event, chained, check_chain, replay
from matchloop.entities.identity.law import Step, advance
from matchloop.entities.identity.state import State, Status
from matchloop.errors import InputError

KEYS = [f"k{number}" for number in range(9)]

runs = st.lists(
    st.dictionaries(st.sampled_from(KEYS), st.integers(0, 4), max_size=9), min_size=1, max_size=6
)
"""Runs: the group of each record that is there."""


def groups_of(run: dict[str, int]) -> list[list[str]]:
    groups: dict[int, list[str]] = {}
    for key, group in run.items():
        groups.setdefault(group, []).append(key)
    return list(groups.values())


def step(state: State, groups: list[list[str]], contents: dict[str, int] | None = None) -> Step:
    keys = [key for group in groups for key in group]
    cluster = [number for number, group in enumerate(groups) for _ in group]
    content = [(contents or {}).get(key, 0).to_bytes(16) for key in keys]
    return advance(
        state,
        pa.array(keys, pa.string()),
        np.asarray(cluster, np.int64),
        pa.array(content, pa.binary(16)),
    )


def ids_of(state: State) -> dict[str, int]:
    return dict(zip(state.keys.to_pylist(), state.match_id.tolist(), strict=True))


def events_of(made: Step) -> list[tuple[str, str | None, int | None, int | None]]:
    return [
        (row["event"], row["key"], row["match_id"], row["previous_match_id"])
        for row in made.changes.to_pylist()
    ]


@given(runs)
def test_ids_follow_the_obvious_law(history: list[dict[str, int]]) -> None:
    state, slow = State.empty(), SlowIds()
    for run in history:
        state = step(state, groups_of(run)).state
        slow = slow.advance(groups_of(run))

        assert ids_of(state) == slow.ids
        assert state.next_id == slow.next_id


@given(runs)
def test_every_id_that_ever_was_leads_to_the_groups_that_hold_its_records(
    history: list[dict[str, int]],
) -> None:
    state, slow = State.empty(), SlowIds()
    for run in history:
        state = step(state, groups_of(run)).state
        slow = slow.advance(groups_of(run))

    for match_id in range(state.next_id):
        assert set(state.resolve(match_id).active) == slow.resolve(match_id)


@given(runs)
def test_events_from_the_first_run_on_rebuild_the_records(history: list[dict[str, int]]) -> None:
    state, rebuilt = State.empty(), dict[str, int]()
    for run in history:
        made = step(state, groups_of(run))
        state, rebuilt = made.state, replay(made.changes, rebuilt)

        assert rebuilt == ids_of(state)


@given(runs)
def test_an_id_never_comes_back(history: list[dict[str, int]]) -> None:
    state, ended = State.empty(), set[int]()
    for run in history:
        before = {*ids_of(state).values()}
        state = step(state, groups_of(run)).state
        ended |= before - {*ids_of(state).values()}

        assert not ended & {*ids_of(state).values()}


@given(runs)
def test_the_status_of_an_id_says_whether_records_have_it(history: list[dict[str, int]]) -> None:
    state = State.empty()
    for run in history:
        state = step(state, groups_of(run)).state

    active = {row["match_id"] for row in state.ids.to_pylist() if row["status"] == Status.ACTIVE}
    assert active == {*ids_of(state).values()}
    assert state.ids.column("match_id").to_pylist() == list(range(state.next_id))


@given(runs)
def test_a_run_that_changes_nothing_has_no_events(history: list[dict[str, int]]) -> None:
    state = State.empty()
    for run in history:
        state = step(state, groups_of(run)).state
    again = step(state, groups_of(history[-1]))

    assert again.changes.num_rows == 0
    assert again.state.records.equals(state.records)


def test_a_merge_keeps_the_larger_overlap_and_says_where_the_other_went() -> None:
    first = step(State.empty(), [["a"], ["b", "c"]])
    merged = step(first.state, [["a", "b", "c"]])

    assert events_of(merged) == [
        ("merged", None, 1, 0),
        ("moved", "a", 1, 0),
    ]
    assert merged.state.resolve(0).status == Status.MERGED
    assert merged.state.resolve(0).active == (1,)


def test_a_merge_of_equals_keeps_the_lowest_id() -> None:
    first = step(State.empty(), [["a"], ["b"]])

    assert ids_of(step(first.state, [["b", "a"]]).state) == {"a": 0, "b": 0}


def test_a_split_leaves_the_id_with_the_larger_part() -> None:
    first = step(State.empty(), [["a", "b", "c"]])
    parted = step(first.state, [["a"], ["b", "c"]])

    assert events_of(parted) == [("split", None, 1, 0), ("moved", "a", 1, 0)]
    assert parted.state.resolve(0).active == (0,)


def test_the_id_of_deleted_records_is_retired_and_goes_to_nobody() -> None:
    first = step(State.empty(), [["a"], ["b"]])
    fewer = step(first.state, [["a"]])
    later = step(fewer.state, [["a"], ["stranger"], ["b"]])

    assert events_of(fewer) == [("left", "b", None, 1), ("retired", None, None, 1)]
    assert ids_of(later.state) == {"a": 0, "stranger": 2, "b": 3}
    assert later.state.resolve(1).status == Status.RETIRED
    assert later.state.resolve(1).active == ()


def test_an_id_whose_records_went_to_several_groups_leads_to_all_of_them() -> None:
    first = step(State.empty(), [["a", "b"], ["c", "d"], ["x", "y"]])
    shared = step(first.state, [["a", "b", "x"], ["c", "d", "y"]])

    assert shared.state.resolve(2).status == Status.SPLIT
    assert shared.state.resolve(2).active == (0, 1)


def test_a_changed_record_is_named_as_the_reason_of_its_move() -> None:
    first = step(State.empty(), [["a", "b"]], {"a": 1})
    moved = step(first.state, [["b"], ["a"]], {"a": 2})
    reasons = dict(
        zip(
            moved.changes.column("event").to_pylist(),
            moved.changes.column("reason").to_pylist(),
            strict=True,
        )
    )

    # both parts are of one record: the part with the lowest key keeps the id
    assert ids_of(moved.state) == {"a": 0, "b": 1}
    assert reasons == {"split": "changed record", "moved": "changed record"}


def test_records_remember_the_run_that_gave_them_their_id() -> None:
    first = step(State.empty(), [["a"], ["b"]])
    second = step(first.state, [["a"], ["b", "c"]])

    assert second.state.records.column("since").to_pylist() == [1, 1, 2]


def test_an_id_that_no_group_had_is_refused() -> None:
    with pytest.raises(InputError, match="no group ever had the id 7"):
        State.empty().resolve(7)


class TestTheChainOfEvents:
    def events(self) -> pa.Table:
        first = step(State.empty(), [["a"], ["b", "c"]])
        second = step(first.state, [["a", "b", "c"]])
        log, last = chained(first.changes, run=1, seq=0, prev="0" * 64)
        more, _ = chained(second.changes, run=2, seq=log.num_rows, prev=last)
        return pa.concat_tables([log, more])

    def test_a_whole_log_is_accepted(self) -> None:
        assert check_chain(self.events())[0] == 5

    @pytest.mark.parametrize("row", range(4))
    def test_a_missing_event_is_noticed(self, row: int) -> None:
        events = self.events()
        cut = pa.concat_tables([events.slice(0, row), events.slice(row + 1)])

        with pytest.raises(InputError, match=f"expected event {row + 1}"):
            check_chain(cut)

    @pytest.mark.parametrize("column", ["event", "key", "match_id", "reason"])
    def test_a_changed_event_is_noticed(self, column: str) -> None:
        events = self.events()
        values = events.column(column).to_pylist()
        values[1] = 99 if column == "match_id" else "other"
        at = events.column_names.index(column)
        changed = events.set_column(at, events.schema.field(at), pa.array(values))

        with pytest.raises(InputError, match="was changed"):
            check_chain(changed)

    def test_a_replay_with_an_event_missing_is_refused(self) -> None:
        first = step(State.empty(), [["a"], ["b"]])
        second = step(first.state, [["a", "b"]])

        with pytest.raises(InputError, match="'b' moved from id 1, its id was None"):
            replay(pa.concat_tables([first.changes.slice(0, 1), second.changes]))


def test_events_of_a_run_stand_in_the_order_of_their_sorts() -> None:
    first = step(State.empty(), [["a", "b"], ["c"], ["d"]])
    made = step(first.state, [["a"], ["b", "e"], ["c", "f"], ["g"]])
    order = list(Event)
    places = [order.index(Event(name)) for name in made.changes.column("event").to_pylist()]

    assert places == sorted(places)
    assert {*made.changes.column("event").to_pylist()} >= {"left", "retired", "split", "created"}
