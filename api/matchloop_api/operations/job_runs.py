"""Runs of jobs: each is a view of a FIND_MATCHES task run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from matchloop_api.context import Context
from matchloop_api.errors import (
    ConcurrentRunsExceededException,
    EntityNotFoundException,
    InvalidInputException,
)
from matchloop_api.identifiers import new_job_run_id, new_run_id
from matchloop_api.operations.job_arguments import check_arguments, check_places
from matchloop_api.operations.job_run_states import describe, is_active, task_run_of
from matchloop_api.operations.jobs import (
    DEFAULTS,
    check_capacity,
    check_minutes,
    job_named,
)
from matchloop_api.operations.starting import check_limits, log_group
from matchloop_api.operations.tables import table_named
from matchloop_api.operations.transforms.finding import find_transform
from matchloop_api.store import (
    ACTIVE,
    Resource,
    RunStatus,
    RunType,
    TaskRun,
    Transaction,
    Transform,
)
from matchloop_api.wire import Reply, page_through

__all__ = ["ALIAS", "BUILTIN", "find", "get", "start", "stop_many"]

BUILTIN = "builtin:find-matches"
"""The one ScriptLocation that runs."""

ALIAS = "s3://matchloop/find-matches"
"""The same for clients that upload whatever is not on S3, as Airflow does."""

TABLE = ("--DatabaseName", "--TableName")

TAKEN_OVER = (
    "GlueVersion",
    "MaxCapacity",
    "WorkerType",
    "NumberOfWorkers",
    "AllocatedCapacity",
    "ExecutionClass",
    "SecurityConfiguration",
    "NotificationProperty",
    "JobMode",
    "JobRunQueuingEnabled",
    "MaintenanceWindow",
)
"""Members that a run shows as its request, or else its job, gave them."""


def start(request: Mapping[str, Any], context: Context) -> Reply:
    """Queue a run of the find-matches job."""
    name = request["JobName"]
    check_capacity(request)
    check_minutes(request.get("Timeout"))
    with context.store.reading() as tx:
        job = job_named(tx, name)
        arguments = _given(job, _previous(tx, name, request), request)
    _check_script(job)
    read = check_arguments(arguments)
    check_places(read, context.settings)
    with context.store.writing() as tx:
        job = job_named(tx, name)
        previous = _previous(tx, name, request)
        transform = _ready_transform(tx, read, context)
        read = _input_table(tx, transform, read)
        active = _check_concurrent(tx, job)
        check_limits(tx, transform, context)
        run = _job_run(job, previous, arguments, request, context)
        while tx.resources.get("job_run", run.name, scope=name) is not None:
            run = replace(run, name=_retry_id(run.name, _attempt(run.name) + 1))
        tx.runs.add(_task_run(run, job, transform, read, context))
        tx.resources.add(run)
        body = {**job.body, "ActiveRuns": [*active, run.name]}
        tx.resources.replace(replace(job, body=body))
    return Reply({"JobRunId": run.name}, run.name, run.created_at)


def get(request: Mapping[str, Any], context: Context) -> Reply:
    """Describe a run of a job."""
    with context.store.reading() as tx:
        job_named(tx, request["JobName"])
        run = _run_named(tx, request["JobName"], request["RunId"])
        shown = describe(tx, run, context)
    return Reply({"JobRun": shown}, run.name, run.created_at)


def find(request: Mapping[str, Any], context: Context) -> Reply:
    """Describe the runs of a job, newest first."""
    with context.store.reading() as tx:
        job = job_named(tx, request["JobName"])
        find = partial(tx.resources.find, "job_run", scope=job.name, newest_first=True)
        page = page_through(request, context, find)
        shown = [describe(tx, run, context) for run in page.items]
    return Reply({"JobRuns": shown, "NextToken": page.next_token}, job.name, job.created_at)


def stop_many(request: Mapping[str, Any], context: Context) -> Reply:
    """Stop runs of a job and return which of them could not be stopped."""
    name = request["JobName"]
    stopped, errors = [], []
    with context.store.writing() as tx:
        for run_id in request["JobRunIds"]:
            run = {"JobName": name, "JobRunId": run_id}
            try:
                _stop(tx, name, run_id, context)
            except (EntityNotFoundException, InvalidInputException) as error:
                detail = {"ErrorCode": error.code, "ErrorMessage": str(error)}
                errors.append({**run, "ErrorDetail": detail})
            else:
                stopped.append(run)
    return Reply({"SuccessfulSubmissions": stopped, "Errors": errors}, name)


def _stop(tx: Transaction, name: str, run_id: str, context: Context) -> None:
    task = task_run_of(tx, _run_named(tx, name, run_id))
    if task is None or task.status not in ACTIVE:
        raise InvalidInputException(f"Job run {run_id} has ended; there is nothing to stop.")
    tx.runs.move(task.id, RunStatus.STOPPING, now=context.now)


def _run_named(tx: Transaction, job: str, run_id: str) -> Resource:
    run = tx.resources.get("job_run", run_id, scope=job)
    if run is None:
        raise EntityNotFoundException(f"Job run {run_id} not found.")
    return run


def _previous(tx: Transaction, name: str, request: Mapping[str, Any]) -> Resource | None:
    """Return the run that a request repeats; None for a new run."""
    if "JobRunId" not in request:
        return None
    previous = _run_named(tx, name, request["JobRunId"])
    if is_active(tx, previous):
        raise InvalidInputException(
            f"Job run {previous.name} is under way; it can be run again once it has ended."
        )
    return previous


def _given(job: Resource, previous: Resource | None, request: Mapping[str, Any]) -> dict[str, str]:
    defaults = job.body.get("DefaultArguments") or {}
    fixed = job.body.get("NonOverridableArguments") or {}
    own = request.get("Arguments")
    if own is None:
        own = previous.body["Arguments"] if previous else {}
    return {**defaults, **own, **fixed}


def _check_script(job: Resource) -> None:
    script = job.body["Command"].get("ScriptLocation")
    if script not in (BUILTIN, ALIAS):
        raise InvalidInputException(
            f"The ScriptLocation of the job {job.name} is {repr(script) if script else 'not set'}; "
            f"this server runs no scripts of users, only '{BUILTIN}', also "
            f"called '{ALIAS}'. "
            "Set it with UpdateJob, or run the script under Spark."
        )


def _ready_transform(tx: Transaction, read: Mapping[str, str], context: Context) -> Transform:
    transform = find_transform(tx, read["--TransformId"], context)
    if transform.status != "READY":
        raise InvalidInputException(
            "This operation can only be applied to a transform that is in a READY state. "
            f"The transform {transform.id} is {transform.status}: import labels "
            "with a match and a non-match first."
        )
    return transform


def _input_table(tx: Transaction, transform: Transform, read: dict[str, str]) -> dict[str, str]:
    """Return the arguments with the input in the catalog's case, or without the transform's own.

    The table must exist in both cases.
    """
    own = transform.definition["InputRecordTables"][0]
    database = read.get("--DatabaseName", own["DatabaseName"])
    table = table_named(tx, database, read.get("--TableName", own["TableName"]))
    others = {name: value for name, value in read.items() if name not in TABLE}
    if (table.scope, table.name) == (own["DatabaseName"].lower(), own["TableName"].lower()):
        return others
    return {**others, "--DatabaseName": table.scope, "--TableName": table.name}


def _check_concurrent(tx: Transaction, job: Resource) -> list[str]:
    """Return the job's unfinished runs; refuse if another run would exceed its limit."""
    started = [
        tx.resources.get("job_run", name, scope=job.name)
        for name in job.body.get("ActiveRuns") or ()
    ]
    active = [run.name for run in started if run is not None and is_active(tx, run)]
    most = (job.body.get("ExecutionProperty") or {}).get("MaxConcurrentRuns", 1)
    if len(active) >= most:
        raise ConcurrentRunsExceededException(f"Concurrent runs exceeded for {job.name}")
    return active


