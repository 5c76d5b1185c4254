"""Find-matches jobs of a server whose setting ``engine`` is spark, through boto3."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from end_to_end.conftest import Serve
from end_to_end.csv_rows import Rows, write
from end_to_end.people_transform import client_of, taught

pytestmark = pytest.mark.slow

ENDED = ("SUCCEEDED", "FAILED", "STOPPED", "TIMEOUT")


@pytest.fixture(autouse=True)
def spark() -> None:
    pytest.importorskip("pyspark", reason="pyspark is not installed: matchloop[spark]")
    if shutil.which("java") is None and not os.environ.get("JAVA_HOME"):
        pytest.skip("Java is not installed: no java on the path, no JAVA_HOME")


def started(glue: Any, folder: Path, transform: str) -> str:
    """Start a job that matches a transform's table; return the id of its run."""
    glue.create_job(
        Name="match",
        Role="any",
        Command={"Name": "glueetl", "ScriptLocation": "builtin:find-matches"},
        DefaultArguments={
            "--TransformId": transform,
            "--OutputPath": f"file://{folder}/out/",
            "--ComputeMatchConfidenceScores": "true",
        },
    )
    run: str = glue.start_job_run(JobName="match")["JobRunId"]
    return run


def ended(glue: Any, run: str) -> Mapping[str, Any]:
    until = time.monotonic() + 300
    while True:
        state: Mapping[str, Any] = glue.get_job_run(JobName="match", RunId=run)["JobRun"]
        if state["JobRunState"] in ENDED:
            return state
        assert time.monotonic() < until
        time.sleep(0.1)


def java_of(folder: Path) -> set[int]:
    """Return the Java processes whose temporary folder is below a folder."""
    found = set()
    for process in Path("/proc").glob("[0-9]*"):
        try:
            environment = (process / "environ").read_bytes()
            name = (process / "comm").read_text().strip()
        except OSError:  # ended meanwhile
            continue
        if name == "java" and str(folder).encode() in environment:
            found.add(int(process.name))
    return found


def test_spark_and_the_local_engine_write_the_same_file(
    serve: Serve, tmp_path: Path, hundred_people: tuple[Rows, Mapping[str, str]]
) -> None:
    rows, person = hundred_people
    outputs, logs = [], []
    for engine in ("local", "spark"):
        folder = tmp_path / engine
        (folder / "people").mkdir(parents=True)
        write(folder / "people/people.csv", rows)
        settings = folder / "settings.toml"
        settings.write_text(f'engine = "{engine}"\nspark_master = "local[2]"\n')
        with serve(folder, f"matchloop serve --data-dir . --settings {settings}") as served:
            glue = client_of(served)
            run = started(glue, folder, taught(glue, folder, person))
            state = ended(glue, run)
        assert state["JobRunState"] == "SUCCEEDED", state
        (output,) = (folder / "out").iterdir()
        outputs.append(output.read_bytes())
        texts = [log.read_text() for log in (folder / "logs").rglob("*.log")]
        logs += [text for text in texts if "FIND_MATCHES" in text]
        assert list((folder / ".running").iterdir()) == []

    assert outputs[0] == outputs[1]
    assert len(logs) == 2
    assert "at local[2] compares candidate pairs" in logs[1]
    assert "Spark" not in logs[0]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="there is no /proc")
def test_a_stopped_job_ends_its_spark(
    serve: Serve, tmp_path: Path, hundred_people: tuple[Rows, Mapping[str, str]]
) -> None:
    rows, person = hundred_people
    folder = tmp_path / "served"
    (folder / "people").mkdir(parents=True)
    write(folder / "people/people.csv", rows)
    (folder / "settings.toml").write_text('engine = "spark"\nspark_master = "local[2]"\n')
    with serve(folder, f"matchloop serve --data-dir . --settings {folder}/settings.toml") as served:
        glue = client_of(served)
        run = started(glue, folder, taught(glue, folder, person))
        until = time.monotonic() + 120
        while not java_of(folder):
            assert time.monotonic() < until
            time.sleep(0.05)

        glue.batch_stop_job_run(JobName="match", JobRunIds=[run])
        state = ended(glue, run)

        assert state["JobRunState"] == "STOPPED", state
        assert java_of(folder) == set()
        assert not (folder / "out").exists() or list((folder / "out").iterdir()) == []
        time.sleep(0.5)
        assert list((folder / ".running").iterdir()) == []
