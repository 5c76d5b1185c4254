"""Measure the store: small transactions a second, and a long label payload in and out.

    python benchmarks/store.py
    python benchmarks/store.py --url postgresql://user@localhost/an_empty_database

Transactions are counted by one thread and by eight; each adds, claims, moves or reads one task run.
Wall and processor seconds of this process both stand in the output: where the machine is shared,
the wall tells little. A database's own work is not in the processor seconds of PostgreSQL.
"""

from __future__ import annotations

import argparse
import json
import resource
import secrets
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa

from matchloop_api.identifiers import new_run_id, new_transform_id
from matchloop_api.ledger import add_entry, current_labels, label_status, undo
from matchloop_api.payloads import write_payload
from matchloop_api.store import (
    EventKind,
    LabelEvent,
    Progress,
    RunStatus,
    RunType,
    Store,
    TaskRun,
    Transform,
    open_store,
)

NOW = datetime.now(UTC)


def main() -> None:
    """Measure what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--url", help="an empty database; by default a new SQLite file")
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--files", type=int, default=100, help="imports of 100 rows each")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="matchloop-store-") as folder:
        store = open_store(options.url or f"sqlite:///{folder}/matchloop.sqlite")
        for threads in (1, 8):
            measure_transactions(store, options.runs, threads)
        measure_labels(store, options.rows)
        measure_files(store, options.files)
        store.close()


def measure_transactions(store: Store, count: int, threads: int) -> None:
    transform_id = add_transform(store)
    ids = [new_run_id() for _ in range(count)]
    run = TaskRun(
        id="",
        type=RunType.EVALUATION,
        status=RunStatus.STARTING,
        transform_id=transform_id,
        arguments={"OutputS3Path": "s3://bucket/key"},
        log_group="/matchloop/runs",
        started_at=NOW,
        modified_at=NOW,
        timeout_s=60,
    )

    def add(run_id: str) -> None:
        with store.writing() as tx:
            tx.runs.add(replace(run, id=run_id))

    def claim(_: str) -> None:
        with store.writing() as tx:
            tx.runs.claim("w", now=NOW, lease_s=15)

    def get(run_id: str) -> None:
        with store.reading() as tx:
            tx.runs.get(run_id)

    def report(run_id: str) -> None:
        with store.writing(durable=False) as tx:
            tx.runs.report(run_id, 1, Progress(percent=50), now=NOW)

    def renew(run_id: str) -> None:
        with store.writing(durable=False) as tx:
            tx.runs.renew("w", [run_id], now=NOW, lease_s=15)

    def move(run_id: str) -> None:
        with store.writing() as tx:
            tx.runs.move(run_id, RunStatus.SUCCEEDED, now=NOW, attempt=1)

    with ThreadPoolExecutor(threads) as pool:
        for function in (add, claim, get, report, renew, move):
            with timed(function.__name__, threads=threads, each=count):
                list(pool.map(function, ids))
    with store.writing() as tx:
        tx.transforms.remove(transform_id)


def measure_labels(store: Store, count: int) -> None:
    transform_id = add_transform(store)
    with timed("write a payload, its rows made meanwhile", rows=count):
        payload, rows = write_payload(store, made_rows(count), kind="labels", now=NOW)
    entry = LabelEvent(
        transform_id=transform_id, kind=EventKind.IMPORT, at=NOW, rows=rows, payload=payload
    )
    with timed("reckon what it comes to", rows=count), store.reading() as tx:
        expected = label_status(tx, transform_id, adding=entry)
    with timed("add the entry"), store.writing() as tx:
        add_entry(tx, entry, expected=expected)
    with timed("fold", rows=count), store.reading() as tx:
        labels = current_labels(tx, transform_id)
    assert labels is not None
    assert len(labels) == expected.label_count == count
    with timed("undo"):
        undo(store, transform_id, 1, now=NOW)


def measure_files(store: Store, files: int) -> None:
    transform_id = add_transform(store)
    with timed("import small files one by one", files=files):
        for number in range(files):
            table = next(made_rows(100, start=number * 95))
            payload, rows = write_payload(store, [table], kind="labels", now=NOW)
            entry = LabelEvent(
                transform_id=transform_id, kind=EventKind.IMPORT, at=NOW, rows=rows, payload=payload
            )
            with store.reading() as tx:
                expected = label_status(tx, transform_id, adding=entry)
            with store.writing() as tx:
                add_entry(tx, entry, expected=expected)
    with timed("fold them", files=files), store.reading() as tx:
        current_labels(tx, transform_id)


def add_transform(store: Store) -> str:
    parameters = {"FindMatchesParameters": {"PrimaryKeyColumnName": "id"}}
    made = Transform(
        id=new_transform_id(),
        name=f"benchmark {secrets.token_hex(4)}",
        status="NOT_READY",
        created_at=NOW,
        modified_at=NOW,
        definition={"Parameters": parameters},
        schema=(),
    )
    with store.writing() as tx:
        tx.transforms.add(made)
    return made.id


def made_rows(count: int, start: int = 0) -> Iterator[pa.Table]:
    """Make labelled rows of seven columns in sets of ten."""
    for first in range(start, start + count, 50_000):
        numbers = np.arange(first, min(first + 50_000, start + count))
        yield pa.table(
            {
                "labeling_set_id": pa.array((numbers // 10).astype(str).tolist()),
                "label": pa.array((numbers % 7).astype(str).tolist()),
                "id": pa.array(numbers.astype(str).tolist()),
                "name": pa.array([f"Person number {n * 7919 % 1_000_003}" for n in numbers]),
                "street": pa.array(
                    [f"{n * 31 % 977} Long Street {n * 17 % 10_007}" for n in numbers]
                ),
                "city": pa.array([f"City {n % 5003}" for n in numbers]),
                "source": pa.array(["a register"] * len(numbers)),
            }
        )


class timed:
    """Print what the block took."""

    def __init__(self, what: str, *, each: int = 0, **facts: Any) -> None:
        self.facts = {"what": what, **facts}
        self.each = each

    def __enter__(self) -> None:
        self.wall, self.cpu = time.perf_counter(), time.process_time()

    def __exit__(self, *_: object) -> None:
        wall, cpu = time.perf_counter() - self.wall, time.process_time() - self.cpu
        facts = self.facts | {"wall_s": round(wall, 3), "cpu_s": round(cpu, 3)}
        if self.each:
            facts |= {
                "per_s": round(self.each / wall),
                "cpu_ms_each": round(cpu / self.each * 1e3, 3),
            }
        facts["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        print(json.dumps(facts), flush=True)


if __name__ == "__main__":
    main()