def _job_run(
    job: Resource,
    previous: Resource | None,
    arguments: Mapping[str, str],
    request: Mapping[str, Any],
    context: Context,
) -> Resource:
    shown = {**DEFAULTS, **job.body, **request}
    body = {name: shown[name] for name in TAKEN_OVER if name in shown}
    body |= {
        "TaskRunId": new_run_id(),
        "Arguments": dict(arguments),
        "Attempt": 0,
        "Timeout": shown["Timeout"],
    }
    name = new_job_run_id()
    if previous is not None:
        body |= {"Attempt": previous.body["Attempt"] + 1, "PreviousRunId": previous.name}
        name = _retry_id(previous.name, body["Attempt"])
    return Resource(
        kind="job_run",
        scope=job.name,
        name=name,
        body=body,
        created_at=context.now,
        modified_at=context.now,
    )


def _retry_id(name: str, attempt: int) -> str:
    return f"{name.partition('_attempt_')[0]}_attempt_{attempt}"


def _attempt(name: str) -> int:
    return int(name.partition("_attempt_")[2])


def _task_run(
    run: Resource,
    job: Resource,
    transform: Transform,
    read: Mapping[str, str],
    context: Context,
) -> TaskRun:
    return TaskRun(
        id=run.body["TaskRunId"],
        type=RunType.FIND_MATCHES,
        status=RunStatus.STARTING,
        transform_id=transform.id,
        arguments={
            "JobName": job.name,
            "JobRunId": run.name,
            "JobId": job.body["JobId"],
            "Arguments": dict(read),
        },
        log_group=log_group(transform.id),
        started_at=context.now,
        modified_at=context.now,
        timeout_s=60.0 * run.body["Timeout"],
        actor=context.caller.name,
    )
