from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from matchloop_api.store import Resource, RunStatus, RunType

if TYPE_CHECKING:
    from api.tasks.kinds.conftest import Shop
    from matchloop_api.store import TaskRun


def crawl(shop: Shop, *paths: str, **body: Any) -> TaskRun:
    now = datetime.now(UTC)
    targets = {"S3Targets": [{"Path": shop.uri(path)} for path in paths]}
    crawler = Resource(
        kind="crawler",
        name="crawler",
        body={"Targets": targets, "DatabaseName": "db", "Runs": [], **body},
        created_at=now,
        modified_at=now,
    )
    with shop.store.writing() as tx:
        tx.resources.remove("crawler", "crawler")
        tx.resources.add(crawler)
    return shop.run(RunType.CRAWL, None, CrawlerName="crawler")


def table(shop: Shop, name: str) -> Resource | None:
    with shop.store.reading() as tx:
        return tx.resources.get("table", name, scope="db")


def columns(found: Resource | None) -> dict[str, str]:
    assert found is not None
    listed = found.body["StorageDescriptor"]["Columns"]
    return {column["Name"]: column["Type"] for column in listed}


def test_a_crawl_makes_a_table_of_each_file_that_a_transform_can_use(shop: Shop) -> None:
    shop.write_csv("in/people.csv", [["id", "name", "born"], [1, "John", 1970], [2, "Jo", 1980]])
    (shop.folder / "in/more.jsonl").write_text('{"id": 1, "title": "x"}\n')
    (shop.folder / "in/picture.bin").write_bytes(b"\0\1\2")

    run = crawl(shop, "in/", TablePrefix="my_")

    assert run.error is None
    assert columns(table(shop, "my_people_csv")) == {
        "id": "bigint",
        "name": "string",
        "born": "bigint",
    }
    assert columns(table(shop, "my_more_jsonl"))["title"] == "string"
    assert "left out: " in shop.log(run)
    made = shop.add_transform("my_people_csv")
    rows: list[list[object]] = [
        ["labeling_set_id", "label", "id", "name", "born"],
        ["s", "A", 1, "John", 1970],
    ]
    assert shop.import_rows(made, rows).error is None


def test_a_second_crawl_updates_the_table_and_keeps_what_people_wrote(shop: Shop) -> None:
    shop.write_csv("in/people.csv", [["id", "name"], [1, "John"]])
    crawl(shop, "in/people.csv")
    before = table(shop, "people_csv")
    assert before is not None
    described = {**before.body, "Description": "our people"}
    with shop.store.writing() as tx:
        tx.resources.replace(
            Resource(
                kind="table",
                scope="db",
                name=before.name,
                body=described,
                created_at=before.created_at,
                modified_at=before.modified_at,
            )
        )
    shop.write_csv("in/people.csv", [["id", "name", "city"], [1, "John", "Rome"]])

    crawl(shop, "in/people.csv", SchemaChangePolicy={"UpdateBehavior": "LOG"})
    logged = table(shop, "people_csv")
    crawl(shop, "in/people.csv")
    updated = table(shop, "people_csv")

    assert "city" not in columns(logged)
    assert columns(updated)["city"] == "string"
    assert updated is not None
    assert updated.body["Description"] == "our people"
    assert updated.body["VersionId"] == "1"
    assert updated.created_at == before.created_at


def test_a_crawl_that_finds_no_table_fails_and_writes_none(shop: Shop) -> None:
    (shop.folder / "in").mkdir()
    (shop.folder / "in/picture.bin").write_bytes(b"\0\1\2")

    run = crawl(shop, "in/")
    gone = shop.run(RunType.CRAWL, None, CrawlerName="nobody")

    assert run.status is RunStatus.FAILED
    assert run.error is not None
    assert run.error.startswith("there is no CSV, JSON lines or Parquet file at")
    assert gone.error == "the crawler nobody was deleted"
    with shop.store.reading() as tx:
        assert tx.resources.all("table", scope="db") == []
