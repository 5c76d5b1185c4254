"""Task runs in SQL: the queue, its leases, and the only place where a status moves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, bindparam, func, insert, or_, select, update

from matchloop_api.store import schema
from matchloop_api.store.queries import RunQuery
from matchloop_api.store.rows import ACTIVE, Progress, RunStatus, RunType, TaskRun

__all__ = ["SqlRuns"]

_TABLE = schema.runs
_PROGRESS = tuple(field.name for field in fields(Progress))
_NAMES = tuple(field.name for field in fields(TaskRun) if field.name != "progress")
_COLUMNS = [_TABLE.c[name] for name in (*_NAMES, *_PROGRESS)]
_SORTS = ("type", "status", "started_at")

_MOVES: Mapping[RunStatus, frozenset[RunStatus]] = {
    RunStatus.STARTING: frozenset(
        {RunStatus.RUNNING, RunStatus.STOPPED, RunStatus.FAILED, RunStatus.TIMEOUT}
    ),
    RunStatus.RUNNING: frozenset(
        {RunStatus.STOPPING, RunStatus.SUCCEEDED, RunStatus.FAILED, RunStatus.TIMEOUT}
    ),
    RunStatus.STOPPING: frozenset({RunStatus.STOPPED}),
}
"""Where a run may move to from where; from anywhere else it moves no more."""

_is_this = _TABLE.c.id == bindparam("key")
_is_attempt = and_(_is_this, _TABLE.c.attempt == bindparam("of_attempt"), schema.IS_ACTIVE)
_ADD = insert(_TABLE)
_TRANSFORM = select(schema.transforms.c.id).where(schema.transforms.c.id == bindparam("key"))
_GET = select(*_COLUMNS).where(_is_this)
_LOCK = _GET.with_for_update()
_ALL_ACTIVE = (
    select(func.count())
    .select_from(_TABLE)
    .where(schema.IS_ACTIVE, _TABLE.c.type != RunType.CRAWL.value)
)
_LATEST = select(*_COLUMNS).order_by(_TABLE.c.started_at.desc(), _TABLE.c.id.desc())
_LATEST_ACTIVE = _LATEST.where(schema.IS_ACTIVE)
_ACTIVE_OF = _ALL_ACTIVE.where(_TABLE.c.transform_id == bindparam("transform"))
_COUNTS = select(
    _TABLE.c.type, _TABLE.c.status, func.count(), func.min(_TABLE.c.started_at)
).group_by(_TABLE.c.type, _TABLE.c.status)
_NEXT = (
    select(*_COLUMNS)
    .where(
        schema.IS_ACTIVE,
        or_(
            _TABLE.c.status == RunStatus.STARTING.value,
            _TABLE.c.lease_until.is_(None),
            _TABLE.c.lease_until <= bindparam("now"),
        ),
    )
    .order_by(_TABLE.c.started_at, _TABLE.c.id)
    .limit(1)
    .with_for_update(skip_locked=True)
)
_MOVED = ("status", "modified_at", "completed_at", "error", "owner", "lease_until")
_TAKEN = ("status", "modified_at", "attempt", "owner", "lease_until")
_SET_STATUS = update(_TABLE).where(_is_this).values({name: bindparam(name) for name in _MOVED})
_TAKE = update(_TABLE).where(_is_this).values({name: bindparam(name) for name in _TAKEN})
_is_own = and_(
    _TABLE.c.id.in_(bindparam("keys", expanding=True)),
    _TABLE.c.owner == bindparam("of_owner"),
    schema.IS_ACTIVE,
)
_RENEW = update(_TABLE).where(_is_own).values(lease_until=bindparam("until"))
_OWN = select(_TABLE.c.id, _TABLE.c.status).where(_is_own)
_REPORT = (
    update(_TABLE)
    .where(_is_attempt)
    .values({name: bindparam(name) for name in (*_PROGRESS, "modified_at")})
)
_CHECKPOINT = update(_TABLE).where(_is_attempt).values(checkpoint=bindparam("facts"))


class SqlRuns:
    """Task runs: a queue with leases, and the only place where a status moves."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, run: TaskRun) -> None:
        """Add a run. Raises KeyError if its id is taken or there is no such transform."""
        if self.get(run.id) is not None:
            raise KeyError(run.id)
        if run.transform_id is not None:
            transform = self._connection.execute(_TRANSFORM, {"key": run.transform_id}).first()
            if transform is None:
                raise KeyError(run.transform_id)
        values = {name: getattr(run, name) for name in _NAMES}
        values |= {name: getattr(run.progress, name) for name in _PROGRESS}
        values |= {"type": run.type.value, "status": run.status.value}
        self._connection.execute(_ADD, values)

    def get(self, run_id: str) -> TaskRun | None:
        """Return a row by id; None if there is none."""
        row = self._connection.execute(_GET, {"key": run_id}).first()
        return None if row is None else _made(row)

    def find(self, query: RunQuery) -> Sequence[TaskRun]:
        """Return the runs of a query."""
        if query.sort not in _SORTS:
            raise ValueError(f"runs cannot be sorted by '{query.sort}'; known: {_SORTS}")
        statement = select(*_COLUMNS).where(_TABLE.c.transform_id == query.transform_id)
        if query.type is not None:
            statement = statement.where(_TABLE.c.type == query.type.value)
        if len(query.types) < len(RunType):
            statement = statement.where(
                _TABLE.c.type.in_([run_type.value for run_type in query.types])
            )
        if query.status is not None:
            statement = statement.where(_TABLE.c.status == query.status.value)
        if query.started_before is not None:
            statement = statement.where(_TABLE.c.started_at < query.started_before)
        if query.started_after is not None:
            statement = statement.where(_TABLE.c.started_at > query.started_after)
        order = [_TABLE.c[name] for name in dict.fromkeys((query.sort, "started_at", "id"))]
        statement = statement.order_by(
            *(column.desc() if query.descending else column for column in order)
        )
        rows = self._connection.execute(statement.offset(query.offset).limit(query.limit))
        return [_made(row) for row in rows]

    def latest(self, limit: int, *, active: bool = False) -> Sequence[TaskRun]:
        """Return the latest runs of all transforms and crawlers, or the latest unfinished ones."""
        statement = _LATEST_ACTIVE if active else _LATEST
        return [_made(row) for row in self._connection.execute(statement.limit(limit))]

    def active(self, transform_id: str | None = None) -> int:
        """Return the number of unfinished runs without crawls, of one transform or of all."""
        if transform_id is None:
            return int(self._connection.execute(_ALL_ACTIVE).scalar_one())
        return int(self._connection.execute(_ACTIVE_OF, {"transform": transform_id}).scalar_one())

    def counts(self) -> Mapping[tuple[RunType, RunStatus], tuple[int, datetime]]:
        """Return the number of runs and the oldest start, for each type and status."""
        rows = self._connection.execute(_COUNTS)
        return {
            (RunType(kind), RunStatus(status)): (int(number), since)
            for kind, status, number, since in rows
        }

    def claim(self, owner: str, *, now: datetime, lease_s: float) -> TaskRun | None:
        """Claim the oldest run that waits or whose lease has expired; None if there is none."""
        row = self._connection.execute(_NEXT, {"now": now}).first()
        if row is None:
            return None
        run = _made(row)
        taken = replace(
            run,
            status=RunStatus.RUNNING if run.status is RunStatus.STARTING else run.status,
            modified_at=now,
            attempt=run.attempt + 1,
            owner=owner,
            lease_until=now + timedelta(seconds=lease_s),
        )
        self._connection.execute(_TAKE, _changed(taken, _TAKEN))
        return taken

    def renew(
        self, owner: str, run_ids: Sequence[str], *, now: datetime, lease_s: float
    ) -> Mapping[str, RunStatus]:
        """Renew the leases of this owner's runs and return their statuses; skip runs of others."""
        if not run_ids:
            return {}
        which = {"keys": list(run_ids), "of_owner": owner}
        self._connection.execute(_RENEW, which | {"until": now + timedelta(seconds=lease_s)})
        return {key: RunStatus(status) for key, status in self._connection.execute(_OWN, which)}

    def move(
        self,
        run_id: str,
        to: RunStatus,
        *,
        now: datetime,
        attempt: int | None = None,
        error: str | None = None,
    ) -> TaskRun | None:
        """Move a run to a status; the only function that does."""
        row = self._connection.execute(_LOCK, {"key": run_id}).first()
        run = None if row is None else _made(row)
        if run is None or attempt not in (None, run.attempt):
            return None
        if run.status is RunStatus.STARTING and to is RunStatus.STOPPING:
            to = RunStatus.STOPPED
        if to not in _MOVES.get(run.status, ()):
            return run
        moved = replace(run, status=to, modified_at=now, error=error)
        if to not in ACTIVE:
            moved = replace(moved, completed_at=now, owner=None, lease_until=None)
        self._connection.execute(_SET_STATUS, _changed(moved, _MOVED))
        return moved

    def report(self, run_id: str, attempt: int, progress: Progress, *, now: datetime) -> None:
        """Record an attempt's progress."""
        values = {name: getattr(progress, name) for name in _PROGRESS}
        which = {"key": run_id, "of_attempt": attempt, "modified_at": now}
        self._connection.execute(_REPORT, which | values)

    def checkpoint(self, run_id: str, attempt: int, checkpoint: Mapping[str, Any]) -> None:
        """Store the checkpoint for the next attempt."""
        which = {"key": run_id, "of_attempt": attempt}
        self._connection.execute(_CHECKPOINT, which | {"facts": checkpoint})


def _changed(run: TaskRun, names: Sequence[str]) -> dict[str, Any]:
    values = {name: getattr(run, name) for name in names}
    return values | {"key": run.id, "status": run.status.value}


def _made(row: Any) -> TaskRun:
    values = dict(zip(_NAMES, row, strict=False))
    values["type"] = RunType(values["type"])
    values["status"] = RunStatus(values["status"])
    return TaskRun(
        **values, progress=Progress(**dict(zip(_PROGRESS, row[len(_NAMES) :], strict=True)))
    )
