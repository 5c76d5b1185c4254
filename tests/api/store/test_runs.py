from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import Connection, create_engine, text

from matchloop_api.identifiers import new_run_id
from matchloop_api.store import (
    ACTIVE,
    Progress,
    RunQuery,
    RunStatus,
    RunType,
    Store,
    TaskRun,
    Transform,
)

NOW = datetime(2025, 1, 31, tzinfo=UTC)
S = RunStatus
MOVES = {
    (S.STARTING, S.RUNNING),
    (S.STARTING, S.STOPPED),
    (S.STARTING, S.FAILED),
    (S.STARTING, S.TIMEOUT),
    (S.RUNNING, S.STOPPING),
    (S.RUNNING, S.SUCCEEDED),
    (S.RUNNING, S.FAILED),
    (S.RUNNING, S.TIMEOUT),
    (S.STOPPING, S.STOPPED),
}
OWNERS = st.sampled_from(["w1", "w2"])
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=5)


def add_transform(store: Store, name: str = "t") -> None:
    made = Transform(
        id=name,
        name=name,
        status="READY",
        created_at=NOW,
        modified_at=NOW,
        definition={},
        schema=(),
    )
    with store.writing() as tx:
        tx.transforms.add(made)


def task_run(**changes: Any) -> TaskRun:
    made = TaskRun(
        id=new_run_id(),
        type=RunType.EVALUATION,
        status=S.STARTING,
        transform_id="t",
        arguments={"OutputS3Path": "file:///ö", "Arguments": {"--n": "1"}},
        log_group="g",
        started_at=NOW,
        modified_at=NOW,
        timeout_s=2880 * 60.0,
        actor="Zoë",
    )
    return replace(made, **changes)


@contextmanager
def closing_engine(store_url: str) -> Iterator[Connection]:
    engine = create_engine(store_url)
    with engine.begin() as connection:
        yield connection
    engine.dispose()


def is_waiting(run: TaskRun, now: datetime) -> bool:
    if run.status not in ACTIVE:
        return False
    return run.status is S.STARTING or run.lease_until is None or run.lease_until <= now


