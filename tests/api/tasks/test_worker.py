from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Any

import pytest

from matchloop_api.identifiers import new_run_id, new_transform_id
from matchloop_api.store import (
    ACTIVE,
    RunStatus,
    RunType,
    Store,
    TaskRun,
    Transform,
    open_store,
)

WORKER = Path(__file__).with_name("slow_runs.py")
PATIENCE_S = 240.0  # against hanging only; nothing is timed

# What becomes of processes does not depend on the store; leases, claims and commits may.
on_sqlite = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)


def until(holds: Callable[[], Any]) -> Any:
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        if found := holds():
            return found
        time.sleep(0.01)
    raise AssertionError("it never came about")


@dataclass
class Place:
    """A data folder, a store, and the workers on them."""

    folder: Path
    url: str
    store: Store
    workers: list[subprocess.Popen[str]] = field(default_factory=list)

    def start(self, *, errors: IO[str] | None = None, **settings: Any) -> subprocess.Popen[str]:
        given = {"data_dir": str(self.folder), "database_url": self.url, "lease_s": 2.0}
        worker = subprocess.Popen(
            [sys.executable, str(WORKER), json.dumps(given | settings)],
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
        self.workers.append(worker)
        assert worker.stdout is not None
        assert worker.stdout.readline() == "ready\n"
        return worker

    def end(self) -> None:
        for worker in self.workers:
            worker.kill()
            worker.wait()
            assert worker.stdout is not None
            worker.stdout.close()

    def uri(self, name: str) -> str:
        return f"file://{self.folder}/out/{name}"

    def add(self, *steps: tuple[str, Any], timeout_s: float = 3600.0, **row: Any) -> str:
        now = datetime.now(UTC)
        run = TaskRun(
            id=new_run_id(),
            type=row.pop("type", RunType.CRAWL),
            status=RunStatus.STARTING,
            transform_id=row.pop("transform_id", None),
            arguments={"steps": [list(step) for step in steps]},
            log_group="/matchloop/runs",
            started_at=now,
            modified_at=now,
            timeout_s=timeout_s,
        )
        with self.store.writing() as tx:
            tx.runs.add(run)
        return run.id

    def row(self, run_id: str) -> TaskRun:
        with self.store.reading() as tx:
            found = tx.runs.get(run_id)
        assert found is not None
        return found

    def finished(self, run_id: str) -> TaskRun:
        until(lambda: self.row(run_id).status not in ACTIVE)
        return self.row(run_id)

    def cancel(self, run_id: str) -> None:
        with self.store.writing() as tx:
            tx.runs.move(run_id, RunStatus.STOPPING, now=datetime.now(UTC))

    def reached(self, mark: str) -> tuple[int, int, dict[str, Any]]:
        """Wait until a run is somewhere; return its process, attempt and facts."""
        path = self.folder / "marks" / mark
        until(path.exists)
        pid, attempt, facts = json.loads(path.read_text())
        path.unlink()
        return pid, attempt, facts

    def go(self, mark: str = "go") -> None:
        (self.folder / "marks").mkdir(exist_ok=True)
        (self.folder / "marks" / mark).touch()

    def commits(self, run_id: str) -> int:
        with self.store.reading() as tx:
            found = tx.resources.get("database", run_id)
        return 0 if found is None else int(found.body["times"])

    def files(self) -> list[str]:
        """Return every file that runs have left, finished or not."""
        folders = [self.folder / "out", self.folder / ".running"]
        # os.walk passes over a folder that the worker removes meanwhile
        return sorted(name for top in folders for _, _, names in os.walk(top) for name in names)

    def log(self, run_id: str) -> str:
        return (self.folder / "logs" / "matchloop" / "runs" / f"{run_id}.log").read_text()


@pytest.fixture
def place(store_url: str, tmp_path: Path) -> Iterator[Place]:
    with closing(open_store(store_url)) as store:
        made = Place(tmp_path, store_url, store)
        yield made
        made.end()


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    try:  # what nobody has waited for yet runs no more
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):  # the latter once the file is open
        return not sys.platform.startswith("linux")


