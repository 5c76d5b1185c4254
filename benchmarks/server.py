"""Signed requests a second and their latency, and imports of labels, against ``matchloop serve``.

    python benchmarks/server.py --clients 1 8 64 --seconds 5 --imports 10000 100000 1000000
    python benchmarks/server.py --clients 1 8 64 --database-url postgresql://user@localhost/empty

The server runs alone on one core (``taskset``, where there is one), the clients on another. Beside
the wall clock the server's own processor time a request is told: that is what stays the same on a
machine that is busy with other things. An import is timed from the request to SUCCEEDED, with a
worker; its table holds the labelled rows. Figures go to ``results/server.json``.
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
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
import uvloop
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials

from matchloop_api.settings import Settings
from matchloop_api.store import AccessKey, RunStatus, RunType, TaskRun, Transform, open_store
from provenance import HERE, Results, provenance

TRANSFORM, RUN = "tfm-" + "0" * 40, "tsk-" + "1" * 40
KEY, SECRET = "AKIDBENCHMARK", "not-a-secret"
COLUMNS = ("id", "name", "street", "city", "source")


def fill(settings: Settings) -> None:
    """Put a key, a transform and a task run into a fresh store."""
    now = datetime.now(UTC)
    store = open_store(settings.store_url)
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


def start(settings: Settings, *, worker: bool = False) -> tuple[subprocess.Popen[str], str, float]:
    """Start the server, on one core unless it has a worker; return it, its URL and the seconds."""
    own = ["taskset", "-c", "0"] if shutil.which("taskset") and not worker else []
    serve = [sys.executable, "-m", "matchloop", "serve", "--port", "0"]
    began = time.perf_counter()
    process = subprocess.Popen(
        [*own, *serve, *([] if worker else ["--no-worker"]), "--data-dir", str(settings.data_dir)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={
            **os.environ,
            "MATCHLOOP_DATABASE_URL": settings.database_url,
            "MATCHLOOP_MAX_LABEL_FILE_MB": "4096",
        },
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


def descendants(pid: int) -> list[int]:
    """Return the processes below a process."""
    parents: dict[int, int] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            parents[int(path.parent.name)] = int(path.read_text().rpartition(")")[2].split()[1])
    found, new = [], [pid]
    while new:
        new = [one for one, parent in parents.items() if parent in new]
        found += new
    return found


def peak_mb(pid: int) -> int:
    """Return the most memory a process has had, in MB; 0 where the system does not tell."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM"):
                return int(line.split()[1]) // 1024
    return 0


