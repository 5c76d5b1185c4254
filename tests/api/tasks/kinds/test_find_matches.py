from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from matchloop import Identity
from matchloop.entities.identity import replay
from matchloop_api.places import Places
from matchloop_api.store import RunStatus, RunType
from matchloop_api.tasks import outputs
from matchloop_api.tasks.kinds import KINDS
from matchloop_api.tasks.outputs import write_parts

if TYPE_CHECKING:
    from api.tasks.kinds.conftest import Shop, Town
    from matchloop_api.store import TaskRun

JOB = RunType.FIND_MATCHES

# what these jobs write does not depend on the store, which other tests of this file try on both
on_sqlite = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)


def run_job(shop: Shop, transform: str, folder: str = "out", **arguments: str) -> TaskRun:
    given = {"--TransformId": transform, "--OutputPath": shop.uri(folder)}
    given |= {f"--{name}": value for name, value in arguments.items()}
    return shop.run(JOB, transform, JobName="job", Arguments=given)


def read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def by_group(rows: list[dict[str, Any]]) -> dict[frozenset[str], int]:
    found: dict[int, set[str]] = {}
    for row in rows:
        found.setdefault(int(row["match_id"]), set()).add(str(row["id"]))
    return {frozenset(group): match_id for match_id, group in found.items()}


def groups(rows: list[dict[str, Any]]) -> set[frozenset[str]]:
    return set(by_group(rows))


def test_a_job_writes_the_rows_in_their_order_with_match_ids(
    shop: Shop, taught: str, known_town: Town
) -> None:
    run = run_job(shop, taught)

    assert (run.status, run.error) == (RunStatus.SUCCEEDED, None)
    (path,) = shop.written("out/*")
    milliseconds = int(run.started_at.timestamp() * 1000)
    assert path.name == f"run-{milliseconds}-part-r-00000"
    rows = read(path)
    assert list(rows[0]) == ["id", "name", "city", "born", "match_id"]
    assert [row["id"] for row in rows] == [str(row["id"]) for row in known_town.rows]
    found = {row["id"]: row["match_id"] for row in rows}
    who = known_town.who
    twice = [(a, b) for a, b in zip(found, [*found][1:], strict=False) if who[a] == who[b]]
    assert sum(found[a] == found[b] for a, b in twice) > 0.8 * len(twice)
    assert run.progress.pairs > 0


@pytest.mark.parametrize("form", ["csv", "json", "parquet"])
@on_sqlite
def test_every_format_holds_the_same_rows_and_the_catalogs_types(
    shop: Shop, taught: str, form: str
) -> None:
    run_job(shop, taught, OutputFormat=form, ComputeMatchConfidenceScores="true")

    (path,) = shop.written("out/*")
    if form == "parquet":
        table = pq.ParquetFile(path).read()
        assert table.schema.types == [
            pa.int32(),
            pa.string(),
            pa.string(),
            pa.int32(),
            pa.int64(),
            pa.float64(),
        ]
        rows = table.to_pylist()
    elif form == "json":
        rows = [json.loads(line) for line in path.read_text().splitlines()]
        assert isinstance(rows[0]["born"], int)
    else:
        rows = [dict(row) for row in read(path)]
    names = ["id", "name", "city", "born", "match_id", "match_confidence_score"]
    assert all(list(row) == names for row in rows)
    assert len(rows) == 80
    assert all(0 <= float(row["match_confidence_score"]) <= 1 for row in rows)


@on_sqlite
def test_a_large_output_comes_in_parts(
    shop: Shop, taught: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outputs, "PART_ROWS", 30)

    run_job(shop, taught)

    paths = shop.written("out/*")
    assert [path.name[-7:] for path in paths] == ["r-00000", "r-00001", "r-00002"]
    assert [len(read(path)) for path in paths] == [30, 30, 20]


