"""What breaks Glue's model is refused before an operation sees it, though boto3 would send it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from api.operations.conftest import Shop

LONG = "x" * 256
TABLE = {"DatabaseName": "shop", "TableName": "customers"}


def tuned(**members: Any) -> Any:
    return {
        "TransformType": "FIND_MATCHES",
        "FindMatchesParameters": {"PrimaryKeyColumnName": "id", **members},
    }


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("Name", ""),
        ("Name", LONG),
        ("Name", "a\x00b"),
        ("Description", "x" * 2049),
        ("InputRecordTables", [TABLE] * 11),
        ("InputRecordTables", [{"DatabaseName": "shop"}]),
        ("InputRecordTables", [{**TABLE, "DatabaseName": ""}]),
        ("InputRecordTables", [{**TABLE, "AdditionalOptions": {}}]),
        ("Parameters", {"TransformType": "BOGUS"}),
        ("Parameters", {}),
        ("Parameters", tuned(PrecisionRecallTradeoff=1.5)),
        ("Parameters", tuned(AccuracyCostTradeoff=-0.1)),
        ("Parameters", tuned(PrimaryKeyColumnName="")),
        ("Parameters", tuned(PrimaryKeyColumnName="x" * 1025)),
        ("Role", None),
        ("GlueVersion", "abc"),
        ("WorkerType", "NOPE"),
        ("Timeout", 0),
        ("Tags", {f"k{i}": "" for i in range(51)}),
        ("Tags", {"": "x"}),
        ("Tags", {"k" * 129: "x"}),
        ("Tags", {"k": "x" * 257}),
        ("TransformEncryption", {"MlUserDataEncryption": {"MlUserDataEncryptionMode": "NO"}}),
        ("TransformEncryption", {"TaskRunSecurityConfigurationName": ""}),
    ],
)
def test_a_member_past_its_limits_makes_no_transform(shop: Shop, member: str, value: Any) -> None:
    request = {**shop.request(), member: value}
    if value is None:
        del request[member]

    with pytest.raises(ClientError) as refused:
        shop.raw.create_ml_transform(**request)
    error = refused.value.response["Error"]
    assert error["Code"] == "ValidationException"
    assert error["Message"].startswith("1 validation error detected: Value ")
    assert shop.glue.list_ml_transforms()["TransformIds"] == []


@pytest.mark.parametrize(
    ("method", "request_"),
    [
        ("get_ml_transform", {"TransformId": LONG}),
        ("get_ml_transform", {}),
        ("get_ml_transforms", {"MaxResults": 0}),
        ("get_ml_transforms", {"MaxResults": 1001}),
        ("list_ml_transforms", {"Filter": {"Status": "DONE"}}),
        ("list_ml_transforms", {"Filter": {"Schema": [{"Name": "x"}] * 101}}),
        ("list_ml_transforms", {"Sort": {"Column": "SIZE", "SortDirection": "ASCENDING"}}),
        ("list_ml_transforms", {"Sort": {"Column": "NAME"}}),
        ("get_ml_task_runs", {"TransformId": "x", "Filter": {"TaskRunType": "CRAWL"}}),
        ("get_ml_task_run", {"TransformId": "x"}),
        ("cancel_ml_task_run", {"TransformId": "x", "TaskRunId": ""}),
        ("start_import_labels_task_run", {"TransformId": "x"}),
        ("tag_resource", {"ResourceArn": "arn:aws:s3:::bucket", "TagsToAdd": {}}),
        ("untag_resource", {"ResourceArn": "arn:aws:glue:x", "TagsToRemove": ["k"] * 51}),
    ],
)
def test_other_requests_are_held_to_the_model_too(
    shop: Shop, method: str, request_: dict[str, Any]
) -> None:
    with pytest.raises(ClientError) as refused:
        getattr(shop.raw, method)(**request_)
    assert refused.value.response["Error"]["Code"] == "ValidationException"
