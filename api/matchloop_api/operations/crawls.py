"""The history of crawlers: ListCrawls and GetCrawlerMetrics."""

from __future__ import annotations

import json
import operator
import statistics
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from matchloop_api.context import Context
from matchloop_api.errors import EntityNotFoundException, InvalidInputException
from matchloop_api.store import ACTIVE, Resource, RunStatus, TaskRun, Transaction
from matchloop_api.wire import Page, Reply, page_of, page_through

__all__ = ["find", "metrics"]

_LATEST = 20
"""Crawls whose median run time is told."""

_ENDED = {RunStatus.SUCCEEDED: "COMPLETED", RunStatus.STOPPED: "STOPPED"}
_COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "GT": operator.gt,
    "GE": operator.ge,
    "LT": operator.lt,
    "LE": operator.le,
    "EQ": operator.eq,
    "NE": operator.ne,
}
_FIELDS = {
    "CRAWL_ID": "CrawlId",
    "STATE": "State",
    "START_TIME": "StartTime",
    "END_TIME": "EndTime",
    "DPU_HOUR": "DPUHour",
}


Test = tuple[str, Callable[[Any, Any], bool], Any]


def find(request: Mapping[str, Any], context: Context) -> Reply:
    """List the crawls of a crawler, latest first."""
    name, tests = request["CrawlerName"], _tests(request.get("Filters") or ())
    page: Page[Any]
    with context.store.reading() as tx:
        if tx.resources.get("crawler", name) is None:
            raise EntityNotFoundException(f"Crawler with name {name} does not exist")
        some = partial(tx.resources.find, "crawl", scope=name, newest_first=True)
        if tests:
            every = [_described(tx, crawl) for crawl in some(limit=10**9)]
            page = page_of(request, context, [crawl for crawl in every if _passes(crawl, tests)])
            shown = page.items
        else:
            page = page_through(request, context, some)
            shown = [_described(tx, crawl) for crawl in page.items]
    return Reply({"Crawls": shown, "NextToken": page.next_token})


def metrics(request: Mapping[str, Any], context: Context) -> Reply:
    """Return how long crawlers take and how their last crawl changed the catalog."""
    with context.store.reading() as tx:
        if wanted := request.get("CrawlerNameList"):
            crawlers = tx.resources.some("crawler", wanted)
            page = page_of(request, context, crawlers)
        else:
            page = page_through(request, context, partial(tx.resources.find, "crawler"))
        shown = [_metrics(tx, crawler, context.now) for crawler in page.items]
    return Reply({"CrawlerMetricsList": shown, "NextToken": page.next_token})


def _metrics(tx: Transaction, crawler: Resource, now: datetime) -> dict[str, Any]:
    crawls = tx.resources.find("crawl", scope=crawler.name, newest_first=True, limit=_LATEST)
    runs = [(tx.runs.get(crawl.name), crawl) for crawl in crawls]
    moving = next((run for run, _ in runs if run and run.status in ACTIVE), None)
    ended = [(run, crawl) for run, crawl in runs if run and run.status not in ACTIVE]
    seconds = [_seconds(run, now) for run, _ in ended]
    summary: Mapping[str, Any] = ended[0][1].body if ended else {}
    left_s = moving.progress.left_s if moving else 0.0
    return {
        "CrawlerName": crawler.name,
        "TimeLeftSeconds": left_s or 0.0,
        "StillEstimating": left_s is None,
        "LastRuntimeSeconds": seconds[0] if seconds else 0.0,
        "MedianRuntimeSeconds": statistics.median(seconds) if seconds else 0.0,
        "TablesCreated": len(summary.get("Created") or ()),
        "TablesUpdated": len(summary.get("Updated") or ()),
        "TablesDeleted": 0,
    }


def _seconds(run: TaskRun, now: datetime) -> float:
    return max(0.0, ((run.completed_at or now) - run.started_at).total_seconds())


def _described(tx: Transaction, crawl: Resource) -> dict[str, Any]:
    run = tx.runs.get(crawl.name)
    shown: dict[str, Any] = {
        "CrawlId": crawl.name,
        "State": "FAILED",
        "StartTime": crawl.created_at,
        "Summary": json.dumps(crawl.body),
        "DPUHour": 0.0,
    }
    if run is None:
        return shown
    state = "RUNNING" if run.status in ACTIVE else _ENDED.get(run.status, "FAILED")
    return shown | {
        "State": state,
        "EndTime": run.completed_at,
        "ErrorMessage": run.error[:2048] if run.error else None,
        "LogGroup": run.log_group,
        "LogStream": crawl.scope,
        "MessagePrefix": run.id,
    }


def _tests(filters: Sequence[Mapping[str, Any]]) -> list[Test]:
    """Parse filters into the member to read, the comparison, and the value to compare with."""
    tests = []
    for condition in filters:
        field, text = str(condition.get("FieldName") or ""), str(condition.get("FieldValue") or "")
        if field not in _FIELDS:
            raise InvalidInputException(
                f"a filter has no FieldName; give one of {', '.join(_FIELDS)}."
            )
        wanted: Any = text
        if field.endswith("_TIME"):
            wanted = _moment(field, text)
        elif field == "DPU_HOUR":
            wanted = _number(field, text)
        tests.append(
            (_FIELDS[field], _COMPARISONS[str(condition.get("FilterOperator") or "EQ")], wanted)
        )
    return tests


def _passes(crawl: Mapping[str, Any], tests: Sequence[Test]) -> bool:
    for member, compare, wanted in tests:
        held = crawl.get(member)
        if isinstance(held, datetime):
            held = held.timestamp()
        if held is None or not compare(held, wanted):
            return False
    return True


def _moment(field: str, text: str) -> float:
    """Parse a time: milliseconds since 1970, as in Glue, or ISO 8601."""
    try:
        return int(text) / 1000 if text.isdecimal() else datetime.fromisoformat(text).timestamp()
    except (ValueError, OverflowError):
        raise InvalidInputException(
            f"the filter of {field} is '{text}'; give milliseconds since 1970, or a time such as "
            "2026-01-31T12:00:00+00:00."
        ) from None


def _number(field: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise InvalidInputException(f"the filter of {field} is '{text}'; give a number.") from None
