"""The state of a job run, taken from its task run.

A job run has no state of its own: it points to a task run. When a deleted transform takes the task
run along, the job run stores how it ended.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from matchloop_api.context import Context
from matchloop_api.store import (
    ACTIVE,
    Resource,
    RunQuery,
    RunStatus,
    RunType,
    TaskRun,
    Transaction,
)

__all__ = ["describe", "is_active", "keep_endings", "task_run_of"]

NOT_SHOWN = ("TaskRunId", "Ending")
"""What a stored body holds besides the members of Glue's JobRun."""

_MANY = 1_000_000


def task_run_of(tx: Transaction, run: Resource) -> TaskRun | None:
    """Return the task run of a job run; None after its transform was deleted."""
    return tx.runs.get(run.body["TaskRunId"])


def is_active(tx: Transaction, run: Resource) -> bool:
    """Return whether a job run is unfinished."""
    task = task_run_of(tx, run)
    return task is not None and task.status in ACTIVE


def describe(tx: Transaction, run: Resource, context: Context) -> dict[str, Any]:
    """Return a job run as a JobRun of Glue's model."""
    task = task_run_of(tx, run)
    ending = _state(task, context.now) if task else _kept(run)
    return {
        **{name: value for name, value in run.body.items() if name not in NOT_SHOWN},
        **ending,
        "Id": run.name,
        "JobName": run.scope,
        "StartedOn": run.created_at,
    }


def keep_endings(tx: Transaction, transform_id: str, context: Context) -> None:
    """Store how the job runs of a transform ended, before its task runs are removed.

    An unfinished job run ends as failed, because it has lost its transform.
    """
    query = RunQuery(transform_id=transform_id, type=RunType.FIND_MATCHES, limit=_MANY)
    for task in tx.runs.find(query):
        where = task.arguments
        run = tx.resources.get("job_run", where["JobRunId"], scope=where["JobName"])
        if run is None:
            continue
        ending = _state(task, context.now)
        if task.status in ACTIVE:
            ending |= {
                "JobRunState": RunStatus.FAILED.value,
                "CompletedOn": context.now,
                "ErrorMessage": f"Cannot find MLTransform in account "
                f"{context.settings.account_id} with handle {transform_id}.",
            }
        stored = {
            name: value.isoformat() if isinstance(value, datetime) else value
            for name, value in ending.items()
        }
        tx.resources.replace(replace(run, body={**run.body, "Ending": stored}))


def _state(task: TaskRun, now: datetime) -> dict[str, Any]:
    seconds = ((task.completed_at or now) - task.started_at).total_seconds()
    return {
        "JobRunState": task.status.value,
        "LastModifiedOn": task.modified_at,
        "CompletedOn": task.completed_at,
        "ExecutionTime": max(0, int(seconds)),
        "ErrorMessage": task.error,
        "LogGroupName": task.log_group,
    }


def _kept(run: Resource) -> dict[str, Any]:
    ending = dict(run.body.get("Ending") or {"JobRunState": RunStatus.FAILED.value})
    for name in ("LastModifiedOn", "CompletedOn"):
        if ending.get(name):
            ending[name] = datetime.fromisoformat(ending[name])
    return ending
