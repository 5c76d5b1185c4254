"""A progress bar on stderr for work over two seconds, only where stderr is a terminal."""

from __future__ import annotations

import sys
import threading
import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

__all__ = ["StageProgress"]

PATIENCE_S = 2.0


class StageProgress:
    """Show which stage is running and how much of it is done.

    The object itself is the ``on_stage`` callback of the engine: ``progress("block", 0.3)``.

    Parameters
    ----------
    title
        Shown before the stage, for example the name of the command.
    patience_s
        Seconds before the bar appears.
    """

    def __init__(self, title: str = "", *, patience_s: float = PATIENCE_S) -> None:
        self._title = title
        self._stage = "read"
        self._fraction: float | None = None
        self._begun = (time.monotonic(), 0.0)
        self._lock = threading.Lock()
        self._bar: Progress | None = None
        self._task: TaskID | None = None
        self._timer = threading.Timer(patience_s, self._show)
        self._timer.daemon = True

    def __enter__(self) -> Self:
        if sys.stderr.isatty():
            self._timer.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._timer.cancel()
        with self._lock:
            if self._bar is not None:
                self._bar.stop()
                self._bar = None

    def __call__(self, stage: str, fraction: float) -> None:
        """Record progress.

        Parameters
        ----------
        stage
            Name of the stage.
        fraction
            How much of it is done, 0 to 1.
        """
        with self._lock:
            if stage != self._stage or fraction < (self._fraction or 0.0):
                self._begun = (time.monotonic(), fraction)
            self._stage, self._fraction = stage, fraction
            self._draw()

    def left(self) -> str:
        """Return the time left in the running stage, as ``2:05 left``; empty if unknown."""
        since, at = self._begun
        done = (self._fraction or 0.0) - at
        if done <= 0 or self._fraction is None or self._fraction >= 1:
            return ""
        seconds = round((time.monotonic() - since) * (1 - self._fraction) / done)
        return f"{seconds // 60}:{seconds % 60:02d} left"

    def _show(self) -> None:
        with self._lock:
            self._bar = Progress(
                SpinnerColumn(),
                TextColumn("{task.description}"),
                BarColumn(),
                TimeElapsedColumn(),
                TextColumn("{task.fields[left]}"),
                console=Console(stderr=True),
                transient=True,
            )
            self._task = self._bar.add_task(self._title, total=None, left="")
            self._bar.start()
            self._draw()

    def _draw(self) -> None:
        if self._bar is None or self._task is None:
            return
        label = f"{self._title}: {self._stage}" if self._title else self._stage
        total = None if self._fraction is None else 1.0
        self._bar.update(
            self._task,
            description=label,
            total=total,
            completed=self._fraction or 0.0,
            left=self.left(),
        )
