"""awswrangler and Airflow themselves against the live server, each from its own environment.

``MATCHLOOP_AWSWRANGLER`` names a Python with ``awswrangler>=3``, ``MATCHLOOP_AIRFLOW`` one with
``apache-airflow>=3`` and ``apache-airflow-providers-amazon>=9``; ``.ci/run`` makes both.
"""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from end_to_end.conftest import of_a_user
from end_to_end.csv_rows import read, write

if TYPE_CHECKING:
    from types_boto3_glue import GlueClient

    from end_to_end.conftest import Served

SCRIPTS = Path(__file__).parent / "other_clients"
PATIENCE_S = 600.0

pytestmark = pytest.mark.slow


def python_of(variable: str) -> str:
    """Return the Python that a variable names, or skip the test."""
    python = os.environ.get(variable, "")
    if not Path(python).is_file():
        pytest.skip(f"{variable} names no Python")
    return python


def run(python: str, script: str, *arguments: str, **environment: str) -> Any:
    here = of_a_user(**environment)
    here.pop("PYTHONPATH", None)
    done = subprocess.run(
        [python, str(SCRIPTS / script), *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_S,
        env=here,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout.strip().splitlines()[-1])


@pytest.fixture
def glue(served: Served) -> Iterator[GlueClient]:
    client: Any = boto3.client(
        "glue",
        endpoint_url=served.url,
        region_name="us-east-1",
        aws_access_key_id="any",
        aws_secret_access_key="any",
    )
    yield client
    client.close()


def test_awswrangler_keeps_partitions_versions_and_finds_tables(
    served: Served, moto_s3: Any
) -> None:
    python = python_of("MATCHLOOP_AWSWRANGLER")
    bucket = moto_s3.new_bucket()
    s3 = next(value for name, value in moto_s3.environment.items() if "ENDPOINT" in name)

    said = run(python, "wrangler.py", served.url, s3, bucket)

    assert said == {
        "partitions": {
            f"s3://{bucket}/people/year=2020/": ["2020"],
            f"s3://{bucket}/people/year=2021/": ["2021"],
        },
        "of 2021": {f"s3://{bucket}/people/year=2021/": ["2021"]},
        "values": [["2020"], ["2021"], ["2022"]],
        "left": [["2020"], ["2021"]],
        "found": ["people"],
        "versions": 2,
        "rows": 3,
        "at last": {},
    }


def test_airflow_crawls_and_matches(
    served: Served, people: Mapping[str, str], glue: GlueClient, tmp_path: Path
) -> None:
    python = python_of("MATCHLOOP_AIRFLOW")
    transform = taught(served, people, glue)
    (served.folder / "in").mkdir()
    write(served.folder / "in" / "rows.csv", read(served.folder / "people/people.csv"))

    said = run(
        python,
        "airflow_operators.py",
        str(served.folder),
        transform,
        AIRFLOW_HOME=str(tmp_path),
        AIRFLOW__CORE__UNIT_TEST_MODE="True",
        AIRFLOW_CONN_AWS_DEFAULT=json.dumps(
            {
                "conn_type": "aws",
                "login": "any",
                "password": "any",
                "extra": {"region_name": "us-east-1", "endpoint_url": served.url},
            }
        ),
    )

    assert said["crawler"] == "finder"
    assert glue.get_table(DatabaseName="found", Name="rows_csv")["Table"]["Name"] == "rows_csv"
    ended = glue.get_job_run(JobName="dedupe", RunId=said["job"])["JobRun"]
    assert ended["JobRunState"] == "SUCCEEDED"
    assert list((served.folder / "out").iterdir())


def taught(served: Served, people: Mapping[str, str], glue: GlueClient) -> str:
    """Make a transform that has labels of both kinds and return its id."""
    rows = read(served.folder / "people/people.csv")
    glue.create_database(DatabaseInput={"Name": "db"})
    columns: Any = [{"Name": name, "Type": "string"} for name in rows[0]]
    glue.create_table(
        DatabaseName="db",
        TableInput={
            "Name": "people",
            "StorageDescriptor": {
                "Columns": columns,
                "Location": f"file://{served.folder}/people/people.csv",
            },
            "Parameters": {"classification": "csv", "skip.header.line.count": "1"},
        },
    )
    transform = glue.create_ml_transform(
        Name="people",
        Role="r",
        InputRecordTables=[{"DatabaseName": "db", "TableName": "people"}],
        Parameters={
            "TransformType": "FIND_MATCHES",
            "FindMatchesParameters": {"PrimaryKeyColumnName": "id"},
        },
    )["TransformId"]
    labels = [
        {"labeling_set_id": str(at // 5), "label": people[row["id"]], **row}
        for at, row in enumerate(rows[:40])
    ]
    write(served.folder / "labels.csv", labels)
    run_id = glue.start_import_labels_task_run(
        TransformId=transform, InputS3Path=f"file://{served.folder}/labels.csv"
    )["TaskRunId"]
    until = time.monotonic() + PATIENCE_S
    while True:
        found = glue.get_ml_task_run(TransformId=transform, TaskRunId=run_id)
        if found["Status"] not in ("STARTING", "RUNNING"):
            break
        assert time.monotonic() < until
        time.sleep(0.1)
    assert found["Status"] == "SUCCEEDED", found.get("ErrorString")
    return transform
