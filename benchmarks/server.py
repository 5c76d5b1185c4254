"""Signed requests a second and their latency: raw keep-alive clients against ``matchloop serve``.

    python benchmarks/server.py --clients 1 8 64 --seconds 5

The server runs alone on one core (``taskset``, where there is one), the clients on another. Beside
the wall clock the server's own processor time a request is told: that is what stays the same on a
machine that is busy with other things.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import uvloop
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from matchloop_api.settings import Settings
from matchloop_api.store import AccessKey, RunStatus, RunType, TaskRun, Transform, open_store

TRANSFORM, RUN = "tfm-" + "0" * 40, "tsk-" + "1" * 40
KEY, SECRET = "AKIDBENCHMARK", "not-a-secret"


def fill(folder: Path) -> None:
    """Put a key, a transform and a task run into a fresh store."""
    now = datetime.now(UTC)
    store = open_store(Settings(data_dir=folder).store_url)
    with store.writing() as tx:
        tx.keys.add(AccessKey(id=KEY, secret=SECRET, role="admin", name="me", created_at=now))
        tx.transforms.add(
            Transform(
                id=TRANSFORM,
                name="benchmark",
                status="NOT_READY",
                created_at=now,
                modified_at=now,
                definition={},
                schema=(),
            )
        )
        tx.runs.add(
            TaskRun(
                id=RUN,
                type=RunType.EVALUATION,
                status=RunStatus.STARTING,
                transform_id=TRANSFORM,
                arguments={},
                log_group="benchmark",
                started_at=now,
                modified_at=now,
                timeout_s=60,
            )
        )
    store.close()


def start(folder: Path) -> tuple[subprocess.Popen[str], str, float]:
    """Start the server; return it, its URL and the seconds it took."""
    own = ["taskset", "-c", "0"] if shutil.which("taskset") else []
    serve = [sys.executable, "-m", "matchloop", "serve", "--port", "0", "--no-worker"]
    began = time.perf_counter()
    process = subprocess.Popen(
        [*own, *serve, "--data-dir", str(folder)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    url = process.stdout.readline().partition(" on ")[2].partition(";")[0]
    return process, url, time.perf_counter() - began


def signed(url: str) -> bytes:
    """Return one signed GetMLTaskRun, good for fifteen minutes, as it goes over the wire."""
    body = json.dumps({"TransformId": TRANSFORM, "TaskRunId": RUN}).encode()
    headers = {
        "Content-Type": "application/x-amz-json-1.1",
        "X-Amz-Target": "AWSGlue.GetMLTaskRun",
        "Host": urlsplit(url).netloc,
    }
    request = AWSRequest("POST", f"{url}/", data=body, headers=headers)
    SigV4Auth(Credentials(KEY, SECRET), "glue", "us-east-1").add_auth(request)
    lines = [f"{name}: {value}" for name, value in request.headers.items()]
    head = ["POST / HTTP/1.1", *lines, f"Content-Length: {len(body)}", "", ""]
    return "\r\n".join(head).encode() + body


async def ask(url: str, request: bytes, until: float, took: list[float]) -> None:
    """Send a request again and again on one connection."""
    where = urlsplit(url)
    reader, writer = await asyncio.open_connection(where.hostname, where.port)
    while time.perf_counter() < until:
        began = time.perf_counter()
        writer.write(request)
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        length = int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0])
        body = await reader.readexactly(length)
        took.append(time.perf_counter() - began)
        if b" 200 " not in head[:16]:
            raise SystemExit(f"refused: {body.decode()}")
    writer.close()


def processor_s(process: subprocess.Popen[str]) -> float:
    """Return the processor time a process has had; 0 where the system does not tell."""
    try:
        words = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


async def measure(
    process: subprocess.Popen[str], url: str, clients: int, seconds: float
) -> dict[str, float]:
    """Return the figures for a number of clients, after a second of warming up."""
    request = signed(url)
    for length in (1.0, seconds):
        took: list[float] = []
        before, began = processor_s(process), time.perf_counter()
        await asyncio.gather(*(ask(url, request, began + length, took) for _ in range(clients)))
        elapsed, used = time.perf_counter() - began, processor_s(process) - before
    took.sort()
    return {
        "clients": clients,
        "requests_a_second": round(len(took) / elapsed),
        "p50_ms": round(took[len(took) // 2] * 1000, 2),
        "p99_ms": round(took[int(len(took) * 0.99)] * 1000, 2),
        "server_cpu_ms": round(used / len(took) * 1000, 3),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--clients", type=int, nargs="+", default=[1, 8, 64])
    parser.add_argument("--seconds", type=float, default=5.0)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        fill(Path(name))
        process, url, took = start(Path(name))
        print(json.dumps({"start_up_s": round(took, 2)}))
        if hasattr(os, "sched_setaffinity") and len(os.sched_getaffinity(0)) > 1:
            os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
        try:
            for clients in given.clients:
                measured = uvloop.run(measure(process, url, clients, given.seconds))
                print(json.dumps(measured))
        finally:
            process.terminate()
            process.wait()


if __name__ == "__main__":
    main()
