"""Crawlers: they inspect files and write the tables that describe them.

A crawler's state is that of its latest run. It stores the ids of its two latest runs: while one
run is in progress, the run before it is still the last crawl.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from matchloop_api.context import Context
from matchloop_api.errors import (
    AlreadyExistsException,
    CrawlerNotRunningException,
    CrawlerRunningException,
    CrawlerStoppingException,
    EntityNotFoundException,
    InvalidInputException,
)
from matchloop_api.identifiers import new_run_id
from matchloop_api.operations.databases import check_catalog, refuse_members
from matchloop_api.operations.tags import drop_tags, give_tags
from matchloop_api.store import ACTIVE, Resource, RunStatus, RunType, TaskRun, Transaction
from matchloop_api.wire import Reply, page_through

__all__ = [
    "TIMEOUT_S",
    "create",
    "delete",
    "find",
    "get",
    "get_many",
    "names",
    "start",
    "stop",
    "update",
]

TIMEOUT_S = 24 * 3600.0
"""Seconds of work after which a crawl is timed out."""

LOG_GROUP = "/aws-glue/crawlers"

DEFAULTS: Mapping[str, Any] = {
    "Classifiers": [],
    "RecrawlPolicy": {"RecrawlBehavior": "CRAWL_EVERYTHING"},
    "SchemaChangePolicy": {
        "UpdateBehavior": "UPDATE_IN_DATABASE",
        "DeleteBehavior": "DEPRECATE_IN_DATABASE",
    },
    "LineageConfiguration": {"CrawlerLineageSettings": "DISABLE"},
}
"""What Glue answers for members that were not given."""

NOT_SHOWN = ("Runs", "Schedule")
"""What a stored body holds besides the members of Glue's Crawler, or in another form."""

_CRON = re.compile(r"cron\(\s*\S+(?:\s+\S+){5}\s*\)")


def create(request: Mapping[str, Any], context: Context) -> Reply:
    """Create a crawler."""
    check_catalog(request, context)
    body = {name: value for name, value in request.items() if name not in ("Name", "Tags")}
    _check(body)
    made = Resource(
        kind="crawler",
        name=request["Name"],
        body={**body, "Version": 1, "Runs": []},
        created_at=context.now,
        modified_at=context.now,
    )
    with context.store.writing() as tx:
        if tx.resources.get("crawler", made.name) is not None:
            raise AlreadyExistsException(f"Crawler with name {made.name} already exists")
        tx.resources.add(made)
        give_tags(tx, "crawler", made.name, request.get("Tags") or {})
    return Reply(id=made.name, created_at=made.created_at)


def get(request: Mapping[str, Any], context: Context) -> Reply:
    """Describe a crawler: its definition, its state and its last crawl."""
    with context.store.reading() as tx:
        crawler = tx.resources.get("crawler", request["Name"])
        if crawler is None:
            raise EntityNotFoundException(
                f"Crawler entry with name {request['Name']} does not exist"
            )
        shown = _described(tx, crawler, context)
    return Reply({"Crawler": shown}, crawler.name, crawler.created_at)


def get_many(request: Mapping[str, Any], context: Context) -> Reply:
    """Describe the existing crawlers among some names, and list the names that do not exist."""
    wanted = dict.fromkeys(request["CrawlerNames"])
    with context.store.reading() as tx:
        crawlers = {crawler.name: crawler for crawler in tx.resources.some("crawler", wanted)}
        shown = [_described(tx, crawlers[name], context) for name in wanted if name in crawlers]
    lacking = [name for name in wanted if name not in crawlers]
    return Reply({"Crawlers": shown, "CrawlersNotFound": lacking})


def find(request: Mapping[str, Any], context: Context) -> Reply:
    """Describe the crawlers, by name."""
    with context.store.reading() as tx:
        page = page_through(request, context, partial(tx.resources.find, "crawler"))
        shown = [_described(tx, crawler, context) for crawler in page.items]
    return Reply({"Crawlers": shown, "NextToken": page.next_token})


def names(request: Mapping[str, Any], context: Context) -> Reply:
    """List the names of all crawlers, or of those with some tags."""
    with context.store.reading() as tx:
        find = partial(tx.resources.find, "crawler", tags=request.get("Tags"))
        page = page_through(request, context, find)
    return Reply(
        {"CrawlerNames": [crawler.name for crawler in page.items], "NextToken": page.next_token}
    )


def update(request: Mapping[str, Any], context: Context) -> Reply:
    """Change the members of a crawler that the request has; the crawler must not be running."""
    check_catalog(request, context)
    with context.store.writing() as tx:
        crawler = _crawler(tx, request["Name"])
        if _running(tx, crawler) is not None:
            raise CrawlerRunningException(
                "Cannot update Crawler while running. "
                "Please stop crawl or wait until it completes to update."
            )
        changes = {name: value for name, value in request.items() if name != "Name"}
        body = {**crawler.body, **changes, "Version": crawler.body["Version"] + 1}
        _check(body)
        tx.resources.replace(replace(crawler, body=body, modified_at=context.now))
    return Reply(id=crawler.name, created_at=crawler.created_at)


def delete(request: Mapping[str, Any], context: Context) -> Reply:
    """Remove a crawler that is not running; its tables stay."""
    with context.store.writing() as tx:
        crawler = _crawler(tx, request["Name"])
        if _running(tx, crawler) is not None:
            raise CrawlerRunningException(
                f"Crawler with name {crawler.name} is running; stop it before it is deleted"
            )
        tx.resources.remove("crawler", crawler.name)
        tx.resources.clear("crawl", scope=crawler.name)
        drop_tags(tx, "crawler", crawler.name)
    return Reply(id=crawler.name, created_at=crawler.created_at)


