"""What the console shows: the transforms and their task runs, as plain values for a template."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from matchloop_api.store import ACTIVE, RunQuery, Store, TaskRun, Transaction, Transform

__all__ = ["Line", "Overview", "overview", "run_line", "runs_of"]

LATEST = 50
"""Task runs on the first page."""


@dataclass(frozen=True, slots=True)
class Line:
    """A task run as the console shows it."""

    run: TaskRun
    transform: str
    moving: bool
    seconds: float

    @property
    def percent(self) -> int:
        """How far it is; all the way once it has succeeded."""
        return 100 if self.run.status == "SUCCEEDED" else int(self.run.progress.percent)

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
    """Return all transforms and the latest task runs."""
    with store.reading() as tx:
        transforms = tx.transforms.all()
        lines = [
            run_line(run, transform.name, now=now)
            for transform in transforms
            for run in tx.runs.find(RunQuery(transform_id=transform.id, limit=LATEST))
        ]
    lines.sort(key=lambda line: (line.moving, line.run.started_at), reverse=True)
    return Overview(transforms, lines[:LATEST])


def runs_of(tx: Transaction, transform: Transform, *, now: datetime, limit: int) -> Sequence[Line]:
    """Return the latest task runs of a transform."""
    found = tx.runs.find(RunQuery(transform_id=transform.id, limit=limit))
    return [run_line(run, transform.name, now=now) for run in found]


def run_line(run: TaskRun, transform: str, *, now: datetime) -> Line:
    """Return how a task run is shown."""
    seconds = ((run.completed_at or now) - run.started_at).total_seconds()
    return Line(run, transform, run.status in ACTIVE, seconds)


def duration(seconds: float) -> str:
    """Say a time in its two greatest units."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