def test_a_run_that_succeeds_leaves_its_file_its_rows_and_a_log(place: Place) -> None:
    place.start()
    run_id = place.add(("put down", "a"), ("write", place.uri("a.csv")))

    row = place.finished(run_id)

    assert (row.status, row.error, row.attempt) == (RunStatus.SUCCEEDED, None, 1)
    assert row.progress.percent == 100.0
    assert place.commits(run_id) == 1
    until(lambda: place.files() == ["a.csv"])
    assert "succeeded" in until(lambda: "succeeded" in place.log(run_id) and place.log(run_id))
    assert "the process ended" not in place.log(run_id)


@on_sqlite
@pytest.mark.parametrize(
    "last",
    [("half", "b.csv"), ("deaf", 3600), ("compiled", "go")],
    ids=["listening", "deaf", "compiled"],
)
def test_a_cancelled_run_stops_and_leaves_no_file(place: Place, last: tuple[str, Any]) -> None:
    place.start()
    step = (last[0], place.uri(last[1])) if last[0] == "half" else last
    run_id = place.add(("write", place.uri("a.csv")), ("put down", "c"), step)
    pid, _, _ = place.reached("deaf" if last[0] == "deaf" else "waiting-for-go")
    assert "a.csv" in place.files()

    place.cancel(run_id)
    until(lambda: place.row(run_id).status is RunStatus.STOPPED)

    assert [name for name in place.files() if name != "c"] == []
    assert not is_running(pid)
    assert place.commits(run_id) == 0
    if last[0] == "half":  # it was told, not killed
        assert place.reached("Interrupted")[0] == pid
    until(lambda: place.files() == [])
    assert "fault" not in place.log(run_id)


@on_sqlite
def test_a_run_that_nobody_has_begun_stops_at_once(place: Place) -> None:
    run_id = place.add(("write", place.uri("a.csv")))

    place.cancel(run_id)

    assert place.row(run_id).status is RunStatus.STOPPED


@on_sqlite
def test_a_run_that_takes_too_long_is_timed_out_and_leaves_no_file(place: Place) -> None:
    place.start()
    run_id = place.add(("write", place.uri("a.csv")), ("deaf", 3600), timeout_s=1.0)

    row = place.finished(run_id)

    assert (row.status, row.attempt) == (RunStatus.TIMEOUT, 1)
    assert place.files() == []


def test_time_that_killed_attempts_worked_counts(place: Place) -> None:
    run_id = place.add(("write", place.uri("a.csv")), timeout_s=100.0)
    with place.store.writing() as tx:
        claimed = tx.runs.claim("nobody", now=datetime.now(UTC), lease_s=0.0)
        assert claimed is not None
        tx.runs.checkpoint(run_id, claimed.attempt, {"worked_s": 101.0})

    place.start()

    assert place.finished(run_id).status is RunStatus.TIMEOUT


def test_a_run_whose_process_was_killed_goes_on_from_its_checkpoint(place: Place) -> None:
    place.start(lease_s=3600.0)
    run_id = place.add(("keep", {"page": 7}), ("wait", "go"), ("write", place.uri("a.csv")))
    pid, attempt, _ = place.reached("waiting-for-go")
    assert attempt == 1

    os.kill(pid, signal.SIGKILL)
    _, attempt, facts = place.reached("waiting-for-go")
    assert (attempt, facts) == (2, {"page": 7})
    place.go()

    assert place.finished(run_id).status is RunStatus.SUCCEEDED
    assert place.commits(run_id) == 1
    assert "SIGKILL" in place.log(run_id)


@on_sqlite
def test_an_attempt_that_was_killed_leaves_no_half_file_to_the_next(place: Place) -> None:
    place.start(lease_s=3600.0)
    run_id = place.add(("half", place.uri("a.csv")))
    pid, _, _ = place.reached("waiting-for-go")

    os.kill(pid, signal.SIGKILL)
    place.reached("waiting-for-go")

    assert len(place.files()) == 1
    place.go()
    assert place.finished(run_id).status is RunStatus.SUCCEEDED


