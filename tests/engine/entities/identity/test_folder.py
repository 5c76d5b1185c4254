from __future__ import annotations

import json
import random
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from matchloop import Identity, Matcher, Records, read_records
from matchloop.data.records import Kind
from matchloop.entities.identity import Status, replay
from matchloop.errors import InputError, OutputError, TableError, UsageError

PEOPLE = Path(__file__).resolve().parents[4] / "data" / "people.csv"
COMMIT_AND_KILL = Path(__file__).with_name("commit_and_kill.py")

Rows = list[dict[str, Any]]


@pytest.fixture(autouse=True, params=["whole", "indexed"])
def _ways_to_match_a_batch(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Match batches by all rows, as small folders do, and by an index, as large ones do."""
    if request.param == "indexed":
        monkeypatch.setattr("matchloop.matching.blocking.rules.RICH_RECORDS", 0)


@cache
def people() -> Records:
    return read_records(PEOPLE, key="id")


@cache
def matcher() -> Matcher:
    return Matcher().fit(people())


def rows(start: int = 0, stop: int | None = None) -> Rows:
    return list(people().table.slice(start).to_pylist()[: None if stop is None else stop - start])


def records(some_rows: Rows) -> Records:
    table = pa.Table.from_pylist(some_rows, schema=people().table.schema)
    return Records(table, "id", dict(people().kinds))


def commit(folder: Path, some_rows: Rows, **more: Any) -> Identity:
    Identity(folder).match(records(some_rows), matcher(), **more).commit()
    return Identity(folder)


def ids_of(identity: Identity) -> dict[str, int]:
    state = identity.state
    return dict(zip(state.keys.to_pylist(), state.match_id.tolist(), strict=True))


def groups_of(ids: dict[str, int]) -> set[frozenset[str]]:
    groups: dict[int, set[str]] = {}
    for key, match_id in ids.items():
        groups.setdefault(match_id, set()).add(key)
    return {frozenset(group) for group in groups.values()}


def test_a_first_run_gives_the_groups_of_a_plain_one(tmp_path: Path) -> None:
    identity = commit(tmp_path / "ids", rows())
    plain = matcher().find_matches(people())

    assert identity.state.match_id.tolist() == plain.match_id.tolist()
    assert identity.check().ids[Status.ACTIVE] == len({*plain.match_id.tolist()})


def test_a_batch_that_comes_twice_changes_nothing(tmp_path: Path) -> None:
    commit(tmp_path, rows(0, 300))
    first = commit(tmp_path, rows(300, 350))
    again = Identity(tmp_path).match(records(rows(300, 350)), matcher())

    assert again.changes.num_rows == 0
    assert again.table().column("match_id").to_pylist() == first.state.match_id[300:].tolist()


@pytest.mark.parametrize("mode", ["hold", "settle", "full"])
def test_a_run_writes_the_rows_of_the_batch_or_all(tmp_path: Path, mode: str) -> None:
    commit(tmp_path, rows(0, 300))
    run = Identity(tmp_path).match(records(rows(290, 330)), matcher(), mode=mode)  # type: ignore[arg-type]

    assert run.table().column("id").to_pylist() == [row["id"] for row in rows(290, 330)]
    assert {*run.table(rows="all").column("id").to_pylist()} == {row["id"] for row in rows(0, 330)}


def test_new_records_do_not_touch_groups_that_nothing_ties_them_to(tmp_path: Path) -> None:
    ids = ids_of(commit(tmp_path, rows(0, 300)))
    before = groups_of(ids)
    run = Identity(tmp_path).match(records(rows(300)), matcher(), mode="settle")
    table = run.table(rows="all")
    after = groups_of(
        dict(zip(table.column("id").to_pylist(), table.column("match_id").to_pylist(), strict=True))
    )
    fresh = {row["id"] for row in rows(300)}
    moved = [event for event in run.changes.to_pylist() if event["event"] == "moved"]
    tied = {event[name] for event in moved for name in ("match_id", "previous_match_id")}
    untied = {group for group in before if not {ids[key] for key in group} & tied}

    assert untied <= {group - fresh for group in after}


def together(groups: set[frozenset[str]], among: set[str]) -> set[frozenset[str]]:
    return {group & among for group in groups if group & among}


def test_modes_differ_in_which_earlier_groups_may_split(tmp_path: Path) -> None:
    loose, strict = Matcher(threshold=0.02).fit(people()), Matcher(threshold=0.98).fit(people())
    earlier = {row["id"] for row in rows()}
    first = loose.find_matches(people())
    keys, ids = first.records.keys.to_pylist(), first.match_id.tolist()
    before = groups_of(dict(zip(keys, ids, strict=True)))
    largest = max(before, key=lambda group: (len(group), *sorted(group)))
    double = {**next(row for row in rows() if row["id"] in largest), "id": "double"}
    after = {}
    for mode in ("hold", "settle", "full"):
        Identity(tmp_path / mode).match(people(), loose).commit()
        run = Identity(tmp_path / mode).match(records([double]), strict, mode=mode)
        run.commit()
        after[mode] = together(groups_of(ids_of(Identity(tmp_path / mode))), earlier)
    afresh = strict.find_matches(records([*rows(), double]))
    alone = dict(zip(afresh.records.keys.to_pylist(), afresh.match_id.tolist(), strict=True))

    assert after["hold"] == before
    assert before - after["settle"]
    assert all(len(group & largest) in (0, len(group)) for group in before - after["settle"])
    assert after["full"] == together(groups_of(alone), earlier)
    assert len(after["full"]) > len(after["settle"]) > len(after["hold"])


def test_a_record_that_became_another_person_leaves_its_group(tmp_path: Path) -> None:
    person = rows(0, 1)[0]
    first = ids_of(commit(tmp_path, [*rows(0, 200), {**person, "id": "double"}]))
    second = ids_of(commit(tmp_path, [{**rows(399, 400)[0], "id": "double"}]))

    assert first["double"] == first[person["id"]] == second[person["id"]]
    assert second["double"] != second[person["id"]]


def test_a_deleted_record_leaves_and_comes_back_as_a_new_one(tmp_path: Path) -> None:
    first = commit(tmp_path, rows(0, 300))
    alone = next(key for group in groups_of(ids_of(first)) if len(group) == 1 for key in group)
    before = ids_of(first)[alone]
    second = commit(tmp_path, rows(300, 301), deleted=[alone])
    third = commit(tmp_path, [row for row in rows(0, 300) if row["id"] == alone])

    assert alone not in ids_of(second)
    assert second.resolve(before).status == Status.RETIRED
    assert ids_of(third)[alone] >= second.state.next_id
    assert third.check().runs == 3


def test_all_records_can_be_replaced_and_deleted(tmp_path: Path) -> None:
    commit(tmp_path, rows(0, 50))
    whole = commit(tmp_path, rows(0, 50))
    other = commit(tmp_path, rows(50, 100), deleted=[row["id"] for row in rows(0, 50)])

    assert {*ids_of(whole)} == {row["id"] for row in rows(0, 50)}
    assert {*ids_of(other)} == {row["id"] for row in rows(50, 100)}
    assert other.check().ids[Status.RETIRED] > 0


def test_a_column_that_comes_later_is_kept(tmp_path: Path) -> None:
    commit(tmp_path, rows(0, 100))
    later = pa.Table.from_pylist([{**row, "vip": "yes"} for row in rows(100, 120)])
    Identity(tmp_path).match(Records(later, "id", dict(people().kinds)), matcher()).commit()
    kept = Identity(tmp_path).records

    assert kept is not None
    assert kept.table.column("vip").to_pylist() == [None] * 100 + ["yes"] * 20


def test_a_column_that_is_lacking_is_refused(tmp_path: Path) -> None:
    commit(tmp_path, rows(0, 100))
    fewer = records(rows(100, 120))
    fewer = Records(fewer.table.drop_columns(["suburb"]), "id", {"surname": Kind.NAME})

    with pytest.raises(TableError, match="the new records lack 'suburb'"):
        Identity(tmp_path).match(fewer, matcher())


def test_a_key_that_is_new_and_deleted_is_refused(tmp_path: Path) -> None:
    commit(tmp_path, rows(0, 100))

    with pytest.raises(UsageError, match="among the new ones and deleted"):
        Identity(tmp_path).match(records(rows(0, 1)), matcher(), deleted=[rows(0, 1)[0]["id"]])


def test_records_are_deleted_without_a_batch(tmp_path: Path) -> None:
    first = commit(tmp_path, rows(0, 100))
    gone = [row["id"] for row in rows(0, 10)]
    Identity(tmp_path).match(None, matcher(), deleted=gone).commit()
    second = Identity(tmp_path)

    assert second.check().records == 90
    assert ids_of(second) == {k: v for k, v in ids_of(first).items() if k not in gone}
    with pytest.raises(UsageError, match="no record would be left"):
        second.match(None, matcher(), deleted=[*ids_of(second)])


def test_keys_to_delete_that_are_not_there_are_counted(tmp_path: Path) -> None:
    commit(tmp_path, rows(0, 100))
    run = Identity(tmp_path).match(records(rows(100, 101)), matcher(), deleted=["nobody"])

    assert run.unknown_deletions == 1


def test_of_two_runs_from_the_same_state_one_is_refused(tmp_path: Path) -> None:
    commit(tmp_path, rows(0, 100))
    one = Identity(tmp_path).match(records(rows(100, 110)), matcher())
    other = Identity(tmp_path).match(records(rows(110, 120)), matcher())
    one.commit()

    with pytest.raises(OutputError, match="another run changed"):
        other.commit()
    assert Identity(tmp_path).check().records == 110


def test_the_same_runs_give_the_same_bytes(tmp_path: Path) -> None:
    for folder in ("one", "other"):
        commit(tmp_path / folder, rows(0, 100))
        commit(tmp_path / folder, rows(90, 120), deleted=[rows(0, 1)[0]["id"]], mode="settle")
    files = sorted(path for path in (tmp_path / "one").rglob("*") if path.is_file())

    for path in files:
        assert (
            path.read_bytes()
            == (tmp_path / "other" / path.relative_to(tmp_path / "one")).read_bytes()
        )


@pytest.mark.parametrize("room", ["records", "ids", "events", "rows", "model"])
def test_a_file_with_other_bytes_is_noticed(tmp_path: Path, room: str) -> None:
    commit(tmp_path, rows(0, 50))
    file = next((tmp_path / room).iterdir())
    file.write_bytes(file.read_bytes()[:-1] + b"!")

    with pytest.raises(InputError, match="was changed or cut short"):
        Identity(tmp_path).check()


def test_events_that_are_left_out_are_noticed(tmp_path: Path) -> None:
    for start in (0, 50, 60):
        commit(tmp_path, rows(start, max(50, start + 10)))
    head = json.loads((tmp_path / "head.json").read_text())
    del head["events"][1]
    (tmp_path / "head.json").write_text(json.dumps(head))

    with pytest.raises(InputError, match="expected event 51, the next one is"):
        Identity(tmp_path).check()


@pytest.mark.parametrize("text", ["", "{}", '{"format": "other"}', "[1]"])
def test_another_file_in_place_of_the_head_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "head.json").write_text(text)

    with pytest.raises(InputError, match="is not the head of an identity folder"):
        Identity(tmp_path)


def test_a_folder_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    commit(tmp_path, rows(0, 30))
    head = json.loads((tmp_path / "head.json").read_text())
    (tmp_path / "head.json").write_text(json.dumps({**head, "version": 9}))

    with pytest.raises(InputError, match="has version 9, this matchloop reads up to 2"):
        Identity(tmp_path)


def test_events_are_read_from_a_number_on(tmp_path: Path) -> None:
    commit(tmp_path, rows(0, 50))
    identity = commit(tmp_path, rows(50, 60))
    last = identity.events().num_rows

    assert identity.events(since=50).column("seq").to_pylist() == list(range(51, last + 1))
    assert identity.events(since=last).num_rows == 0


def test_a_year_of_changes_is_replayed_from_its_events(tmp_path: Path) -> None:
    rng = random.Random(3)
    there: dict[str, dict[str, Any]] = {}
    waiting, ended = rows(), set[int]()
    rng.shuffle(waiting)
    for month in range(12):
        batch = [waiting.pop() for _ in range(25)]
        changed = rng.sample(sorted(there), min(len(there), 5))
        batch += [{**there[key], "surname": rng.choice(rows())["surname"]} for key in changed]
        gone = rng.sample(sorted({*there} - {*changed}), min(len(there) // 20, 5))
        waiting += [there.pop(key) for key in gone]
        there |= {row["id"]: row for row in batch}
        before = ids_of(Identity(tmp_path))
        mode = ("hold", "settle", "full")[month % 3]
        identity = commit(tmp_path, batch, deleted=gone, mode=mode)
        ids = ids_of(identity)
        ended |= {*before.values()} - {*ids.values()}

        assert {*ids} == {*there}
        assert not ended & {*ids.values()}
        assert replay(identity.events()) == ids
        identity.check()
    active = {*ids.values()}
    assert all({*identity.resolve(match_id).active} <= active for match_id in ended)
    kept = identity.records
    assert kept is not None
    assert {row["id"]: row for row in kept.table.to_pylist()} == there


def test_a_run_killed_at_any_file_changes_nothing(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    way = "indexed" if "indexed" in request.node.name else "whole"
    done = subprocess.run(
        [sys.executable, str(COMMIT_AND_KILL), str(tmp_path / "ids"), str(PEOPLE), way],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["killed"] >= 6
    assert report["committed"]
    assert report["leftovers"] == []