@on_sqlite
def test_a_rerun_keeps_every_match_id(shop: Shop, taught: str, known_town: Town) -> None:
    run_job(shop, taught, "one")
    # the rows in another order, and one less
    shop.write_csv(
        "town/part.csv",
        [known_town.columns, *(list(row.values()) for row in reversed(known_town.rows[1:]))],
    )

    run = run_job(shop, taught, "two")

    first, second = (by_group(read(shop.written(f"{name}/*")[0])) for name in ("one", "two"))
    still = first.keys() & second.keys()
    assert len(still) > 20
    assert {group: first[group] for group in still} == {group: second[group] for group in still}
    assert len(set(second.values())) == len(second)
    assert "since the last run" in shop.log(run)


@on_sqlite
def test_the_id_of_a_group_that_is_gone_goes_to_nobody(
    shop: Shop, taught: str, known_town: Town
) -> None:
    def run_with(name: str, more: list[dict[str, Any]]) -> dict[str, int]:
        rows = [*known_town.rows[:20], *more]
        shop.add_table(name, rows, {"id": "int", "born": "int"})
        run = run_job(shop, taught, f"out-{name}", TableName=name, DatabaseName="db")
        assert run.error is None
        return {row["id"]: int(row["match_id"]) for row in read(shop.written(f"out-{name}/*")[0])}

    xaver = {"id": 1001, "name": "xaver unbekannt", "city": "elsewhere", "born": 1911}
    yvette = {"id": 1002, "name": "yvette ohnegleichen", "city": "nirgends", "born": 1955}
    first = run_with("one", [xaver])
    second = run_with("two", [])
    third = run_with("three", [yvette])

    assert first["1001"] == max(first.values()) > max(second.values())
    assert third["1002"] == first["1001"] + 1


@on_sqlite
def test_of_each_group_only_the_lowest_key_stays_and_keys_compare_as_numbers(
    shop: Shop, taught: str
) -> None:
    run_job(shop, taught, "all")
    run_job(shop, taught, "few", RemoveDuplicates="true")

    everything = groups(read(shop.written("all/*")[0]))
    kept = [int(row["id"]) for row in read(shop.written("few/*")[0])]
    assert kept == sorted(min(map(int, group)) for group in everything)


@on_sqlite
def test_a_job_writes_golden_rows_by_rules_and_where_their_values_come_from(
    shop: Shop, taught: str
) -> None:
    rules = shop.folder / "golden.toml"
    rules.write_text('[columns]\nname = "longest"\ncity = "all"\n', encoding="utf-8")
    run = run_job(
        shop, taught, GoldenPath=shop.uri("golden/"), GoldenRulesPath=shop.uri("golden.toml")
    )

    assert run.error is None
    members: dict[str, list[dict[str, str]]] = {}
    for row in read(shop.written("out/*")[0]):
        members.setdefault(row["match_id"], []).append(row)
    rows = read(shop.written("golden/rows/*")[0])
    assert [row["match_id"] for row in rows] == sorted(members, key=int)
    for row in rows:
        group = members[row["match_id"]]
        assert int(row["size"]) == len(group)
        assert len(row["name"]) == max(len(one["name"]) for one in group)
        assert set(json.loads(row["city"])) == {one["city"] for one in group}
    traced = read(shop.written("golden/provenance/*")[0])
    assert {row["match_id"] for row in traced} == {m for m, group in members.items() if group[1:]}


def test_rules_with_a_column_that_the_table_lacks_fail_the_job_before_it_matches(
    shop: Shop, taught: str
) -> None:
    (shop.folder / "golden.toml").write_text('[columns]\nnme = "longest"\n', encoding="utf-8")
    run = run_job(
        shop, taught, GoldenPath=shop.uri("golden/"), GoldenRulesPath=shop.uri("golden.toml")
    )

    assert "the table has no column 'nme'; did you mean 'name'?" in str(run.error)
    assert shop.written("out/*") == []


@pytest.mark.parametrize("form", ["csv", "json", "parquet"])
@on_sqlite
def test_new_rows_join_the_groups_of_an_earlier_run(
    shop: Shop, taught: str, known_town: Town, form: str
) -> None:
    run_job(shop, taught, "old", OutputFormat=form)
    double = {**known_town.rows[3], "id": 1000}
    stranger = {"id": 1001, "name": "xaver unbekannt", "city": "elsewhere", "born": 1911}
    shop.add_table("new", [double, stranger], {"id": "int", "born": "int"})

    run = run_job(
        shop, taught, "both", TableName="new", DatabaseName="db", ExistingPath=shop.uri("old/")
    )

    assert run.error is None
    rows = {row["id"]: row for row in read(shop.written("both/*")[0])}
    ids = [row["match_id"] for key, row in rows.items() if key != "1001"]
    assert len(rows) == 82
    assert rows["1000"]["match_id"] == rows[str(known_town.rows[3]["id"])]["match_id"]
    assert rows["1001"]["match_id"] not in ids


