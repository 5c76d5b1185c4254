"""Names of the files that runs write; every attempt of a run gives the same names."""

from __future__ import annotations

from uuid import UUID

from matchloop_api.store import TaskRun

__all__ = ["file_name", "number_of"]


def file_name(run: TaskRun, what: str) -> str:
    """Return the name of a label file as in Glue: transform, ``what``, time and a UUID.

    Parameters
    ----------
    run
        The run that writes it; time and UUID derive from the run.
    what
        ``labelingset`` or ``labels``.
    """
    time = run.started_at.strftime("%Y-%m-%d_%H_%M_%S")
    made = UUID(hex=_digits(run)[:32], version=4)
    return f"{run.transform_id}_{what}_{time}_{made}.csv"


def number_of(run: TaskRun) -> int:
    """Return a number that is fixed for the run, below 2**32."""
    return int(_digits(run)[:8], 16)


def _digits(run: TaskRun) -> str:
    return run.id.removeprefix("tsk-")