class Runs(RuleBasedStateMachine):
    """Does the same to the store and to a dictionary."""

    def __init__(self, store: Store) -> None:
        super().__init__()
        self.store = store
        self.now = NOW
        self.model: dict[str, TaskRun] = {}

    def pick(self, data: st.DataObject) -> TaskRun:
        return self.model[data.draw(st.sampled_from(list(self.model)))]

    @rule(kind=st.sampled_from(RunType))
    def add(self, kind: RunType) -> None:
        run = task_run(
            type=kind,
            transform_id=None if kind is RunType.CRAWL else "t",
            started_at=self.now,
            modified_at=self.now,
        )
        with self.store.writing() as tx:
            tx.runs.add(run)
        self.model[run.id] = run

    @rule(seconds=st.integers(0, 20))
    def wait(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds, microseconds=1)

    @rule(owner=OWNERS, lease_s=st.floats(0, 30))
    def claim(self, owner: str, lease_s: float) -> None:
        with self.store.writing() as tx:
            got = tx.runs.claim(owner, now=self.now, lease_s=lease_s)
        waiting = [run for run in self.model.values() if is_waiting(run, self.now)]
        if not waiting:
            assert got is None
            return
        first = min(waiting, key=lambda run: (run.started_at, run.id))
        self.model[first.id] = replace(
            first,
            status=S.RUNNING if first.status is S.STARTING else first.status,
            attempt=first.attempt + 1,
            owner=owner,
            lease_until=self.now + timedelta(seconds=lease_s),
            modified_at=self.now,
        )
        assert got == self.model[first.id]

    @rule(owner=OWNERS, lease_s=st.floats(0, 30), data=st.data())
    def renew(self, owner: str, lease_s: float, data: st.DataObject) -> None:
        asked = data.draw(st.lists(st.sampled_from([*self.model, "none"]), max_size=4))
        with self.store.writing(durable=False) as tx:
            got = tx.runs.renew(owner, asked, now=self.now, lease_s=lease_s)
        own = {
            key: self.model[key]
            for key in asked
            if key in self.model
            and self.model[key].owner == owner
            and self.model[key].status in ACTIVE
        }
        assert got == {key: run.status for key, run in own.items()}
        until = self.now + timedelta(seconds=lease_s)
        self.model |= {key: replace(run, lease_until=until) for key, run in own.items()}

    @precondition(lambda self: self.model)
    @rule(
        to=st.sampled_from(RunStatus),
        fence=st.sampled_from([None, 0, 1]),
        error=st.none() | TEXTS,
        data=st.data(),
    )
    def move(
        self, to: RunStatus, fence: int | None, error: str | None, data: st.DataObject
    ) -> None:
        run = self.pick(data)
        attempt = None if fence is None else run.attempt - fence
        with self.store.writing() as tx:
            got = tx.runs.move(run.id, to, now=self.now, attempt=attempt, error=error)
        if fence == 1:
            assert got is None
            return
        target = S.STOPPED if (run.status, to) == (S.STARTING, S.STOPPING) else to
        if (run.status, target) in MOVES:
            run = replace(run, status=target, modified_at=self.now, error=error)
            if target not in ACTIVE:
                run = replace(run, completed_at=self.now, owner=None, lease_until=None)
            self.model[run.id] = run
        assert got == run

    @precondition(lambda self: self.model)
    @rule(fence=st.sampled_from([0, 1]), stage=TEXTS, pairs=st.integers(0, 2**40), data=st.data())
    def report(self, fence: int, stage: str, pairs: int, data: st.DataObject) -> None:
        run = self.pick(data)
        progress = Progress(percent=12.5, stage=stage, pairs=pairs, left_s=0.1)
        with self.store.writing(durable=False) as tx:
            tx.runs.report(run.id, run.attempt - fence, progress, now=self.now)
        if fence == 0 and run.status in ACTIVE:
            self.model[run.id] = replace(run, progress=progress, modified_at=self.now)

    @precondition(lambda self: self.model)
    @rule(fence=st.sampled_from([0, 1]), fact=st.text(max_size=5), data=st.data())
    def checkpoint(self, fence: int, fact: str, data: st.DataObject) -> None:
        run = self.pick(data)
        with self.store.writing() as tx:
            tx.runs.checkpoint(run.id, run.attempt - fence, {"fact": fact})
        if fence == 0 and run.status in ACTIVE:
            self.model[run.id] = replace(run, checkpoint={"fact": fact})

    @invariant()
    def agree(self) -> None:
        with self.store.reading() as tx:
            assert {key: tx.runs.get(key) for key in self.model} == self.model
            counts = tx.runs.active(), tx.runs.active("t")
        active = [run for run in self.model.values() if run.status in ACTIVE]
        count = len([run for run in active if run.type is not RunType.CRAWL])
        assert counts == (count, count)

    def teardown(self) -> None:
        with self.store.writing() as tx:
            for key in self.model:
                for status in (S.STOPPED, S.FAILED):
                    tx.runs.move(key, status, now=self.now)


def test_a_run_moves_as_a_plain_model_says(store: Store) -> None:
    class OfThisStore(Runs):
        def __init__(self) -> None:
            super().__init__(store)

    add_transform(store)
    run_state_machine_as_test(
        OfThisStore,
        settings=settings(max_examples=20, stateful_step_count=25, deadline=None),
    )


def test_the_path_of_a_run_that_succeeds(store: Store) -> None:
    add_transform(store)
    with store.writing() as tx:
        run = task_run()
        tx.runs.add(run)
        claimed = tx.runs.claim("w", now=NOW, lease_s=15)
        assert claimed is not None
        assert (claimed.status, claimed.attempt) == (S.RUNNING, 1)
        later = NOW + timedelta(seconds=1)
        done = tx.runs.move(run.id, S.SUCCEEDED, now=later, attempt=1)
    assert done is not None
    assert (done.status, done.completed_at, done.owner) == (S.SUCCEEDED, later, None)


@pytest.mark.parametrize("indexed", [True, False])
def test_the_run_that_started_first_is_claimed_first_whenever_it_was_added(
    store: Store, store_url: str, indexed: bool
) -> None:
    if not indexed:  # SQLite reads the queue's index in order, whatever is asked for
        with closing_engine(store_url) as connection:
            connection.execute(text("DROP INDEX ix_runs_queue"))
    add_transform(store)
    starts = {"tsk-d": 3, "tsk-b": 1, "tsk-e": 4, "tsk-c": 1, "tsk-a": 2}
    with store.writing() as tx:
        for run_id, minutes in starts.items():
            started_at = NOW + timedelta(minutes=minutes)
            tx.runs.add(task_run(id=run_id, started_at=started_at))
    claimed = []
    for _ in starts:
        with store.writing() as tx:
            run = tx.runs.claim("w", now=NOW, lease_s=60)
        assert run is not None
        claimed.append(run.id)

    assert claimed == ["tsk-b", "tsk-c", "tsk-a", "tsk-d", "tsk-e"]


