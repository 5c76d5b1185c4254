from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from api.operations.conftest import Shop


def shown(shop: Shop, transform: str) -> dict[str, Any]:
    answer: Any = shop.glue.get_ml_transform(TransformId=transform)
    return {name: value for name, value in answer.items() if name != "ResponseMetadata"}


def test_what_was_left_out_is_shown_by_its_default_or_absent(shop: Shop) -> None:
    transform = shop.transform()
    answer = shown(shop, transform)

    now = datetime.now(UTC)
    assert now - timedelta(minutes=1) < answer["CreatedOn"] <= now
    assert answer == {
        "TransformId": transform,
        "Name": "dedupe",
        "Description": "",
        "Status": "NOT_READY",
        "CreatedOn": answer["CreatedOn"],
        "LastModifiedOn": answer["CreatedOn"],
        "InputRecordTables": [{"DatabaseName": "shop", "TableName": "customers"}],
        "Parameters": {
            "TransformType": "FIND_MATCHES",
            "FindMatchesParameters": {"PrimaryKeyColumnName": "id"},
        },
        "LabelCount": 0,
        "Schema": answer["Schema"],
        "Role": "arn:aws:iam::123456789012:role/any",
        "GlueVersion": "0.9",
        "MaxCapacity": 10.0,
        "Timeout": 2880,
        "MaxRetries": 0,
    }


def test_what_was_given_is_shown_as_given(shop: Shop) -> None:
    given: dict[str, Any] = {
        "Description": "two\nlines of Zoë",
        "InputRecordTables": [
            {
                "DatabaseName": "shop",
                "TableName": "customers",
                "CatalogId": "123456789012",
                "ConnectionName": "any",
                "AdditionalOptions": {"pushDownPredicate": "x=1"},
            }
        ],
        "Parameters": {
            "TransformType": "FIND_MATCHES",
            "FindMatchesParameters": {
                "PrimaryKeyColumnName": "id",
                "PrecisionRecallTradeoff": 0.0,
                "AccuracyCostTradeoff": 1.0,
                "EnforceProvidedLabels": False,
            },
        },
        "GlueVersion": "2.0",
        "WorkerType": "G.1X",
        "NumberOfWorkers": 5,
        "Timeout": 7,
        "MaxRetries": 3,
        "TransformEncryption": {
            "MlUserDataEncryption": {"MlUserDataEncryptionMode": "SSE-KMS", "KmsKeyId": "key"},
            "TaskRunSecurityConfigurationName": "secure",
        },
    }
    answer = shown(shop, shop.transform(**given))

    assert {name: answer[name] for name in given} == given
    assert "MaxCapacity" not in answer


def test_labels_and_metrics_are_shown_once_there_are_any(shop: Shop) -> None:
    transform = shop.transform()
    metrics = {
        "TransformType": "FIND_MATCHES",
        "FindMatchesMetrics": {"F1": 0.5, "ConfusionMatrix": {"NumTruePositives": 3}},
    }
    shop.change(transform, status="READY", label_count=352, evaluation=metrics)
    answer = shown(shop, transform)

    assert answer["Status"] == "READY"
    assert answer["LabelCount"] == 352
    assert answer["EvaluationMetrics"] == metrics
    assert answer["LastModifiedOn"] == answer["CreatedOn"]


def test_get_many_shows_the_same(shop: Shop) -> None:
    transform = shop.transform(MaxCapacity=2)

    assert shop.glue.get_ml_transforms()["Transforms"] == [shown(shop, transform)]


def test_an_unknown_id_is_not_found(shop: Shop) -> None:
    with pytest.raises(shop.glue.exceptions.EntityNotFoundException, match="handle tfm-none"):
        shop.glue.get_ml_transform(TransformId="tfm-none")
