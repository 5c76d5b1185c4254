"""A page of a list reads the rows that stand on it, however many there are."""

from __future__ import annotations

import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event
from sqlalchemy.pool import Pool

from matchloop_api.identifiers import new_run_id
from matchloop_api.store import Resource, RunStatus, RunType, TaskRun, Transform

if TYPE_CHECKING:
    from collections.abc import Callable

    from api.conftest import Server

NOW = datetime(2026, 1, 1, tzinfo=UTC)
MANY, SIZE = 300, 10
A_FEW = 8
"""Rows besides those of the page: access keys, the page's secret, what the list belongs to."""


class Counter:
    """Counts every row that SQLite hands out."""

    def __init__(self) -> None:
        self.rows = 0

    def watch(self, connection: Any, _: object) -> None:
        connection.row_factory = self.count

    def count(self, _: object, row: tuple[Any, ...]) -> tuple[Any, ...]:
        self.rows += 1
        return row


@pytest.fixture
def counter() -> Iterator[Counter]:
    made = Counter()
    event.listen(Pool, "connect", made.watch)
    yield made
    event.remove(Pool, "connect", made.watch)


@pytest.fixture
def full(counter: Counter, start_server: Callable[..., Server]) -> Server:
    """Return a server with many of everything."""
    server = start_server()
    with server.store.writing() as tx:
        for number in range(MANY):
            at = NOW + timedelta(minutes=number)
            tx.transforms.add(
                Transform(
                    id=f"tfm-{number:040}",
                    name=f"transform {number}",
                    status="READY",
                    created_at=at,
                    modified_at=at,
                    definition={"Parameters": {"TransformType": "FIND_MATCHES"}},
                    schema=({"Name": "id", "DataType": "int"},),
                    label_count=2,
                )
            )
            tx.tags.put(f"mlTransform/tfm-{number:040}", {"team": "a"})
            for kind, scope, body in (
                ("database", "", {}),
                ("table", "database_0", {}),
                ("job", "", {"Command": {"Name": "glueetl"}, "Role": "r"}),
                ("crawler", "", {"Targets": {"S3Targets": [{"Path": "s3://b/k"}]}, "Runs": []}),
                ("job_run", "job_0", {"TaskRunId": "tsk-none", "Attempt": 0}),
            ):
                name = f"{kind}_{number}"
                tx.resources.add(
                    Resource(
                        kind=kind,
                        scope=scope,
                        name=name,
                        body=body,
                        created_at=at,
                        modified_at=at,
                    )
                )
                tx.tags.put(f"{kind}/{name}", {"team": "a"})
            tx.runs.add(
                TaskRun(
                    id=new_run_id(),
                    type=RunType.EVALUATION,
                    status=RunStatus.STARTING,
                    transform_id=f"tfm-{number % 2:040}",
                    arguments={},
                    log_group="g",
                    started_at=at,
                    modified_at=at,
                    timeout_s=60,
                )
            )
    return server


@pytest.mark.parametrize(
    ("operation", "request_"),
    [
        ("get_ml_transforms", {}),
        (
            "get_ml_transforms",
            {
                "Filter": {"GlueVersion": "0.9", "Schema": [{"Name": "id"}], "Status": "READY"},
                "Sort": {"Column": "LAST_MODIFIED", "SortDirection": "ASCENDING"},
            },
        ),
        ("list_ml_transforms", {"Tags": {"team": "a"}}),
        ("get_ml_task_runs", {"TransformId": f"tfm-{0:040}"}),
        ("get_databases", {}),
        ("get_tables", {"DatabaseName": "database_0"}),
        ("get_jobs", {}),
        ("list_jobs", {"Tags": {"team": "a"}}),
        ("get_job_runs", {"JobName": "job_0"}),
        ("get_crawlers", {}),
        ("list_crawlers", {"Tags": {"team": "a"}}),
    ],
)
def test_a_page_reads_its_own_rows(
    full: Server, counter: Counter, operation: str, request_: dict[str, Any]
) -> None:
    client = full.client()
    call = getattr(client, operation)
    first = call(MaxResults=SIZE, **request_)
    counter.rows = 0

    second = call(MaxResults=SIZE, NextToken=first["NextToken"], **request_)
    client.close()

    (items,) = [value for value in second.values() if isinstance(value, list)]
    assert len(items) == SIZE
    assert SIZE <= counter.rows <= 2 * SIZE + A_FEW


def test_an_expression_reads_the_names_and_then_its_own_tables(
    full: Server, counter: Counter
) -> None:
    client = full.client()
    client.get_tables(DatabaseName="database_0", MaxResults=1)
    counter.rows = 0

    found = client.get_tables(DatabaseName="database_0", Expression="table_.*9", MaxResults=SIZE)
    client.close()

    assert len(found["TableList"]) == SIZE
    assert counter.rows <= MANY + SIZE + A_FEW


def test_the_console_reads_the_runs_and_transforms_that_it_shows(
    full: Server, counter: Counter
) -> None:
    counter.rows = 0
    pages = []
    for number in (1, 2, 3, 4):
        with urllib.request.urlopen(f"{full.url}/console?page={number}", timeout=60) as answer:
            pages.append(answer.read().decode())
        if number == 1:
            assert counter.rows <= 2 * (100 + 50) + A_FEW

    names = [f">transform {number}<" for number in reversed(range(MANY))]
    for at, page in enumerate(pages[:3]):
        assert [name in page for name in names].count(True) >= 100
        assert all(name in page for name in names[100 * at : 100 * at + 100])
    assert pages[3] == pages[2]
    assert "Page 1 of 3, 300 transforms" in pages[0]


def test_the_metrics_count_in_the_store(full: Server, counter: Counter) -> None:
    counter.rows = 0
    with urllib.request.urlopen(f"{full.url}/metrics", timeout=60) as answer:
        text = answer.read().decode()

    assert "matchloop_transforms 300.0" in text
    assert "matchloop_labels 600.0" in text
    assert counter.rows <= 2 * A_FEW
