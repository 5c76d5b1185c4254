"""What a task run's code is given, and what it gives back."""

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
    """A run in the hands of a worker process."""

    run: TaskRun
    store: Store
    settings: Settings

    def transform(self) -> Transform:
        """Return the transform the run is of. Raises MatchloopError where it was deleted."""
        ...

    def on_stage(self, stage: str, fraction: float) -> None:
        """Note a stage and how far it is, 0 to 1; cheap, and may be called often."""
        ...

    def compared(self, pairs: int) -> None:
        """Note how many candidate pairs were compared."""
        ...

    def log(self, message: str) -> None:
        """Write a line to the run's log file."""
        ...

    def checkpoint(self, **facts: Any) -> None:
        """Keep facts for the next attempt, should this one be cut off."""
        ...

    @property
    def facts(self) -> Mapping[str, Any]:
        """What earlier attempts kept."""
        ...

    def output(self, uri: str) -> AbstractContextManager[BinaryIO]:
        """Open a file that appears whole, and goes away again should the run not succeed."""
        ...


Kind = Callable[[Work], Commit | None]
"""The code of one type of run. A MatchloopError or ServiceError makes the run FAILED with its text.

Any other exception is a fault: FAILED with a plain sentence, the traceback in the log file.
"""
