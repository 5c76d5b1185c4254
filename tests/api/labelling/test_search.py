from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

import matchloop as ml
from matchloop_api.errors import ConcurrentModificationException, EntityNotFoundException
from matchloop_api.labelling.answers import take_events
from matchloop_api.labelling.queue import hand_out, hand_out_again
from matchloop_api.labelling.searching import Search
from matchloop_api.ledger import current_labels
from matchloop_api.store import Store

if TYPE_CHECKING:
    from api.labelling.conftest import Person

NOW = datetime(2026, 1, 1, tzinfo=UTC)
Queue = Callable[..., str]


def people(count: int = 60) -> ml.Records:
    names = ["ann 1", "anne 1", "bob 1", "eve 1", *(f"zoe walker {at}" for at in range(count - 4))]
    rows = {
        "id": [f"key-1-{at}" for at in range(count)],
        "name": names,
        "city": ["Ulm"] * count,
    }
    return ml.read_records(pa.table(rows), key="id")


@pytest.fixture
def search(store: Store) -> Search:
    return Search(store, lambda _: people())


def test_a_missing_partner_is_found_added_and_labelled(
    store: Store, queue: Queue, search: Search, person: Callable[..., Person]
) -> None:
    transform = queue(store, 1)
    (shown,) = hand_out(store, transform, "ann", [], now=NOW)

    found = search.find(transform, "ann", 1, "Zoe Wlaker 7")
    assert found["more"] is True
    assert len(found["rows"]) == 20
    assert found["rows"][0]["cells"] == ["zoe walker 7", "Ulm"]
    assert "key-" not in str(found)
    token = found["rows"][0]["token"]
    added = search.add(transform, "ann", 1, token)
    assert (added["set"], added["version"]) == ("S1", 2)
    assert added["row"] == {
        "token": token,
        "cells": ["zoe walker 7", "Ulm"],
        "copies": 1,
        "added": True,
    }
    assert search.add(transform, "ann", 1, token) == added
    assert token not in str(search.find(transform, "ann", 1, "Zoe Walker 7"))

    working = person("http://127.0.0.1:1", transform)
    again = hand_out_again(store, transform, "ann", 1, now=NOW)
    assert [row["added"] for row in again["rows"]] == [False] * 4 + [True]
    events = working.answer(again, ("A", "A", "B", "C", "A"))
    taken = take_events(store, transform, "ann", events, now=NOW)
    assert taken.status == 422  # no event has added the row yet
    more: list[dict[str, Any]] = [
        working.event(shown, "add_row", rows=[token]),
        working.event(shown, "submit", partition=events[-1]["partition"]),
    ]
    assert take_events(store, transform, "ann", more, now=NOW).status == 200
    with store.reading() as tx:
        labels = current_labels(tx, transform)
    assert labels is not None
    assert labels.values["id"].to_pylist() == [*(f"key-1-{at}" for at in range(4)), "key-1-11"]
    assert labels.labels.to_pylist() == ["A", "A", "B", "C", "A"]


def test_a_set_takes_no_row_twice_no_unknown_row_and_at_most_fifty(
    store: Store, queue: Queue, search: Search
) -> None:
    transform = queue(store, 1)
    (shown,) = hand_out(store, transform, "ann", [], now=NOW)

    with pytest.raises(EntityNotFoundException):
        search.add(transform, "ann", 1, "unknown")
    with pytest.raises(ConcurrentModificationException):
        search.add(transform, "ann", 1, shown["rows"][0]["token"])
    for _ in range(3):
        for row in search.find(transform, "ann", 1, "zoe walker")["rows"][:16]:
            last = row["token"]
            if len(hand_out_again(store, transform, "ann", 1, now=NOW)["rows"]) < 50:
                search.add(transform, "ann", 1, last)
    with pytest.raises(ConcurrentModificationException, match="at most 50 rows"):
        search.add(transform, "ann", 1, last)


def test_nothing_is_found_for_nothing(store: Store, queue: Queue, search: Search) -> None:
    transform = queue(store, 1)
    hand_out(store, transform, "ann", [], now=NOW)

    assert search.find(transform, "ann", 1, "  ") == {"rows": [], "more": False}
