"""A run that a worker holds, and the process that carries it out."""

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
    """A run in progress.

    Parameters
    ----------
    run
        As it was claimed.
    kept
        The checkpoint of earlier attempts.
    begun
        When the attempt began, in seconds of the monotonic clock.
    process, connection
        The process, and the connection that announces its files; None before and after.
    outputs
        Files that the process is about to write.
    to
        The status of the run once its process has ended.
    release
        Whether the run then returns to the queue.
    kill_at
        When to kill the process, in seconds of the monotonic clock.
    exit_code
        Exit code of the process, once it has ended.
    settling
        The thread that ends the attempt.
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
        """Seconds of work, including earlier attempts."""
        return self.kept.worked_s + time.monotonic() - self.begun

    @property
    def attempts(self) -> int:
        """How often the run was begun, without the attempts that a worker's stop ended."""
        return self.run.attempt - self.kept.excused

    def most_attempts(self, usual: int) -> int:
        """Return how often the run may be begun, given how its process ended."""
        crashed = self.exit_code is not None and -self.exit_code in _FAULTS
        return min(usual, CRASHES) if crashed else usual

    @property
    def ended(self) -> str:
        """How the process ended, as a phrase."""
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
        """Receive the files that the process is about to write."""
        try:
            while self.connection is not None and self.connection.poll():
                self.outputs.add(self.connection.recv())
        except (EOFError, OSError):
            if self.connection is not None:
                self.connection.close()
            self.connection = None

    def signal(self, signum: int) -> None:
        """Send a signal to the process and its descendants."""
        process = self.process
        if process is not None and process.pid is not None and process.is_alive():
            end_group(process.pid, signum)

    def press(self) -> None:
        """Kill the process if its time to end has passed."""
        if self.kill_at is not None and time.monotonic() > self.kill_at:
            self.signal(signal.SIGKILL)
