"""The interface between a worker process and the code of a task run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any, BinaryIO, Protocol

from matchloop_api.settings import Settings
from matchloop_api.store import Store, TaskRun, Transaction, Transform

__all__ = ["Commit", "Kind", "Work"]

Commit = Callable[[Transaction], None]
"""What to write when all is done, in the transaction in which the run becomes SUCCEEDED."""


class Work(Protocol):
    """A run that a worker process carries out."""

    run: TaskRun
    store: Store
    settings: Settings

    def transform(self) -> Transform:
        """Return the transform of the run. Raises MatchloopError if it was deleted."""
        ...

    def on_stage(self, stage: str, fraction: float) -> None:
        """Record a stage and its progress, 0 to 1; cheap enough to be called often."""
        ...

    def compared(self, pairs: int) -> None:
        """Record how many candidate pairs were compared."""
        ...

    def log(self, message: str) -> None:
        """Write a line to the run's log file."""
        ...

    def checkpoint(self, **facts: Any) -> None:
        """Store facts for the next attempt, in case this one is interrupted."""
        ...

    @property
    def facts(self) -> Mapping[str, Any]:
        """Facts that earlier attempts stored."""
        ...

    def output(self, uri: str) -> AbstractContextManager[BinaryIO]:
        """Open a file that appears when complete and is removed if the run does not succeed."""
        ...


Kind = Callable[[Work], Commit | None]
"""The code of one type of run. A MatchloopError or ServiceError makes the run FAILED with its text.

Any other exception is a fault: FAILED with a plain sentence, the traceback in the log file.
"""
