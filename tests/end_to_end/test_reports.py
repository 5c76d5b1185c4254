"""The reports under /v1 by two people with keys, against a live server with its worker.

Whatever the server tells is reckoned again by the engine alone, from the same files.
"""

from __future__ import annotations

import json
import math
import shlex
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow.compute as pc
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

import matchloop as ml
from end_to_end.csv_rows import Rows, read, write
from matchloop.data.labels import Labels
from matchloop.matching.backends import PreparedTable, prepare
from matchloop.quality.agreement import compare_annotators
from matchloop.quality.label_checks import check_labels
from matchloop.quality.sampled_audit import AuditDraw, draw_audit

if TYPE_CHECKING:
    from end_to_end.conftest import Serve, Served

PATIENCE_S = 300.0  # against hanging only; nothing is timed
PAIRS = 40
MISTAKE = "nobody else"
ENDED = ("STOPPED", "SUCCEEDED", "FAILED", "TIMEOUT")


@dataclass(frozen=True)
class Office:
    """A guarded server, two people with keys and one who may only look, and a taught transform."""

    served: Served
    keys: Mapping[str, Credentials]
    truth: Mapping[str, str]
    transform: str = ""

    def uri(self, name: str) -> str:
        return f"file://{self.served.folder / name}"

    def path(self, uri: str) -> Path:
        return Path(uri.removeprefix("file://"))

    def call(self, person: str, operation: str, **members: Any) -> Any:
        if self.transform:
            members = {"TransformId": self.transform, **members}
        url, body = f"{self.served.url}/v1/{operation}", json.dumps(members).encode()
        asked = AWSRequest("POST", url, {"Content-Type": "application/json"}, body)
        SigV4Auth(self.keys[person], "glue", "us-east-1").add_auth(asked)
        sent = urllib.request.Request(url, body, dict(asked.headers))
        try:
            with urllib.request.urlopen(sent, timeout=60) as answer:
                return json.load(answer)["data"]
        except urllib.error.HTTPError as error:
            with error:
                return json.load(error)["error"]

    def finished(self, person: str, operation: str, **members: Any) -> str:
        """Start a task run, wait for its end and return its id."""
        started = self.call(person, operation, **members)
        assert "TaskRunId" in started, started
        run: str = started["TaskRunId"]
        asking = "GetMLTaskRun" if "Import" in operation or "ML" in operation else "GetReport"
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            got = self.call(person, asking, TaskRunId=run)
            if got["Status"] in ENDED:
                assert got["Status"] == "SUCCEEDED", got.get("ErrorString")
                return run
            time.sleep(0.05)
        raise AssertionError("the task run never ended")

    def report(self, person: str, operation: str, **members: Any) -> Any:
        run = self.finished(person, operation, **members)
        return self.call("cleo", "GetReport", TaskRunId=run)["Report"]

    def answer(self, person: str, name: str, rows: Rows) -> Labels:
        """Import rows as a person, and return them as the engine reads them."""
        path = self.served.folder / name
        write(path, rows)
        self.finished(person, "StartImportLabelsTaskRun", InputS3Path=self.uri(name))
        return ml.read_labels(path, key="id")

    def filled(self, rows: Rows) -> Rows:
        return [{**row, "label": self.truth[row["id"]]} for row in rows]


