from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from matchloop_api.identifiers import new_run_id
from matchloop_api.store import REPORTS, RunStatus, RunType, TaskRun

if TYPE_CHECKING:
    from api.operations.conftest import Shop

START = datetime(2026, 1, 1, tzinfo=UTC)
TIMES = [START + timedelta(hours=hour) for hour in range(6)]


def add(shop: Shop, transform: str | None, kind: RunType, **arguments: Any) -> str:
    """Put a run of any type into the store, as an accepted request does."""
    run = TaskRun(
        id=new_run_id(),
        type=kind,
        status=RunStatus.STARTING,
        transform_id=transform,
        arguments=arguments,
        log_group="/matchloop/any",
        started_at=datetime.now(UTC),
        modified_at=datetime.now(UTC),
        timeout_s=60,
    )
    with shop.server.store.writing() as tx:
        tx.runs.add(run)
    return run.id


def test_a_run_that_waits_is_starting(shop: Shop) -> None:
    transform = shop.transform()
    run = shop.export(transform)
    answer: Any = shop.glue.get_ml_task_run(TransformId=transform, TaskRunId=run)
    (listed,) = shop.glue.get_ml_task_runs(TransformId=transform)["TaskRuns"]
    del answer["ResponseMetadata"]

    assert re.fullmatch("tsk-[0-9a-f]{40}", run)
    assert answer == {
        "TransformId": transform,
        "TaskRunId": run,
        "Status": "STARTING",
        "LogGroupName": f"/matchloop/{transform}",
        "Properties": {
            "TaskType": "EXPORT_LABELS",
            "ExportLabelsTaskRunProperties": {"OutputS3Path": shop.uri("out")},
        },
        "StartedOn": answer["StartedOn"],
        "LastModifiedOn": answer["StartedOn"],
        "ExecutionTime": answer["ExecutionTime"],
    }
    assert listed == answer | {"ExecutionTime": listed["ExecutionTime"]}


@pytest.mark.parametrize(
    ("kind", "structure", "arguments"),
    [
        ("IMPORT_LABELS", "ImportLabelsTaskRun", {"InputS3Path": "s3://b/k", "Replace": False}),
        ("EXPORT_LABELS", "ExportLabelsTaskRun", {"OutputS3Path": "s3://b/k"}),
        ("LABELING_SET_GENERATION", "LabelingSetGenerationTaskRun", {"OutputS3Path": "s3://b/k"}),
        ("FIND_MATCHES", "FindMatchesTaskRun", {"JobName": "job", "JobRunId": "jr_1"}),
    ],
)
def test_each_type_shows_its_own_properties(
    shop: Shop, kind: str, structure: str, arguments: dict[str, Any]
) -> None:
    transform = shop.transform()
    run = add(shop, transform, RunType(kind), **arguments, Arguments={"--more": "x"})

    answer: Any = shop.glue.get_ml_task_run(TransformId=transform, TaskRunId=run)
    assert answer["Properties"] == {"TaskType": kind, f"{structure}Properties": arguments}


def test_an_evaluation_has_no_properties_but_its_type(shop: Shop) -> None:
    transform = shop.transform()
    run = add(shop, transform, RunType.EVALUATION)

    answer: Any = shop.glue.get_ml_task_run(TransformId=transform, TaskRunId=run)
    assert answer["Properties"] == {"TaskType": "EVALUATION"}


@pytest.mark.parametrize("status", ["SUCCEEDED", "FAILED", "TIMEOUT"])
def test_a_run_that_ended_tells_how_and_when(shop: Shop, status: str) -> None:
    transform = shop.transform()
    run = shop.export(transform)
    begun = shop.begin()
    running = shop.glue.get_ml_task_run(TransformId=transform, TaskRunId=run)
    error = "no column 'label'" if status == "FAILED" else None
    shop.end(begun, RunStatus(status), error)
    ended = shop.glue.get_ml_task_run(TransformId=transform, TaskRunId=run)

    assert running["Status"] == "RUNNING"
    assert "CompletedOn" not in running
    assert ended["Status"] == status
    assert ended["CompletedOn"] >= ended["StartedOn"]
    took = (ended["CompletedOn"] - ended["StartedOn"]).total_seconds()
    assert ended["ExecutionTime"] == int(took)
    assert ended.get("ErrorString") == error