@on_sqlite
def test_a_process_that_others_end_counts_as_an_attempt_and_its_time_as_worked(
    place: Place,
) -> None:
    place.start(lease_s=3600.0, max_attempts=2)
    run_id = place.add(("wait", "go"))
    for attempt in (1, 2):
        pid, number, _ = place.reached("waiting-for-go")
        assert number == attempt
        worked_s = place.row(run_id).checkpoint.get("worked_s", 0.0)
        assert (worked_s > 0) == (attempt == 2)
        os.kill(pid, signal.SIGTERM)

    row = place.finished(run_id)

    assert (row.status, row.attempt) == (RunStatus.FAILED, 2)
    assert "begun 2 times" in str(row.error)


@on_sqlite
def test_a_run_that_is_longer_than_its_lease_stays_with_its_worker(place: Place) -> None:
    for _ in range(2):
        place.start(lease_s=3.0)
    run_id = place.add(("wait", "go"))
    place.reached("waiting-for-go")
    first = place.row(run_id).lease_until
    assert first is not None

    until(lambda: (place.row(run_id).lease_until or first) > first + timedelta(seconds=3))
    place.go()

    row = place.finished(run_id)
    assert (row.status, row.attempt) == (RunStatus.SUCCEEDED, 1)


@on_sqlite
def test_a_worker_begins_no_more_runs_at_once_than_it_may(place: Place) -> None:
    runs = [place.add(("wait", "go")) for _ in range(2)]

    place.start(workers=1)
    place.reached("waiting-for-go")

    assert {place.row(run_id).status for run_id in runs} == {
        RunStatus.RUNNING,
        RunStatus.STARTING,
    }
    place.go()
    assert {place.finished(run_id).status for run_id in runs} == {RunStatus.SUCCEEDED}


@on_sqlite
def test_a_worker_that_lost_a_run_ends_its_deaf_process(place: Place) -> None:
    away = place.start(lease_s=1.0)
    place.add(("deaf", 3600))
    pid, _, _ = place.reached("deaf")
    os.kill(away.pid, signal.SIGSTOP)

    place.start(lease_s=60.0)
    _, attempt, _ = place.reached("deaf")
    assert is_running(pid)
    os.kill(away.pid, signal.SIGCONT)

    assert attempt == 2
    until(lambda: not is_running(pid))


def test_a_run_whose_worker_was_killed_is_taken_up_by_another(place: Place) -> None:
    first = place.start(lease_s=1.0)
    run_id = place.add(("write", place.uri("a.csv")), ("half", place.uri("b.csv")))
    pid, _, _ = place.reached("waiting-for-go")

    first.kill()
    until(lambda: not is_running(pid))
    place.start(lease_s=1.0)
    _, attempt, _ = place.reached("waiting-for-go")
    place.go()

    assert attempt == 2
    assert place.finished(run_id).status is RunStatus.SUCCEEDED
    assert place.commits(run_id) == 1


@on_sqlite
def test_a_deaf_process_ends_with_its_worker(place: Place) -> None:
    if not sys.platform.startswith("linux"):
        pytest.skip("a process that runs no Python code is ended by Linux only")
    worker = place.start()
    place.add(("deaf", 3600))
    pid, _, _ = place.reached("deaf")

    worker.kill()

    until(lambda: not is_running(pid))


def test_a_worker_that_was_away_too_long_commits_nothing(place: Place) -> None:
    away = place.start(lease_s=1.0)
    run_id = place.add(("wait", "go"), ("write", place.uri("a.csv")))
    pid, _, _ = place.reached("waiting-for-go")
    for one in (away.pid, pid):
        os.kill(one, signal.SIGSTOP)

    place.start(lease_s=1.0)
    _, attempt, _ = place.reached("waiting-for-go")
    place.go()
    row = place.finished(run_id)
    os.kill(pid, signal.SIGCONT)
    until(lambda: not is_running(pid))
    os.kill(away.pid, signal.SIGCONT)

    assert attempt == row.attempt == 2
    other = place.add()
    assert place.finished(other).status is RunStatus.SUCCEEDED
    assert place.row(run_id) == row
    assert place.commits(run_id) == 1
    assert (place.folder / "out" / "a.csv").read_text() == "attempt 2\n" * 1000
    assert place.files() == ["a.csv"]


