"""What the tests of operations share: a table in the catalog and transforms on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from matchloop_api.store import RunStatus, TaskRun, Transform

if TYPE_CHECKING:
    from types_boto3_glue import GlueClient

    from api.conftest import Server

COLUMNS = [
    {"Name": "id", "Type": "bigint"},
    {"Name": "name", "Type": "string"},
    {"Name": "born", "Type": "date"},
]
ROWS = "id,name,born\n1,Ann Lee,1980-01-02\n2,Anne Lee,1980-01-02\n3,Bob Ray,1975-05-06\n"


@dataclass(frozen=True)
class Shop:
    """A live server with the table ``shop.customers``, and what tests do to it.

    Parameters
    ----------
    glue, raw
        Clients: as users have it, and one that sends what boto3 itself would refuse.
    server
        The server.
    """

    glue: GlueClient
    raw: GlueClient
    server: Server

    @property
    def folder(self) -> Path:
        """The folder of the shop's files."""
        return Path(self.server.settings.data_dir) / "files"

    def uri(self, name: str) -> str:
        """Return the URI of a file of the shop."""
        return f"file://{self.folder / name}"

    def write(self, name: str, content: bytes | str) -> str:
        """Write a file and return its URI."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return f"file://{path}"

    def add_table(self, name: str, columns: list[dict[str, str]]) -> None:
        """Put a CSV table into the catalog."""
        described: Any = {
            "Name": name,
            "StorageDescriptor": {
                "Columns": columns,
                "Location": self.uri(f"{name}.csv"),
                "SerdeInfo": {
                    "SerializationLibrary": "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe",
                    "Parameters": {"field.delim": ",", "skip.header.line.count": "1"},
                },
            },
            "Parameters": {"classification": "csv", "skip.header.line.count": "1"},
        }
        self.glue.create_table(DatabaseName="shop", TableInput=described)

    def request(self, name: str = "dedupe", **members: Any) -> dict[str, Any]:
        """Return a request of CreateMLTransform; a member given as None is left out."""
        request = {
            "Name": name,
            "InputRecordTables": [{"DatabaseName": "shop", "TableName": "customers"}],
            "Parameters": parameters(PrimaryKeyColumnName="id"),
            "Role": "arn:aws:iam::123456789012:role/any",
        } | members
        return {member: value for member, value in request.items() if value is not None}

    def transform(self, name: str = "dedupe", **members: Any) -> str:
        """Make a transform and return its id."""
        return self.glue.create_ml_transform(**self.request(name, **members))["TransformId"]

    def change(self, transform_id: str, **changes: Any) -> Transform:
        """Change the stored row of a transform, as task runs do."""
        with self.server.store.writing() as tx:
            row = tx.transforms.get(transform_id)
            assert row is not None
            row = replace(row, **changes)
            tx.transforms.replace(row)
        return row

    def export(self, transform_id: str) -> str:
        """Start an export, which no limit refuses, and return its id."""
        self.change(transform_id, label_count=1)
        return self.glue.start_export_labels_task_run(
            TransformId=transform_id, OutputS3Path=self.uri("out")
        )["TaskRunId"]

    def begin(self) -> TaskRun:
        """Claim the oldest run, as a worker does."""
        with self.server.store.writing() as tx:
            run = tx.runs.claim("tester", now=datetime.now(UTC), lease_s=600)
        assert run is not None
        return run

    def end(self, run: TaskRun, status: RunStatus, error: str | None = None) -> None:
        """Move a run that was begun, as a worker does."""
        with self.server.store.writing() as tx:
            tx.runs.move(run.id, status, now=datetime.now(UTC), attempt=run.attempt, error=error)


def parameters(**members: Any) -> Mapping[str, Any]:
    """Return the Parameters of a transform."""
    return {"TransformType": "FIND_MATCHES", "FindMatchesParameters": members}


@pytest.fixture
def shop(server: Server, glue: GlueClient, raw_glue: GlueClient) -> Shop:
    """Return a live server with the table ``shop.customers``."""
    made = Shop(glue, raw_glue, server)
    made.write("customers.csv", ROWS)
    glue.create_database(DatabaseInput={"Name": "shop"})
    made.add_table("customers", COLUMNS)
    return made