def write_people(path: Path, count: int, *, labelled: bool) -> None:
    """Write made-up rows; labelled ones in sets of ten, every second row like the one before."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as file:
        file.write(("labeling_set_id,label," if labelled else "") + ",".join(COLUMNS) + "\n")
        for n in range(count):
            told = f"set-{n // 10},{n // 2}," if labelled else ""
            file.write(
                f"{told}{n},Person number {n * 7919 % 1_000_003},{n * 31 % 977} Long Street "
                f"{n * 17 % 10_007},City {n % 5003},a register\n"
            )


def measure_import(process: subprocess.Popen[str], glue: Any, folder: Path, rows: int) -> Any:
    """Import a file of labelled rows into a transform of its own; return the figures."""
    name = f"people_{rows}"
    write_people(folder / name / "people.csv", rows, labelled=False)
    write_people(folder / f"{name}_labels.csv", rows, labelled=True)
    table = {
        "Name": name,
        "Parameters": {"classification": "csv", "skip.header.line.count": "1"},
        "StorageDescriptor": {
            "Location": f"file://{folder}/{name}/",
            "Columns": [{"Name": column, "Type": "string"} for column in COLUMNS],
        },
    }
    glue.create_table(DatabaseName="benchmark", TableInput=table)
    transform = glue.create_ml_transform(
        Name=name,
        Role="any",
        InputRecordTables=[{"DatabaseName": "benchmark", "TableName": name}],
        Parameters={
            "TransformType": "FIND_MATCHES",
            "FindMatchesParameters": {"PrimaryKeyColumnName": "id"},
        },
    )["TransformId"]
    peaks: dict[int, int] = {}
    began = time.perf_counter()
    run = glue.start_import_labels_task_run(
        TransformId=transform, InputS3Path=f"file://{folder}/{name}_labels.csv"
    )["TaskRunId"]
    accepted = time.perf_counter() - began
    while True:
        for pid in descendants(process.pid):
            peaks[pid] = max(peak_mb(pid), peaks.get(pid, 0))
        got = glue.get_ml_task_run(TransformId=transform, TaskRunId=run)
        if got["Status"] not in ("STARTING", "RUNNING"):
            break
        time.sleep(0.05)
    took = time.perf_counter() - began
    if got["Status"] != "SUCCEEDED":
        raise SystemExit(f"the import of {rows} rows: {got.get('ErrorString')}")
    assert glue.get_ml_transform(TransformId=transform)["LabelCount"] == rows
    return {
        "rows": rows,
        "file_mb": round((folder / f"{name}_labels.csv").stat().st_size / 1e6, 1),
        "accepted_ms": round(accepted * 1000, 1),
        "seconds": round(took, 2),
        "rows_a_second": round(rows / took),
        "largest_process_peak_mb": max(peaks.values(), default=0),
        "web_process_peak_mb": peak_mb(process.pid),
    }


def measure_requests(settings: Settings, clients: list[int], seconds: float) -> dict[str, Any]:
    """Measure the start-up and the requests of each number of clients."""
    fill(settings)
    process, url, took = start(settings)
    start_up = {"start_up_s": round(took, 2), "start_up_cpu_s": round(processor_s(process), 2)}
    print(json.dumps(start_up))
    cores = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set()
    if len(cores) > 1:
        os.sched_setaffinity(0, {max(cores)})
    found = []
    try:
        for number in clients:
            found.append(uvloop.run(measure(process, url, number, seconds)))
            print(json.dumps(found[-1]))
    finally:
        process.terminate()
        process.wait()
        if len(cores) > 1:
            os.sched_setaffinity(0, cores)
    return {**start_up, "requests": found}


def measure_imports(settings: Settings, imports: list[int]) -> list[Any]:
    """Measure an import of each number of labelled rows."""
    process, url, _ = start(settings, worker=True)
    make: Any = boto3.client
    glue = make(
        "glue",
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id="any",
        aws_secret_access_key="any",
        config=Config(retries={"total_max_attempts": 1}),
    )
    found = []
    try:
        glue.create_database(DatabaseInput={"Name": "benchmark"})
        for rows in [1000, *imports]:  # the first brings the worker's processes up
            found.append(measure_import(process, glue, settings.data_dir.resolve(), rows))
            print(json.dumps(found[-1]))
    finally:
        process.terminate()
        process.wait()
    return found[1:]


def main() -> None:
    """Measure what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--clients", type=int, nargs="*", default=[1, 8, 64])
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--imports", type=int, nargs="*", default=[])
    parser.add_argument("--database-url", default="", help="an empty PostgreSQL database")
    parser.add_argument("--results", type=Path, default=HERE / "results" / "server.json")
    given = parser.parse_args()
    results = Results(given.results, again=True)
    store = "postgresql" if given.database_url else "sqlite"
    about = {
        "store": store,
        "load_average": round(os.getloadavg()[0], 1),
        "niceness": os.nice(0),
    }
    with tempfile.TemporaryDirectory() as name:
        for part in ("imports", "requests"):  # imports need a server without keys
            if getattr(given, "imports" if part == "imports" else "clients"):
                settings = Settings(data_dir=Path(name) / part, database_url=given.database_url)
                settings.data_dir.mkdir()
                found = (
                    {"imports": measure_imports(settings, given.imports)}
                    if part == "imports"
                    else measure_requests(settings, given.clients, given.seconds)
                )
                row = {**found, "provenance": provenance(seed=0, **about)}
                results.put(f"{store} {part}", row)


if __name__ == "__main__":
    main()