def plain(value: Any) -> Any:
    """Return what JSON makes of a value; what is no number is null."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value.item() if hasattr(value, "item") else value


def new_key(folder: Path, name: str, role: str) -> Credentials:
    words = f"keys add {name} --role {role} --json --data-dir {shlex.quote(str(folder))}"
    command = [sys.executable, "-m", "matchloop", *shlex.split(words)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    made = json.loads(done.stdout)
    return Credentials(made["AccessKeyId"], made["SecretAccessKey"])


@pytest.fixture(scope="module")
def office(
    serve: Serve, tmp_path_factory: pytest.TempPathFactory, hundred_people: tuple[Rows, Any]
) -> Iterator[Office]:
    folder = tmp_path_factory.mktemp("office")
    rows, truth = hundred_people
    (folder / "people").mkdir()
    write(folder / "people/people.csv", rows)
    roles = {"ann": "admin", "bob": "labeler", "cleo": "reader"}
    keys = {name: new_key(folder, name, role) for name, role in roles.items()}
    with serve(folder) as served:
        office = Office(served, keys, truth)
        columns = [{"Name": name, "Type": "string"} for name in rows[0]]
        office.call("ann", "CreateDatabase", DatabaseInput={"Name": "town"})
        office.call(
            "ann",
            "CreateTable",
            DatabaseName="town",
            TableInput={
                "Name": "people",
                "Parameters": {"classification": "csv"},
                "StorageDescriptor": {"Location": office.uri("people/"), "Columns": columns},
            },
        )
        made = office.call(
            "ann",
            "CreateMLTransform",
            Name="people",
            Role="any",
            InputRecordTables=[{"DatabaseName": "town", "TableName": "people"}],
            Parameters={
                "TransformType": "FIND_MATCHES",
                "FindMatchesParameters": {"PrimaryKeyColumnName": "id"},
            },
        )
        yield Office(served, keys, truth, made["TransformId"])


@pytest.fixture(scope="module")
def answers(office: Office) -> dict[str, Labels]:
    """Have Ann answer all questions, and Bob half of them, with two mistakes."""
    office.finished("ann", "StartMLLabelingSetGenerationTaskRun", OutputS3Path=office.uri("asked"))
    (path,) = (office.served.folder / "asked").iterdir()
    rows = office.filled(read(path))
    sets = list(dict.fromkeys(row["labeling_set_id"] for row in rows))
    half = [row for row in rows if row["labeling_set_id"] in sets[: len(sets) // 2]]
    for at in (1, 11):
        half[at] = {**half[at], "label": MISTAKE}
    return {
        "ann": office.answer("ann", "ann.csv", office.filled(rows)),
        "bob": office.answer("bob", "bob.csv", half),
    }


@pytest.fixture(scope="module")
def table(office: Office) -> PreparedTable:
    return prepare(ml.read_records(office.served.folder / "people/people.csv", key="id"))


def test_two_people_are_compared(office: Office, answers: dict[str, Labels]) -> None:
    told = office.report("bob", "StartLabelAgreementTaskRun", OutputS3Path=office.uri("agreed"))
    found = compare_annotators(answers, key="id")
    written = {name: read(office.path(told[f"{name}_uri"])) for name in ("consensus", "adjudicate")}
    expected = plain(found.to_dict())

    assert {name: told[name] for name in expected} == expected
    assert written["consensus"] == [
        {name: "" if value is None else str(value) for name, value in row.items()}
        for row in found.consensus_labels().table().to_pylist()
    ]
    disputed = {row["labeling_set_id"] for row in written["adjudicate"]}
    assert len(disputed) == told["disputed_sets"] > 0


def test_the_labels_that_count_are_examined_by_file(
    office: Office, answers: dict[str, Labels], table: PreparedTable
) -> None:
    told = office.report(
        "bob", "StartLabelAuditTaskRun", OutputS3Path=office.uri("again"), Thresholds={"balance": 0}
    )
    labels = answers["ann"].merged(answers["bob"])
    changed = np.isin(labels.set_ids, labels.set_ids.filter(pc.equal(labels.labels, MISTAKE)))
    found = check_labels(
        table,
        [labels.chosen(changed), labels.chosen(~changed)],
        names=[office.uri("bob.csv"), office.uri("ann.csv")],
        thresholds={"balance": 0},
    )
    expected = plain(found.to_dict())

    assert {name: told[name] for name in expected} == expected
    asked = read(office.path(told["ask_again"]["uri"]))
    assert len({row["labeling_set_id"] for row in asked}) == told["ask_again"]["sets"]
    assert {row["label"] for row in asked} <= {""}


def test_an_audit_is_drawn_answered_and_estimated_from(
    office: Office, answers: dict[str, Labels], table: PreparedTable
) -> None:
    run = office.finished("bob", "StartAuditDrawTaskRun", Pairs=PAIRS, OutputS3Path=office.uri("x"))
    drawn = office.call("cleo", "GetReport", TaskRunId=run)["Report"]
    rows = read(office.path(drawn["uri"]))
    labels = answers["ann"].merged(answers["bob"])
    draw = _drawn_again(table, labels, run)
    asked = [(row["labeling_set_id"], row["id"]) for row in rows]
    held = draw.questions(table.records).select(["labeling_set_id", "id"]).to_pylist()

    assert asked == [(row["labeling_set_id"], str(row["id"])) for row in held]
    said = labels.merged(office.answer("bob", "audit.csv", office.filled(rows)))
    matches = ml.Matcher().fit(table, labels).find_matches(table)
    told = office.report("bob", "StartHonestQualityTaskRun")
    expected = draw.estimate(table.records, said, groups=matches.match_id)
    assert told["audit"] == plain(expected.to_dict())
    assert told["held_out"] is None
    f1 = told["audit"]["f1"]
    assert 0 <= f1["low"] <= f1["value"] <= f1["high"] <= 1


def test_who_may_only_look_reads_reports_and_starts_none(office: Office) -> None:
    listed = office.call("cleo", "GetReports")["Reports"]

    assert office.call("cleo", "StartLabelAuditTaskRun")["code"] == "ACCESS_DENIED"
    assert {one["Status"] for one in listed} == {"SUCCEEDED"}
    assert [one["Type"] for one in listed] == [
        "HONEST_QUALITY",
        "AUDIT_DRAW",
        "LABEL_AUDIT",
        "LABEL_AGREEMENT",
    ]


def _drawn_again(table: PreparedTable, labels: Labels, run: str) -> AuditDraw:
    fitted = ml.Matcher().fit(table, labels)
    seed = int(run.removeprefix("tsk-")[:8], 16)
    return draw_audit(table, fitted, 0, labels=labels, seed=seed).more(PAIRS)
