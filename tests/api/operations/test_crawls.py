from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from matchloop_api.store import Resource, RunStatus
from matchloop_api.tasks.carrying import Carried
from matchloop_api.tasks.kinds import KINDS

if TYPE_CHECKING:
    from types_boto3_glue import GlueClient

    from api.operations.conftest import Shop


def add_crawler(shop: Shop, name: str, **members: Any) -> None:
    targets: Any = {"S3Targets": [{"Path": shop.uri("in/")}]}
    given: dict[str, Any] = {"Name": name, "Role": "r", "Targets": targets} | members
    shop.glue.create_crawler(**given)


def crawl(shop: Shop, name: str) -> None:
    """Start a crawler and carry its run out here."""
    shop.glue.start_crawler(Name=name)
    run = shop.begin()
    carried = Carried(run, shop.server.store, shop.server.settings)
    carried.succeed(KINDS[run.type](carried))


def _crawls(shop: Shop, name: str) -> Sequence[Resource]:
    with shop.server.store.reading() as tx:
        return tx.resources.all("crawl", scope=name)


@pytest.fixture
def crawled(shop: Shop) -> Shop:
    """Return a shop with a crawler that has run twice, failed once and is running."""
    shop.write("in/one.csv", "id,name\n1,a\n")
    add_crawler(shop, "finder", DatabaseName="found")
    crawl(shop, "finder")
    shop.write("in/two.csv", "id,name\n1,a\n")
    crawl(shop, "finder")
    shop.glue.start_crawler(Name="finder")
    shop.end(shop.begin(), RunStatus.FAILED, "the folder is gone")
    shop.glue.start_crawler(Name="finder")
    return shop


def test_crawls_are_listed_the_latest_first(crawled: Shop) -> None:
    found: list[Any] = []
    token: dict[str, Any] = {}
    while True:
        page: Any = crawled.glue.list_crawls(CrawlerName="finder", MaxResults=3, **token)
        found += page["Crawls"]
        if "NextToken" not in page:
            break
        token = {"NextToken": page["NextToken"]}

    states = [one["State"] for one in found]
    assert states == ["RUNNING", "FAILED", "COMPLETED", "COMPLETED"]
    assert "EndTime" not in found[0]
    assert found[1]["ErrorMessage"] == "the folder is gone"
    assert json.loads(found[2]["Summary"]) == {
        "Unchanged": ["found.one_csv"],
        "Created": ["found.two_csv"],
    }
    assert json.loads(found[3]["Summary"]) == {"Created": ["found.one_csv"]}


@pytest.mark.parametrize(
    ("filters", "count"),
    [
        ([{"FieldName": "STATE", "FilterOperator": "EQ", "FieldValue": "COMPLETED"}], 2),
        ([{"FieldName": "STATE", "FilterOperator": "NE", "FieldValue": "COMPLETED"}], 2),
        ([{"FieldName": "START_TIME", "FilterOperator": "GT", "FieldValue": "0"}], 4),
        ([{"FieldName": "END_TIME", "FilterOperator": "LT", "FieldValue": "2020-01-01"}], 0),
        ([{"FieldName": "DPU_HOUR", "FilterOperator": "LE", "FieldValue": "0"}], 4),
    ],
)
def test_crawls_are_filtered(crawled: Shop, filters: Any, count: int) -> None:
    assert len(crawled.glue.list_crawls(CrawlerName="finder", Filters=filters)["Crawls"]) == count


def test_a_filter_that_is_none_and_a_crawler_that_is_not_there_are_refused(crawled: Shop) -> None:
    glue = crawled.glue
    for field in ("START_TIME", "DPU_HOUR"):
        wrong: Any = [{"FieldName": field, "FilterOperator": "GT", "FieldValue": "soon"}]
        with pytest.raises(glue.exceptions.InvalidInputException, match=f"{field} is 'soon'"):
            glue.list_crawls(CrawlerName="finder", Filters=wrong)
    with pytest.raises(glue.exceptions.EntityNotFoundException, match="nobody does not exist"):
        glue.list_crawls(CrawlerName="nobody")


