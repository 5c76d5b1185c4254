from __future__ import annotations

import json
import urllib.error
import urllib.request
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from matchloop_api.store import RunStatus
from matchloop_api.tasks.reports import keep_report

if TYPE_CHECKING:
    from api.operations.conftest import Shop


def call(shop: Shop, operation: str, **members: Any) -> Any:
    request = urllib.request.Request(
        f"{shop.server.url}/v1/{operation}",
        json.dumps(members).encode(),
        {"Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)["data"]
    except urllib.error.HTTPError as error:
        with error:
            return json.load(error)["error"]


def test_a_report_is_asked_for_and_read_when_it_is_made(shop: Shop) -> None:
    transform = shop.transform()
    shop.change(transform, label_count=1)
    run = call(shop, "StartLabelAuditTaskRun", TransformId=transform)["TaskRunId"]
    waiting = call(shop, "GetReport", TransformId=transform, TaskRunId=run)
    begun = shop.begin()
    with shop.server.store.writing() as tx:
        keep_report(tx, begun, {"alpha": {"value": None, "reason": "none"}})
        tx.runs.move(run, RunStatus.SUCCEEDED, now=datetime.now(UTC), attempt=begun.attempt)
    made = call(shop, "GetReport", TransformId=transform, TaskRunId=run)
    listed = call(shop, "GetReports", TransformId=transform, Type="LABEL_AUDIT")["Reports"]

    assert (waiting["Type"], waiting["Status"]) == ("LABEL_AUDIT", "STARTING")
    assert "Report" not in waiting
    assert made["Report"] == {"alpha": {"value": None, "reason": "none"}}
    assert [one["TaskRunId"] for one in listed] == [run]
    assert call(shop, "GetReports", TransformId=transform, Type="AUDIT_DRAW")["Reports"] == []


def test_glues_operations_do_not_show_it_but_stop_it(shop: Shop) -> None:
    transform = shop.transform()
    folder = shop.uri("out")
    started = call(shop, "StartAuditDrawTaskRun", TransformId=transform, OutputS3Path=folder)
    run = started["TaskRunId"]

    assert shop.glue.get_ml_task_runs(TransformId=transform)["TaskRuns"] == []
    with pytest.raises(shop.glue.exceptions.EntityNotFoundException):
        shop.glue.get_ml_task_run(TransformId=transform, TaskRunId=run)
    stopped = shop.glue.cancel_ml_task_run(TransformId=transform, TaskRunId=run)
    assert stopped["Status"] == "STOPPED"


def test_a_task_run_of_glue_is_no_report(shop: Shop) -> None:
    transform = shop.transform()
    run = shop.export(transform)

    assert call(shop, "GetReport", TransformId=transform, TaskRunId=run)["code"] == (
        "ENTITY_NOT_FOUND"
    )
    assert call(shop, "GetReports", TransformId=transform)["Reports"] == []


def test_what_cannot_be_reported_on_is_refused_at_once(shop: Shop) -> None:
    transform = shop.transform()
    bare = call(shop, "StartLabelAgreementTaskRun", TransformId=transform)
    shop.change(transform, label_count=1, status="READY")
    undrawn = call(shop, "StartHonestQualityTaskRun", TransformId=transform)
    wrong = call(shop, "StartLabelAgreementTaskRun", TransformId=transform, By="MOON", Gild=1)

    assert bare["code"] == "ENTITY_NOT_FOUND"
    assert "has no audit" in undrawn["message"]
    assert wrong["code"] == "VALIDATION_ERROR"
    assert wrong["message"].startswith("2 validation errors detected")


def test_awss_dialect_does_not_know_them(shop: Shop) -> None:
    request = urllib.request.Request(
        shop.server.url,
        b"{}",
        {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "AWSGlue.GetReport"},
    )
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(request, timeout=30)
    with caught.value as refused:
        assert b"'GetReport' does not exist" in refused.read()
