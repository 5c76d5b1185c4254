from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from matchloop_api.store import RunStatus, RunType, Store, TaskRun, Transform

NOW = datetime(2025, 1, 31, tzinfo=UTC)
LATER = NOW + timedelta(seconds=1)


def test_pieces_come_back_in_order(store: Store) -> None:
    pieces = [bytes([place]) * (place * 1000 + 1) for place in range(20)]
    with store.writing() as tx:
        payload = tx.payloads.new("labels", now=NOW)
    for piece in pieces:
        with store.writing() as tx:
            tx.payloads.append(payload, piece)

    with store.reading() as tx:
        assert list(tx.payloads.pieces(payload)) == pieces


def test_an_empty_payload_has_no_pieces(store: Store) -> None:
    with store.writing() as tx:
        payload = tx.payloads.new("labels", now=NOW)

    with store.reading() as tx:
        assert list(tx.payloads.pieces(payload)) == []


def test_an_unknown_payload_is_told_at_once(store: Store) -> None:
    with store.reading() as tx, pytest.raises(KeyError, match="pay-none"):
        tx.payloads.pieces("pay-none")
    with store.writing() as tx, pytest.raises(KeyError, match="pay-none"):
        tx.payloads.append("pay-none", b"")


def test_sweeping_takes_what_nothing_points_to(store: Store) -> None:
    run: dict[str, Any] = {
        "arguments": {},
        "log_group": "g",
        "started_at": NOW,
        "modified_at": NOW,
        "timeout_s": 60.0,
    }
    with store.writing() as tx:
        loose, matches, unfinished, finished = (tx.payloads.new("k", now=NOW) for _ in range(4))
        young = tx.payloads.new("k", now=LATER)
        for payload in (loose, matches):
            tx.payloads.append(payload, b"x")
        tx.transforms.add(
            Transform(
                id="t",
                name="t",
                status="READY",
                created_at=NOW,
                modified_at=NOW,
                definition={},
                schema=(),
                matches=matches,
            )
        )
        for payload in (unfinished, finished):
            tx.runs.add(
                TaskRun(
                    id=f"tsk-{payload}",
                    type=RunType.IMPORT_LABELS,
                    status=RunStatus.STARTING,
                    transform_id="t",
                    checkpoint={"payload": payload},
                    **run,
                )
            )
        tx.runs.move(f"tsk-{finished}", RunStatus.FAILED, now=NOW)
        assert tx.payloads.sweep(before=LATER) == 2
        assert tx.payloads.sweep(before=LATER) == 0

    with store.reading() as tx:
        assert list(tx.payloads.pieces(matches)) == [b"x"]
        assert [list(tx.payloads.pieces(one)) for one in (young, unfinished)] == [[], []]
        for gone in (loose, finished):
            with pytest.raises(KeyError):
                tx.payloads.pieces(gone)
