"""The tutorial of AWS Glue FindMatches, by boto3, against ``matchloop serve`` and its worker."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config

from end_to_end.csv_rows import Rows, read, write

pytestmark = [
    pytest.mark.tables,
    pytest.mark.skipif(
        not os.environ.get("MATCHLOOP_DATA"), reason="MATCHLOOP_DATA names no benchmark tables"
    ),
]

PATIENCE_S = 300.0  # against hanging only; nothing is timed
COLUMNS = ["id", "title", "authors", "venue", "year", "source"]


class Bibliography:
    """DBLP and ACM as one table, and which of its rows are the same paper."""

    def __init__(self, folder: Path) -> None:
        self.rows: Rows = []
        for source, file in (("DBLP", "tableA.csv"), ("ACM", "tableB.csv")):
            for row in read(folder / file):
                self.rows.append({**row, "id": f"{source}-{row['id']}", "source": source})
        self.paper = {row["id"]: row["id"] for row in self.rows}
        for pair in read(folder / "gold.csv"):
            self.paper[f"ACM-{pair['id_b']}"] = self.paper[f"DBLP-{pair['id_a']}"]

    def quality(self, rows: Rows) -> tuple[float, float]:
        """Return precision and recall of the pairs of two rows with one match id."""
        said = pairs_of({row["id"]: row["match_id"] for row in rows})
        true = pairs_of(self.paper)
        return len(said & true) / len(said), len(said & true) / len(true)


def pairs_of(group: dict[str, str]) -> set[tuple[str, str]]:
    members: dict[str, list[str]] = {}
    for key in sorted(group):
        members.setdefault(group[key], []).append(key)
    return {
        (one, other)
        for keys in members.values()
        for at, one in enumerate(keys)
        for other in keys[at + 1 :]
    }


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tutorial")


@pytest.fixture(scope="module")
def glue(folder: Path) -> Iterator[Any]:
    """Start the server as a user does, and return a client of it."""
    command = [sys.executable, "-m", "matchloop", "serve", "--port", "0", "--data-dir", str(folder)]
    with (folder.parent / "serve.log").open("wb") as log:
        server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)
        try:
            assert server.stdout is not None
            line = server.stdout.readline()
            found = re.search(r"http://[\d.]+:\d+", line)
            assert found, f"the server said: {line!r}"
            make: Any = boto3.client
            client = make(
                "glue",
                endpoint_url=found[0],
                region_name="us-east-1",
                aws_access_key_id="any",
                aws_secret_access_key="any",
                config=Config(retries={"total_max_attempts": 1}),
            )
            yield client
            client.close()
        finally:
            server.terminate()
            server.communicate(timeout=180)


def finished(glue: Any, transform: str, run: str) -> dict[str, Any]:
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        got: dict[str, Any] = glue.get_ml_task_run(TransformId=transform, TaskRunId=run)
        if got["Status"] not in ("STARTING", "RUNNING", "STOPPING"):
            assert got["Status"] == "SUCCEEDED", got.get("ErrorString")
            return got
        time.sleep(0.1)
    raise AssertionError("the task run never ended")


def test_the_tutorial_runs_from_the_catalog_to_the_deleted_transform(
    glue: Any, folder: Path
) -> None:
    truth = Bibliography(Path(os.environ["MATCHLOOP_DATA"]) / "dblp_acm")
    here = f"file://{folder}"
    (folder / "records").mkdir()
    write(folder / "records/dblp_acm_records.csv", truth.rows)

    # catalog, by a crawler
    glue.create_database(DatabaseInput={"Name": "demo-db-dblp-acm"})
    glue.create_crawler(
        Name="demo-crawler",
        Role="demo",
        DatabaseName="demo-db-dblp-acm",
        Targets={"S3Targets": [{"Path": f"{here}/records/"}]},
    )
    glue.start_crawler(Name="demo-crawler")
    end = time.monotonic() + PATIENCE_S
    while glue.get_crawler(Name="demo-crawler")["Crawler"]["State"] != "READY":
        assert time.monotonic() < end
        time.sleep(0.05)
    crawler = glue.get_crawler(Name="demo-crawler")["Crawler"]
    assert crawler["LastCrawl"]["Status"] == "SUCCEEDED", crawler["LastCrawl"]
    table = glue.get_table(DatabaseName="demo-db-dblp-acm", Name="dblp_acm_records_csv")["Table"]
    assert [one["Name"] for one in table["StorageDescriptor"]["Columns"]] == COLUMNS

    # transform
    transform = glue.create_ml_transform(
        Name="demo-xform-dblp-acm",
        InputRecordTables=[
            {"DatabaseName": "demo-db-dblp-acm", "TableName": "dblp_acm_records_csv"}
        ],
        Parameters={
            "TransformType": "FIND_MATCHES",
            "FindMatchesParameters": {
                "PrimaryKeyColumnName": "id",
                "PrecisionRecallTradeoff": 0.5,
                "AccuracyCostTradeoff": 0.5,
                "EnforceProvidedLabels": False,
            },
        },
        Role="demo",
        GlueVersion="2.0",
        MaxCapacity=10.0,
    )["TransformId"]
    assert glue.get_ml_transform(TransformId=transform)["Status"] == "NOT_READY"

    # generate, label from the truth, import: two rounds
    count = 0
    for number in range(2):
        run = glue.start_ml_labeling_set_generation_task_run(
            TransformId=transform, OutputS3Path=f"{here}/round-{number}/"
        )["TaskRunId"]
        done = finished(glue, transform, run)
        assert done["Properties"]["TaskType"] == "LABELING_SET_GENERATION"
        (path,) = (folder / f"round-{number}").iterdir()
        assert path.name.startswith(f"{transform}_labelingset_")
        rows = read(path)
        assert list(rows[0]) == ["labeling_set_id", "label", *COLUMNS]
        write(path, [{**row, "label": truth.paper[row["id"]]} for row in rows])
        run = glue.start_import_labels_task_run(
            TransformId=transform, InputS3Path=f"{here}/round-{number}/{path.name}"
        )["TaskRunId"]
        finished(glue, transform, run)
        count += len(rows)
    taught = glue.get_ml_transform(TransformId=transform)
    assert (taught["Status"], taught["LabelCount"]) == ("READY", count)

    # evaluate
    run = glue.start_ml_evaluation_task_run(TransformId=transform)["TaskRunId"]
    finished(glue, transform, run)
    metrics = glue.get_ml_transform(TransformId=transform)["EvaluationMetrics"]
    assert metrics["TransformType"] == "FIND_MATCHES"
    assert metrics["FindMatchesMetrics"]["AreaUnderPRCurve"] > 0.7

    # find matches by a job
    glue.create_job(
        Name="demo-etl-dblp-acm",
        Role="demo",
        Command={"Name": "glueetl", "ScriptLocation": "builtin:find-matches"},
        DefaultArguments={"--TransformId": transform, "--OutputPath": f"{here}/out/"},
    )
    job = glue.start_job_run(
        JobName="demo-etl-dblp-acm", Arguments={"--ComputeMatchConfidenceScores": "true"}
    )["JobRunId"]
    (run,) = glue.get_ml_task_runs(TransformId=transform, Filter={"TaskRunType": "FIND_MATCHES"})[
        "TaskRuns"
    ]
    assert run["Properties"]["FindMatchesTaskRunProperties"]["JobRunId"] == job
    finished(glue, transform, run["TaskRunId"])
    state = glue.get_job_run(JobName="demo-etl-dblp-acm", RunId=job)["JobRun"]["JobRunState"]
    assert state == "SUCCEEDED"
    (output,) = (folder / "out").iterdir()
    assert re.fullmatch(r"run-\d{13}-part-r-00000", output.name)
    matched = read(output)
    assert list(matched[0]) == [*COLUMNS, "match_id", "match_confidence_score"]
    assert [row["id"] for row in matched] == [row["id"] for row in truth.rows]
    precision, recall = truth.quality(matched)
    assert precision > 0.9
    assert recall > 0.9

    # export, replace by what was exported without its last set, delete
    run = glue.start_export_labels_task_run(TransformId=transform, OutputS3Path=f"{here}/labels")[
        "TaskRunId"
    ]
    finished(glue, transform, run)
    (exported,) = (folder / "labels").iterdir()
    labels = read(exported)
    assert len(labels) == count
    kept = [row for row in labels if row["labeling_set_id"] != labels[-1]["labeling_set_id"]]
    write(exported, kept)
    run = glue.start_import_labels_task_run(
        TransformId=transform, InputS3Path=f"{here}/labels/{exported.name}", ReplaceAllLabels=True
    )["TaskRunId"]
    done = finished(glue, transform, run)
    assert done["Properties"]["ImportLabelsTaskRunProperties"]["Replace"] is True
    assert glue.get_ml_transform(TransformId=transform)["LabelCount"] == len(kept)

    glue.delete_ml_transform(TransformId=transform)
    with pytest.raises(glue.exceptions.EntityNotFoundException):
        glue.get_ml_transform(TransformId=transform)
    assert glue.get_ml_transforms()["Transforms"] == []