def test_a_file_of_a_worker_that_was_away_goes_when_the_run_was_stopped(place: Place) -> None:
    away = place.start(lease_s=1.0)
    run_id = place.add(("half", place.uri("a.csv")))
    pid, _, _ = place.reached("waiting-for-go")
    for one in (away.pid, pid):
        os.kill(one, signal.SIGSTOP)

    place.cancel(run_id)
    place.start(lease_s=1.0)
    assert place.finished(run_id).status is RunStatus.STOPPED
    place.go()
    for one in (pid, away.pid):
        os.kill(one, signal.SIGCONT)

    until(lambda: not is_running(pid))
    until(lambda: place.files() == [])
    assert place.row(run_id).status is RunStatus.STOPPED


@on_sqlite
def test_a_run_that_always_dies_fails_with_a_sentence(place: Place) -> None:
    place.start(max_attempts=10)
    run_id = place.add(("write", place.uri("a.csv")), ("die before attempt", 99))

    row = place.finished(run_id)

    assert (row.status, row.attempt) == (RunStatus.FAILED, 3)
    assert "begun 3 times" in str(row.error)
    assert "SIGSEGV" in str(row.error)
    assert place.files() == []
    assert "Segmentation fault" in place.log(run_id)


@on_sqlite
def test_a_run_that_dies_twice_may_still_succeed(place: Place) -> None:
    place.start(max_attempts=3)
    run_id = place.add(("die before attempt", 3), ("write", place.uri("a.csv")))

    assert place.finished(run_id).status is RunStatus.SUCCEEDED
    assert place.row(run_id).attempt == 3


@on_sqlite
def test_a_run_that_loses_the_store_is_begun_again_and_not_failed(place: Place) -> None:
    place.start()
    run_id = place.add(("lose the store before attempt", 2), ("write", place.uri("a.csv")))

    assert place.finished(run_id).status is RunStatus.SUCCEEDED
    assert place.row(run_id).attempt == 2
    assert "the store does not answer" in place.log(run_id)
    assert "the process ended: as the store did not answer" in place.log(run_id)


def test_a_run_that_dies_with_its_workers_fails_without_a_further_try(place: Place) -> None:
    run_id = place.add(("write", place.uri("a.csv")))
    with place.store.writing() as tx:
        tx.runs.claim("nobody", now=datetime.now(UTC), lease_s=0.0)

    place.start(max_attempts=1)

    row = place.finished(run_id)
    assert row.status is RunStatus.FAILED
    assert "begun 1 time" in str(row.error)
    assert place.commits(run_id) == 0


@on_sqlite
@pytest.mark.parametrize("is_stopping", [False, True])
def test_a_process_that_starts_too_late_does_nothing(place: Place, is_stopping: bool) -> None:
    run_id = place.add(("put down", "a"), ("keep", {"page": 7}))
    with place.store.writing() as tx:
        claimed = tx.runs.claim("nobody", now=datetime.now(UTC), lease_s=3600.0)
    assert claimed is not None
    if is_stopping:
        place.cancel(run_id)
    before = place.row(run_id)
    program = (
        "import sys\nfrom multiprocessing import Pipe\nfrom pathlib import Path\n"
        "from matchloop_api.settings import Settings\n"
        "from matchloop_api.tasks.carrying import carry_out\n"
        "here, there = Pipe()\n"
        "settings = Settings(data_dir=Path(sys.argv[1]), database_url=sys.argv[2])\n"
        "carry_out(sys.argv[3], int(sys.argv[4]), settings, 'slow_runs:KINDS', sys.argv[1], there)"
    )
    attempt = claimed.attempt if is_stopping else claimed.attempt - 1

    late = subprocess.run(
        [sys.executable, "-c", program, str(place.folder), place.url, run_id, str(attempt)],
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(WORKER.parent), *sys.path])},
        timeout=PATIENCE_S,
    )

    assert late.returncode == 0
    assert place.row(run_id) == before
    assert not (place.folder / "a").exists()
    assert not (place.folder / "logs").exists()