def test_crawls_are_not_shown(shop: Shop) -> None:
    transform = shop.transform()
    crawl = add(shop, None, RunType.CRAWL, CrawlerName="c")

    assert shop.glue.get_ml_task_runs(TransformId=transform)["TaskRuns"] == []
    with pytest.raises(shop.glue.exceptions.EntityNotFoundException):
        shop.glue.get_ml_task_run(TransformId=transform, TaskRunId=crawl)


def test_a_run_of_another_transform_is_not_found(shop: Shop) -> None:
    one, other = shop.transform("one"), shop.transform("other")
    run = shop.export(one)

    for call in (shop.glue.get_ml_task_run, shop.glue.cancel_ml_task_run):
        with pytest.raises(
            shop.glue.exceptions.EntityNotFoundException,
            match=f"No ML Task Run found for {run}: in account 123456789012 for transform {other}.",
        ):
            call(TransformId=other, TaskRunId=run)
    assert shop.glue.get_ml_task_runs(TransformId=other)["TaskRuns"] == []


def test_a_run_that_nobody_began_stops_at_once(shop: Shop) -> None:
    transform = shop.transform()
    run = shop.export(transform)
    answer = shop.glue.cancel_ml_task_run(TransformId=transform, TaskRunId=run)

    assert (answer["TransformId"], answer["TaskRunId"]) == (transform, run)
    assert answer["Status"] == "STOPPED"
    assert "CompletedOn" in shop.glue.get_ml_task_run(TransformId=transform, TaskRunId=run)


def test_a_run_in_the_hands_of_a_worker_is_stopping(shop: Shop) -> None:
    transform = shop.transform()
    run = shop.export(transform)
    begun = shop.begin()

    for _ in range(2):
        answer = shop.glue.cancel_ml_task_run(TransformId=transform, TaskRunId=run)
        assert answer["Status"] == "STOPPING"
    shop.end(begun, RunStatus.STOPPED)
    assert shop.glue.get_ml_task_run(TransformId=transform, TaskRunId=run)["Status"] == "STOPPED"


@pytest.mark.parametrize("status", ["SUCCEEDED", "FAILED", "TIMEOUT"])
def test_a_run_that_ended_stays_as_it_is(shop: Shop, status: str) -> None:
    transform = shop.transform()
    run = shop.export(transform)
    shop.end(shop.begin(), RunStatus(status))
    before = shop.glue.get_ml_task_runs(TransformId=transform)["TaskRuns"]
    answer = shop.glue.cancel_ml_task_run(TransformId=transform, TaskRunId=run)

    assert answer["Status"] == status
    assert shop.glue.get_ml_task_runs(TransformId=transform)["TaskRuns"] == before


@pytest.fixture
def crowd(shop: Shop) -> tuple[Shop, str]:
    """Return a transform with runs of every type and several statuses, some at the same time."""
    transform = shop.transform()
    kinds = [kind for kind in RunType if kind is not RunType.CRAWL and kind not in REPORTS]
    with shop.server.store.writing() as tx:
        for i in range(19):
            at = TIMES[i % 6]
            run = TaskRun(
                id=f"tsk-{5 * i % 19:040x}",
                type=kinds[i % 5],
                status=RunStatus.STARTING,
                transform_id=transform,
                arguments={},
                log_group="/matchloop/any",
                started_at=at,
                modified_at=at,
                timeout_s=60,
            )
            tx.runs.add(run)
            if i % 4:
                to = (RunStatus.STOPPED, RunStatus.FAILED, RunStatus.TIMEOUT)[i % 3]
                tx.runs.move(run.id, to, now=at, error="why" if i % 3 == 1 else None)
    return shop, transform


