from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from matchloop_api.store import (
    EventKind,
    LabelEvent,
    RunStatus,
    RunType,
    Store,
    TaskRun,
    Transform,
)

NOW = datetime(2025, 1, 31, 12, 30, 15, 123_457, tzinfo=UTC)


def transform(name: str = "people", **changes: Any) -> Transform:
    made = Transform(
        id=f"tfm-{name}",
        name=name,
        status="NOT_READY",
        created_at=NOW,
        modified_at=NOW,
        definition={"Role": "r", "Parameters": {"TransformType": "FIND_MATCHES"}, "MaxRetries": 0},
        schema=({"Name": "id", "DataType": "string"}, {"Name": "größe", "DataType": "int"}),
    )
    return replace(made, **changes)


def test_a_transform_comes_back_as_it_was_added(store: Store) -> None:
    given = transform(
        "ünï\U0001f600 'quoted'",
        evaluation={"FindMatchesMetrics": {"F1": 0.1 + 0.2}},
        matches="pay-1",
        next_match_id=2**40,
        label_count=2**40,
    )
    with store.writing() as tx:
        tx.transforms.add(given)

    with store.reading() as tx:
        assert tx.transforms.get(given.id) == given
        assert tx.transforms.named(given.name) == given
        assert tx.transforms.get("tfm-none") is None
        assert tx.transforms.named("none") is None


def test_names_and_ids_are_unique(store: Store) -> None:
    with store.writing() as tx:
        tx.transforms.add(transform("a"))
        tx.transforms.add(transform("b"))
        with pytest.raises(KeyError, match="a"):
            tx.transforms.add(transform("a", id="tfm-other"))
        with pytest.raises(KeyError, match="tfm-a"):
            tx.transforms.add(transform("other", id="tfm-a"))
        with pytest.raises(KeyError, match="b"):
            tx.transforms.replace(transform("b", id="tfm-a"))
        with pytest.raises(KeyError, match="tfm-c"):
            tx.transforms.replace(transform("c"))
        tx.transforms.replace(transform("c", id="tfm-a"))

    with store.reading() as tx:
        assert [one.name for one in tx.transforms.all()] == ["c", "b"]
        assert tx.transforms.count() == 2


def test_the_newest_stands_first(store: Store) -> None:
    with store.writing() as tx:
        for name, minutes in (("b", 0), ("c", 1), ("a", 0)):
            tx.transforms.add(transform(name, created_at=NOW + timedelta(minutes=minutes)))

    with store.reading() as tx:
        assert [one.name for one in tx.transforms.all()] == ["c", "a", "b"]


def test_a_removed_transform_takes_its_runs_and_ledger_along(store: Store) -> None:
    run = TaskRun(
        id="tsk-1",
        type=RunType.EVALUATION,
        status=RunStatus.STARTING,
        transform_id="tfm-people",
        arguments={},
        log_group="g",
        started_at=NOW,
        modified_at=NOW,
        timeout_s=60,
    )
    with store.writing() as tx:
        tx.transforms.add(transform())
        tx.transforms.add(transform("kept"))
        tx.runs.add(run)
        for name in ("people", "kept"):
            payload = tx.payloads.new("labels", now=NOW)
            tx.payloads.append(payload, b"rows")
            entry = LabelEvent(
                transform_id=f"tfm-{name}", kind=EventKind.IMPORT, at=NOW, payload=payload
            )
            added = tx.ledger.add(entry)
            undo = replace(entry, kind=EventKind.UNDO, payload=None, undoes=added.seq)
            tx.ledger.add(undo)

    with store.writing() as tx:
        tx.transforms.remove("tfm-people")
        assert tx.payloads.sweep(before=NOW + timedelta(seconds=1)) == 1

    with store.reading() as tx:
        assert tx.runs.get("tsk-1") is None
        assert tx.ledger.events("tfm-people") == []
        assert len(tx.ledger.events("tfm-kept")) == 2


def test_a_failed_transaction_changes_nothing(store: Store) -> None:
    def fail() -> None:
        with store.writing() as tx:
            tx.transforms.add(transform())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()

    with store.reading() as tx:
        assert tx.transforms.count() == 0
    with store.writing() as tx:
        tx.transforms.add(transform())


def test_a_reader_sees_one_state(store: Store) -> None:
    with store.reading() as reader:
        assert reader.transforms.count() == 0
        with store.writing() as tx:
            tx.transforms.add(transform())
        assert reader.transforms.count() == 0

    with store.reading() as reader:
        assert reader.transforms.count() == 1


def test_a_time_without_a_zone_is_refused(store: Store) -> None:
    with pytest.raises(Exception, match="offset-naive"), store.writing() as tx:
        tx.transforms.add(transform(created_at=datetime(2025, 1, 1)))
