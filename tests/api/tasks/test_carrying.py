"""Attempts of one run in any order: dead ones, paused ones, and the one that counts."""

from __future__ import annotations

import multiprocessing
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from matchloop.errors import InputError
from matchloop_api.errors import InvalidInputException
from matchloop_api.identifiers import new_run_id
from matchloop_api.settings import Settings
from matchloop_api.store import RunStatus, RunType, Store, TaskRun, Transaction
from matchloop_api.tasks import carrying
from matchloop_api.tasks.carrying import Carried
from matchloop_api.tasks.endings import settle
from matchloop_api.tasks.logs import log_path
from matchloop_api.tasks.state import Kept

NAMES = st.sampled_from(["a.csv", "b.csv"])


def new_run(store: Store) -> str:
    now = datetime.now(UTC)
    run = TaskRun(
        id=new_run_id(),
        type=RunType.CRAWL,
        status=RunStatus.STARTING,
        transform_id=None,
        arguments={},
        log_group="/matchloop/runs",
        started_at=now,
        modified_at=now,
        timeout_s=60.0,
    )
    with store.writing() as tx:
        tx.runs.add(run)
    return run.id


def claim(store: Store) -> TaskRun:
    """Take the one run there is, as if the lease of whoever has it had ended."""
    with store.writing() as tx:
        later = datetime.now(UTC) + timedelta(days=1)
        found = tx.runs.claim("worker", now=later, lease_s=-86_400.0 * 2)
    assert found is not None
    return found


class _Away(Exception):
    """Stands for the exit of a process that found its run taken."""


@contextmanager
def leaving() -> Iterator[None]:
    try:
        yield
    except Exception:
        raise
    except BaseException as error:
        if type(error).__name__ != "_Superseded":
            raise
        raise _Away from None


class Attempts(RuleBasedStateMachine):
    """What several workers do to one run, of which each believes that it is theirs."""

    store: Store
    folder: Path

    @initialize()
    def begin(self) -> None:
        self.settings = Settings(data_dir=self.folder)
        self.run_id = new_run(self.store)
        self.out = self.folder / self.run_id
        self.alive: list[Carried] = []
        self.commits: list[int] = []
        self.written: dict[int, set[str]] = {}  # by attempt, as this machine saw it

    def status(self) -> RunStatus:
        with self.store.reading() as tx:
            found = tx.runs.get(self.run_id)
        assert found is not None
        return found.status

    def files(self) -> dict[str, str]:
        found = [*self.out.iterdir()] if self.out.is_dir() else []
        return {path.name: path.read_text() for path in found}

    def one(self, data: st.DataObject) -> Carried:
        return data.draw(st.sampled_from(self.alive))

    @precondition(lambda self: self.status() in (RunStatus.STARTING, RunStatus.RUNNING))
    @rule()
    def take_up(self) -> None:
        run = claim(self.store)
        assert run.id == self.run_id
        self.alive.append(Carried(run, self.store, self.settings))

    @precondition(lambda self: self.alive)
    @rule(data=st.data(), name=NAMES)
    def write(self, data: st.DataObject, name: str) -> None:
        carried = self.one(data)
        try:
            with leaving(), carried.output(f"file://{self.out}/{name}") as file:
                file.write(str(carried.run.attempt).encode())
        except _Away:
            self.alive.remove(carried)
        else:
            self.written.setdefault(carried.run.attempt, set()).add(name)

    @precondition(lambda self: self.alive)
    @rule(data=st.data())
    def keep(self, data: st.DataObject) -> None:
        carried = self.one(data)
        try:
            with leaving():
                carried.checkpoint(by=carried.run.attempt)
        except _Away:
            self.alive.remove(carried)

    @precondition(lambda self: self.alive)
    @rule(data=st.data())
    def succeed(self, data: st.DataObject) -> None:
        carried = self.one(data)
        self.alive.remove(carried)
        try:
            with leaving():
                carried.succeed(lambda tx: self.commits.append(carried.run.attempt))
        except _Away:
            return

    @precondition(lambda self: self.alive)
    @rule(data=st.data(), to=st.sampled_from([RunStatus.FAILED, RunStatus.TIMEOUT]))
    def end(self, data: st.DataObject, to: RunStatus) -> None:
        carried = self.one(data)
        self.alive.remove(carried)
        places, run = carried.places, carried.run
        settle(self.store, places, run.id, run.attempt, to, outputs=carried.written)

    @precondition(lambda self: self.alive)
    @rule(data=st.data())
    def die(self, data: st.DataObject) -> None:
        self.alive.remove(self.one(data))

    @rule()
    def cancel(self) -> None:
        with self.store.writing() as tx:
            tx.runs.move(self.run_id, RunStatus.STOPPING, now=datetime.now(UTC))

    @precondition(lambda self: self.status() is RunStatus.STOPPING)
    @rule()
    def stop(self) -> None:
        run = claim(self.store)
        places = Carried(run, self.store, self.settings).places
        settle(self.store, places, run.id, run.attempt, RunStatus.STOPPED)

    @invariant()
    def one_attempt_counts_and_only_its_files_are_there(self) -> None:
        status = self.status()
        if status is RunStatus.SUCCEEDED:
            assert len(self.commits) == 1
            attempt = self.commits[0]
            names = self.written.get(attempt, set())
            assert self.files() == {name: str(attempt) for name in names}
        else:
            assert self.commits == []
        if status in (RunStatus.FAILED, RunStatus.TIMEOUT, RunStatus.STOPPED):
            assert self.files() == {}

    def teardown(self) -> None:
        with self.store.writing() as tx:  # so that the next example's run is the only one
            now = datetime.now(UTC)
            tx.runs.move(self.run_id, RunStatus.FAILED, now=now)
            tx.runs.move(self.run_id, RunStatus.STOPPED, now=now)


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
def test_of_all_attempts_one_counts_at_most(store: Store, tmp_path: Path) -> None:
    machine = type("Machine", (Attempts,), {"store": store, "folder": tmp_path})

    run_state_machine_as_test(
        machine, settings=settings(max_examples=30, stateful_step_count=15, deadline=None)
    )


