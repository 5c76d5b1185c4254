from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from matchloop_api.ledger import current_labels, labels_apart, undo
from matchloop_api.store import EventKind, Store

if TYPE_CHECKING:
    from api.conftest import Server
    from api.labelling.conftest import Person

Queue = Callable[..., str]
People = Callable[..., "Person"]
Keys = Callable[[Store, str, str], tuple[str, str]]
LETTERS = ("A", "A", "B", "C")


def labelled(store: Store, transform: str) -> list[tuple[str, ...]]:
    with store.reading() as tx:
        labels = current_labels(tx, transform)
    if labels is None:
        return []
    return [tuple(row.values())[:3] for row in labels.table().to_pylist()]


def entries(store: Store, transform: str) -> list[EventKind]:
    with store.reading() as tx:
        return [one.kind for one in tx.ledger.events(transform)]


def test_an_answer_is_one_entry_of_the_ledger_with_its_provenance(
    server: Server, queue: Queue, person: People
) -> None:
    transform = queue(server.store)
    ann = person(server.url, transform)
    start = ann.open()
    assert start["stage"] == "label"
    assert start["columns"] == [
        {"name": "name", "kind": "name"},
        {"name": "city", "kind": "category"},
    ]

    given = ann.get("/sets")
    assert [one["set"] for one in given["sets"]] == ["S1", "S2"]
    assert given["queue"] == {"done": 0, "of": 5, "state": "open", "retry_ms": 500}
    ann.answer_set(given["sets"][0], LETTERS)

    assert labelled(server.store, transform) == [
        ("q-1", "A", "key-1-0"),
        ("q-1", "A", "key-1-1"),
        ("q-1", "B", "key-1-2"),
        ("q-1", "C", "key-1-3"),
    ]
    with server.store.reading() as tx:
        labels = current_labels(tx, transform)
        found = tx.transforms.get(transform)
    assert labels is not None
    assert found is not None
    assert (found.label_count, found.status) == (4, "READY")
    origin = labels.provenance.to_pylist()[0]
    assert origin.pop("time") is not None
    assert origin == {
        "round": 0,
        "strategy": "margin",
        "person": None,
        "source": None,
        "assisted": False,
        "set": "S1",
        "seconds": 6.0,
        "input": "key",
        "gold": False,
    }
    following = ann.get("/sets?have=S1,S2")
    assert [one["set"] for one in following["sets"]] == ["S3"]
    assert following["queue"]["done"] == 1


def test_the_same_events_again_change_nothing(server: Server, queue: Queue, person: People) -> None:
    transform = queue(server.store)
    ann = person(server.url, transform)
    ann.open()
    shown = ann.get("/sets")["sets"][0]
    events = ann.answer(shown, LETTERS)
    for some in (events[:2], events[1:], events, events):
        status, body = ann.send(some)
        assert (status, body["stored"]) == (200, [event["id"] for event in some])

    assert entries(server.store, transform) == [EventKind.ANSWERS]
    past = ann.get("/sets?set=S1")["sets"][0]["past"]
    assert past == events

    changed = {**events[1], "to": ["F"]}
    status, body = ann.send([changed, ann.event(shown, "hide")])
    assert status == 409
    assert body["refused"][0]["id"] == changed["id"]
    assert len(body["stored"]) == 1


def test_a_submit_that_is_not_the_fold_is_refused_until_its_events_are_there(
    server: Server, queue: Queue, person: People
) -> None:
    transform = queue(server.store)
    ann = person(server.url, transform)
    ann.open()
    shown = ann.get("/sets")["sets"][0]
    events = ann.answer(shown, LETTERS)
    lost, rest = events[2], [*events[:2], *events[3:]]

    status, body = ann.send(rest)
    assert status == 422
    (refused,) = body["refused"]
    assert (refused["id"], refused["status"], refused["set"]) == (events[-1]["id"], 422, "S1")
    assert refused["have"] == [event["id"] for event in rest[:-1]]
    assert entries(server.store, transform) == []

    assert ann.send([lost, events[-1]])[0] == 200
    assert entries(server.store, transform) == [EventKind.ANSWERS]


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "dance"},
        {"id": "other-0"},
        {"n": -1},
        {"set": "S99"},
        {"set": "constructor"},
        {"kind": "paint", "rows": ["a"], "to": ["ZZ"]},
        {"kind": "paint", "rows": [], "to": []},
        {"kind": "undo"},
        {"kind": "submit", "partition": {}},
        {"t": "now"},
        {"remark": "x" * 5000},
    ],
)
def test_an_event_of_another_form_is_refused_and_the_rest_stored(
    server: Server, queue: Queue, person: People, change: dict[str, Any]
) -> None:
    ann = person(server.url, queue(server.store))
    ann.open()
    shown = ann.get("/sets")["sets"][0]
    wrong, right = ann.event(shown, "show") | change, ann.event(shown, "gather")

    status, body = ann.send([wrong, right])

    assert status == 422
    assert body["stored"] == [right["id"]]
    assert [(one["status"], "have" in one) for one in body["refused"]] == [(422, False)]
    assert body["refused"][0]["error"]


