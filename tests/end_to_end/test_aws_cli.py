"""The aws cli goes through every ML and tag operation.

Its first call and the one that is refused are processes. The others run in this one: each start
takes half a second of CPU.
"""

from __future__ import annotations

import csv
import io
import json
import os
import re
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore import xform_name

from end_to_end.csv_rows import read, write
from matchloop_api.operations import OPERATIONS

if TYPE_CHECKING:
    from end_to_end.conftest import Served

PATIENCE_S = 300.0  # against hanging only; nothing is timed
TRANSFORM = {
    "TransformType": "FIND_MATCHES",
    "FindMatchesParameters": {"PrimaryKeyColumnName": "id"},
}


class Cli:
    """The aws cli on a server; ``called`` holds the commands that succeeded."""

    def __init__(self, served: Served) -> None:
        self.served = served
        self.called: set[str] = set()
        self.glue = boto3.client(
            "glue",
            endpoint_url=served.url,
            region_name="us-east-1",
            aws_access_key_id="any",
            aws_secret_access_key="any",
        )

    def run(self, *words: str, service: str = "glue") -> subprocess.CompletedProcess[str]:
        """Start the cli as a process."""
        return subprocess.run(
            self._call(words, service),
            check=False,
            capture_output=True,
            text=True,
            timeout=120,
            env=self._environment,
        )

    def text(self, *words: str, service: str = "glue") -> str:
        if self.called:
            done = run_here(self._call(words, service), self._environment)
        else:
            done = self.run(*words, service=service)
        assert done.returncode == 0, f"{words}: {done.stderr}"
        self.called.add(words[0])
        return done.stdout

    def _call(self, words: Sequence[str], service: str) -> list[str]:
        return ["aws", "--endpoint-url", self.served.url, service, *words]

    @property
    def _environment(self) -> dict[str, str]:
        return {**self.served.signing, "AWS_MAX_ATTEMPTS": "1", "AWS_PAGER": ""}

    def json(self, *words: str, service: str = "glue") -> Any:
        said = self.text(*words, "--output", "json", service=service)
        return json.loads(said) if said else {}

    def finished(self, transform: str, run: str) -> dict[str, Any]:
        """Wait until a run has ended, by boto3: each start of the cli takes a second of CPU."""
        end = time.monotonic() + PATIENCE_S
        running = ("STARTING", "RUNNING", "STOPPING")
        while self.glue.get_ml_task_run(TransformId=transform, TaskRunId=run)["Status"] in running:
            assert time.monotonic() < end, "the task run never ended"
            time.sleep(0.2)
        got: dict[str, Any] = self.json(
            "get-ml-task-run", "--transform-id", transform, "--task-run-id", run
        )
        assert got["Status"] == "SUCCEEDED", got.get("ErrorString")
        return got