def test_a_finished_run_keeps_its_status(store: Store) -> None:
    add_transform(store)
    run = task_run()
    with store.writing() as tx:
        tx.runs.add(run)
        stopped = tx.runs.move(run.id, S.STOPPING, now=NOW)
        assert stopped is not None
        assert stopped.status is S.STOPPED
        for status in RunStatus:
            assert tx.runs.move(run.id, status, now=NOW + timedelta(days=1)) == stopped
        assert tx.runs.claim("w", now=NOW, lease_s=15) is None


def test_a_run_that_is_being_stopped_does_not_fail_or_succeed(store: Store) -> None:
    add_transform(store)
    run = task_run()
    with store.writing() as tx:
        tx.runs.add(run)
        tx.runs.claim("w", now=NOW, lease_s=15)
        stopping = tx.runs.move(run.id, S.STOPPING, now=NOW)
        for status in (S.FAILED, S.TIMEOUT, S.SUCCEEDED, S.RUNNING):
            assert tx.runs.move(run.id, status, now=NOW, attempt=1) == stopping
        stopped = tx.runs.move(run.id, S.STOPPED, now=NOW, attempt=1)
    assert stopped is not None
    assert stopped.status is S.STOPPED


def test_a_run_needs_its_transform_and_an_id_of_its_own(store: Store) -> None:
    add_transform(store)
    with store.writing() as tx:
        run = task_run()
        tx.runs.add(run)
        with pytest.raises(KeyError, match=run.id):
            tx.runs.add(run)
        with pytest.raises(KeyError, match="none"):
            tx.runs.add(task_run(transform_id="none"))
        assert tx.runs.move("none", S.FAILED, now=NOW) is None
        assert tx.runs.get("none") is None


RUN = st.builds(
    lambda kind, status, second: task_run(
        type=kind, status=status, started_at=NOW + timedelta(seconds=second)
    ),
    st.sampled_from([RunType.EVALUATION, RunType.IMPORT_LABELS, RunType.FIND_MATCHES]),
    st.sampled_from(RunStatus),
    st.integers(0, 5),
)
BOUND = st.none() | st.integers(0, 5).map(lambda second: NOW + timedelta(seconds=second))
QUERY = st.builds(
    RunQuery,
    transform_id=st.just("t"),
    type=st.none() | st.sampled_from([RunType.EVALUATION, RunType.IMPORT_LABELS]),
    status=st.none() | st.sampled_from(RunStatus),
    started_before=BOUND,
    started_after=BOUND,
    sort=st.sampled_from(["type", "status", "started_at"]),
    descending=st.booleans(),
    offset=st.integers(0, 5),
    limit=st.integers(1, 20),
)


def expected(runs: Sequence[TaskRun], query: RunQuery) -> list[TaskRun]:
    passing = [
        run
        for run in runs
        if (query.type in (None, run.type))
        and (query.status in (None, run.status))
        and (query.started_before is None or run.started_at < query.started_before)
        and (query.started_after is None or run.started_at > query.started_after)
    ]
    passing.sort(
        key=lambda run: (str(getattr(run, query.sort)), run.started_at, run.id),
        reverse=query.descending,
    )
    return passing[query.offset : query.offset + query.limit]


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(runs=st.lists(RUN, max_size=12), queries=st.lists(QUERY, min_size=1, max_size=6))
def test_runs_are_found_filtered_and_sorted(
    store: Store, runs: list[TaskRun], queries: list[RunQuery]
) -> None:
    with store.writing() as tx:
        for name in ("t", "other"):
            tx.transforms.remove(name)
    for name in ("t", "other"):
        add_transform(store, name)
    with store.writing() as tx:
        for run in runs:
            tx.runs.add(run)
            tx.runs.add(replace(run, id=new_run_id(), transform_id="other"))

    with store.reading() as tx:
        for query in queries:
            assert list(tx.runs.find(query)) == expected(runs, query)


def test_an_unknown_order_is_refused(store: Store) -> None:
    with store.reading() as tx, pytest.raises(ValueError, match="owner"):
        tx.runs.find(RunQuery(transform_id="t", sort="owner"))