@on_sqlite
def test_the_latest_run_in_a_folder_is_gone_on_from(
    shop: Shop, taught: str, known_town: Town
) -> None:
    run_job(shop, taught, "out")
    run_job(shop, taught, "out")
    shop.add_table("new", [{**known_town.rows[3], "id": 1000}], {"id": "int", "born": "int"})

    run = run_job(shop, taught, "next", TableName="new", ExistingPath=shop.uri("out"))

    assert run.error is None
    assert "reading 1 file of an earlier run" in shop.log(run)
    assert len(read(shop.written("next/*")[0])) == 81


def test_an_identity_folder_keeps_ids_over_new_changed_and_deleted_rows(
    shop: Shop, taught: str, known_town: Town
) -> None:
    folder = shop.uri("ids")
    run_job(shop, taught, "first", IdentityPath=folder)
    double = {**known_town.rows[3], "id": 1000}
    changed = {**known_town.rows[0], "name": "xaver unbekannt", "city": "elsewhere", "born": 1911}
    shop.add_table("new", [double, changed], {"id": "int", "born": "int"})
    gone = str(known_town.rows[10]["id"])
    shop.write_csv("gone.csv", [["id"], [gone]])

    run = run_job(
        shop, taught, "second", TableName="new", DatabaseName="db", IdentityPath=folder,
        DeletedPath=shop.uri("gone.csv"), IdentityMode="settle",
    )  # fmt: skip

    assert run.error is None
    rows = {row["id"]: row for row in read(shop.written("second/*")[0])}
    assert len(rows) == 80
    assert gone not in rows
    assert rows["1000"]["match_id"] == rows[str(known_town.rows[3]["id"])]["match_id"]
    identity = Identity(Places(shop.settings).path(folder))
    assert identity.check().runs == 2
    assert replay(identity.events()) == {key: int(row["match_id"]) for key, row in rows.items()}
    assert shop.transform(taught).matches is None


def test_a_job_that_fails_leaves_the_identity_folder_as_it_was(shop: Shop, taught: str) -> None:
    folder = shop.uri("ids")
    run_job(shop, taught, "first", IdentityPath=folder)
    head = Identity(Places(shop.settings).path(folder)).head
    shop.write_csv("gone.csv", [["other"], [1]])

    run = run_job(shop, taught, "out", IdentityPath=folder, DeletedPath=shop.uri("gone.csv"))

    assert run.status is RunStatus.FAILED
    assert run.error is not None
    assert "lacks the key column 'id'" in run.error
    assert Identity(Places(shop.settings).path(folder)).head == head


def test_a_second_attempt_of_a_run_with_an_identity_folder_changes_no_id(
    shop: Shop, taught: str
) -> None:
    arguments = {
        "--TransformId": taught,
        "--OutputPath": shop.uri("out"),
        "--IdentityPath": shop.uri("ids"),
    }
    run = shop.begin(JOB, taught, JobName="job", Arguments=arguments)
    shop.finish(run)
    first = groups(read(shop.written("out/*")[0]))
    again = run_job(shop, taught, "again", IdentityPath=shop.uri("ids"))

    assert again.error is None
    assert groups(read(shop.written("again/*")[0])) == first
    assert Identity(Places(shop.settings).path(shop.uri("ids"))).events().num_rows == 80


def test_labels_are_enforced_where_the_transform_says_so(shop: Shop, known_town: Town) -> None:
    shop.add_table("town", known_town.rows, {"id": "int", "born": "int"})
    made = shop.add_transform("town", EnforceProvidedLabels=True)
    odd = known_town.label_rows()
    odd[1][1] = odd[8][1] = "forced"  # two rows of one set that are nothing alike
    shop.import_rows(made, odd)

    run_job(shop, made)

    rows = {row["id"]: row["match_id"] for row in read(shop.written("out/*")[0])}
    assert rows[str(odd[1][2])] == rows[str(odd[8][2])]