@pytest.fixture
def carried(store: Store, tmp_path: Path) -> Carried:
    new_run(store)
    return Carried(claim(store), store, Settings(data_dir=tmp_path))


def test_rows_and_status_are_written_together_or_not_at_all(carried: Carried) -> None:
    def commit(tx: Transaction) -> None:
        tx.tags.put("database/a", {"a": "b"})
        raise InputError("no")

    with pytest.raises(InputError):
        carried.succeed(commit)

    with carried.store.reading() as tx:
        row = tx.runs.get(carried.run.id)
        assert tx.tags.get("database/a") == {}
    assert row is not None
    assert row.status is RunStatus.RUNNING


def test_a_file_is_named_in_the_checkpoint_before_it_appears(carried: Carried) -> None:
    uri = f"file://{carried.settings.data_dir}/out/a.csv"

    with carried.output(uri):
        with carried.store.reading() as tx:
            row = tx.runs.get(carried.run.id)
        assert row is not None
        assert Kept.of(row.checkpoint).outputs == (uri,)
        assert not carried.places.exists(uri)

    assert carried.places.exists(uri)


def until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 60.0  # against hanging only; nothing is timed
    while not holds():
        assert time.monotonic() < end, "it never came about"
        time.sleep(0.01)


def uri_of(carried: Carried, name: str) -> str:
    return f"file://{carried.settings.data_dir}/out/{name}"


def row_of(carried: Carried) -> TaskRun:
    with carried.store.reading() as tx:
        row = tx.runs.get(carried.run.id)
    assert row is not None
    return row


def next_attempt(carried: Carried) -> Carried:
    return Carried(claim(carried.store), carried.store, carried.settings)


def put(carried: Carried, name: str) -> None:
    with carried.output(uri_of(carried, name)) as file:
        file.write(str(carried.run.attempt).encode())


def test_a_file_of_an_attempt_that_lost_its_run_while_writing_never_appears(
    carried: Carried,
) -> None:
    def write_and_lose() -> None:
        with leaving(), carried.output(uri_of(carried, "a.csv")) as file:
            file.write(b"1")
            next_attempt(carried)

    with pytest.raises(_Away):
        write_and_lose()

    assert not carried.places.exists(uri_of(carried, "a.csv"))


