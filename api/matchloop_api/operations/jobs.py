"""Jobs: named settings for runs of the built-in find-matches job.

A job is stored unchanged. A job with a script of its own can be read, changed and deleted, but its
start is refused: a user's script never runs on the server.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from matchloop_api.context import Context
from matchloop_api.errors import (
    AlreadyExistsException,
    EntityNotFoundException,
    InvalidInputException,
)
from matchloop_api.operations.tags import drop_tags, give_tags
from matchloop_api.store import Resource, Transaction
from matchloop_api.wire import Reply, page_through

__all__ = [
    "DEFAULTS",
    "MOST_MINUTES",
    "check_capacity",
    "check_minutes",
    "create",
    "delete",
    "describe",
    "find",
    "get",
    "get_many",
    "job_named",
    "names",
    "update",
]

DEFAULTS: Mapping[str, Any] = {
    "JobMode": "SCRIPT",
    "ExecutionProperty": {"MaxConcurrentRuns": 1},
    "MaxRetries": 0,
    "Timeout": 2880,
    "GlueVersion": "0.9",
}
"""What a job shows for members that were not given."""

MOST_CAPACITY = 1000.0
"""DPUs that a job may name; they change nothing here."""

MOST_MINUTES = 10080
"""Glue's greatest Timeout: seven days."""

NOT_SHOWN = ("JobId", "ActiveRuns")
"""What a stored body holds besides the members of Glue's Job."""


def create(request: Mapping[str, Any], context: Context) -> Reply:
    """Create a job."""
    definition = {name: value for name, value in request.items() if name not in ("Name", "Tags")}
    _check(definition)
    made = Resource(
        kind="job",
        name=request["Name"],
        body={**definition, "JobId": f"j_{secrets.token_hex(32)}"},
        created_at=context.now,
        modified_at=context.now,
    )
    with context.store.writing() as tx:
        if tx.resources.get("job", made.name) is not None:
            raise AlreadyExistsException(f"Job with name {made.name} already exists.")
        tx.resources.add(made)
        give_tags(tx, "job", made.name, request.get("Tags") or {})
    return Reply({"Name": made.name}, made.name, made.created_at)


def get(request: Mapping[str, Any], context: Context) -> Reply:
    """Describe a job."""
    with context.store.reading() as tx:
        job = job_named(tx, request["JobName"])
    return Reply({"Job": describe(job)}, job.name, job.created_at)


def get_many(request: Mapping[str, Any], context: Context) -> Reply:
    """Describe the existing jobs among some names, and list the names that do not exist."""
    wanted = dict.fromkeys(request["JobNames"])
    with context.store.reading() as tx:
        jobs = {job.name: job for job in tx.resources.some("job", wanted)}
    shown = [describe(jobs[name]) for name in wanted if name in jobs]
    return Reply({"Jobs": shown, "JobsNotFound": [name for name in wanted if name not in jobs]})


def find(request: Mapping[str, Any], context: Context) -> Reply:
    """Describe the jobs, by name."""
    with context.store.reading() as tx:
        page = page_through(request, context, partial(tx.resources.find, "job"))
    return Reply({"Jobs": [describe(job) for job in page.items], "NextToken": page.next_token})


def names(request: Mapping[str, Any], context: Context) -> Reply:
    """List the names of all jobs, or of those with some tags."""
    with context.store.reading() as tx:
        find = partial(tx.resources.find, "job", tags=request.get("Tags"))
        page = page_through(request, context, find)
    return Reply({"JobNames": [job.name for job in page.items], "NextToken": page.next_token})


def update(request: Mapping[str, Any], context: Context) -> Reply:
    """Replace the definition of a job.

    Absent members return to their defaults, as in Glue; a job keeps its Role and Command.
    """
    with context.store.writing() as tx:
        job = job_named(tx, request["JobName"])
        kept = ("Role", "Command", *NOT_SHOWN)
        old = {name: job.body[name] for name in kept if name in job.body}
        body = {**old, **request["JobUpdate"]}
        _check(body)
        tx.resources.replace(replace(job, body=body, modified_at=context.now))
    return Reply({"JobName": job.name}, job.name, job.created_at)


def delete(request: Mapping[str, Any], context: Context) -> Reply:
    """Remove a job, if it exists, with the history of its runs; an unfinished run continues."""
    name = request["JobName"]
    with context.store.writing() as tx:
        if tx.resources.remove("job", name):
            tx.resources.clear("job_run", scope=name)
            drop_tags(tx, "job", name)
    return Reply({"JobName": name}, name)


def job_named(tx: Transaction, name: str) -> Resource:
    """Return a job.

    Raises
    ------
    EntityNotFoundException
        There is none.
    """
    job = tx.resources.get("job", name)
    if job is None:
        raise EntityNotFoundException(f"Job {name} not found.")
    return job


def describe(job: Resource) -> dict[str, Any]:
    """Return a job as a Job of Glue's model."""
    shown = {**DEFAULTS, **{k: v for k, v in job.body.items() if k not in NOT_SHOWN}}
    if "MaxCapacity" in shown and "AllocatedCapacity" not in shown:
        shown["AllocatedCapacity"] = int(shown["MaxCapacity"])
    return {
        **shown,
        "Name": job.name,
        "CreatedOn": job.created_at,
        "LastModifiedOn": job.modified_at,
    }


def check_capacity(definition: Mapping[str, Any]) -> None:
    """Refuse workers together with a capacity, as Glue does, and an impossible capacity.

    Raises
    ------
    InvalidInputException
        The definition has both, or the capacity is out of bounds.
    """
    capacity = definition.get("MaxCapacity")
    if capacity is not None and not 0 < capacity <= MOST_CAPACITY:
        raise InvalidInputException(
            f"MaxCapacity is {capacity}; give a number over 0 and up to {MOST_CAPACITY:g}."
        )
    workers = definition.get("WorkerType") or definition.get("NumberOfWorkers") is not None
    if workers and capacity is not None:
        raise InvalidInputException(
            "Please do not set Max Capacity if using Worker Type and Number of Workers."
        )


def check_minutes(timeout: int | None) -> None:
    """Refuse a Timeout that Glue refuses.

    Raises
    ------
    InvalidInputException
        It is over seven days.
    """
    if timeout is not None and timeout > MOST_MINUTES:
        raise InvalidInputException(
            f"Timeout is {timeout} minutes; a job has at most {MOST_MINUTES}, which are seven days."
        )


def _check(definition: Mapping[str, Any]) -> None:
    check_capacity(definition)
    check_minutes(definition.get("Timeout"))
    if not definition["Command"].get("Name"):
        raise InvalidInputException("Command needs a Name: glueetl for the find-matches job.")
    if definition.get("MaxRetries", 0) < 0:
        raise InvalidInputException("Max retries should be non-negative.")
    most = (definition.get("ExecutionProperty") or {}).get("MaxConcurrentRuns", 1)
    if most < 1:
        raise InvalidInputException(f"MaxConcurrentRuns is {most}; give at least 1.")
