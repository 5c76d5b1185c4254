"""Jobs over boto3, against the live server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from types_boto3_glue import GlueClient

ACCOUNT = "123456789012"
COMMAND: dict[str, Any] = {"Name": "glueetl", "ScriptLocation": "builtin:find-matches"}


def make(glue: GlueClient, name: str = "match", **more: Any) -> None:
    given: dict[str, Any] = {"Role": "role", "Command": COMMAND}
    glue.create_job(Name=name, **(given | more))


def test_a_job_is_read_back_as_it_was_given(glue: GlueClient) -> None:
    given: dict[str, Any] = {
        "Name": "Match",
        "Role": "role",
        "Command": {"Name": "glueetl", "ScriptLocation": "s3://b/mine.py", "PythonVersion": "3"},
        "Description": "matches",
        "LogUri": "s3://b/logs",
        "ExecutionProperty": {"MaxConcurrentRuns": 3},
        "DefaultArguments": {"--TempDir": "s3://b/tmp"},
        "NonOverridableArguments": {"--a": "b"},
        "Connections": {"Connections": ["c"]},
        "MaxRetries": 2,
        "Timeout": 60,
        "WorkerType": "G.1X",
        "NumberOfWorkers": 4,
        "GlueVersion": "2.0",
        "JobMode": "SCRIPT",
        "NotificationProperty": {"NotifyDelayAfter": 5},
        "ExecutionClass": "STANDARD",
    }
    assert glue.create_job(**given, Tags={"a": "b"})["Name"] == "Match"
    found: dict[str, Any] = dict(glue.get_job(JobName="Match")["Job"])
    assert found.pop("CreatedOn") == found.pop("LastModifiedOn")
    assert found == given
    arn = f"arn:aws:glue:us-east-1:{ACCOUNT}:job/Match"
    assert glue.get_tags(ResourceArn=arn)["Tags"] == {"a": "b"}


def test_what_was_left_out_has_glues_defaults(glue: GlueClient) -> None:
    make(glue)
    found = glue.get_job(JobName="match")["Job"]
    assert found["ExecutionProperty"] == {"MaxConcurrentRuns": 1}
    assert (found["MaxRetries"], found["Timeout"], found["GlueVersion"]) == (0, 2880, "0.9")


def test_what_no_job_can_be_is_refused(glue: GlueClient) -> None:
    refused: list[tuple[str, dict[str, Any]]] = [
        ("do not set Max Capacity", {"MaxCapacity": 2.0, "WorkerType": "G.1X"}),
        ("up to 1000", {"MaxCapacity": 1e300}),
        ("at most 10080", {"Timeout": 10081}),
        ("non-negative", {"MaxRetries": -1}),
        ("give at least 1", {"ExecutionProperty": {"MaxConcurrentRuns": 0}}),
        ("Command needs a Name", {"Command": {"ScriptLocation": "builtin:find-matches"}}),
        ("reserved", {"Tags": {"aws:x": "y"}}),
    ]
    for text, given in refused:
        with pytest.raises(glue.exceptions.InvalidInputException, match=text):
            make(glue, **given)
    assert glue.list_jobs()["JobNames"] == []


def test_names_are_taken_once_and_missing_ones_said(glue: GlueClient) -> None:
    make(glue)
    with pytest.raises(glue.exceptions.AlreadyExistsException, match="already exists"):
        make(glue)
    missing: list[Any] = [
        lambda: glue.get_job(JobName="x"),
        lambda: glue.update_job(JobName="x", JobUpdate={}),
    ]
    for call in missing:
        with pytest.raises(glue.exceptions.EntityNotFoundException, match=r"Job x not found\."):
            call()


def test_jobs_are_listed_in_pages_and_by_tags(glue: GlueClient) -> None:
    for number in range(3):
        make(glue, f"j{number}", Tags={"even": str(number % 2 == 0)})
    assert glue.list_jobs(Tags={"even": "True"})["JobNames"] == ["j0", "j2"]
    first = glue.list_jobs(MaxResults=2)
    assert first["JobNames"] == ["j0", "j1"]
    assert glue.list_jobs(MaxResults=2, NextToken=first["NextToken"])["JobNames"] == ["j2"]
    pages = glue.get_paginator("get_jobs").paginate(PaginationConfig={"PageSize": 2})
    assert [one["Name"] for page in pages for one in page["Jobs"]] == ["j0", "j1", "j2"]


def test_an_update_puts_back_to_the_default_what_it_leaves_out(glue: GlueClient) -> None:
    make(glue, Description="old", Timeout=5)
    glue.update_job(JobName="match", JobUpdate={"MaxRetries": 1})
    found = glue.get_job(JobName="match")["Job"]
    assert "Description" not in found
    assert (found["Timeout"], found["MaxRetries"]) == (2880, 1)
    assert (found["Command"], found["Role"]) == (COMMAND, "role")
    assert found["LastModifiedOn"] > found["CreatedOn"]
    with pytest.raises(glue.exceptions.InvalidInputException, match="at most 10080"):
        glue.update_job(JobName="match", JobUpdate={"Timeout": 20000})


def test_a_job_is_deleted_as_often_as_one_likes(glue: GlueClient) -> None:
    make(glue, Tags={"a": "b"})
    for _ in range(2):
        assert glue.delete_job(JobName="match")["JobName"] == "match"
    make(glue)
    arn = f"arn:aws:glue:us-east-1:{ACCOUNT}:job/match"
    assert glue.get_tags(ResourceArn=arn)["Tags"] == {}