def run_here(
    call: Sequence[str], environment: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    out, words = io.StringIO(), io.StringIO()
    package = find_spec("awscli")
    assert package is not None
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(words):
        for name in os.environ.keys() - environment.keys():
            patch.delenv(name)
        for name, value in environment.items():
            patch.setenv(name, value)
        patch.setenv("AWS_DATA_PATH", str(Path(str(package.origin)).with_name("data")))
        # imported here, because it changes the environment
        from awscli.clidriver import create_clidriver

        code = create_clidriver().main(list(call[1:]))
    return subprocess.CompletedProcess(call, code, out.getvalue(), words.getvalue())


def unread(**members: str) -> tuple[str, str]:
    """Return members whose ``file://`` the cli does not take for a file to read them from."""
    return "--cli-input-json", json.dumps(members)


def define(aws: Cli) -> str:
    with (aws.served.folder / "people/people.csv").open(newline="", encoding="utf-8") as file:
        columns = [{"Name": name, "Type": "string"} for name in next(csv.reader(file))]
    table = {
        "Name": "people",
        "Parameters": {"classification": "csv", "skip.header.line.count": "1"},
        "StorageDescriptor": {
            "Location": f"file://{aws.served.folder}/people/",
            "Columns": columns,
        },
    }
    aws.text("create-database", "--database-input", '{"Name": "demo"}')
    aws.text("create-table", "--database-name", "demo", "--table-input", json.dumps(table))
    made = aws.json(
        *("create-ml-transform", "--name", "people", "--role", "any"),
        *("--input-record-tables", "DatabaseName=demo,TableName=people"),
        *("--parameters", json.dumps(TRANSFORM), "--tags", "team=été"),
    )
    return str(made["TransformId"])


def test_the_aws_cli_goes_through_every_operation(
    served: Served, people: Mapping[str, str]
) -> None:
    aws, here = Cli(served), f"file://{served.folder}"
    assert aws.json("get-caller-identity", service="sts")["Account"] == "123456789012"
    transform = define(aws)
    of_it = ("--transform-id", transform)

    aws.text("update-ml-transform", *of_it, "--description", "персоны")
    shown = aws.text("get-ml-transform", *of_it, "--output", "table")
    assert "персоны" in shown
    assert "NOT_READY" in shown
    asked = ("--query", "Transforms[].[Name,Status]", "--output", "text", "--max-results", "1")
    assert aws.text("get-ml-transforms", *asked).split() == ["people", "NOT_READY"]
    assert aws.json("list-ml-transforms", "--tags", "team=été") == {"TransformIds": [transform]}

    arn = f"arn:aws:glue:us-east-1:123456789012:mlTransform/{transform}"
    aws.text("tag-resource", "--resource-arn", arn, "--tags-to-add", "stage=test")
    aws.text("untag-resource", "--resource-arn", arn, "--tags-to-remove", "team")
    assert aws.json("get-tags", "--resource-arn", arn) == {"Tags": {"stage": "test"}}

    run = aws.json(
        *("start-ml-labeling-set-generation-task-run", *of_it),
        *unread(OutputS3Path=f"{here}/questions/"),
    )["TaskRunId"]
    aws.finished(transform, run)
    (questions,) = (served.folder / "questions").iterdir()
    count = answer(questions, served.folder / "labels.csv", people)
    run = aws.json(
        *("start-import-labels-task-run", *of_it, "--replace-all-labels"),
        *unread(InputS3Path=f"{here}/labels.csv"),
    )["TaskRunId"]
    done = aws.finished(transform, run)
    assert done["Properties"]["ImportLabelsTaskRunProperties"]["Replace"] is True
    run = aws.json("start-ml-evaluation-task-run", *of_it)["TaskRunId"]
    aws.finished(transform, run)
    taught = aws.json("get-ml-transform", *of_it)
    assert (taught["Status"], taught["LabelCount"]) == ("READY", count)
    assert taught["EvaluationMetrics"]["TransformType"] == "FIND_MATCHES"
    run = aws.json("start-export-labels-task-run", *of_it, *unread(OutputS3Path=f"{here}/out/"))
    aws.finished(transform, run["TaskRunId"])
    (exported,) = (served.folder / "out").iterdir()
    assert len(exported.read_text(encoding="utf-8").splitlines()) == count + 1

    listed = aws.text(
        *("get-ml-task-runs", *of_it, "--filter", "Status=SUCCEEDED"),
        *("--sort", "Column=STARTED,SortDirection=ASCENDING"),
        *("--query", "TaskRuns[].Properties.TaskType", "--output", "text"),
    )
    kinds = ["LABELING_SET_GENERATION", "IMPORT_LABELS", "EVALUATION", "EXPORT_LABELS"]
    assert listed.split() == kinds
    stopped = aws.json("cancel-ml-task-run", *of_it, "--task-run-id", run["TaskRunId"])
    assert stopped["Status"] == "SUCCEEDED"  # a finished run stays as it is

    aws.text("delete-ml-transform", *of_it)
    gone = aws.run("get-ml-transform", *of_it)
    assert gone.returncode in (254, 255)  # of version 2, of version 1
    text = f"Cannot find MLTransform in account 123456789012 with handle {transform}."
    said = "An error occurred (EntityNotFoundException) when calling the GetMLTransform operation"
    assert f"{said}: {text}" in gone.stderr
    ours = {name for name in OPERATIONS if re.search("ML|Label|[Tt]ag", name)}
    assert {xform_name(name, "-") for name in ours} - aws.called == set()


def answer(questions: Path, to: Path, person: Mapping[str, str]) -> int:
    rows = [{**row, "label": person[row["id"]]} for row in read(questions)]
    write(to, rows)
    return len(rows)
