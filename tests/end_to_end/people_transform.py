"""A transform of some people, made and taught through boto3."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import boto3

from end_to_end.conftest import Served
from end_to_end.csv_rows import read, write

__all__ = ["add_table", "client_of", "taught"]


def client_of(served: Served) -> Any:
    """Return a Glue client of a server that takes any credentials."""
    return boto3.client(
        "glue",
        endpoint_url=served.url,
        region_name="us-east-1",
        aws_access_key_id="any",
        aws_secret_access_key="any",
    )


def add_table(
    glue: Any, folder: Path, below: str, columns: Sequence[str], *, name: str | None = None
) -> None:
    """Add a table of CSV files in a folder of the server's to the catalog."""
    glue.create_table(
        DatabaseName="demo",
        TableInput={
            "Name": name or below,
            "Parameters": {"classification": "csv", "skip.header.line.count": "1"},
            "StorageDescriptor": {
                "Location": f"file://{folder}/{below}/",
                "Columns": [{"Name": column, "Type": "string"} for column in columns],
                "SerdeInfo": {
                    "SerializationLibrary": "org.apache.hadoop.hive.serde2.OpenCSVSerde",
                    "Parameters": {"separatorChar": ","},
                },
            },
        },
    )


def taught(glue: Any, folder: Path, person: Mapping[str, str]) -> str:
    """Make the catalog's table and a transform, and import ten sets of labels."""
    rows = read(folder / "people/people.csv")
    glue.create_database(DatabaseInput={"Name": "demo"})
    add_table(glue, folder, "people", list(rows[0]), name="people_csv")
    transform: str = glue.create_ml_transform(
        Name="people",
        Role="any",
        InputRecordTables=[{"DatabaseName": "demo", "TableName": "people_csv"}],
        Parameters={
            "TransformType": "FIND_MATCHES",
            "FindMatchesParameters": {"PrimaryKeyColumnName": "id"},
        },
    )["TransformId"]
    labelled = [
        {"labeling_set_id": str(at // 8), "label": person[row["id"]], **row}
        for at, row in enumerate(rows[:80])
    ]
    write(folder / "labels.csv", labelled)
    run = glue.start_import_labels_task_run(
        TransformId=transform, InputS3Path=f"file://{folder}/labels.csv"
    )["TaskRunId"]
    until = time.monotonic() + 300
    while (task := glue.get_ml_task_run(TransformId=transform, TaskRunId=run))["Status"] in (
        "STARTING",
        "RUNNING",
    ):
        assert time.monotonic() < until
        time.sleep(0.2)
    assert task["Status"] == "SUCCEEDED", task
    return transform
