"""Measure what lists, the console and the metrics cost a server with many transforms and runs.

    python benchmarks/lists.py
    python benchmarks/lists.py --url postgresql://user@localhost/an_empty_database

Fills a store, serves it without a worker, and sends each request ``--times`` times. What counts is
the processor time of the web process for one request: one thread answers all reads of a SQLite
store, so each holds up the others for as long. A database's own work is not in it.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from matchloop_api.identifiers import new_run_id, new_transform_id
from matchloop_api.store import (
    Resource,
    RunStatus,
    RunType,
    Store,
    TaskRun,
    Transaction,
    Transform,
    open_store,
)

START = datetime(2026, 1, 1, tzinfo=UTC)
BATCH = 100
LISTS: Mapping[str, Mapping[str, Any]] = {
    "GetMLTransforms": {},
    "GetMLTransforms of 1000": {"MaxResults": 1000},
    "GetMLTransforms by status, by name": {
        "Filter": {"Status": "READY"},
        "Sort": {"Column": "NAME", "SortDirection": "ASCENDING"},
    },
    "GetMLTransforms by schema": {"Filter": {"Schema": [{"Name": "only_here"}]}},
    "ListMLTransforms": {},
    "ListMLTransforms by tag": {"Tags": {"team": "a"}},
    "ListMLTransforms by change": {
        "Sort": {"Column": "LAST_MODIFIED", "SortDirection": "DESCENDING"}
    },
    "GetTables": {"DatabaseName": "d"},
    "GetTables by expression": {"DatabaseName": "d", "Expression": "table_.*7"},
    "GetDatabases": {},
    "GetJobs": {},
    "ListJobs by tag": {"Tags": {"team": "a"}},
    "GetCrawlers": {},
}


def main() -> None:
    """Measure what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--url", help="an empty database; by default a new SQLite file")
    parser.add_argument("--transforms", type=int, default=5_000)
    parser.add_argument("--runs", type=int, default=200_000)
    parser.add_argument("--times", type=int, default=20, help="how often each request is sent")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="matchloop-lists-") as folder:
        url = options.url or f"sqlite:///{folder}/matchloop.sqlite"
        store = open_store(url)
        began = time.perf_counter()
        transforms = fill(store, options.transforms, options.runs)
        store.close()
        tell("fill the store", seconds=round(time.perf_counter() - began, 1))
        with served(folder, url) as (process, address):
            for name, body in LISTS.items():
                operation = name.partition(" ")[0]
                measure(name, process, f"{address}/v1/{operation}", options.times, body)
            of = {"TransformId": transforms[0]}
            measure("GetMLTaskRuns", process, f"{address}/v1/GetMLTaskRuns", options.times, of)
            measure("/console", process, f"{address}/console", options.times)
            measure("/metrics", process, f"{address}/metrics", options.times)
            measure("/healthz", process, f"{address}/healthz", options.times)


def fill(store: Store, transforms: int, runs: int) -> list[str]:
    """Make the transforms, their runs, and as many tables, databases, jobs and crawlers."""
    ids = [new_transform_id() for _ in range(transforms)]
    for first in range(0, transforms, BATCH):
        with store.writing(durable=False) as tx:
            for number in range(first, min(first + BATCH, transforms)):
                add_transform(tx, ids[number], number)
                add_resources(tx, number)
    for first in range(0, runs, 10 * BATCH):
        with store.writing(durable=False) as tx:
            for number in range(first, min(first + 10 * BATCH, runs)):
                add_run(tx, ids[number % transforms], number)
    return ids


def add_transform(tx: Transaction, key: str, number: int) -> None:
    at = START + timedelta(minutes=number)
    columns = [{"Name": f"column_{i}", "DataType": "string"} for i in range(20)]
    if number == 3:
        columns.append({"Name": "only_here", "DataType": "string"})
    tx.transforms.add(
        Transform(
            id=key,
            name=f"transform {number}",
            status="READY" if number % 2 else "NOT_READY",
            created_at=at,
            modified_at=at + timedelta(hours=number % 7),
            definition={
                "InputRecordTables": [{"DatabaseName": "d", "TableName": f"table_{number}"}],
                "Parameters": {"TransformType": "FIND_MATCHES"},
                "Description": "x" * 200,
            },
            schema=tuple(columns),
            label_count=100,
        )
    )
    tx.tags.put(f"mlTransform/{key}", {"team": "a" if number % 5 == 0 else "b"})


def add_resources(tx: Transaction, number: int) -> None:
    bodies: Mapping[tuple[str, str], Any] = {
        ("database", ""): {},
        ("table", "d"): {"StorageDescriptor": {"Columns": [], "Location": "s3://b/k"}},
        ("job", ""): {"Command": {"Name": "glueetl"}, "Role": "r", "JobId": "j"},
        ("crawler", ""): {"Targets": {"S3Targets": [{"Path": "s3://b/k"}]}, "Runs": []},
    }
    for (kind, scope), body in bodies.items():
        name = f"{kind}_{number}" if number or kind != "database" else "d"
        tx.resources.add(
            Resource(
                kind=kind, scope=scope, name=name, body=body, created_at=START, modified_at=START
            )
        )
    tx.tags.put(f"job/job_{number}", {"team": "a" if number % 5 == 0 else "b"})


def add_run(tx: Transaction, transform_id: str, number: int) -> None:
    at = START + timedelta(seconds=number)
    status = RunStatus.STARTING if number % 50_000 == 0 else RunStatus.SUCCEEDED
    tx.runs.add(
        TaskRun(
            id=new_run_id(),
            type=tuple(RunType)[number % 5],
            status=status,
            transform_id=transform_id,
            arguments={"OutputS3Path": "s3://bucket/key"},
            log_group="/matchloop/runs",
            started_at=at,
            modified_at=at,
            completed_at=None if status is RunStatus.STARTING else at,
            timeout_s=60,
        )
    )


@contextmanager
def served(folder: str, url: str) -> Iterator[tuple[int, str]]:
    """Serve the store; give the id of the process and its address."""
    arguments = ["serve", "--data-dir", folder, "--port", "0", "--no-worker"]
    process = subprocess.Popen(
        [sys.executable, "-m", "matchloop", *arguments],
        env=os.environ | {"MATCHLOOP_DATABASE_URL": url, "MATCHLOOP_LOG_LEVEL": "error"},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        yield process.pid, process.stdout.readline().split(" on ")[1].partition(";")[0]
    finally:
        process.terminate()
        process.communicate()


def measure(
    name: str, process: int, url: str, times: int, body: Mapping[str, Any] | None = None
) -> None:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"})
    size = ask(request)  # the first one makes what is made once
    before, began = spent(process), time.perf_counter()
    for _ in range(times):
        ask(request)
    tell(
        name,
        cpu_ms=round(1000 * (spent(process) - before) / times, 2),
        wall_ms=round(1000 * (time.perf_counter() - began) / times, 2),
        kb=round(size / 1000, 1),
    )


def ask(request: urllib.request.Request) -> int:
    with urllib.request.urlopen(request, timeout=600) as answer:
        return len(answer.read())


def spent(process: int) -> float:
    """Return the processor seconds of a process."""
    words = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def tell(what: str, **facts: float) -> None:
    print(json.dumps({"what": what, **facts}), flush=True)


if __name__ == "__main__":
    main()
