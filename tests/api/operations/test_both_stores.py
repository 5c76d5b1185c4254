"""The ML operations on SQLite and PostgreSQL, also when many call at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from api.operations.conftest import Shop


@pytest.fixture(params=["sqlite", "postgresql"])
def server_settings(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Return the settings of a server on each kind of store."""
    if request.param == "sqlite":
        return {}
    return {"database_url": request.getfixturevalue("postgres_url")}


def at_once(calls: list[Callable[[], Any]]) -> Counter[str]:
    """Make calls from threads and count how they end."""

    def end(call: Callable[[], Any]) -> str:
        try:
            call()
        except ClientError as error:
            return str(error.response["Error"]["Code"])
        return "done"

    with ThreadPoolExecutor(8) as pool:
        return Counter(pool.map(end, calls))


def test_a_transform_lives_and_goes(shop: Shop) -> None:
    glue = shop.glue
    transform = shop.transform(Tags={"b": "1", "a": "ü"}, Description="Zoë")
    shop.transform("another")
    glue.update_ml_transform(TransformId=transform, Name="renamed", MaxCapacity=2)
    shop.change(transform, status="READY", label_count=4)
    runs = [
        shop.export(transform),
        glue.start_ml_evaluation_task_run(TransformId=transform)["TaskRunId"],
    ]
    shop.begin()
    statuses = [
        glue.cancel_ml_task_run(TransformId=transform, TaskRunId=run)["Status"] for run in runs
    ]
    stopped = glue.get_ml_task_runs(TransformId=transform, Filter={"Status": "STOPPED"})

    assert statuses == ["STOPPING", "STOPPED"]
    assert [run["TaskRunId"] for run in stopped["TaskRuns"]] == runs[1:]
    assert glue.list_ml_transforms(
        Tags={"a": "ü"},
        Filter={"Name": "renamed", "Status": "READY"},
        Sort={"Column": "NAME", "SortDirection": "ASCENDING"},
    )["TransformIds"] == [transform]
    assert glue.get_ml_transform(TransformId=transform)["Description"] == "Zoë"
    glue.delete_ml_transform(TransformId=transform)
    assert len(glue.get_ml_transforms()["Transforms"]) == 1


def test_a_name_is_given_once_when_many_ask_at_once(shop: Shop) -> None:
    ends = at_once([lambda: shop.transform("same")] * 12)

    assert ends == {"done": 1, "AlreadyExistsException": 11}
    assert len(shop.glue.list_ml_transforms()["TransformIds"]) == 1


def test_no_more_runs_than_allowed_when_many_ask_at_once(shop: Shop) -> None:
    transform = shop.transform()

    def generate() -> Any:
        return shop.glue.start_ml_labeling_set_generation_task_run(
            TransformId=transform, OutputS3Path=shop.uri("out")
        )

    assert at_once([generate] * 12) == {"done": 3, "ConcurrentRunsExceededException": 9}
    assert len(shop.glue.get_ml_task_runs(TransformId=transform)["TaskRuns"]) == 3


def test_tags_put_at_once_are_all_there(shop: Shop) -> None:
    arn = "arn:aws:glue:us-east-1::database/shop"
    ends = at_once(
        [
            lambda key=key: shop.glue.tag_resource(  # type: ignore[misc]
                ResourceArn=arn, TagsToAdd={key: "x"}
            )
            for key in map(str, range(12))
        ]
    )

    assert ends == {"done": 12}
    assert len(shop.glue.get_tags(ResourceArn=arn)["Tags"]) == 12


def test_starts_and_deletions_at_once_leave_no_run_behind(shop: Shop) -> None:
    transform = shop.transform()
    shop.change(transform, label_count=1)

    def export() -> Any:
        return shop.glue.start_export_labels_task_run(
            TransformId=transform, OutputS3Path=shop.uri("out")
        )

    ends = at_once([export] * 6 + [lambda: shop.glue.delete_ml_transform(TransformId=transform)])
    assert ends.keys() <= {"done", "EntityNotFoundException"}
    with shop.server.store.reading() as tx:
        assert tx.runs.active() == 0
