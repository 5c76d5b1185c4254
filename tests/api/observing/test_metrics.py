from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from matchloop_api.identifiers import new_run_id, new_transform_id
from matchloop_api.observing import Metrics
from matchloop_api.store import RunStatus, RunType, Store, TaskRun, Transform

NOW = datetime.now(UTC)


def values(metrics: Metrics) -> dict[str, float]:
    return {
        sample.name
        + "".join(f",{value}" for _, value in sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(metrics.text().decode())
        for sample in family.samples
    }


def transform(name: str, labels: int) -> Transform:
    return Transform(
        id=new_transform_id(),
        name=name,
        status="NOT_READY",
        created_at=NOW,
        modified_at=NOW,
        definition={},
        schema=(),
        label_count=labels,
    )


def run(of: Transform, type: RunType, age_s: float) -> TaskRun:
    at = NOW - timedelta(seconds=age_s)
    return TaskRun(
        id=new_run_id(),
        type=type,
        status=RunStatus.STARTING,
        transform_id=of.id,
        arguments={},
        log_group="/matchloop",
        started_at=at,
        modified_at=at,
        timeout_s=60,
    )


def test_requests_are_counted_by_what_they_were(store: Store) -> None:
    metrics = Metrics(store)
    for status, code in ((200, ""), (200, ""), (400, "EntityNotFoundException")):
        metrics.answered(
            operation="GetTags", dialect="aws-json", status=status, code=code, seconds=0.002
        )
    metrics.answered(operation="", dialect="", status=404, code="", seconds=0.2)

    found = values(metrics)

    assert found["matchloop_requests_total,OK,aws-json,GetTags,200"] == 2
    assert found["matchloop_requests_total,EntityNotFoundException,aws-json,GetTags,400"] == 1
    assert found["matchloop_requests_total,OK,none,none,404"] == 1
    assert found["matchloop_request_seconds_bucket,aws-json,0.0025,GetTags"] == 3
    assert found["process_resident_memory_bytes"] > 0
    assert not any(name.partition(",")[0].endswith("_created") for name in found)


def test_runs_and_labels_are_read_from_the_store(store: Store) -> None:
    people, goods = transform("people", 10), transform("goods", 32)
    with store.writing() as tx:
        for one in (people, goods):
            tx.transforms.add(one)
        tx.runs.add(run(people, RunType.IMPORT_LABELS, 1_000_000))
        tx.runs.add(run(people, RunType.IMPORT_LABELS, 90))
        tx.runs.add(run(goods, RunType.EVALUATION, 50))
    with store.writing() as tx:
        tx.runs.claim("worker", now=NOW, lease_s=60)

    found = values(Metrics(store))

    assert found["matchloop_store_up"] == 1
    assert found["matchloop_transforms"] == 2
    assert found["matchloop_labels"] == 42
    assert found["matchloop_task_runs,RUNNING,IMPORT_LABELS"] == 1
    assert found["matchloop_task_runs,STARTING,IMPORT_LABELS"] == 1
    assert found["matchloop_task_runs,FAILED,IMPORT_LABELS"] == 0
    assert found["matchloop_task_runs_waiting"] == 2
    assert found["matchloop_task_runs_running"] == 1
    assert 90 <= found["matchloop_task_run_oldest_waiting_seconds"] < 1_000_000


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
def test_a_store_that_cannot_be_read_is_told_of(store: Store, store_url: str) -> None:
    metrics = Metrics(store)
    before = values(metrics)
    assert before["matchloop_store_up"] == 1

    store.close()
    database = Path(store_url.removeprefix("sqlite:///"))
    for path in database.parent.glob(f"{database.name}*"):
        path.unlink()
    database.mkdir()

    assert values(metrics)["matchloop_store_up"] == 0
