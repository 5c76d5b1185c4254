from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from matchloop_api.store import EventKind, LabelEvent, Store, Transform

NOW = datetime(2025, 1, 31, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def transforms(store: Store) -> tuple[str, str]:
    with store.writing() as tx:
        for name in ("a", "b"):
            tx.transforms.add(
                Transform(
                    id=name,
                    name=name,
                    status="READY",
                    created_at=NOW,
                    modified_at=NOW,
                    definition={},
                    schema=(),
                )
            )
    return "a", "b"


def entry(transform_id: str, minute: int = 0) -> LabelEvent:
    return LabelEvent(transform_id=transform_id, kind=EventKind.UNDO, at=NOW + minute * MINUTE)


def test_entries_are_numbered_in_each_ledger(store: Store, transforms: tuple[str, str]) -> None:
    a, b = transforms
    with store.writing() as tx:
        payload = tx.payloads.new("labels", now=NOW)
        full = LabelEvent(
            transform_id=a,
            kind=EventKind.ANSWERS,
            at=NOW,
            actor="Zoë",
            replace_all=True,
            rows=3,
            payload=payload,
            source="file:///x",
            run_id="tsk-1",
            report={"blank": 2},
        )
        added = [tx.ledger.add(one) for one in (full, entry(b), entry(a, 1))]
        assert [one.seq for one in added] == [1, 1, 2]

    with store.reading() as tx:
        assert tx.ledger.events(a) == [replace(full, seq=1), replace(entry(a, 1), seq=2)]
        assert [tx.ledger.head(one) for one in (a, b, "none")] == [2, 1, 0]


def test_entries_after_a_time_are_left_out(store: Store, transforms: tuple[str, str]) -> None:
    a, _ = transforms
    with store.writing() as tx:
        for minute in range(3):
            tx.ledger.add(entry(a, minute))

    with store.reading() as tx:
        assert [one.seq for one in tx.ledger.events(a, until=NOW + MINUTE)] == [1, 2]


def test_a_run_adds_one_entry_only(store: Store, transforms: tuple[str, str]) -> None:
    a, b = transforms
    with store.writing() as tx:
        tx.ledger.add(replace(entry(a), run_id="tsk-1"))
        with pytest.raises(KeyError, match="tsk-1"):
            tx.ledger.add(replace(entry(a), run_id="tsk-1"))
        with pytest.raises(KeyError, match="tsk-1"):
            tx.ledger.add(replace(entry(b), run_id="tsk-1"))
        with pytest.raises(KeyError, match="none"):
            tx.ledger.add(entry("none"))
        assert tx.ledger.head(a) == 1