def start(request: Mapping[str, Any], context: Context) -> Reply:
    """Start a run of a crawler."""
    with context.store.writing() as tx:
        crawler = _crawler(tx, request["Name"])
        if _running(tx, crawler) is not None:
            raise CrawlerRunningException(f"Crawler with name {crawler.name} has already started")
        run = TaskRun(
            id=new_run_id(),
            type=RunType.CRAWL,
            status=RunStatus.STARTING,
            transform_id=None,
            arguments={"CrawlerName": crawler.name},
            log_group=LOG_GROUP,
            started_at=context.now,
            modified_at=context.now,
            timeout_s=TIMEOUT_S,
            actor=context.caller.name,
        )
        tx.runs.add(run)
        tx.resources.add(
            Resource(
                kind="crawl",
                scope=crawler.name,
                name=run.id,
                body={},
                created_at=context.now,
                modified_at=context.now,
            )
        )
        runs = [run.id, *crawler.body["Runs"][:1]]
        tx.resources.replace(replace(crawler, body={**crawler.body, "Runs": runs}))
    return Reply(id=crawler.name, created_at=crawler.created_at)


def stop(request: Mapping[str, Any], context: Context) -> Reply:
    """Stop a running crawler; its tables stay."""
    with context.store.writing() as tx:
        crawler = _crawler(tx, request["Name"])
        run = _running(tx, crawler)
        if run is None:
            raise CrawlerNotRunningException(f"Crawler with name {crawler.name} isn't running")
        if run.status is RunStatus.STOPPING:
            raise CrawlerStoppingException(f"Crawler with name {crawler.name} is stopping already")
        tx.runs.move(run.id, RunStatus.STOPPING, now=context.now)
    return Reply(id=crawler.name, created_at=crawler.created_at)


def _crawler(tx: Transaction, name: str) -> Resource:
    crawler = tx.resources.get("crawler", name)
    if crawler is None:
        raise EntityNotFoundException(f"Crawler with name {name} does not exist")
    return crawler


def _check(body: Mapping[str, Any]) -> None:
    targets: Mapping[str, Any] = body["Targets"]
    if others := [name for name in targets if name != "S3Targets" and targets[name]]:
        raise InvalidInputException(
            f"{', '.join(others)}: this server crawls files; give S3Targets with the Path of a "
            "folder or file, s3://bucket/prefix or file:///path."
        )
    if not targets.get("S3Targets"):
        raise InvalidInputException("At least one crawl target must be specified in S3Targets.")
    for target in targets["S3Targets"]:
        _check_path(target.get("Path") or "")
    if (schedule := body.get("Schedule")) and not _CRON.fullmatch(schedule):
        raise InvalidInputException(
            f"Schedule is '{schedule}'; expected cron(minutes hours day-of-month month "
            "day-of-week year), for example cron(15 12 * * ? *)."
        )
    refuse_members(body, ("Classifiers",))


def _check_path(path: str) -> None:
    if not path.startswith(("s3://", "file:/")):
        raise InvalidInputException(
            f"The Path of a target is '{path}'; expected s3://bucket/prefix or file:///path."
        )


def _runs(tx: Transaction, crawler: Resource) -> Sequence[TaskRun]:
    runs = [tx.runs.get(run_id) for run_id in crawler.body["Runs"]]
    return [run for run in runs if run is not None]


def _running(tx: Transaction, crawler: Resource) -> TaskRun | None:
    return next((run for run in _runs(tx, crawler) if run.status in ACTIVE), None)


def _described(tx: Transaction, crawler: Resource, context: Context) -> dict[str, Any]:
    runs = _runs(tx, crawler)
    running = next((run for run in runs if run.status in ACTIVE), None)
    last = next((run for run in runs if run.status not in ACTIVE), None)
    shown = {name: value for name, value in crawler.body.items() if name not in NOT_SHOWN}
    if schedule := crawler.body.get("Schedule"):
        shown["Schedule"] = {"ScheduleExpression": schedule, "State": "NOT_SCHEDULED"}
    elapsed = (context.now - running.started_at).total_seconds() if running else 0.0
    return {
        **DEFAULTS,
        **shown,
        "Name": crawler.name,
        "State": _state(running),
        "CrawlElapsedTime": max(0, round(elapsed * 1000)),
        "CreationTime": crawler.created_at,
        "LastUpdated": crawler.modified_at,
        "LastCrawl": _last_crawl(crawler, last) if last else None,
    }


def _state(running: TaskRun | None) -> str:
    if running is None:
        return "READY"
    return "STOPPING" if running.status is RunStatus.STOPPING else "RUNNING"


def _last_crawl(crawler: Resource, run: TaskRun) -> dict[str, Any]:
    status = {RunStatus.SUCCEEDED: "SUCCEEDED", RunStatus.STOPPED: "CANCELLED"}
    shown = {
        "Status": status.get(run.status, "FAILED"),
        "LogGroup": run.log_group,
        "LogStream": crawler.name,
        "MessagePrefix": run.id,
        "StartTime": run.started_at,
    }
    if run.error:
        shown["ErrorMessage"] = run.error[:2048]
    return shown