@on_sqlite
def test_a_second_attempt_writes_the_same_names(shop: Shop, taught: str) -> None:
    arguments = {"--TransformId": taught, "--OutputPath": shop.uri("out")}
    run = shop.begin(JOB, taught, JobName="job", Arguments=arguments)
    KINDS[JOB](shop.carried(run))  # and its worker dies before the end
    first = shop.written("out/*")
    with shop.store.reading() as tx:
        again = tx.runs.get(run.id)
    assert again is not None

    ended = shop.finish(again)

    assert ended.status is RunStatus.SUCCEEDED
    assert shop.written("out/*") == first


@on_sqlite
def test_runs_of_the_same_instant_do_not_overwrite_each_other(shop: Shop, taught: str) -> None:
    run = run_job(shop, taught)
    (path,) = shop.written("out/*")
    later = path.with_name(path.name)
    content = later.read_bytes()
    arguments = {"--TransformId": taught, "--OutputPath": shop.uri("out")}
    twin = shop.begin(JOB, taught, JobName="job", Arguments=arguments)
    shop.finish(replace(twin, started_at=run.started_at))

    assert len(shop.written("out/*")) == 2
    assert path.read_bytes() == content


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"TableName": "gone"}, "the table db.gone is not in the catalog any more"),
        ({"TableName": "other"}, "the table lacks 'name'"),
        ({"OutputFormat": "avro"}, "--OutputFormat is 'avro'; expected csv, json, parquet"),
        ({"ExistingPath": "odd.csv"}, "lacks 'id', 'name', 'city', 'born', 'match_id'"),
    ],
)
def test_a_job_that_cannot_be_done_writes_nothing(
    shop: Shop, taught: str, arguments: dict[str, str], text: str
) -> None:
    shop.add_table("other", [{"id": "1", "title": "x"}, {"id": "2", "title": "y"}])
    shop.write_csv("odd.csv", [["a", "b"], [1, 2]])
    if "ExistingPath" in arguments:
        arguments = {"ExistingPath": shop.uri(arguments["ExistingPath"])}

    run = run_job(shop, taught, **arguments)

    assert run.status is RunStatus.FAILED
    assert run.error is not None
    assert text in run.error
    assert shop.written("out/*") == []
    assert shop.transform(taught).matches is None


def test_a_transform_that_is_not_ready_matches_nothing(shop: Shop, people: str) -> None:
    run = run_job(shop, people)

    assert (
        run.error == "This operation can only be applied to a transform that is in a READY state."
    )


@on_sqlite
def test_two_runs_of_one_instant_write_no_file_of_each_other(shop: Shop, taught: str) -> None:
    table = pa.table({"id": [1]})
    folder, places = shop.uri("out"), Places(shop.settings)
    first = shop.begin(RunType.FIND_MATCHES, taught)
    (one,) = write_parts(shop.carried(first), table, folder, "csv", places)
    places.remove(one)  # as if the first had chosen its name and written nothing yet
    second = replace(shop.begin(RunType.FIND_MATCHES, taught), started_at=first.started_at)
    (other,) = write_parts(shop.carried(second), table, folder, "csv", places)
    (again,) = write_parts(shop.carried(first), table, folder, "csv", places)

    assert again == one != other


def test_options_that_select_partitions_are_refused_for_any_table(shop: Shop, taught: str) -> None:
    shop.add_table("elsewhere", [{"id": 1, "name": "a", "city": "b", "born": "1980-01-01"}])
    known = shop.transform(taught)
    (own,) = known.definition["InputRecordTables"]
    options = {"AdditionalOptions": {"pushDownPredicate": "x=1"}}
    with shop.store.writing() as tx:
        tx.transforms.replace(
            replace(
                known, definition={**known.definition, "InputRecordTables": [{**own, **options}]}
            )
        )
    run = run_job(shop, taught, TableName="elsewhere")

    assert "select partitions, which is not offered" in str(run.error)
    assert shop.written("out/*") == []
