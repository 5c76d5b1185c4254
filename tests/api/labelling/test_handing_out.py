from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from matchloop_api.labelling.answers import take_events
from matchloop_api.labelling.contents import Contents, Table
from matchloop_api.labelling.queue import LEASE, hand_out, hand_out_again
from matchloop_api.ledger import labels_apart
from matchloop_api.store import LabelSet, Store

if TYPE_CHECKING:
    from api.conftest import Server
    from api.labelling.conftest import Person

Queue = Callable[..., str]
People = Callable[..., "Person"]
Keys = Callable[[Store, str, str], tuple[str, str]]
NOW = datetime(2026, 1, 1, tzinfo=UTC)
LETTERS = ("A", "A", "B", "C")


def names(sets: list[dict[str, Any]]) -> list[str]:
    return [one["set"] for one in sets]


def test_two_sets_are_held_and_a_lost_lease_gives_them_to_the_next(
    store: Store, queue: Queue
) -> None:
    transform = queue(store, 3)
    later, much_later = NOW + LEASE / 2, NOW + LEASE + timedelta(seconds=1)

    assert names(hand_out(store, transform, "ann", [], now=NOW)) == ["S1", "S2"]
    assert names(hand_out(store, transform, "bob", [], now=NOW)) == ["S3"]
    assert names(hand_out(store, transform, "eve", [], now=later)) == []
    assert names(hand_out(store, transform, "ann", [1, 2], now=later)) == []
    assert names(hand_out(store, transform, "eve", [], now=much_later)) == ["S3"]
    assert names(hand_out(store, transform, "ann", [], now=much_later)) == ["S1", "S2"]


def test_an_answer_after_the_lease_was_lost_is_one_more_opinion(
    store: Store, queue: Queue, person: People
) -> None:
    transform = queue(store, 1)
    late = NOW + LEASE + timedelta(seconds=1)
    (first,) = hand_out(store, transform, "ann", [], now=NOW)
    (second,) = hand_out(store, transform, "bob", [], now=late)

    for who, shown in (("bob", second), ("ann", first)):
        answering = person("http://127.0.0.1:1", transform)
        events = answering.answer(shown, LETTERS)
        taken = take_events(store, transform, who, events, now=late)
        assert (taken.status, len(taken.stored)) == (200, 5)

    with store.reading() as tx:
        assert list(labels_apart(tx, transform, by="person")) == ["bob", "ann"]
    assert hand_out(store, transform, "eve", [], now=late) == []


def test_events_renew_a_lease(store: Store, queue: Queue, person: People) -> None:
    transform = queue(store, 1)
    (shown,) = hand_out(store, transform, "ann", [], now=NOW)
    working = person("http://127.0.0.1:1", transform)
    event = working.event(shown, "show")

    take_events(store, transform, "ann", [event], now=NOW + LEASE / 2)

    assert hand_out(store, transform, "bob", [], now=NOW + LEASE * 1.2) == []
    assert names(hand_out(store, transform, "bob", [], now=NOW + LEASE * 2)) == ["S1"]


def test_a_skipped_set_goes_to_the_end_of_the_queue(
    server: Server, queue: Queue, person: People
) -> None:
    ann = person(server.url, queue(server.store, 3))
    ann.open()
    first, second = ann.get("/sets")["sets"]
    ann.send([ann.event(first, "skip")])

    assert names(ann.get("/sets?have=S2")["sets"]) == ["S3"]
    ann.answer_set(second, LETTERS)
    assert names(ann.get("/sets?have=S3")["sets"]) == ["S1"]


def test_a_reloaded_page_gets_its_sets_and_events_again(
    server: Server, queue: Queue, person: People
) -> None:
    ann = person(server.url, queue(server.store))
    ann.open()
    before = ann.get("/sets")["sets"]
    events = ann.answer(before[0], LETTERS)[:3]
    ann.send(events)

    ann.open()
    after = ann.get("/sets")["sets"]
    assert [one["rows"] for one in after] == [one["rows"] for one in before]
    assert [one["past"] for one in after] == [events, []]


