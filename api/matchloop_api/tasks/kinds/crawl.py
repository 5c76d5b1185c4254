"""Crawl: infer tables from files and write them into the catalog."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import Any

from matchloop.errors import InputError
from matchloop_api.datasets import InferredTable, find_tables, keep_version
from matchloop_api.places import Places
from matchloop_api.store import Resource, Transaction
from matchloop_api.tasks.work import Commit, Work

__all__ = ["crawl"]


def crawl(work: Work) -> Commit:
    """Find the tables at a crawler's targets and write them in one transaction.

    An existing table gets the new definition and keeps its description and owner. With the
    UpdateBehavior ``LOG`` it stays unchanged.

    Raises
    ------
    InputError
        The crawler was deleted, or there is no table at its targets.
    """
    name = str(work.run.arguments["CrawlerName"])
    with work.store.reading() as tx:
        crawler = tx.resources.get("crawler", name)
    if crawler is None:
        raise InputError(f"the crawler {name} was deleted")
    database = str(crawler.body.get("DatabaseName") or "").lower()
    if not database:
        raise InputError(
            f"the crawler {name} has no DatabaseName, where its tables are written; "
            "give it one with UpdateCrawler"
        )
    tables = _found(work, crawler)
    policy = crawler.body.get("SchemaChangePolicy") or {}
    updates = policy.get("UpdateBehavior", "UPDATE_IN_DATABASE") != "LOG"
    work.on_stage("crawl", 1.0)

    def commit(tx: Transaction) -> None:
        now = datetime.now(UTC)
        if tx.resources.get("database", database) is None:
            made = Resource(
                kind="database", name=database, body={}, created_at=now, modified_at=now
            )
            tx.resources.add(made)
        summary: dict[str, list[str]] = {}
        for table in tables:
            done, line = _write(tx, database, table, now, updates=updates)
            summary.setdefault(done, []).append(f"{database}.{table.name}")
            work.log(line)
        _keep_summary(tx, work.run.id, name, summary, now)

    return commit


@dataclass(frozen=True, slots=True)
class _Found:
    """A table that a crawl writes."""

    name: str
    body: Mapping[str, Any]


def _found(work: Work, crawler: Resource) -> Sequence[_Found]:
    places = Places(work.settings)
    targets = crawler.body["Targets"]["S3Targets"]
    prefix = str(crawler.body.get("TablePrefix") or "")
    tables: dict[str, _Found] = {}
    for number, target in enumerate(targets):
        work.on_stage("crawl", number / len(targets))
        inferred, problems = find_tables(str(target["Path"]), places)
        for problem in problems:
            work.log(f"left out: {problem}")
        for table in inferred:
            if _is_excluded(table, target):
                continue
            name = _free_name(f"{prefix}{table.name}".lower(), table.location, tables)
            tables[name] = _Found(name, _body(table, crawler.name))
    if not tables:
        paths = ", ".join(str(target["Path"]) for target in targets)
        raise InputError(f"there is no CSV, JSON lines or Parquet file at {paths}")
    return list(tables.values())


def _is_excluded(table: InferredTable, target: Mapping[str, Any]) -> bool:
    """Return whether one of the target's Exclusions (patterns of paths) matches the table."""
    below = table.location[len(str(target["Path"]).rstrip("/")) + 1 :]
    return any(fnmatchcase(below, pattern) for pattern in target.get("Exclusions") or ())


def _free_name(name: str, location: str, taken: Mapping[str, _Found]) -> str:
    """Return a unique name for a table whose file has the name of a file elsewhere."""
    free, number = name, 1
    while free in taken and taken[free].body["StorageDescriptor"]["Location"] != location:
        number += 1
        free = f"{name}_{number}"
    return free


def _body(table: InferredTable, crawler: str) -> dict[str, Any]:
    members = {member: value for member, value in table.table_input.items() if member != "Name"}
    return {**members, "Parameters": {**members["Parameters"], "UPDATED_BY_CRAWLER": crawler}}


def _keep_summary(
    tx: Transaction, run_id: str, crawler: str, summary: Mapping[str, Any], now: datetime
) -> None:
    """Store the result of the crawl, for ListCrawls and GetCrawlerMetrics."""
    crawl = tx.resources.get("crawl", run_id, scope=crawler)
    if crawl is not None:
        tx.resources.replace(replace(crawl, body=summary, modified_at=now))


def _write(
    tx: Transaction, database: str, table: _Found, now: datetime, *, updates: bool
) -> tuple[str, str]:
    """Write a table; return the change as a word and as a line of the log."""
    old = tx.resources.get("table", table.name, scope=database)
    if old is None:
        made = Resource(
            kind="table",
            scope=database,
            name=table.name,
            body={**table.body, "PartitionIndexes": [], "VersionId": "0"},
            created_at=now,
            modified_at=now,
        )
        tx.resources.add(made)
        return "Created", f"created the table {database}.{table.name}"
    body = {**old.body, **table.body}
    if body == old.body:
        return "Unchanged", f"the table {database}.{table.name} is as it was"
    if not updates:
        line = f"the table {database}.{table.name} has changed and is left as it is"
        return "Unchanged", line
    keep_version(tx, old)
    body["VersionId"] = str(int(old.body.get("VersionId") or 0) + 1)
    tx.resources.replace(replace(old, body=body, modified_at=now))
    return "Updated", f"updated the table {database}.{table.name}"
