"""A server whose disk takes no more: reads go on, and writes and the health say why."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config

from matchloop_api.store import open_store

if TYPE_CHECKING:
    from types_boto3_glue import GlueClient

LIMITED = """
import resource, signal, sys

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
limit = int(sys.argv.pop(1))
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
from matchloop.cli import main

sys.exit(main())
"""
SMALL = 1024 * 1024


def serve(folder: Path, *, limit: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", LIMITED, str(limit), "serve", "--data-dir", str(folder)]
        + ["--port", "0", "--no-worker"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"MATCHLOOP_LOG_FORMAT": "text"},
    )


def client_of(url: str) -> Any:
    return boto3.client(
        "glue",
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id="AKIDEXAMPLE",
        aws_secret_access_key="secret",
        config=Config(retries={"total_max_attempts": 1}, read_timeout=300),
    )


def health(url: str) -> tuple[int, dict[str, Any]]:
    try:
        with urllib.request.urlopen(f"{url}/healthz", timeout=300) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.loads(error.read())


@pytest.fixture
def tmpfs(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip("a small file system cannot be mounted here: that takes root")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def fill_up(glue: GlueClient) -> list[str]:
    """Make databases until the server refuses; return the names that it acknowledged."""
    done: list[str] = []

    def fill() -> None:
        for number in range(1000):
            parameters = {"x": "x" * 20_000}
            glue.create_database(DatabaseInput={"Name": f"d{number}", "Parameters": parameters})
            done.append(f"d{number}")

    with pytest.raises(glue.exceptions.InternalServiceException, match="disk") as told:
        fill()
    assert "nothing was changed" in str(told.value)
    return done


def check(process: subprocess.Popen[str]) -> list[str]:
    assert process.stdout is not None
    url = process.stdout.readline().split(" on ")[1].partition(";")[0]
    glue = client_of(url)
    assert health(url)[0] == 200
    done = fill_up(glue)
    assert done
    # Reads go on, also the first list of a store that was never listed.
    names = [one["Name"] for one in glue.get_databases(MaxResults=100)["DatabaseList"]]
    assert names == sorted(done)[:100]
    status, body = health(url)
    assert status == 503
    assert body["status"] == "unavailable"
    assert "disk" in body["reason"]
    glue.close()
    return done


def test_a_full_disk_is_named_and_nothing_acknowledged_is_lost(tmpfs: Path) -> None:
    process = serve(tmpfs, limit=1 << 40)
    try:
        done = check(process)
    finally:
        process.terminate()
        _, log = process.communicate(timeout=300)
    assert "the store fails" in log
    assert "Traceback" not in log
    store = open_store(f"sqlite:///{tmpfs / 'matchloop.sqlite'}")
    with store.reading() as tx:
        assert set(done) <= set(tx.resources.names("database"))
    store.close()


def test_a_disk_that_fails_is_named(tmp_path: Path) -> None:
    process = serve(tmp_path, limit=SMALL)
    try:
        check(process)
    finally:
        process.terminate()
        process.communicate(timeout=300)
