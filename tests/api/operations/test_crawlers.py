"""Crawlers over boto3, against the live server; the test plays the worker over the store."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from matchloop_api.store import RunStatus, RunType, Store, TaskRun

if TYPE_CHECKING:
    from types_boto3_glue import GlueClient

ACCOUNT = "123456789012"
TARGETS: dict[str, Any] = {"S3Targets": [{"Path": "s3://bucket/in/", "Exclusions": ["**.txt"]}]}


def make(glue: GlueClient, name: str = "look", **more: Any) -> None:
    given: dict[str, Any] = {"Role": "role", "DatabaseName": "shop", "Targets": TARGETS}
    glue.create_crawler(Name=name, **(given | more))


def state(glue: GlueClient, name: str = "look") -> str:
    return str(glue.get_crawler(Name=name)["Crawler"]["State"])


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


def test_a_crawler_is_read_back_as_it_was_given(glue: GlueClient) -> None:
    given: dict[str, Any] = {
        "Name": "Look",
        "Role": "arn:aws:iam::123456789012:role/x",
        "DatabaseName": "shop",
        "Description": "looks",
        "Targets": TARGETS,
        "TablePrefix": "raw_",
        "SchemaChangePolicy": {"UpdateBehavior": "LOG", "DeleteBehavior": "LOG"},
        "RecrawlPolicy": {"RecrawlBehavior": "CRAWL_NEW_FOLDERS_ONLY"},
        "Configuration": '{"Version": 1.0}',
    }
    glue.create_crawler(**given, Schedule="cron(15 12 * * ? *)", Tags={"a": "b"})
    found: dict[str, Any] = dict(glue.get_crawler(Name="Look")["Crawler"])
    assert found.pop("CreationTime") == found.pop("LastUpdated")
    assert found == given | {
        "Schedule": {"ScheduleExpression": "cron(15 12 * * ? *)", "State": "NOT_SCHEDULED"},
        "State": "READY",
        "Version": 1,
        "CrawlElapsedTime": 0,
        "Classifiers": [],
        "LineageConfiguration": {"CrawlerLineageSettings": "DISABLE"},
    }
    arn = f"arn:aws:glue:us-east-1:{ACCOUNT}:crawler/Look"
    assert glue.get_tags(ResourceArn=arn)["Tags"] == {"a": "b"}


def test_crawlers_are_listed_in_pages_and_by_tags(glue: GlueClient) -> None:
    for number in range(3):
        make(glue, f"c{number}", Tags={"even": str(number % 2 == 0)})
    assert glue.list_crawlers(Tags={"even": "True"})["CrawlerNames"] == ["c0", "c2"]
    first = glue.list_crawlers(MaxResults=2)
    assert first["CrawlerNames"] == ["c0", "c1"]
    rest = glue.list_crawlers(MaxResults=2, NextToken=first["NextToken"])
    assert (rest["CrawlerNames"], "NextToken" in rest) == (["c2"], False)
    pages = glue.get_paginator("get_crawlers").paginate(PaginationConfig={"PageSize": 2})
    assert [one["Name"] for page in pages for one in page["Crawlers"]] == ["c0", "c1", "c2"]


def test_what_a_crawler_cannot_look_at_is_refused(glue: GlueClient) -> None:
    refused: list[tuple[str, dict[str, Any]]] = [
        (
            "CatalogTargets",
            {"Targets": {"CatalogTargets": [{"DatabaseName": "d", "Tables": ["t"]}]}},
        ),
        ("JdbcTargets", {"Targets": {"JdbcTargets": [{"Path": "x"}], **TARGETS}}),
        ("At least one crawl target", {"Targets": {}}),
        ("expected s3://bucket/prefix", {"Targets": {"S3Targets": [{"Path": "/tmp/x"}]}}),
        ("expected s3://bucket/prefix", {"Targets": {"S3Targets": [{}]}}),
        ("expected cron", {"Schedule": "every day"}),
        ("Classifiers is not offered", {"Classifiers": ["mine"]}),
        ("reserved", {"Tags": {"aws:x": "y"}}),
    ]
    for text, given in refused:
        with pytest.raises(glue.exceptions.InvalidInputException, match=text):
            make(glue, **given)
    assert glue.list_crawlers()["CrawlerNames"] == []


def test_names_are_taken_once_and_missing_ones_said(glue: GlueClient) -> None:
    make(glue)
    with pytest.raises(
        glue.exceptions.AlreadyExistsException, match="Crawler with name look already exists"
    ):
        make(glue)
    missing: list[tuple[str, Any]] = [
        ("Crawler entry with name x does not exist", lambda: glue.get_crawler(Name="x")),
        ("Crawler with name x does not exist", lambda: glue.start_crawler(Name="x")),
        ("Crawler with name x does not exist", lambda: glue.stop_crawler(Name="x")),
        ("Crawler with name x does not exist", lambda: glue.update_crawler(Name="x")),
        ("Crawler with name x does not exist", lambda: glue.delete_crawler(Name="x")),
    ]
    for text, call in missing:
        with pytest.raises(glue.exceptions.EntityNotFoundException, match=text):
            call()


def test_a_crawler_shows_the_state_of_its_run(glue: GlueClient, server: Any) -> None:
    make(glue)
    glue.start_crawler(Name="look")
    assert state(glue) == "RUNNING"
    running: list[tuple[str, Any]] = [
        ("has already started", lambda: glue.start_crawler(Name="look")),
        ("Cannot update Crawler while running", lambda: glue.update_crawler(Name="look")),
        ("is running; stop it", lambda: glue.delete_crawler(Name="look")),
    ]
    for text, call in running:
        with pytest.raises(glue.exceptions.CrawlerRunningException, match=text):
            call()
    run = begin(server.store)
    assert (run.type, run.transform_id) == (RunType.CRAWL, None)
    assert run.arguments == {"CrawlerName": "look"}
    end(server.store, run, RunStatus.SUCCEEDED)
    found = glue.get_crawler(Name="look")["Crawler"]
    assert found["State"] == "READY"
    assert found["LastCrawl"]["Status"] == "SUCCEEDED"
    assert found["LastUpdated"] == found["CreationTime"]
    first_start = found["LastCrawl"]["StartTime"]

    glue.start_crawler(Name="look")
    found = glue.get_crawler(Name="look")["Crawler"]
    assert (found["State"], found["LastCrawl"]["StartTime"]) == ("RUNNING", first_start)
    end(server.store, begin(server.store), RunStatus.FAILED, error="no such folder")
    last = glue.get_crawler(Name="look")["Crawler"]["LastCrawl"]
    assert (last["Status"], last["ErrorMessage"]) == ("FAILED", "no such folder")
    assert last["StartTime"] > first_start


def test_a_crawler_is_stopped_once(glue: GlueClient, server: Any) -> None:
    make(glue)
    with pytest.raises(glue.exceptions.CrawlerNotRunningException, match="isn't running"):
        glue.stop_crawler(Name="look")
    glue.start_crawler(Name="look")
    run = begin(server.store)
    glue.stop_crawler(Name="look")
    assert state(glue) == "STOPPING"
    with pytest.raises(glue.exceptions.CrawlerStoppingException, match="stopping already"):
        glue.stop_crawler(Name="look")
    end(server.store, run, RunStatus.STOPPED)
    assert state(glue) == "READY"
    assert glue.get_crawler(Name="look")["Crawler"]["LastCrawl"]["Status"] == "CANCELLED"


def test_a_crawler_that_nobody_has_begun_stops_at_once(glue: GlueClient) -> None:
    make(glue)
    glue.start_crawler(Name="look")
    glue.stop_crawler(Name="look")
    assert state(glue) == "READY"
    glue.delete_crawler(Name="look")
    assert glue.list_crawlers()["CrawlerNames"] == []


def test_an_update_changes_what_is_given(glue: GlueClient) -> None:
    make(glue, Description="old", TablePrefix="a_")
    glue.update_crawler(Name="look", Description="new")
    found = glue.get_crawler(Name="look")["Crawler"]
    assert (found["Description"], found["TablePrefix"], found["Version"]) == ("new", "a_", 2)
    assert found["LastUpdated"] > found["CreationTime"]
    with pytest.raises(glue.exceptions.InvalidInputException, match="At least one"):
        glue.update_crawler(Name="look", Targets={"S3Targets": []})
    assert glue.get_crawler(Name="look")["Crawler"]["Targets"] == TARGETS


def test_tags_go_with_the_crawler(glue: GlueClient) -> None:
    make(glue, Tags={"a": "b"})
    glue.delete_crawler(Name="look")
    make(glue)
    arn = f"arn:aws:glue:us-east-1:{ACCOUNT}:crawler/look"
    assert glue.get_tags(ResourceArn=arn)["Tags"] == {}
