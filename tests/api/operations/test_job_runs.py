"""Runs of jobs over boto3, against the live server; the test plays the worker over the store."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from matchloop_api.datasets import records_of
from matchloop_api.places import Places
from matchloop_api.store import RunStatus, RunType, Store, TaskRun

if TYPE_CHECKING:
    from types_boto3_glue import GlueClient

COMMAND: dict[str, Any] = {"Name": "glueetl", "ScriptLocation": "builtin:find-matches"}
COLUMNS: list[Any] = [{"Name": "id", "Type": "string"}, {"Name": "title", "Type": "string"}]


def begin(store: Store) -> TaskRun:
    """Take the run that waits, as a worker does."""
    with store.writing() as tx:
        run = tx.runs.claim("test", now=datetime.now(UTC), lease_s=60)
    assert run is not None
    return run


def end(store: Store, run: TaskRun, to: RunStatus, error: str | None = None) -> None:
    with store.writing() as tx:
        moved = tx.runs.move(run.id, to, now=datetime.now(UTC), attempt=run.attempt, error=error)
    assert moved is not None


def be_ready(store: Store, transform_id: str) -> None:
    with store.writing() as tx:
        found = tx.transforms.get(transform_id)
        assert found is not None
        tx.transforms.replace(replace(found, status="READY"))


@pytest.fixture
def folder(server: Any) -> str:
    """Return the URI of the data folder, with a table in it."""
    data = Path(server.settings.data_dir)
    (data / "people.csv").write_text("id,title\n1,a\n2,b\n", encoding="utf-8")
    return f"file://{data}"


@pytest.fixture
def transform_id(glue: GlueClient, server: Any, folder: str) -> str:
    """Return a transform that is READY, over a table in the database shop."""
    glue.create_database(DatabaseInput={"Name": "shop"})
    for name in ("people", "others"):
        glue.create_table(
            DatabaseName="shop",
            TableInput={
                "Name": name,
                "StorageDescriptor": {"Columns": COLUMNS, "Location": f"{folder}/people.csv"},
                "Parameters": {"classification": "csv"},
            },
        )
    made = glue.create_ml_transform(
        Name="people",
        Role="role",
        InputRecordTables=[{"DatabaseName": "shop", "TableName": "people"}],
        Parameters={
            "TransformType": "FIND_MATCHES",
            "FindMatchesParameters": {"PrimaryKeyColumnName": "id"},
        },
    )["TransformId"]
    be_ready(server.store, made)
    return made


@pytest.fixture
def start(glue: GlueClient, transform_id: str, folder: str) -> Any:
    """Return a function that starts a run of the job ``match``; the job is made on the way."""
    glue.create_job(
        Name="match",
        Role="role",
        Command=COMMAND,  # type: ignore[arg-type]
        ExecutionProperty={"MaxConcurrentRuns": 2},
        DefaultArguments={"--job-language": "python", "--OutputFormat": "json"},
    )

    def start(arguments: dict[str, str] | None = None, **more: Any) -> str:
        given = {"--TransformId": transform_id, "--OutputPath": f"{folder}/out"}
        made = glue.start_job_run(JobName="match", Arguments=given | (arguments or {}), **more)
        return made["JobRunId"]

    return start


def shown(glue: GlueClient, run_id: str) -> dict[str, Any]:
    return dict(glue.get_job_run(JobName="match", RunId=run_id)["JobRun"])


def test_a_job_run_is_a_task_run_of_its_transform(
    glue: GlueClient, start: Any, transform_id: str, folder: str
) -> None:
    run_id = start({"--ComputeMatchConfidenceScores": "True"}, Timeout=7)
    assert re.fullmatch(r"jr_[0-9a-f]{64}", run_id)
    found = shown(glue, run_id)
    assert (found["Id"], found["JobName"], found["Attempt"]) == (run_id, "match", 0)
    assert (found["JobRunState"], found["Timeout"], found["GlueVersion"]) == ("STARTING", 7, "0.9")
    assert found["Arguments"] == {
        "--TransformId": transform_id,
        "--OutputPath": f"{folder}/out",
        "--ComputeMatchConfidenceScores": "True",
        "--job-language": "python",
        "--OutputFormat": "json",
    }
    (task,) = glue.get_ml_task_runs(TransformId=transform_id)["TaskRuns"]
    assert task["Properties"]["TaskType"] == "FIND_MATCHES"
    properties = task["Properties"]["FindMatchesTaskRunProperties"]
    assert (properties["JobName"], properties["JobRunId"]) == ("match", run_id)
    assert properties["JobId"].startswith("j_")
    assert task["LogGroupName"] == found["LogGroupName"]


def test_the_worker_is_given_the_arguments_made_plain(
    start: Any, server: Any, transform_id: str, folder: str
) -> None:
    start({"--RemoveDuplicates": "TRUE", "--OutputFormat": "Parquet", "--ExistingPath": ""})
    run = begin(server.store)
    assert (run.type, run.transform_id, run.timeout_s) == (
        RunType.FIND_MATCHES,
        transform_id,
        2880 * 60,
    )
    assert run.arguments["Arguments"] == {
        "--TransformId": transform_id,
        "--OutputPath": f"{folder}/out",
        "--OutputFormat": "parquet",
        "--RemoveDuplicates": "true",
    }


def test_the_transforms_own_table_is_not_named_again(start: Any, server: Any) -> None:
    start({"--TableName": "People", "--DatabaseName": "SHOP"})
    assert "--TableName" not in begin(server.store).arguments["Arguments"]


def test_another_table_is_taken_from_the_arguments(start: Any, server: Any) -> None:
    start({"--TableName": "Others"})
    arguments = begin(server.store).arguments["Arguments"]
    assert (arguments["--DatabaseName"], arguments["--TableName"]) == ("shop", "others")


@pytest.mark.parametrize(
    ("to", "error"),
    [
        (RunStatus.SUCCEEDED, None),
        (RunStatus.FAILED, "the table has no column id"),
        (RunStatus.TIMEOUT, None),
    ],
)
def test_a_job_run_shows_the_state_of_its_task_run(
    glue: GlueClient, start: Any, server: Any, to: RunStatus, error: str | None
) -> None:
    run_id = start()
    run = begin(server.store)
    assert shown(glue, run_id)["JobRunState"] == "RUNNING"
    assert "CompletedOn" not in shown(glue, run_id)
    end(server.store, run, to, error)
    found = shown(glue, run_id)
    assert (found["JobRunState"], found.get("ErrorMessage")) == (to.value, error)
    assert found["CompletedOn"] >= found["StartedOn"]
    assert found["ExecutionTime"] >= 0


def test_runs_are_stopped_and_what_cannot_be_is_told(
    glue: GlueClient, start: Any, server: Any
) -> None:
    done, waiting = start(), start()
    end(server.store, begin(server.store), RunStatus.SUCCEEDED)
    begun = begin(server.store)
    answer = glue.batch_stop_job_run(JobName="match", JobRunIds=[done, waiting, "jr_x"])
    assert answer["SuccessfulSubmissions"] == [{"JobName": "match", "JobRunId": waiting}]
    assert [(one["JobRunId"], one["ErrorDetail"]["ErrorCode"]) for one in answer["Errors"]] == [
        (done, "InvalidInputException"),
        ("jr_x", "EntityNotFoundException"),
    ]
    assert shown(glue, waiting)["JobRunState"] == "STOPPING"
    end(server.store, begun, RunStatus.STOPPED)
    assert shown(glue, waiting)["JobRunState"] == "STOPPED"
    answer = glue.batch_stop_job_run(JobName="nowhere", JobRunIds=[done])
    assert answer["Errors"][0]["ErrorDetail"]["ErrorCode"] == "EntityNotFoundException"


def test_runs_come_newest_first_in_pages(glue: GlueClient, start: Any, server: Any) -> None:
    made = []
    for _ in range(3):
        made.append(start())
        end(server.store, begin(server.store), RunStatus.SUCCEEDED)
    pages = glue.get_paginator("get_job_runs").paginate(
        JobName="match", PaginationConfig={"PageSize": 2}
    )
    assert [one["Id"] for page in pages for one in page["JobRuns"]] == made[::-1]
    with pytest.raises(glue.exceptions.EntityNotFoundException, match=r"Job x not found\."):
        glue.get_job_runs(JobName="x")
    with pytest.raises(glue.exceptions.EntityNotFoundException, match=r"Job run x not found\."):
        glue.get_job_run(JobName="match", RunId="x")


def test_a_job_has_no_more_runs_at_once_than_it_says(
    glue: GlueClient, start: Any, server: Any
) -> None:
    start(), start()
    with pytest.raises(
        glue.exceptions.ConcurrentRunsExceededException,
        match="Concurrent runs exceeded for match",
    ):
        start()
    end(server.store, begin(server.store), RunStatus.SUCCEEDED)
    start()


def test_job_runs_count_among_the_transforms_runs(glue: GlueClient, start: Any) -> None:
    glue.update_job(
        JobName="match",
        JobUpdate={"ExecutionProperty": {"MaxConcurrentRuns": 10}},
    )
    for _ in range(3):
        start()
    with pytest.raises(
        glue.exceptions.ConcurrentRunsExceededException, match="transform limit of 3 task runs"
    ):
        start()


def test_a_retry_counts_attempts_and_keeps_the_arguments(
    glue: GlueClient, start: Any, server: Any
) -> None:
    first = start({"--RemoveDuplicates": "true"})
    with pytest.raises(glue.exceptions.InvalidInputException, match="under way"):
        glue.start_job_run(JobName="match", JobRunId=first)
    end(server.store, begin(server.store), RunStatus.FAILED, "out of luck")
    second = glue.start_job_run(JobName="match", JobRunId=first)["JobRunId"]
    again = glue.start_job_run(JobName="match", JobRunId=first)["JobRunId"]
    assert (second, again) == (f"{first}_attempt_1", f"{first}_attempt_2")
    found = shown(glue, second)
    assert (found["Attempt"], found["PreviousRunId"]) == (1, first)
    assert found["Arguments"] == shown(glue, first)["Arguments"]
    with pytest.raises(glue.exceptions.EntityNotFoundException, match="Job run jr_x not found"):
        glue.start_job_run(JobName="match", JobRunId="jr_x")


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"--OutputPath": ""}, "needs the argument --OutputPath"),
        ({"--OutputPath": "", "--TransformId": ""}, "arguments --TransformId and --OutputPath"),
        ({"--OutputPath": "/tmp/x"}, "is no place"),
        ({"--OutputPath": "file:///etc"}, "not among the files of this server"),
        ({"--ExistingPath": "file:///etc/passwd"}, "not among the files of this server"),
        ({"--TransformId": "tfm-\0"}, "control character"),
        ({"--IdentityPath": "file:///etc/ids"}, "not among the files of this server"),
        ({"--DeletedPath": "s3://b/gone.csv"}, "given without --IdentityPath"),
        ({"--IdentityMode": "settle"}, "given without --IdentityPath"),
        ({"--IdentityPath": "s3://b/i", "--ExistingPath": "s3://b/o"}, "are both given"),
        ({"--IdentityPath": "s3://b/i", "--IdentityMode": "x"}, "expected hold or settle or full"),
        ({"--OutputFormat": "xml"}, "expected csv or json or parquet"),
        ({"--RemoveDuplicates": "maybe"}, "expected true or false"),
        ({"--DatabaseName": "shop"}, "without --TableName"),
        ({"--GoldenRulesPath": "file:///x"}, "without --GoldenPath"),
        ({"--GoldenPath": "file:///etc"}, "not among the files of this server"),
        ({"--OutputPaht": "x"}, "did you mean --OutputPath"),
        ({"--transform_id": "x"}, "did you mean --TransformId"),
        ({"--compute-match-confidence-scores": "true"}, "--ComputeMatchConfidenceScores"),
    ],
)
def test_arguments_that_cannot_be_are_refused_at_once(
    glue: GlueClient, start: Any, arguments: dict[str, str], text: str
) -> None:
    with pytest.raises(glue.exceptions.InvalidInputException, match=text):
        start(arguments)
    assert glue.get_job_runs(JobName="match")["JobRuns"] == []


def test_arguments_of_glue_itself_are_let_be(start: Any) -> None:
    start(
        {
            "--TempDir": "s3://b/tmp",
            "--enable-metrics": "",
            "--job-bookmark-option": "job-bookmark-disable",
            "--extra-py-files": "s3://b/x.zip",
            "--enable-continuous-cloudwatch-log": "true",
            "--additional-python-modules": "x",
            "--my-own": "1",
        }
    )


def test_fixed_arguments_win_over_given_ones(glue: GlueClient, start: Any, server: Any) -> None:
    glue.update_job(
        JobName="match", JobUpdate={"NonOverridableArguments": {"--OutputFormat": "parquet"}}
    )
    start({"--OutputFormat": "csv"})
    assert begin(server.store).arguments["Arguments"]["--OutputFormat"] == "parquet"


def test_a_users_script_is_stored_and_never_run(glue: GlueClient, transform_id: str) -> None:
    glue.create_job(
        Name="mine", Role="r", Command={"Name": "glueetl", "ScriptLocation": "s3://b/mine.py"}
    )
    glue.create_job(Name="none", Role="r", Command={"Name": "glueetl"})
    for name, text in (("mine", "s3://b/mine.py"), ("none", "not set")):
        with pytest.raises(glue.exceptions.InvalidInputException, match=text) as refused:
            glue.start_job_run(JobName=name, Arguments={"--TransformId": transform_id})
        assert "builtin:find-matches" in str(refused.value)


def test_what_the_job_needs_must_be_there(
    glue: GlueClient, start: Any, server: Any, transform_id: str
) -> None:
    not_found = glue.exceptions.EntityNotFoundException
    with pytest.raises(not_found, match="Cannot find MLTransform in account 123456789012"):
        start({"--TransformId": "tfm-" + "0" * 40})
    with pytest.raises(not_found, match=r"Table x not found\."):
        start({"--TableName": "x"})
    with pytest.raises(not_found, match=r"Job x not found\."):
        glue.start_job_run(JobName="x")
    with server.store.writing() as tx:
        tx.transforms.replace(replace(tx.transforms.get(transform_id), status="NOT_READY"))
    with pytest.raises(
        glue.exceptions.InvalidInputException,
        match="This operation can only be applied to a transform that is in a READY state",
    ):
        start()


def test_capacity_and_timeout_of_a_run_are_checked(glue: GlueClient, start: Any) -> None:
    with pytest.raises(glue.exceptions.InvalidInputException, match="do not set Max Capacity"):
        start(MaxCapacity=2.0, WorkerType="G.1X")
    with pytest.raises(glue.exceptions.InvalidInputException, match="at most 10080"):
        start(Timeout=10081)
    assert shown(glue, start(WorkerType="G.1X", NumberOfWorkers=2))["NumberOfWorkers"] == 2


def test_job_runs_outlive_their_transform_and_tell_how_they_ended(
    glue: GlueClient, start: Any, server: Any, transform_id: str
) -> None:
    done, under_way = start(), start()
    end(server.store, begin(server.store), RunStatus.SUCCEEDED)
    before = shown(glue, done)
    begin(server.store)
    glue.delete_ml_transform(TransformId=transform_id)
    assert shown(glue, done) == before
    found = shown(glue, under_way)
    assert found["JobRunState"] == "FAILED"
    assert "Cannot find MLTransform" in found["ErrorMessage"]
    with pytest.raises(glue.exceptions.EntityNotFoundException, match="Cannot find MLTransform"):
        start()


def test_a_transform_finds_its_table_whatever_the_case_of_its_names(
    glue: GlueClient, server: Any, transform_id: str
) -> None:
    made = glue.create_ml_transform(
        Name="shouting",
        Role="role",
        InputRecordTables=[{"DatabaseName": "SHOP", "TableName": "People"}],
        Parameters={
            "TransformType": "FIND_MATCHES",
            "FindMatchesParameters": {"PrimaryKeyColumnName": "id"},
        },
    )["TransformId"]
    with server.store.reading() as tx:
        records = records_of(tx, tx.transforms.get(made), Places(server.settings))
    assert records.keys.to_pylist() == ["1", "2"]


def test_a_deleted_job_takes_its_history_along(
    glue: GlueClient, start: Any, transform_id: str
) -> None:
    run_id = start()
    glue.delete_job(JobName="match")
    with pytest.raises(glue.exceptions.EntityNotFoundException, match=r"Job match not found\."):
        glue.get_job_run(JobName="match", RunId=run_id)
    assert len(glue.get_ml_task_runs(TransformId=transform_id)["TaskRuns"]) == 1