def test_success_keeps_the_files_of_its_attempt_and_removes_those_of_earlier_ones(
    carried: Carried,
) -> None:
    put(carried, "a.csv")
    put(carried, "b.csv")
    second = next_attempt(carried)
    put(second, "b.csv")

    second.succeed(None)

    row = row_of(carried)
    assert (row.status, row.attempt) == (RunStatus.SUCCEEDED, 2)
    assert (row.progress.percent, row.progress.left_s) == (100.0, 0.0)
    out = carried.settings.data_dir / "out"
    assert {path.name: path.read_text() for path in out.iterdir()} == {"b.csv": "2"}


def test_nothing_of_a_run_that_is_to_stop_counts(carried: Carried) -> None:
    committed: list[int] = []
    with carried.store.writing() as tx:
        tx.runs.move(carried.run.id, RunStatus.STOPPING, now=datetime.now(UTC))

    with pytest.raises(_Away), leaving():
        carried.checkpoint(page=1)
    with pytest.raises(_Away), leaving():
        carried.succeed(lambda tx: committed.append(1))

    assert committed == []
    assert row_of(carried).status is RunStatus.STOPPING
    assert Kept.of(row_of(carried).checkpoint).facts == {}


def test_a_checkpoint_keeps_facts_and_files_of_earlier_ones_and_the_last_value_wins(
    carried: Carried,
) -> None:
    put(carried, "a.csv")
    carried.checkpoint(page=1, pages=9)
    second = next_attempt(carried)
    second.checkpoint(page=2)
    put(second, "b.csv")

    kept = Kept.of(row_of(carried).checkpoint)
    assert second.facts == kept.facts == {"page": 2, "pages": 9}
    assert kept.outputs == (uri_of(carried, "a.csv"), uri_of(carried, "b.csv"))


def test_the_time_of_earlier_attempts_is_part_of_the_time_worked(carried: Carried) -> None:
    with carried.store.writing() as tx:
        tx.runs.checkpoint(carried.run.id, 1, Kept(worked_s=100.0, excused=1).as_checkpoint())

    next_attempt(carried).checkpoint()

    kept = Kept.of(row_of(carried).checkpoint)
    assert 100.0 <= kept.worked_s < 200.0
    assert kept.excused == 1


def test_the_worker_hears_of_a_file_before_it_appears(store: Store, tmp_path: Path) -> None:
    worker, own = multiprocessing.Pipe()
    new_run(store)
    carried = Carried(claim(store), store, Settings(data_dir=tmp_path), own)

    with carried.output(uri_of(carried, "a.csv")):
        assert worker.poll()
        assert worker.recv() == uri_of(carried, "a.csv")


def test_a_stage_is_logged_once_however_often_it_reports(carried: Carried) -> None:
    for share in (0.0, 0.5, 1.0):
        carried.on_stage("crawl", share)
    carried.on_stage("write", 0.0)

    log = (carried.settings.data_dir / log_path(carried.run)).read_text()
    assert [line.partition(": ")[2] for line in log.splitlines()] == ["crawl", "write"]


def test_the_time_worked_is_kept_while_a_run_says_nothing_and_no_thread_stays(
    carried: Carried, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(carrying, "_KEEP_S", 0.0)
    monkeypatch.setattr(carrying, "_REPORT_S", 0.01)
    threads = set(threading.enumerate())

    with carried.reporting():
        until(lambda: Kept.of(row_of(carried).checkpoint).worked_s > 0.0)

    assert not {thread for thread in threading.enumerate() if thread.daemon} - threads


def test_a_place_that_is_not_allowed_is_refused_before_anything_is_kept(carried: Carried) -> None:
    with pytest.raises(InvalidInputException), carried.output("file:///etc/passwd"):
        pass

    with carried.store.reading() as tx:
        row = tx.runs.get(carried.run.id)
    assert row is not None
    assert Kept.of(row.checkpoint).outputs == ()


def test_a_run_of_a_deleted_transform_says_so(carried: Carried) -> None:
    with pytest.raises(InputError, match="was deleted"):
        carried.transform()


def test_progress_reaches_the_store_while_the_run_goes_on(carried: Carried) -> None:
    def percent() -> float:
        with carried.store.reading() as tx:
            row = tx.runs.get(carried.run.id)
        return 0.0 if row is None else row.progress.percent

    with carried.reporting():
        carried.on_stage("crawl", 0.5)
        until(lambda: percent() == 50.0)
