"""Runs whose files are all in a bucket: moto's server for function, rclone's for signatures."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from matchloop_api.places import Places, join
from matchloop_api.store import Resource, RunType

if TYPE_CHECKING:
    from api.tasks.kinds.conftest import Shop, Town


@pytest.fixture
def store_url(tmp_path: Any) -> str:
    return f"sqlite:///{tmp_path / 'matchloop.sqlite'}"


@pytest.fixture(params=["moto", "rclone"])
def bucket(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    server: Any = request.getfixturevalue(f"{request.param}_s3")
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)
    return f"s3://{server.new_bucket()}"


def put(shop: Shop, uri: str, rows: list[list[object]]) -> None:
    lines = [",".join(str(value) for value in row) for row in rows]
    with Places(shop.settings).open_output(uri) as file:
        file.write("\n".join(lines).encode())


def test_questions_labels_and_matches_live_in_a_bucket(
    shop: Shop, bucket: str, known_town: Town
) -> None:
    places = Places(shop.settings)
    columns = list(known_town.columns)
    rows: list[list[object]] = [list(row.values()) for row in known_town.rows]
    put(shop, f"{bucket}/in/town.csv", [list(columns), *rows])
    now = datetime.now(UTC)
    crawler = Resource(
        kind="crawler",
        name="crawler",
        body={"Targets": {"S3Targets": [{"Path": f"{bucket}/in/"}]}, "DatabaseName": "db"},
        created_at=now,
        modified_at=now,
    )
    with shop.store.writing() as tx:
        tx.resources.add(crawler)

    crawled = shop.run(RunType.CRAWL, None, CrawlerName="crawler")
    made = shop.add_transform("town_csv")
    asked = shop.run(RunType.LABELING_SET_GENERATION, made, OutputS3Path=f"{bucket}/sets")
    put(shop, join(bucket, "labels.csv"), known_town.label_rows())
    imported = shop.run(RunType.IMPORT_LABELS, made, InputS3Path=f"{bucket}/labels.csv")
    arguments = {"--TransformId": made, "--OutputPath": f"{bucket}/out/"}
    matched = shop.run(RunType.FIND_MATCHES, made, JobName="job", Arguments=arguments)
    exported = shop.run(RunType.EXPORT_LABELS, made, OutputS3Path=f"{bucket}/export")

    runs = (crawled, asked, imported, matched, exported)
    assert [run.error for run in runs] == [None] * 5
    (result,) = places.entries(f"{bucket}/out/")
    with places.open_input(result.path) as file:
        lines = file.read().decode().splitlines()
    assert lines[0] == ",".join([*columns, "match_id"])
    assert len(lines) == len(rows) + 1
    (labels,) = places.entries(f"{bucket}/export/")
    assert labels.size == places.size(f"{bucket}/labels.csv") + 1  # a line end behind the last row
    assert len(places.entries(f"{bucket}/sets/")) == 1