@pytest.mark.parametrize(
    ("body", "status"), [("[1]", 400), ("{", 400), ('{"events": []}', 400), ("x" * 1_100_000, 413)]
)
def test_an_unreadable_body_is_refused(
    server: Server, queue: Queue, person: People, body: str, status: int
) -> None:
    ann = person(server.url, queue(server.store))
    ann.open()
    ann.seen.clear()
    import http.client

    connection = http.client.HTTPConnection(ann.netloc, timeout=30)
    headers = {"Content-Type": "application/json", "X-CSRF-Token": ann.csrf}
    connection.request("POST", f"{ann.base}/events", body, headers)
    answer = connection.getresponse()
    assert answer.status == status
    assert json.loads(answer.read())["error"]
    connection.close()


def test_an_undone_submit_withdraws_the_labels_and_a_redone_one_restores_them(
    server: Server, queue: Queue, person: People
) -> None:
    transform = queue(server.store)
    ann = person(server.url, transform)
    ann.open()
    shown = ann.get("/sets")["sets"][0]
    submit = ann.answer_set(shown, LETTERS)[-1]
    first = labelled(server.store, transform)

    ann.send([ann.event(shown, "undo", target=submit["id"])])
    assert labelled(server.store, transform) == []
    assert ann.get("/sets")["queue"]["done"] == 0
    ann.send([ann.event(shown, "redo", target=submit["id"])])
    assert labelled(server.store, transform) == first
    assert ann.get("/sets")["queue"]["done"] == 1

    token = shown["rows"][3]["token"]
    partition = {**submit["partition"], token: None}
    paint = ann.event(shown, "paint", rows=[token], to=[None])
    ann.send([paint, ann.event(shown, "submit", partition=partition)])
    assert labelled(server.store, transform) == first[:3]
    listed = ann.get("/answers?show=changed")["answers"]
    assert [(one["set"], one["left_out"], one["groups"]) for one in listed] == [
        ("S1", 1, [["A", 2]])
    ]
    assert ann.get("/answers?q=bob")["count"] == 1
    assert ann.get("/answers?q=nobody")["count"] == 0


def test_an_entry_of_the_page_can_be_undone_like_an_imported_file(
    server: Server, queue: Queue, person: People
) -> None:
    from datetime import UTC, datetime

    transform = queue(server.store)
    ann = person(server.url, transform)
    ann.open()
    for shown in ann.get("/sets")["sets"]:
        ann.answer_set(shown, LETTERS)

    undo(server.store, transform, 1, now=datetime.now(UTC))

    assert {row[0] for row in labelled(server.store, transform)} == {"q-2"}


def test_two_people_have_two_opinions_and_see_nothing_of_each_other(
    server: Server, queue: Queue, person: People, access_key: Keys
) -> None:
    transform = queue(server.store, 2, wanted=2)
    keys = {name: access_key(server.store, name, "labeler") for name in ("ann", "bob")}
    ann, bob = (person(server.url, transform, key=keys[name]) for name in ("ann", "bob"))
    ann.open()
    first = ann.get("/sets")["sets"]
    bob.open()
    assert bob.get("/sets")["sets"] == []
    for shown in first:
        ann.answer_set(shown, ("A", "A", "B", "B"))

    second = bob.get("/sets")["sets"]
    assert [one["set"] for one in second] == ["S1", "S2"]
    assert [one["past"] for one in second] == [[], []]
    tokens = [{row["token"] for one in some for row in one["rows"]} for some in (first, second)]
    assert not tokens[0] & tokens[1]
    bob.answer_set(second[0], ("A", "B", "B", None))

    with server.store.reading() as tx:
        apart = labels_apart(tx, transform, by="person")
    assert {name: len(one) for name, one in apart.items()} == {"ann": 8, "bob": 3}
    latest = [row for row in labelled(server.store, transform) if row[0] == "q-1"]
    assert [label for _, label, _ in latest] == ["A", "B", "B"]
    assert ann.get("/answers")["count"] == 2
    assert bob.get("/answers")["count"] == 1


def test_an_event_with_the_id_of_anothers_is_refused(
    server: Server, queue: Queue, person: People, access_key: Keys
) -> None:
    transform = queue(server.store, 2, wanted=2)
    keys = {name: access_key(server.store, name, "labeler") for name in ("ann", "bob")}
    ann, bob = (person(server.url, transform, key=keys[name]) for name in ("ann", "bob"))
    ann.open()
    events = ann.answer_set(ann.get("/sets")["sets"][0], LETTERS)
    bob.open()
    bob.get("/sets")

    status, body = bob.send(events)

    assert status == 409
    assert body["stored"] == []


def test_a_set_of_all_rows_left_out_has_no_labels_and_is_done(
    server: Server, queue: Queue, person: People
) -> None:
    transform = queue(server.store, 1)
    ann = person(server.url, transform)
    ann.open()
    shown = ann.get("/sets")["sets"][0]
    tokens = [row["token"] for row in shown["rows"]]
    paint = ann.event(shown, "paint", rows=tokens, to=[None] * 4)
    submit = ann.event(shown, "submit", partition=dict.fromkeys(tokens))
    assert ann.send([paint, submit])[0] == 200

    assert labelled(server.store, transform) == []
    assert entries(server.store, transform) == [EventKind.ANSWERS]
    assert ann.get("/sets?have=S1")["queue"]["state"] == "empty"
    assert ann.get("/summary")["left_out"] == 4
