from __future__ import annotations

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from matchloop_api.errors import OperationTimeoutException
from matchloop_api.identifiers import new_run_id
from matchloop_api.store import RunStatus, RunType, Store, TaskRun, open_store

NOW = datetime(2025, 1, 31, tzinfo=UTC)
RUN = TaskRun(
    id="",
    type=RunType.CRAWL,
    status=RunStatus.STARTING,
    transform_id=None,
    arguments={},
    log_group="g",
    started_at=NOW,
    modified_at=NOW,
    timeout_s=60,
)
CLAIM = """
import sys
from datetime import UTC, datetime
from matchloop_api.store import open_store

store = open_store(sys.argv[1])
sys.stdin.readline()
for _ in range(50):
    with store.writing() as tx:
        got = tx.runs.claim("process", now=datetime(2025, 1, 31, tzinfo=UTC), lease_s=0)
    print(got.id, got.attempt)
"""
FORK = """
import os, sys
from matchloop_api.store import open_store

store = open_store(sys.argv[1])
with store.writing() as tx:
    tx.tags.put("parent/1", {"a": "b"})
child = os.fork()
with store.writing() as tx:
    tx.tags.put("child/1" if child == 0 else "parent/2", {"a": "b"})
if child == 0:
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
with store.reading() as tx:
    print(*tx.tags.all("parent"), *tx.tags.all("child"))
store.close()
"""


def test_no_attempt_is_handed_out_twice(store: Store, store_url: str) -> None:
    with store.writing() as tx:
        for _ in range(10):
            tx.runs.add(replace(RUN, id=new_run_id()))
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", CLAIM, store_url],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]

    def claim(_: int) -> tuple[str, int]:
        with store.writing() as tx:
            got = tx.runs.claim("thread", now=NOW, lease_s=0)
        assert got is not None
        return got.id, got.attempt

    with ThreadPoolExecutor(8) as threads:
        claimed = threads.map(claim, range(100))
        told = [process.communicate("go\n")[0].split() for process in processes]
        handed = list(claimed)
    for words in told:
        handed += zip(words[::2], map(int, words[1::2]), strict=True)

    assert len(handed) == len(set(handed)) == 200
    with store.reading() as tx:
        final = [tx.runs.get(run_id) for run_id in {run_id for run_id, _ in handed}]
    assert sum(run.attempt for run in final if run is not None) == 200


def test_what_a_writer_has_read_stays_true(store: Store) -> None:
    def count() -> None:
        for _ in range(10):
            with store.writing() as tx:
                before = int(tx.tags.get("counter/1").get("n", "0"))
                tx.tags.put("counter/1", {"n": str(before + 1)})

    threads = [threading.Thread(target=count) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with store.reading() as tx:
        assert tx.tags.get("counter/1") == {"n": "50"}


def test_a_writing_transaction_inside_another_is_refused(store: Store) -> None:
    with store.writing() as tx:
        with pytest.raises(RuntimeError, match="is open in this thread"):
            store.writing().__enter__()
        tx.tags.put("a/1", {"a": "b"})

    with store.reading() as tx:
        assert tx.tags.get("a/1") == {"a": "b"}


def test_a_writer_that_finds_no_turn_gives_up(
    store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("opening", "sql"):
        monkeypatch.setattr(f"matchloop_api.store.{module}.BUSY_S", 0.3)
    one, other = open_store(store_url), open_store(store_url)  # as two processes would
    with ThreadPoolExecutor(1) as thread, one.writing() as tx:
        tx.tags.put("a/1", {"a": "b"})
        for store in (one, other):
            with pytest.raises(OperationTimeoutException, match=r"busy .* for 0\.3 seconds"):
                thread.submit(put, store).result()
    put(other)

    with one.reading() as tx:
        assert set(tx.tags.all("a")) == {"a/1", "a/2"}
    for store in (one, other):
        store.close()


def put(store: Store) -> None:
    with store.writing() as tx:
        tx.tags.put("a/2", {"a": "b"})


def test_a_reader_cannot_write(store: Store) -> None:
    def write() -> None:
        with store.reading() as tx:
            tx.tags.put("a/1", {"a": "b"})

    with pytest.raises(Exception, match=r"read-?only"):
        write()
    with store.reading() as tx:
        assert tx.tags.get("a/1") == {}


def test_a_forked_process_has_connections_of_its_own(store_url: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FORK, store_url], capture_output=True, text=True, check=False
    )

    assert done.stderr == ""
    assert done.stdout.split() == ["parent/1", "parent/2", "child/1"]
