"""Terraform's calls for a database, a table and an aws_glue_ml_transform, body by body.

The bodies are built as hashicorp/terraform-provider-aws 5.100 builds them (its files
internal/service/glue/catalog_database.go, catalog_table.go, ml_transform.go and tags_gen.go), with
``skip_requesting_account_id = true``: the account is empty wherever it would stand.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from http.client import HTTPConnection
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

if TYPE_CHECKING:
    from api.conftest import Server

DATABASE = {"CatalogId": "", "DatabaseInput": {"Name": "tf", "CreateTableDefaultPermissions": []}}
COLUMNS = [{"Comment": "", "Name": "id", "Type": "int"}, {"Name": "name", "Type": "string"}]
TABLE: Mapping[str, Any] = {
    "CatalogId": "",
    "DatabaseName": "tf",
    "TableInput": {
        "Name": "people",
        "Owner": "owner",
        "Retention": 1,
        "PartitionKeys": [{"Name": "day", "Type": "date", "Comment": "my day"}],
        "StorageDescriptor": {
            "Columns": COLUMNS,
            "Compressed": False,
            "Location": "s3://any/people/",
            "NumberOfBuckets": 0,
            "SerdeInfo": {"Name": "serde", "Parameters": {"field.delim": ","}},
            "StoredAsSubDirectories": False,
        },
        "TableType": "EXTERNAL_TABLE",
        "Parameters": {"classification": "csv"},
    },
}
PARAMETERS: Mapping[str, Any] = {
    "TransformType": "FIND_MATCHES",
    "FindMatchesParameters": {
        "AccuracyCostTradeoff": 0,
        "EnforceProvidedLabels": False,
        "PrecisionRecallTradeoff": 0,
        "PrimaryKeyColumnName": "id",
    },
}
CREATE: Mapping[str, Any] = {
    "InputRecordTables": [{"DatabaseName": "tf", "TableName": "people"}],
    "Name": "tf-acc-test",
    "Parameters": PARAMETERS,
    "Role": "arn:aws:iam::123456789012:role/tf",
    "Tags": {"key1": "value1"},
    "Timeout": 2880,
}


class Terraform:
    """Sends bodies as they are."""

    def __init__(self, server: Server) -> None:
        self._address = urlsplit(server.url).netloc

    def call(self, operation: str, **body: Any) -> tuple[int, Any]:
        """Return the status and the body of the answer."""
        connection = HTTPConnection(self._address, timeout=60)
        headers = {
            "Content-Type": "application/x-amz-json-1.1",
            "X-Amz-Target": f"AWSGlue.{operation}",
            "X-Amz-Date": "20260101T000000Z",
            "Authorization": "AWS4-HMAC-SHA256 Credential=mock/20260101/us-east-1/glue/aws4_request"
            ", SignedHeaders=content-type;host;x-amz-date;x-amz-target, Signature=00",
        }
        connection.request("POST", "/", json.dumps(body), headers)
        answer = connection.getresponse()
        told = json.loads(answer.read())
        connection.close()
        return answer.status, told

    def done(self, operation: str, **body: Any) -> Any:
        """Return the body of an answer that is a success."""
        status, told = self.call(operation, **body)
        assert status == 200, told
        return told


@pytest.fixture
def terraform(server: Server) -> Terraform:
    """Return a client with the database and the table applied."""
    made = Terraform(server)
    assert made.done("CreateDatabase", **DATABASE) == {}
    found = made.done("GetDatabase", CatalogId="", Name="tf")
    assert found["Database"]["Name"] == "tf"
    assert made.done("GetTags", ResourceArn="arn:aws:glue:us-east-1::database/tf")["Tags"] == {}
    assert made.done("CreateTable", **TABLE) == {}
    table = made.done("GetTable", CatalogId="", DatabaseName="tf", Name="people")["Table"]
    assert table["StorageDescriptor"]["Columns"] == COLUMNS
    indexes = made.done("GetPartitionIndexes", CatalogId="", DatabaseName="tf", TableName="people")
    assert indexes["PartitionIndexDescriptorList"] == []
    return made


def test_apply_change_and_destroy(terraform: Terraform) -> None:
    transform = terraform.done("CreateMLTransform", **CREATE)["TransformId"]
    arn = f"arn:aws:glue:us-east-1::mlTransform/{transform}"
    first = terraform.done("GetMLTransform", TransformId=transform)
    tags = terraform.done("GetTags", ResourceArn=arn)["Tags"]

    assert {name: first[name] for name in CREATE if name != "Tags"} == {
        name: value for name, value in CREATE.items() if name != "Tags"
    }
    assert tags == {"key1": "value1"}
    assert first["Schema"] == [
        {"Name": "id", "DataType": "int"},
        {"Name": "name", "DataType": "string"},
    ]
    assert (first["GlueVersion"], first["MaxCapacity"], first["LabelCount"]) == ("0.9", 10, 0)
    assert first["MaxRetries"] == 0

    tuned = PARAMETERS["FindMatchesParameters"] | {"PrecisionRecallTradeoff": 1}
    update = {
        "Description": "changed",
        "GlueVersion": first["GlueVersion"],
        "MaxCapacity": first["MaxCapacity"],
        "Parameters": {"TransformType": "FIND_MATCHES", "FindMatchesParameters": tuned},
        "Role": CREATE["Role"],
        "Timeout": 10,
    }
    terraform.done("UpdateMLTransform", TransformId=transform, **update)
    second = terraform.done("GetMLTransform", TransformId=transform)
    assert {name: second[name] for name in update} == update

    terraform.done("UntagResource", ResourceArn=arn, TagsToRemove=["key1"])
    terraform.done("TagResource", ResourceArn=arn, TagsToAdd={"key1": "new", "key2": "value2"})
    assert terraform.done("GetTags", ResourceArn=arn)["Tags"] == {"key1": "new", "key2": "value2"}

    terraform.done("DeleteMLTransform", TransformId=transform)
    for operation in ("GetMLTransform", "DeleteMLTransform"):
        status, told = terraform.call(operation, TransformId=transform)
        assert (status, told["__type"]) == (400, "EntityNotFoundException")
    terraform.done("DeleteTable", CatalogId="", DatabaseName="tf", Name="people")
    terraform.done("DeleteDatabase", CatalogId="", Name="tf")


def test_workers_instead_of_capacity_and_back(terraform: Terraform) -> None:
    body = {**CREATE, "WorkerType": "G.1X", "NumberOfWorkers": 1}
    transform = terraform.done("CreateMLTransform", **body)["TransformId"]
    first = terraform.done("GetMLTransform", TransformId=transform)
    same = {"Role": CREATE["Role"], "Timeout": 2880, "Parameters": PARAMETERS}
    terraform.done(
        "UpdateMLTransform", TransformId=transform, WorkerType="G.1X", NumberOfWorkers=2, **same
    )
    second = terraform.done("GetMLTransform", TransformId=transform)
    terraform.done("UpdateMLTransform", TransformId=transform, MaxCapacity=10, **same)
    third = terraform.done("GetMLTransform", TransformId=transform)

    assert [one.get("NumberOfWorkers") for one in (first, second, third)] == [1, 2, None]
    assert [one.get("WorkerType") for one in (first, second, third)] == ["G.1X", "G.1X", None]
    assert [one.get("MaxCapacity") for one in (first, second, third)] == [None, None, 10]