def test_a_set_of_somebody_else_is_not_given(
    server: Server, queue: Queue, person: People, access_key: Keys
) -> None:
    transform = queue(server.store)
    keys = {name: access_key(server.store, name, "labeler") for name in ("ann", "bob")}
    ann, bob = (person(server.url, transform, key=keys[name]) for name in ("ann", "bob"))
    ann.open()
    shown = ann.get("/sets")["sets"][0]
    bob.open()

    for path in ("/sets?set=S1", "/sets?set=S9", "/sets?set=q-1", "/search?set=S1&q=ann"):
        assert bob.ask("GET", bob.base + path)[0] == 404
    assert bob.post("/rows", {"set": "S1", "token": shown["rows"][0]["token"]})[0] in (404, 422)
    assert bob.send([bob.event("S1", "show")])[0] == 422


def test_identical_rows_are_shown_once_and_labelled_each(store: Store, queue: Queue) -> None:
    transform = queue(store, 0)
    contents = Contents(
        name="twins",
        table=Table(("id", "name"), ("key", "name")),
        rows=(("1", "ann"), ("2", "bob"), ("3", "ann"), ("4", None)),
    )
    with store.writing() as tx:
        tx.label_queue.add(LabelSet(transform_id=transform, body=contents.body()))

    (shown,) = hand_out(store, transform, "ann", [], now=NOW)

    assert [(row["cells"], row["copies"]) for row in shown["rows"]] == [
        (["ann"], 2),
        (["bob"], 1),
        ([None], 1),
    ]
    again = hand_out_again(store, transform, "ann", 1, now=NOW)
    assert again["rows"] == shown["rows"]


def test_a_long_cell_is_cut_and_its_length_given(store: Store, queue: Queue) -> None:
    transform = queue(store, 0)
    contents = Contents(
        name="long",
        table=Table(("id", "text"), ("key", "text")),
        rows=(("1", "x" * 1_000_000), ("2", "short")),
    )
    with store.writing() as tx:
        tx.label_queue.add(LabelSet(transform_id=transform, body=contents.body()))

    (shown,) = hand_out(store, transform, "ann", [], now=NOW)

    assert len(shown["rows"][0]["cells"][0]) == 20_000
    assert shown["rows"][0]["long"] == {"0": 1_000_000}
    assert "long" not in shown["rows"][1]


@pytest.mark.parametrize("letters", [("A", "A", "B", "B"), ("A", "A", "A", "B")])
def test_a_person_gets_one_hidden_gold_set_among_the_first_five(
    store: Store, queue: Queue, person: People, letters: tuple[str, ...]
) -> None:
    transform = queue(store, 6)
    with store.writing() as tx:
        first = tx.label_queue.get(transform, 1)
        assert first is not None
        agreed = LabelSet(transform_id=transform, body=first.body, wanted=2)
        number = tx.label_queue.add(agreed).number
        tx.label_queue.close(transform, 1)
    for who in ("bob", "eve"):
        working = person("http://127.0.0.1:1", transform)
        given = hand_out(store, transform, who, [], now=NOW)
        while given and given[0]["set"] != f"S{number}":
            skipped = [working.event(one, "skip") for one in given if one["set"] != f"S{number}"]
            take_events(store, transform, who, skipped, now=NOW)
            given = hand_out(store, transform, who, [], now=NOW)
        events = working.answer(given[0], ("A", "A", "B", "B"))
        assert take_events(store, transform, who, events, now=NOW).status == 200

    ann = person("http://127.0.0.1:1", transform)
    seen: list[str] = []
    later = NOW + LEASE * 2
    while given := hand_out(store, transform, "ann", [], now=later):
        seen.append(given[0]["set"])
        events = ann.answer(given[0], letters)
        assert take_events(store, transform, "ann", events, now=later).status == 200

    with store.reading() as tx:
        sets = {f"S{one.number}": one for one in tx.label_queue.sets(transform)}
        gold = [name for name, one in sets.items() if "gold" in one.body]
        assert len(gold) == 1
        assert seen.index(gold[0]) < 5
        opinion = tx.label_queue.opinion(transform, sets[gold[0]].number, "ann")
        apart = labels_apart(tx, transform, by="person")
    assert opinion.body["gold"] == ([6, 6] if letters[2] == letters[3] else [3, 6])
    assert apart["ann"].provenance["gold"].to_pylist().count(True) == 4
