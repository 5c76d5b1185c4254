"""Accept a task run: add one row for the next worker."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from matchloop_api.errors import ConcurrentRunsExceededException
from matchloop_api.identifiers import new_run_id
from matchloop_api.operations.transforms.definition import check_parameters, input_table
from matchloop_api.operations.transforms.reading import DEFAULT_TIMEOUT
from matchloop_api.operations.transforms.schema import check_key, schema_of
from matchloop_api.store import RunStatus, RunType, TaskRun
from matchloop_api.wire import Reply

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matchloop_api.context import Context
    from matchloop_api.store import Transaction, Transform

__all__ = ["accept", "check_input", "check_limits", "log_group"]


def accept(
    tx: Transaction,
    transform: Transform,
    kind: RunType,
    arguments: Mapping[str, Any],
    context: Context,
) -> Reply:
    """Queue a run and return a reply with its id.

    Parameters
    ----------
    tx
        A writing transaction.
    transform
        The transform of the run; the run takes its Timeout.
    kind, arguments
        The type of work and its arguments, in the names of its TaskRunProperties.
    context
        The caller and the time.
    """
    run = TaskRun(
        id=new_run_id(),
        type=kind,
        status=RunStatus.STARTING,
        transform_id=transform.id,
        arguments=arguments,
        log_group=log_group(transform.id),
        started_at=context.now,
        modified_at=context.now,
        timeout_s=60.0 * transform.definition.get("Timeout", DEFAULT_TIMEOUT),
        actor=context.caller.name,
    )
    tx.runs.add(run)
    return Reply({"TaskRunId": run.id}, id=run.id, created_at=run.started_at)


def log_group(transform_id: str) -> str:
    """Return the LogGroupName of a transform's task runs."""
    return f"/matchloop/{transform_id}"


def check_input(tx: Transaction, transform: Transform) -> None:
    """Check that the current table of a transform can be read and has the primary key.

    Raises
    ------
    InvalidInputException
        The table was deleted or changed since the transform was created.
    """
    database, table = input_table(transform.definition)
    key = check_parameters(transform.definition)
    check_key(schema_of(tx, database, table), key)


def check_limits(tx: Transaction, transform: Transform, context: Context) -> None:
    """Check that the limits of the transform and the account allow another run.

    Raises
    ------
    ConcurrentRunsExceededException
        A limit is reached.
    """
    limit = context.settings.max_runs_per_transform
    if (count := tx.runs.active(transform.id) + 1) > limit:
        raise ConcurrentRunsExceededException(
            f"ML Task Runs count {count} has exceeded the transform limit of {limit} task runs."
        )
    limit = context.settings.max_runs
    if (count := tx.runs.active() + 1) > limit:
        raise ConcurrentRunsExceededException(
            f"ML Task Runs count {count} has exceeded the limit of {limit} task runs."
        )
