"""Every error that Glue declares for the catalog, crawlers and jobs: provoked, or why it is never.

The requests are sent over boto3 to the live server, on one prepared state.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import botocore.session
import pytest
from botocore import xform_name
from botocore.exceptions import ClientError

from matchloop_api.operations import OPERATIONS
from matchloop_api.store import RunStatus

if TYPE_CHECKING:
    from types_boto3_glue import GlueClient

GLUE = botocore.session.get_session().get_service_model("glue")

OTHER_CATALOG = {"CatalogId": "999999999999"}
GONE_TABLE = {"DatabaseName": "shop", "TableName": "gone"}
CRAWLER: Mapping[str, Any] = {
    "Role": "r",
    "DatabaseName": "shop",
    "Targets": {"S3Targets": [{"Path": "s3://bucket/"}]},
}
COMMAND = {"Name": "glueetl", "ScriptLocation": "builtin:find-matches"}

PROVOKED: Mapping[str, Mapping[str, Mapping[str, Any]]] = {
    "EntityNotFoundException": {
        "GetDatabase": {"Name": "gone"},
        "UpdateDatabase": {"Name": "gone", "DatabaseInput": {"Name": "gone"}},
        "DeleteDatabase": {"Name": "gone"},
        "CreateTable": {"DatabaseName": "gone", "TableInput": {"Name": "t"}},
        "GetTable": {"DatabaseName": "shop", "Name": "gone"},
        "GetTables": {"DatabaseName": "gone"},
        "UpdateTable": {"DatabaseName": "shop", "TableInput": {"Name": "gone"}},
        "DeleteTable": {"DatabaseName": "shop", "Name": "gone"},
        "BatchDeleteTable": {"DatabaseName": "gone", "TablesToDelete": []},
        "GetPartition": {"DatabaseName": "shop", "TableName": "t", "PartitionValues": []},
        "GetPartitions": GONE_TABLE,
        "GetPartitionIndexes": GONE_TABLE,
        "CreatePartition": {**GONE_TABLE, "PartitionInput": {}},
        "BatchCreatePartition": {**GONE_TABLE, "PartitionInputList": []},
        "BatchGetPartition": {**GONE_TABLE, "PartitionsToGet": []},
        "DeletePartition": {"DatabaseName": "shop", "TableName": "t", "PartitionValues": ["1"]},
        "BatchDeletePartition": {**GONE_TABLE, "PartitionsToDelete": []},
        "GetTableVersions": GONE_TABLE,
        "GetTableVersion": {"DatabaseName": "shop", "TableName": "t", "VersionId": "9"},
        "ListCrawls": {"CrawlerName": "gone"},
        "GetCrawler": {"Name": "gone"},
        "UpdateCrawler": {"Name": "gone"},
        "DeleteCrawler": {"Name": "gone"},
        "StartCrawler": {"Name": "gone"},
        "StopCrawler": {"Name": "gone"},
        "GetJob": {"JobName": "gone"},
        "UpdateJob": {"JobName": "gone", "JobUpdate": {}},
        "StartJobRun": {"JobName": "gone"},
        "GetJobRun": {"JobName": "job", "RunId": "gone"},
        "GetJobRuns": {"JobName": "gone"},
    },
    "InvalidInputException": {
        "CreateDatabase": {"DatabaseInput": {"Name": "d"}, **OTHER_CATALOG},
        "GetDatabase": {"Name": "shop", **OTHER_CATALOG},
        "GetDatabases": {"NextToken": "nonsense"},
        "UpdateDatabase": {"Name": "shop", "DatabaseInput": {"Name": "other"}},
        "DeleteDatabase": {"Name": "shop", **OTHER_CATALOG},
        "CreateTable": {"DatabaseName": "shop", "Name": "t"},
        "GetTable": {"DatabaseName": "shop", "Name": "t", **OTHER_CATALOG},
        "GetTables": {"DatabaseName": "shop", "Expression": "("},
        "UpdateTable": {"DatabaseName": "shop", "Name": "u", "TableInput": {"Name": "t"}},
        "DeleteTable": {"DatabaseName": "shop", "Name": "t", **OTHER_CATALOG},
        "BatchDeleteTable": {"DatabaseName": "shop", "TablesToDelete": [], **OTHER_CATALOG},
        "GetPartition": {**GONE_TABLE, "PartitionValues": [], **OTHER_CATALOG},
        "GetPartitions": {**GONE_TABLE, **OTHER_CATALOG},
        "CreatePartition": {
            "DatabaseName": "shop",
            "TableName": "t",
            "PartitionInput": {"Values": ["1"]},
        },
        "BatchCreatePartition": {**GONE_TABLE, "PartitionInputList": [], **OTHER_CATALOG},
        "BatchGetPartition": {**GONE_TABLE, "PartitionsToGet": [], **OTHER_CATALOG},
        "DeletePartition": {**GONE_TABLE, "PartitionValues": [], **OTHER_CATALOG},
        "BatchDeletePartition": {**GONE_TABLE, "PartitionsToDelete": [], **OTHER_CATALOG},
        "GetTableVersions": {**GONE_TABLE, **OTHER_CATALOG},
        "GetTableVersion": {**GONE_TABLE, **OTHER_CATALOG},
        "SearchTables": {"SortCriteria": [{"FieldName": "Size", "Sort": "ASC"}]},
        "ListCrawls": {
            "CrawlerName": "idle",
            "Filters": [{"FieldName": "DPU_HOUR", "FilterOperator": "GT", "FieldValue": "x"}],
        },
        "GetPartitionIndexes": {**GONE_TABLE, **OTHER_CATALOG},
        "CreateCrawler": {"Name": "c", "Role": "r", "Targets": {}},
        "UpdateCrawler": {"Name": "idle", "Targets": {}},
        "CreateJob": {"Name": "j", "Role": "r", "Command": COMMAND, "MaxRetries": -1},
        "GetJobs": {"NextToken": "nonsense"},
        "ListJobs": {"NextToken": "nonsense"},
        "UpdateJob": {"JobName": "job", "JobUpdate": {"Timeout": 20000}},
        "StartJobRun": {"JobName": "job", "Arguments": {"--OutputFormat": "xml"}},
        "GetJobRuns": {"JobName": "job", "NextToken": "nonsense"},
    },
    "AlreadyExistsException": {
        "CreateDatabase": {"DatabaseInput": {"Name": "SHOP"}},
        "CreateTable": {"DatabaseName": "shop", "TableInput": {"Name": "T"}},
        "CreatePartition": {
            "DatabaseName": "shop",
            "TableName": "parted",
            "PartitionInput": {"Values": ["1"]},
        },
        "CreateCrawler": {"Name": "idle", **CRAWLER},
        "CreateJob": {"Name": "job", "Role": "r", "Command": COMMAND},
    },
    "ConcurrentModificationException": {
        "UpdateTable": {"DatabaseName": "shop", "TableInput": {"Name": "t"}, "VersionId": "7"},
    },
    "CrawlerRunningException": {
        "StartCrawler": {"Name": "busy"},
        "UpdateCrawler": {"Name": "busy"},
        "DeleteCrawler": {"Name": "busy"},
    },
    "CrawlerNotRunningException": {"StopCrawler": {"Name": "idle"}},
    "CrawlerStoppingException": {"StopCrawler": {"Name": "ending"}},
    "ConcurrentRunsExceededException": {
        "StartJobRun": {
            "JobName": "job",
            "Arguments": {"--TransformId": "{transform}", "--OutputPath": "{folder}/out"},
        },
    },
}
"""By error and operation: the request that it answers."""

NEVER: Mapping[str, str] = {
    "InternalServiceException": "a fault of the server, which no request should bring about",
    "OperationTimeoutException": "the time limit of a request; tried with the wire",
    "GlueEncryptionException": "nothing is encrypted with KMS",
    "FederationSourceException": "there are no federated databases",
    "FederationSourceRetryableException": "there are no federated databases",
    "FederatedResourceAlreadyExistsException": "there are no federated databases",
    "ResourceNotReadyException": "what the catalog holds is ready at once",
    "ResourceNumberLimitExceededException": "the catalog, crawlers and jobs have no limit",
    "IdempotentParameterMismatchException": "a name that is taken is AlreadyExistsException",
    "SchedulerTransitioningException": "schedules are kept and not run",
    "VersionMismatchException": "UpdateCrawler takes no version",
    "InvalidStateException": "a partition has no state",
    "ConflictException": "indexes are never being built",
    "ConcurrentModificationException": "writing requests wait for each other",
    "AlreadyExistsException": "an update does not change names",
}
"""Errors that an operation not under PROVOKED never answers, and why."""

ALONE: Mapping[tuple[str, str], str] = {
    ("GetDatabases", "EntityNotFoundException"): "an empty catalog is an empty list",
    ("GetJobs", "EntityNotFoundException"): "no jobs are an empty list",
    ("ListJobs", "EntityNotFoundException"): "no jobs are an empty list",
    ("BatchGetJobs", "InvalidInputException"): "its one member is checked by the model",
    ("BatchGetCrawlers", "InvalidInputException"): "its one member is checked by the model",
    ("BatchCreatePartition", "AlreadyExistsException"): "those that are there stand under Errors",
    ("GetJob", "InvalidInputException"): "its one member is checked by the model",
    ("GetJobRun", "InvalidInputException"): "its members are checked by the model",
    ("DeleteJob", "InvalidInputException"): "its one member is checked by the model",
    ("BatchStopJobRun", "InvalidInputException"): "what is wrong with a run stands under Errors",
}

OURS = frozenset(name for requests in PROVOKED.values() for name in requests) | {
    "ListCrawlers",
    "GetCrawlers",
    "GetCrawlerMetrics",
    *(name for name, _ in ALONE),
}


@pytest.fixture
def state(glue: GlueClient, server: Any) -> Mapping[str, str]:
    """Make what the requests speak of; return what they are filled in with."""
    data = Path(server.settings.data_dir)
    store = server.store
    glue.create_database(DatabaseInput={"Name": "shop"})
    columns: Any = [{"Name": "id", "Type": "string"}]
    glue.create_table(
        DatabaseName="shop", TableInput={"Name": "t", "StorageDescriptor": {"Columns": columns}}
    )
    keys: Any = [{"Name": "year", "Type": "int"}]
    glue.create_table(DatabaseName="shop", TableInput={"Name": "parted", "PartitionKeys": keys})
    glue.create_partition(DatabaseName="shop", TableName="parted", PartitionInput={"Values": ["1"]})
    for name in ("ending", "busy", "idle"):
        glue.create_crawler(Name=name, **CRAWLER)
    glue.start_crawler(Name="ending")
    with store.writing() as tx:
        tx.runs.claim("test", now=datetime.now(UTC), lease_s=600)
    glue.stop_crawler(Name="ending")
    glue.start_crawler(Name="busy")
    made = glue.create_ml_transform(
        Name="people",
        Role="r",
        InputRecordTables=[{"DatabaseName": "shop", "TableName": "t"}],
        Parameters={
            "TransformType": "FIND_MATCHES",
            "FindMatchesParameters": {"PrimaryKeyColumnName": "id"},
        },
    )["TransformId"]
    with store.writing() as tx:
        tx.transforms.replace(replace(tx.transforms.get(made), status="READY"))
    glue.create_job(Name="job", Role="r", Command=COMMAND)  # type: ignore[arg-type]
    filled = {"transform": made, "folder": f"file://{data}"}
    request = _filled(PROVOKED["ConcurrentRunsExceededException"]["StartJobRun"], filled)
    run_id = glue.start_job_run(**request)["JobRunId"]
    run = glue.get_job_run(JobName="job", RunId=run_id)["JobRun"]
    assert run["JobRunState"] == RunStatus.STARTING
    return filled


@pytest.mark.parametrize("error", sorted(PROVOKED))
def test_the_error_answers_what_it_is_declared_for(
    glue: GlueClient, state: Mapping[str, str], error: str
) -> None:
    for operation, request in PROVOKED[error].items():
        call = getattr(glue, xform_name(operation))
        with pytest.raises(ClientError) as refused:
            call(**_filled(request, state))
        assert type(refused.value).__name__ == error, operation
        assert refused.value.response["Error"]["Message"], operation
        assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


@pytest.mark.parametrize("operation", sorted(OURS))
def test_every_declared_error_is_provoked_or_has_a_reason(operation: str) -> None:
    assert operation in OPERATIONS
    for shape in GLUE.operation_model(operation).error_shapes:
        provoked = operation in PROVOKED.get(shape.name, {})
        assert provoked or (operation, shape.name) in ALONE or shape.name in NEVER, shape.name


def _filled(request: Mapping[str, Any], filled: Mapping[str, str]) -> dict[str, Any]:
    return {
        name: {key: str(text).format(**filled) for key, text in value.items()}
        if name == "Arguments"
        else value
        for name, value in request.items()
    }
