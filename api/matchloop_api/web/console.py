"""What the console shows: the transforms and their task runs, as plain values for a template."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from matchloop_api.store import (
    ACTIVE,
    REPORTS,
    RunQuery,
    RunStatus,
    Store,
    TaskRun,
    Transaction,
    Transform,
)

__all__ = ["Line", "Overview", "overview", "report_of", "run_line", "runs_of"]

Json = Mapping[str, Any]

LATEST = 50
"""Task runs on the first page."""


@dataclass(frozen=True, slots=True)
class Line:
    """A task run as the console shows it; ``of`` names its transform or its crawler."""

    run: TaskRun
    of: str
    moving: bool
    seconds: float

    @property
    def percent(self) -> int:
        """How far it is; all the way once it has succeeded."""
        return 100 if self.run.status == "SUCCEEDED" else int(self.run.progress.percent)

    @property
    def has_report(self) -> bool:
        """Whether it ended in a report, which its page shows."""
        return self.run.type in REPORTS and self.run.status is RunStatus.SUCCEEDED

    @property
    def left(self) -> str:
        """The time that it is expected to take still."""
        left = self.run.progress.left_s
        return duration(left) if self.moving and left is not None else ""

    @property
    def took(self) -> str:
        """How long it has taken."""
        return duration(self.seconds)


@dataclass(frozen=True, slots=True)
class Overview:
    """The first page of the console."""

    transforms: Sequence[Transform]
    lines: Sequence[Line]

    @property
    def moving(self) -> bool:
        """Whether anything is at work."""
        return any(line.moving for line in self.lines)


def overview(store: Store, *, now: datetime) -> Overview:
    """Return all transforms and the latest task runs, crawls among them."""
    with store.reading() as tx:
        transforms = tx.transforms.all()
        lines = [
            run_line(run, transform.name, now=now)
            for transform in transforms
            for run in tx.runs.find(RunQuery(transform_id=transform.id, limit=LATEST))
        ]
        lines += _crawls(tx, now=now)
    lines.sort(key=lambda line: (line.moving, line.run.started_at), reverse=True)
    return Overview(transforms, lines[:LATEST])


def _crawls(tx: Transaction, *, now: datetime) -> list[Line]:
    """Return the runs that crawlers remember: each its latest two."""
    names = {
        str(run_id): crawler.name
        for crawler in tx.resources.all("crawler")
        for run_id in crawler.body.get("Runs") or ()
    }
    found = [(tx.runs.get(run_id), name) for run_id, name in names.items()]
    return [run_line(run, name, now=now) for run, name in found if run is not None]


def report_of(tx: Transaction, run: TaskRun) -> Json | None:
    """Return what a run found, where its kind makes a report and it has succeeded."""
    if run.type not in REPORTS:
        return None
    kept = tx.resources.get("report", run.id, scope=str(run.transform_id))
    return None if kept is None else kept.body


def runs_of(tx: Transaction, transform: Transform, *, now: datetime, limit: int) -> Sequence[Line]:
    """Return the latest task runs of a transform."""
    found = tx.runs.find(RunQuery(transform_id=transform.id, limit=limit))
    return [run_line(run, transform.name, now=now) for run in found]


def run_line(run: TaskRun, of: str, *, now: datetime) -> Line:
    """Return how a task run is shown."""
    seconds = ((run.completed_at or now) - run.started_at).total_seconds()
    return Line(run, of, run.status in ACTIVE, seconds)


def duration(seconds: float) -> str:
    """Say a time in its two greatest units."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
