"""The log file of a task run, named by the LogGroupName and the run."""

from __future__ import annotations

import os
import re
import traceback
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from matchloop_api.settings import Settings
from matchloop_api.store import TaskRun

__all__ = ["RunLog", "log_path"]

_STRANGE = re.compile(r"[^A-Za-z0-9._-]")


def log_path(run: TaskRun) -> Path:
    """Return the path of a run's log file, relative to the data folder."""
    parts = [_STRANGE.sub("_", part) for part in run.log_group.split("/")]
    return Path("logs", *(part for part in parts if part.strip(".")), f"{run.id}.log")


@dataclass(frozen=True, slots=True)
class RunLog:
    """The log file of a run. A failed write never stops the run.

    Parameters
    ----------
    path
        The file.
    """

    path: Path

    @classmethod
    def of(cls, run: TaskRun, settings: Settings) -> RunLog:
        """Return the log of a run."""
        return cls(settings.data_dir / log_path(run))

    def write(self, message: str) -> None:
        """Append a line with the time in front."""
        now = datetime.now(UTC).isoformat(sep=" ", timespec="milliseconds")
        self._append(f"{now} {message}\n")

    def write_fault(self, error: BaseException) -> None:
        """Append a traceback."""
        self.write("fault:\n" + "".join(traceback.format_exception(error)).rstrip())

    def take_output(self) -> None:
        """Redirect the standard output and error of this process to the file."""
        try:
            handle = self._open()
        except OSError:
            return
        os.dup2(handle, 1)
        os.dup2(handle, 2)
        os.close(handle)

    def _append(self, text: str) -> None:
        try:
            handle = self._open()
            try:
                os.write(handle, text.encode(errors="backslashreplace"))
            finally:
                os.close(handle)
        except OSError:
            return

    def _open(self) -> int:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        return os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o640)