@on_sqlite
def test_what_is_wrong_with_the_input_is_the_error_of_the_run(place: Place) -> None:
    place.start()
    run_id = place.add(("write", place.uri("a.csv")), ("refuse", "line 3\nhas no label"))

    row = place.finished(run_id)

    assert (row.status, row.error) == (RunStatus.FAILED, "line 3 has no label")
    assert place.files() == []


@on_sqlite
def test_a_fault_is_a_plain_sentence_and_its_traceback_is_in_the_log(place: Place) -> None:
    place.start()
    run_id = place.add(("write", place.uri("a.csv")), ("stumble", "the secret"))

    row = place.finished(run_id)

    assert row.status is RunStatus.FAILED
    assert "the secret" not in str(row.error)
    assert f"logs/matchloop/runs/{run_id}.log" in str(row.error)
    assert "ZeroDivisionError: the secret" in place.log(run_id)
    assert place.files() == []


@on_sqlite
def test_a_run_that_memory_is_too_small_for_says_so(place: Place) -> None:
    place.start()
    run_id = place.add(("write", place.uri("a.csv")), ("exhaust the memory", 1))

    row = place.finished(run_id)

    assert row.status is RunStatus.FAILED
    assert "needs more memory than its worker has" in str(row.error)
    assert "MemoryError" in place.log(run_id)
    assert place.files() == []


@on_sqlite
def test_a_worker_that_is_stopped_lets_its_runs_end(place: Place) -> None:
    worker = place.start(stop_grace_s=600.0)
    run_id = place.add(("wait", "go"))
    place.reached("waiting-for-go")

    worker.terminate()
    place.add(("write", place.uri("never.csv")))
    place.go()

    assert worker.wait(PATIENCE_S) == 0
    assert place.row(run_id).status is RunStatus.SUCCEEDED
    assert place.files() == []


def test_a_worker_that_is_stopped_gives_its_runs_back_at_once(place: Place) -> None:
    worker = place.start(stop_grace_s=0.0, lease_s=3600.0, max_attempts=1)
    run_id = place.add(("keep", {"page": 7}), ("half", place.uri("a.csv")))
    pid, _, _ = place.reached("waiting-for-go")

    worker.terminate()
    assert worker.wait(PATIENCE_S) == 0
    assert not is_running(pid)
    assert place.files() == []
    place.start(lease_s=3600.0, max_attempts=1)
    _, attempt, facts = place.reached("waiting-for-go")
    place.go()

    assert (attempt, facts) == (2, {"page": 7})
    assert place.finished(run_id).status is RunStatus.SUCCEEDED


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT])
@on_sqlite
def test_a_signal_to_every_process_at_once_stops_gracefully(place: Place, signum: int) -> None:
    worker = place.start(stop_grace_s=0.0, lease_s=3600.0, max_attempts=1)
    run_id = place.add(("keep", {"page": 7}), ("half", place.uri("a.csv")))
    pid, _, _ = place.reached("waiting-for-go")
    if not sys.platform.startswith("linux"):
        pytest.skip("the process that runs are forked from is found in /proc")
    server = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])

    for one in (server, pid, worker.pid):
        os.kill(one, signum)

    assert worker.wait(PATIENCE_S) == 0
    assert place.files() == []
    assert place.row(run_id).status is RunStatus.RUNNING
    place.start(lease_s=3600.0, max_attempts=1)
    assert place.reached("waiting-for-go")[1] == 2


