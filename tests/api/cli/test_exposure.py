"""``matchloop serve`` as a process: where it listens, and what its log tells in a whole session."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from matchloop.cli import main
from matchloop_api.auth.authentication import FRESH_S

BASE = {name: value for name, value in os.environ.items() if not name.startswith("MATCHLOOP_")}


def command(*words: str) -> list[str]:
    return [sys.executable, "-m", "matchloop", *words]


@contextmanager
def serving(folder: Path, *words: str, **variables: str) -> Iterator[str]:
    log = folder.parent / "log"
    with log.open("wb") as stderr:
        process = subprocess.Popen(
            command("serve", "--port", "0", "--no-worker", "--data-dir", str(folder), *words),
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
            env=BASE | variables,
        )
        assert process.stdout is not None
        try:
            ready = process.stdout.readline()
            assert "matchloop serves the Glue API on" in ready, log.read_text()
            yield ready
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(180)
            process.stdout.close()


def glue(ready: str, key: dict[str, str]) -> Any:
    port = re.findall(r":(\d+);", ready)[0]
    client: Any = boto3.client
    return client(
        "glue",
        endpoint_url=f"http://127.0.0.1:{port}",
        region_name="us-east-1",
        aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
        config=Config(retries={"total_max_attempts": 1}),
    )


def keys(folder: Path, *words: str) -> None:
    assert main(["keys", *words, "--data-dir", str(folder)]) == 0


@pytest.mark.usefixtures("logging_as_before")
@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_without_keys_another_address_is_refused_in_one_line(
    host: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["serve", "--host", host, "--data-dir", str(tmp_path / "d")]) == 2

    assert capsys.readouterr().err == (
        f"matchloop: without access keys the server listens on loopback only, not on {host}; make "
        "a key with 'matchloop keys add NAME --role admin', or serve with --host 127.0.0.1\n"
    )


def test_without_keys_the_server_says_that_everyone_may_do_everything(tmp_path: Path) -> None:
    with serving(tmp_path / "d", MATCHLOOP_PROT="80") as ready:
        assert "without access keys everyone on this machine may do everything" in ready

    assert (
        json.loads((tmp_path / "log").read_text().splitlines()[0])["variable"] == "MATCHLOOP_PROT"
    )


def test_with_a_key_it_listens_anywhere_and_logs_no_secret(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "d"
    keys(folder, "add", "ann", "--role", "admin", "--json")
    key = json.loads(capsys.readouterr().out)

    with serving(folder, "--host", "0.0.0.0", MATCHLOOP_LOG_LEVEL="debug") as ready:
        assert "without access keys" not in ready
        client = glue(ready, key)
        client.create_database(DatabaseInput={"Name": "shop", "Description": "hushhush"})
        with pytest.raises(ClientError, match="does not match the signature"):
            glue(ready, key | {"SecretAccessKey": "hushhush"}).get_databases()
        keys(folder, "revoke", key["AccessKeyId"])
        time.sleep(FRESH_S)
        with pytest.raises(ClientError, match="This server has no access key"):
            client.get_databases()

    lines = (tmp_path / "log").read_text().splitlines()
    calls = [line for line in map(json.loads, lines) if line["event"] == "request"]
    assert [line["code"] for line in calls[:2]] == ["", "InvalidSignatureException"]
    assert calls[0]["caller"] == "ann"
    for secret in (key["SecretAccessKey"], "hushhush", "Signature=", "AWS4-HMAC"):
        assert [line for line in lines if secret in line] == []
