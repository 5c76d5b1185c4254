"""``matchloop serve`` as a process: what it prints, how it stops, what it refuses."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

Start = Callable[..., subprocess.Popen[str]]

CEILING_S = 300.0
"""Seconds after which a wait counts as a failure: far beyond what a busy machine needs."""


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Start]:
    started: list[subprocess.Popen[str]] = []

    def start(*arguments: str, **environment: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "matchloop", "serve", "--data-dir", str(tmp_path), *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | environment,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.communicate(timeout=CEILING_S)
        process.kill()
        process.communicate()


def url_of(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    line = process.stdout.readline()
    found = re.fullmatch(r"matchloop serves the Glue API on (http://\S+:\d+); data in .*\n", line)
    assert found, line
    return found[1]


def workers_of(process: subprocess.Popen[str]) -> list[int]:
    found = []
    for one in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            words = one.read_bytes().split(b"\0")
            if b"worker" in words and str(process.pid).encode() in words:
                found.append(int(one.parent.name))
    return found


def wait_for(what: Callable[[], bool]) -> None:
    until = time.monotonic() + CEILING_S
    while not what():
        assert time.monotonic() < until, "it never came to that"
        time.sleep(0.02)


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_it_prints_one_line_answers_and_stops_when_told(serve: Start, how: signal.Signals) -> None:
    process = serve("--port", "0", "--no-worker")
    with urllib.request.urlopen(f"{url_of(process)}/healthz", timeout=CEILING_S) as answer:
        assert answer.status == 200
    process.send_signal(how)
    rest, _ = process.communicate(timeout=CEILING_S)
    assert (process.returncode, rest) == (0, "")


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="there is no /proc")
def test_its_worker_is_started_again_when_it_dies_and_ends_with_it(serve: Start) -> None:
    process = serve("--port", "0")
    url_of(process)
    wait_for(lambda: len(workers_of(process)) == 1)
    first = workers_of(process)[0]
    os.kill(first, signal.SIGKILL)
    wait_for(lambda: workers_of(process) not in ([], [first]))
    process.terminate()
    process.communicate(timeout=CEILING_S)
    assert process.returncode == 0
    assert workers_of(process) == []


def test_a_port_in_use_is_told_in_one_line(serve: Start) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        process = serve("--port", port, "--no-worker")
        out, told = process.communicate(timeout=CEILING_S)
    assert (process.returncode, out) == (2, "")
    assert told.count("\n") == 1
    assert f"cannot listen on 127.0.0.1:{port}: address already in use" in told


def test_another_address_is_refused_without_keys(serve: Start) -> None:
    process = serve("--host", "0.0.0.0", "--port", "0", "--no-worker")
    _, told = process.communicate(timeout=CEILING_S)
    assert process.returncode == 2
    assert "loopback only" in told
    assert told.count("\n") == 1


def test_the_environment_counts(serve: Start, tmp_path: Path) -> None:
    process = serve("--no-worker", MATCHLOOP_PORT="0", MATCHLOOP_LOG_FORMAT="text")
    assert url_of(process)
    assert (tmp_path / "matchloop.sqlite").is_file()