FILTERS = st.fixed_dictionaries(
    {},
    optional={
        "TaskRunType": st.sampled_from(
            [kind.value for kind in RunType if kind != "CRAWL" and kind not in REPORTS]
        ),
        "Status": st.sampled_from([status.value for status in RunStatus]),
        "StartedBefore": st.sampled_from(TIMES),
        "StartedAfter": st.sampled_from(TIMES),
    },
)
SORTS = st.fixed_dictionaries(
    {
        "Column": st.sampled_from(["TASK_RUN_TYPE", "STATUS", "STARTED"]),
        "SortDirection": st.sampled_from(["ASCENDING", "DESCENDING"]),
    }
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    request=st.fixed_dictionaries({}, optional={"Filter": FILTERS, "Sort": SORTS}),
    size=st.integers(1, 25),
)
def test_pages_make_up_the_whole(crowd: tuple[Shop, str], request: Any, size: int) -> None:
    shop, transform = crowd

    def call(**members: Any) -> Any:
        return shop.glue.get_ml_task_runs(TransformId=transform, **request, **members)

    def ids(page: Any) -> list[str]:
        return [run["TaskRunId"] for run in page["TaskRuns"]]

    pages: list[list[str]] = []
    token = None
    while token is not None or not pages:
        page = call(MaxResults=size, **({"NextToken": token} if token else {}))
        pages.append(ids(page))
        token = page.get("NextToken")
    assert [run for page in pages for run in page] == ids(call())
    assert [len(page) for page in pages[:-1]] == [size] * (len(pages) - 1)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(criteria=FILTERS, sort=SORTS)
def test_filters_and_sorts_do_what_they_say(
    crowd: tuple[Shop, str], criteria: Any, sort: Any
) -> None:
    shop, transform = crowd
    every: Any = shop.glue.get_ml_task_runs(TransformId=transform)["TaskRuns"]
    found: Any = shop.glue.get_ml_task_runs(TransformId=transform, Filter=criteria, Sort=sort)

    def value(run: Any) -> Any:
        return {
            "TASK_RUN_TYPE": run["Properties"]["TaskType"],
            "STATUS": run["Status"],
            "STARTED": run["StartedOn"],
        }[sort["Column"]]

    values = [value(run) for run in found["TaskRuns"]]
    assert values == sorted(values, reverse=sort["SortDirection"] == "DESCENDING")
    assert {run["TaskRunId"] for run in found["TaskRuns"]} == {
        run["TaskRunId"]
        for run in every
        if criteria.get("TaskRunType", run["Properties"]["TaskType"])
        == run["Properties"]["TaskType"]
        and criteria.get("Status", run["Status"]) == run["Status"]
        and criteria.get("StartedAfter", START - timedelta(1)) < run["StartedOn"]
        and run["StartedOn"] < criteria.get("StartedBefore", START + timedelta(1))
    }


def test_the_latest_started_stand_first_without_a_sort(shop: Shop) -> None:
    transform = shop.transform()
    made = [shop.export(transform) for _ in range(4)]

    runs = shop.glue.get_ml_task_runs(TransformId=transform)["TaskRuns"]
    assert [run["TaskRunId"] for run in runs] == made[::-1]


def test_a_token_is_good_for_its_transform_only(crowd: tuple[Shop, str]) -> None:
    shop, transform = crowd
    other = shop.transform("other")
    token = shop.glue.get_ml_task_runs(TransformId=transform, MaxResults=2)["NextToken"]

    with pytest.raises(shop.glue.exceptions.InvalidInputException, match="NextToken"):
        shop.glue.get_ml_task_runs(TransformId=other, NextToken=token)


def test_the_time_out_is_the_transforms(shop: Shop) -> None:
    short, usual = shop.transform("short", Timeout=3), shop.transform("usual")
    runs = [shop.export(short), shop.export(usual)]

    with shop.server.store.reading() as tx:
        found = [tx.runs.get(run) for run in runs]
    assert [run.timeout_s for run in found if run] == [180, 2880 * 60]
