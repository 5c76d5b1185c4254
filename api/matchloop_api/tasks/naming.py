"""Names of the files that runs write, the same in every attempt of a run."""

from __future__ import annotations

from uuid import UUID

from matchloop_api.store import TaskRun

__all__ = ["file_name", "number_of"]


def file_name(run: TaskRun, what: str) -> str:
    """Return the name that Glue gives a label file: transform, what it is, time, a UUID.

    Parameters
    ----------
    run
        Whose file it is; time and UUID are made of it.
    what
        ``labelingset`` or ``labels``.
    """
    time = run.started_at.strftime("%Y-%m-%d_%H_%M_%S")
    made = UUID(hex=_digits(run)[:32], version=4)
    return f"{run.transform_id}_{what}_{time}_{made}.csv"


def number_of(run: TaskRun) -> int:
    """Return a number of the run's own, below two to the 32nd."""
    return int(_digits(run)[:8], 16)


def _digits(run: TaskRun) -> str:
    return run.id.removeprefix("tsk-")