def test_the_metrics_tell_of_the_last_crawl_that_ended(crawled: Shop) -> None:
    add_crawler(crawled, "idle", DatabaseName="found")
    glue = crawled.glue

    (busy,) = glue.get_crawler_metrics(CrawlerNameList=["finder", "nobody"])["CrawlerMetricsList"]
    every = glue.get_crawler_metrics()["CrawlerMetricsList"]

    assert [one["CrawlerName"] for one in every] == ["finder", "idle"]
    assert busy["StillEstimating"] is True
    assert busy["LastRuntimeSeconds"] >= 0
    assert (busy["TablesCreated"], busy["TablesUpdated"]) == (0, 0)
    assert every[1]["StillEstimating"] is False
    assert every[1]["MedianRuntimeSeconds"] == 0


def test_the_metrics_count_the_tables_of_a_crawl(shop: Shop) -> None:
    shop.write("in/one.csv", "id,name\n1,a\n")
    add_crawler(shop, "finder", DatabaseName="found")
    crawl(shop, "finder")
    shop.write("in/one.csv", "id,name,born\n1,a,2000\n")
    shop.write("in/two.csv", "id,name\n1,a\n")
    crawl(shop, "finder")

    (shown,) = shop.glue.get_crawler_metrics()["CrawlerMetricsList"]

    assert (shown["TablesCreated"], shown["TablesUpdated"]) == (1, 1)
    versions = shop.glue.get_table_versions(DatabaseName="found", TableName="one_csv")
    assert len(versions["TableVersions"]) == 2


def test_the_crawls_of_a_deleted_crawler_are_not_those_of_its_successor(shop: Shop) -> None:
    shop.write("in/one.csv", "id,name\n1,a\n")
    add_crawler(shop, "finder", DatabaseName="found")
    crawl(shop, "finder")
    shop.glue.delete_crawler(Name="finder")
    add_crawler(shop, "finder", DatabaseName="found")

    assert shop.glue.list_crawls(CrawlerName="finder")["Crawls"] == []


def test_a_crawler_without_a_database_can_be_made_and_says_so_when_it_runs(shop: Shop) -> None:
    shop.write("in/one.csv", "id,name\n1,a\n")
    add_crawler(shop, "finder")

    with pytest.raises(Exception, match="has no DatabaseName, .* UpdateCrawler"):
        crawl(shop, "finder")
    (run,) = [one.name for one in _crawls(shop, "finder")]
    with shop.server.store.writing() as tx:
        tx.runs.move(run, RunStatus.FAILED, now=datetime.now(UTC))
    shop.glue.update_crawler(Name="finder", DatabaseName="found")
    assert shop.glue.get_crawler(Name="finder")["Crawler"]["DatabaseName"] == "found"


def test_some_crawlers_and_jobs_are_described_and_the_others_named(shop: Shop) -> None:
    glue: GlueClient = shop.glue
    add_crawler(shop, "b", DatabaseName="found")
    add_crawler(shop, "a")
    for name in ("y", "x"):
        glue.create_job(Name=name, Role="r", Command={"Name": "glueetl"})

    crawlers = glue.batch_get_crawlers(CrawlerNames=["b", "none", "a"])
    jobs = glue.batch_get_jobs(JobNames=["y", "none", "x"])

    assert [one["Name"] for one in crawlers["Crawlers"]] == ["b", "a"]
    assert crawlers["CrawlersNotFound"] == ["none"]
    assert crawlers["Crawlers"] == [glue.get_crawler(Name=name)["Crawler"] for name in ("b", "a")]
    assert [one["Name"] for one in jobs["Jobs"]] == ["y", "x"]
    assert jobs["JobsNotFound"] == ["none"]
