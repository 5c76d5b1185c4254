"""The data of the console: transforms and task runs as plain values for a template."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from matchloop_api.auth import CURATORS, Caller, Role
from matchloop_api.labelling.flags import flags_of
from matchloop_api.store import (
    ACTIVE,
    REPORTS,
    RunQuery,
    RunStatus,
    Store,
    TaskRun,
    Transaction,
    Transform,
    TransformQuery,
)

__all__ = [
    "Labelling",
    "Line",
    "Overview",
    "labelling_of",
    "overview",
    "report_of",
    "run_line",
    "runs_of",
]

Json = Mapping[str, Any]

LATEST = 50
"""Task runs on the first page."""

TRANSFORMS = 100
"""Transforms on a page."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the console for a task run; ``of`` is the name of its transform or crawler."""

    run: TaskRun
    of: str
    moving: bool
    seconds: float

    @property
    def percent(self) -> int:
        """The progress in per cent; 100 once the run has succeeded."""
        return 100 if self.run.status == "SUCCEEDED" else int(self.run.progress.percent)

    @property
    def has_report(self) -> bool:
        """Whether the run made a report, which its page shows."""
        return self.run.type in REPORTS and self.run.status is RunStatus.SUCCEEDED

    @property
    def left(self) -> str:
        """The expected time until the end."""
        left = self.run.progress.left_s
        return duration(left) if self.moving and left is not None else ""

    @property
    def took(self) -> str:
        """The time since the start, or until the end."""
        return duration(self.seconds)


@dataclass(frozen=True, slots=True)
class Overview:
    """A page of the console: the latest task runs, and the page's part of the transforms.

    Parameters
    ----------
    transforms, lines
        The transforms and task runs of the page.
    page, pages
        The number of the page, and of all pages.
    count
        The number of all transforms.
    """

    transforms: Sequence[Transform]
    lines: Sequence[Line]
    page: int
    pages: int
    count: int

    @property
    def moving(self) -> bool:
        """Whether a run is unfinished."""
        return any(line.moving for line in self.lines)


@dataclass(frozen=True, slots=True)
class Labelling:
    """What the labelling page of a transform holds for a person.

    Parameters
    ----------
    sets
        Sets that wait for the person.
    flags
        Flags that wait for a curator; 0 for other people.
    """

    sets: int
    flags: int


def labelling_of(tx: Transaction, transform_id: str, caller: Caller) -> Labelling | None:
    """Return what waits for a person on the labelling page; None if the person may not label."""
    if caller.role is Role.READER:
        return None
    _, sets, _ = tx.label_queue.counts(transform_id, caller.name)
    flags = flags_of(tx, transform_id) if caller.role in CURATORS else []
    return Labelling(sets, sum(1 for flag in flags if not flag.is_resolved))


def overview(store: Store, *, now: datetime, page: int = 1) -> Overview:
    """Return the latest task runs, with crawls, and a page of the transforms.

    Only the shown rows are read, because the page reloads every two seconds while a run moves.
    """
    with store.reading() as tx:
        count = tx.transforms.count()
        pages = max(1, -(-count // TRANSFORMS))
        page = min(max(1, page), pages)
        offset = (page - 1) * TRANSFORMS
        transforms = tx.transforms.find(TransformQuery(offset=offset, limit=TRANSFORMS))
        runs = {run.id: run for run in tx.runs.latest(LATEST, active=True)}
        runs |= {run.id: run for run in tx.runs.latest(LATEST)}
        named = {run.transform_id for run in runs.values() if run.transform_id}
        names = tx.transforms.names(named) if named else {}
    lines = [run_line(run, _name(run, names), now=now) for run in runs.values()]
    lines.sort(key=lambda line: (line.moving, line.run.started_at), reverse=True)
    return Overview(transforms, lines[:LATEST], page, pages, count)


def _name(run: TaskRun, names: Mapping[str, str]) -> str:
    """Return the name of a run's transform or crawler."""
    if run.transform_id:
        return names.get(run.transform_id, "")
    return str(run.arguments.get("CrawlerName", ""))


def report_of(tx: Transaction, run: TaskRun) -> Json | None:
    """Return the report of a run; None if it has none."""
    if run.type not in REPORTS:
        return None
    kept = tx.resources.get("report", run.id, scope=str(run.transform_id))
    return None if kept is None else kept.body


def runs_of(tx: Transaction, transform: Transform, *, now: datetime, limit: int) -> Sequence[Line]:
    """Return the latest task runs of a transform."""
    runs = tx.runs.find(RunQuery(transform_id=transform.id, limit=limit))
    return [run_line(run, transform.name, now=now) for run in runs]


def run_line(run: TaskRun, of: str, *, now: datetime) -> Line:
    """Return the console's line for a task run."""
    seconds = ((run.completed_at or now) - run.started_at).total_seconds()
    return Line(run, of, run.status in ACTIVE, seconds)


def duration(seconds: float) -> str:
    """Return a duration as text with its two largest units."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
