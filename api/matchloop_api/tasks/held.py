"""A run that a worker has, and the process that carries it out."""

from __future__ import annotations

import signal
import time
from concurrent.futures import Future
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

from matchloop_api.store import RunStatus, TaskRun
from matchloop_api.tasks.carrying import STORE_AWAY
from matchloop_api.tasks.lifelines import end_group
from matchloop_api.tasks.state import Kept

__all__ = ["Held"]

CRASHES = 3
"""Attempts of a run whose process the system ends for a fault in compiled code, which repeats."""

_FAULTS = frozenset(
    {signal.SIGSEGV, signal.SIGBUS, signal.SIGILL, signal.SIGFPE, signal.SIGABRT, signal.SIGSYS}
)


@dataclass(slots=True)
class Held:
    """A run at work.

    Parameters
    ----------
    run
        As it was claimed.
    kept
        What earlier attempts left.
    begun
        When, by the monotonic clock.
    process, connection
        What carries it out, and how that tells what it writes; None before and after.
    outputs
        Files that it is about to write.
    to
        Where the run goes once its process has ended.
    release
        Whether it is then given back.
    kill_at
        When to end the process by force.
    exit_code
        Of the process, once it has ended.
    settling
        The ending at work.
    """

    run: TaskRun
    kept: Kept
    begun: float
    process: BaseProcess | None = None
    connection: Connection | None = None
    outputs: set[str] = field(default_factory=set)
    to: RunStatus | None = None
    release: bool = False
    kill_at: float | None = None
    exit_code: int | None = None
    settling: Future[RunStatus | None] | None = None

    @property
    def worked_s(self) -> float:
        """Seconds of work, those of earlier attempts included."""
        return self.kept.worked_s + time.monotonic() - self.begun

    @property
    def attempts(self) -> int:
        """How often the run was begun, without the times that no fault ended."""
        return self.run.attempt - self.kept.excused

    def most_attempts(self, usual: int) -> int:
        """Return how often the run may be begun, after the way its process has ended."""
        crashed = self.exit_code is not None and -self.exit_code in _FAULTS
        return min(usual, CRASHES) if crashed else usual

    @property
    def ended(self) -> str:
        """How the process ended, in words."""
        code = self.exit_code
        if code == STORE_AWAY:
            return "as the store did not answer"
        if code is None or code >= 0:
            return f"with exit code {code}"
        name = signal.Signals(-code).name
        if code == -signal.SIGKILL:
            return f"by {name}, which is how the system ends what needs too much memory"
        return f"by {name}"

    def listen(self) -> None:
        """Learn which files the process is about to write."""
        try:
            while self.connection is not None and self.connection.poll():
                self.outputs.add(self.connection.recv())
        except (EOFError, OSError):
            if self.connection is not None:
                self.connection.close()
            self.connection = None

    def signal(self, signum: int) -> None:
        """Send a signal to the process and all it has started."""
        process = self.process
        if process is not None and process.pid is not None and process.is_alive():
            end_group(process.pid, signum)

    def press(self) -> None:
        """End by force what was asked to end and did not in time."""
        if self.kill_at is not None and time.monotonic() > self.kill_at:
            self.signal(signal.SIGKILL)
