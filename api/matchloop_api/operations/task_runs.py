"""Task runs: GetMLTaskRun, GetMLTaskRuns and CancelMLTaskRun."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from matchloop_api.errors import EntityNotFoundException, InvalidInputException
from matchloop_api.operations.transforms.finding import find_transform
from matchloop_api.store import REPORTS, RunQuery, RunStatus, RunType
from matchloop_api.wire import Reply
from matchloop_api.wire.paging import page_through

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from types_boto3_glue.type_defs import (
        CancelMLTaskRunRequestTypeDef,
        GetMLTaskRunRequestTypeDef,
        GetMLTaskRunsRequestTypeDef,
    )

    from matchloop_api.context import Context
    from matchloop_api.store import TaskRun, Transaction
    from matchloop_api.wire import Page

__all__ = ["cancel", "describe", "find_run", "find_runs", "get", "get_many"]

_PROPERTIES = {
    RunType.IMPORT_LABELS: ("ImportLabelsTaskRunProperties", ("InputS3Path", "Replace")),
    RunType.EXPORT_LABELS: ("ExportLabelsTaskRunProperties", ("OutputS3Path",)),
    RunType.LABELING_SET_GENERATION: (
        "LabelingSetGenerationTaskRunProperties",
        ("OutputS3Path",),
    ),
    RunType.FIND_MATCHES: ("FindMatchesTaskRunProperties", ("JobId", "JobName", "JobRunId")),
}
_GLUES = tuple(kind for kind in RunType if kind not in REPORTS)
_SORTED_BY = {"TASK_RUN_TYPE": "type", "STATUS": "status", "STARTED": "started_at"}


def get(request: GetMLTaskRunRequestTypeDef, context: Context) -> Reply:
    """Return a task run."""
    with context.store.reading() as tx:
        run = find_run(tx, request["TransformId"], request["TaskRunId"], context, types=_GLUES)
    return Reply(describe(run, context.now), id=run.id, created_at=run.started_at)


def get_many(request: GetMLTaskRunsRequestTypeDef, context: Context) -> Reply:
    """Return the task runs of a transform, by default latest start first."""
    page = find_runs(request, context, _query(request))
    runs = [describe(run, context.now) for run in page.items]
    return Reply({"TaskRuns": runs, "NextToken": page.next_token})


def cancel(request: CancelMLTaskRunRequestTypeDef, context: Context) -> Reply:
    """Stop a task run: at once if no worker has begun it. A finished run is unchanged."""
    with context.store.writing() as tx:
        run = find_run(tx, request["TransformId"], request["TaskRunId"], context)
        run = tx.runs.move(run.id, RunStatus.STOPPING, now=context.now) or run
    members = {"TransformId": run.transform_id, "TaskRunId": run.id, "Status": run.status}
    return Reply(members, id=run.id, created_at=run.started_at)


def describe(run: TaskRun, now: datetime) -> dict[str, Any]:
    """Return a task run as a TaskRun of Glue's model.

    Parameters
    ----------
    run
        The run.
    now
        The end of the ExecutionTime of an unfinished run.
    """
    seconds = ((run.completed_at or now) - run.started_at).total_seconds()
    return {
        "TransformId": run.transform_id,
        "TaskRunId": run.id,
        "Status": run.status.value,
        "LogGroupName": run.log_group,
        "Properties": _properties(run),
        "ErrorString": run.error,
        "StartedOn": run.started_at,
        "LastModifiedOn": run.modified_at,
        "CompletedOn": run.completed_at,
        "ExecutionTime": max(int(seconds), 0),
    }


def find_run(
    tx: Transaction,
    transform_id: str,
    run_id: str,
    context: Context,
    *,
    types: Collection[RunType] = tuple(RunType),
) -> TaskRun:
    """Return a run of a transform.

    Raises
    ------
    EntityNotFoundException
        There is none of these types.
    """
    run = tx.runs.get(run_id)
    if run is not None and run.transform_id == transform_id and run.type in types:
        return run
    find_transform(tx, transform_id, context)
    raise EntityNotFoundException(
        f"No ML Task Run found for {run_id}: in account {context.settings.account_id} "
        f"for transform {transform_id}."
    )


def find_runs(request: Mapping[str, Any], context: Context, query: RunQuery) -> Page[TaskRun]:
    """Return the requested page of a transform's runs.

    Raises
    ------
    EntityNotFoundException
        There is no such transform.
    """
    with context.store.reading() as tx:
        find_transform(tx, request["TransformId"], context)
        return page_through(
            request,
            context,
            lambda *, offset, limit: tx.runs.find(replace(query, offset=offset, limit=limit)),
        )


def _query(request: GetMLTaskRunsRequestTypeDef) -> RunQuery:
    criteria: Mapping[str, Any] = request.get("Filter") or {}
    kind, status = criteria.get("TaskRunType"), criteria.get("Status")
    sort: Mapping[str, Any] = request.get("Sort") or {}
    if sort and sort["Column"] not in _SORTED_BY:
        raise InvalidInputException(f"Sorting not supported for column {sort['Column']}.")
    return RunQuery(
        transform_id=request["TransformId"],
        type=RunType(kind) if kind else None,
        types=_GLUES,
        status=RunStatus(status) if status else None,
        started_before=criteria.get("StartedBefore"),
        started_after=criteria.get("StartedAfter"),
        sort=_SORTED_BY[sort.get("Column", "STARTED")],
        descending=sort.get("SortDirection", "DESCENDING") == "DESCENDING",
    )


def _properties(run: TaskRun) -> dict[str, Any]:
    if run.type not in _PROPERTIES:
        return {"TaskType": run.type.value}
    structure, members = _PROPERTIES[run.type]
    properties = {
        name: run.arguments[name] for name in members if run.arguments.get(name) is not None
    }
    return {"TaskType": run.type.value, structure: properties}