def test_a_run_of_a_deleted_transform_stops_and_leaves_no_file(place: Place) -> None:
    now = datetime.now(UTC)
    transform = Transform(
        id=new_transform_id(),
        name="people",
        status="READY",
        created_at=now,
        modified_at=now,
        definition={},
        schema=(),
    )
    with place.store.writing() as tx:
        tx.transforms.add(transform)
    place.start()
    place.add(
        ("write", place.uri("a.csv")),
        ("half", place.uri("b.csv")),
        transform_id=transform.id,
        type=RunType.EXPORT_LABELS,
    )
    pid, _, _ = place.reached("waiting-for-go")

    with place.store.writing() as tx:
        tx.transforms.remove(transform.id)

    until(lambda: not is_running(pid))
    until(lambda: place.files() == [])


def test_a_stopping_run_whose_worker_died_is_stopped_and_its_files_removed(place: Place) -> None:
    worker = place.start(lease_s=1.0)
    run_id = place.add(("write", place.uri("a.csv")), ("half", place.uri("b.csv")))
    place.reached("waiting-for-go")
    worker.kill()
    worker.wait()
    place.cancel(run_id)

    place.start(lease_s=1.0)

    assert place.finished(run_id).status is RunStatus.STOPPED
    assert [name for name in place.files() if name.endswith((".csv", ".part"))] == []


def test_several_runs_at_once_and_several_workers_do_each_run_once(place: Place) -> None:
    workers = [place.start(workers=2), place.start(workers=2)]
    runs = [place.add(("write", place.uri(f"{number}.csv"))) for number in range(12)]

    rows = [place.finished(run_id) for run_id in runs]

    assert {row.status for row in rows} == {RunStatus.SUCCEEDED}
    assert [place.commits(run_id) for run_id in runs] == [1] * 12
    assert [row.attempt for row in rows] == [1] * 12
    assert all(worker.poll() is None for worker in workers)


@pytest.mark.parametrize("store_url", ["postgresql"], indirect=True)
def test_a_worker_that_cannot_reach_the_store_ends_its_runs_until_it_can(
    place: Place, postgres_server: str
) -> None:
    psycopg = pytest.importorskip("psycopg")
    place.start(lease_s=1.0)
    run_id = place.add(("half", place.uri("a.csv")))
    pid, _, _ = place.reached("waiting-for-go")

    name = place.url.rpartition("/")[2]
    with closing(
        psycopg.connect(f"{postgres_server.replace('+psycopg', '')}/postgres", autocommit=True)
    ) as sql:
        sql.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false".encode())
        sql.execute(
            f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            f"WHERE datname = '{name}'".encode()
        )
        until(lambda: not is_running(pid))
        sql.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true".encode())
    _, attempt, _ = place.reached("waiting-for-go")
    place.go()

    assert attempt == 2
    assert place.finished(run_id).status is RunStatus.SUCCEEDED


@on_sqlite
def test_a_run_that_the_store_does_not_let_end_is_ended_when_it_does(
    place: Place, tmp_path: Path
) -> None:
    told = tmp_path / "told"
    with told.open("w") as errors:
        place.start(errors=errors, lease_s=3600.0)
    run_id = place.add(("half", place.uri("a.csv")))
    place.reached("waiting-for-go")
    database = place.url.removeprefix("sqlite:///")
    with closing(sqlite3.connect(database, isolation_level=None)) as sql:
        sql.execute(
            "CREATE TRIGGER full BEFORE UPDATE OF status ON runs "
            "WHEN NEW.status = 'STOPPED' BEGIN SELECT RAISE(ABORT, 'the disk is full'); END"
        )

        place.cancel(run_id)

        until(lambda: "could not be ended" in told.read_text())
        assert "the disk is full" in told.read_text()
        assert place.row(run_id).status is RunStatus.STOPPING
        sql.execute("DROP TRIGGER full")
    assert place.finished(run_id).status is RunStatus.STOPPED
    until(lambda: place.files() == [])


def test_old_payloads_and_folders_are_swept(place: Place) -> None:
    with place.store.writing() as tx:
        old = tx.payloads.new("labels", now=datetime.now(UTC) - timedelta(days=3))
    left = place.folder / ".running" / f"{new_run_id()}-1"
    left.mkdir(parents=True)

    place.start()

    until(lambda: not left.exists())
    with place.store.reading() as tx, pytest.raises(KeyError):
        list(tx.payloads.pieces(old))
