from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from matchloop_api.labelling.contents import Table
from matchloop_api.labelling.practice import practice_sets
from matchloop_api.store import LabelSet

if TYPE_CHECKING:
    from api.conftest import Server
    from api.labelling.conftest import Person

Queue = Callable[..., str]
People = Callable[..., "Person"]


def test_no_response_holds_a_key_a_set_id_of_the_ledger_or_a_known_answer(
    server: Server, queue: Queue, person: People
) -> None:
    transform = queue(server.store, 30)
    with server.store.writing() as tx:
        found = tx.label_queue.get(transform, 1)
        assert found is not None
        body = {**found.body, "name": "gold-secret", "gold": ["Q", "Q", "R", "S"]}
        tx.label_queue.add(LabelSet(transform_id=transform, body=body, position=-1))
    ann = person(server.url, transform)
    ann.open()
    answered = 0
    while given := ann.get("/sets")["sets"]:
        shown = given[0]
        ann.answer_set(shown, ["A", "A", "B", None])
        for path in (f"/sets?set={shown['set']}", "/answers", "/summary", "/start"):
            ann.get(path)
        answered += 1

    assert answered == 31
    responses = "\n".join(ann.seen)
    for hidden in ("key-", "q-1", "gold", "margin", "probability", '"Q"', "strategy", "round"):
        assert hidden not in responses


def test_tokens_differ_between_sets_and_say_nothing_of_equal_rows(
    server: Server, queue: Queue, person: People
) -> None:
    transform = queue(server.store, 2)
    with server.store.writing() as tx:
        first = tx.label_queue.get(transform, 1)
        assert first is not None
        tx.label_queue.add(LabelSet(transform_id=transform, body=first.body, position=-1))
    ann = person(server.url, transform)
    ann.open()

    given = ann.get("/sets")["sets"]

    assert given[0]["rows"][0]["cells"] == given[1]["rows"][0]["cells"]
    tokens = [row["token"] for one in given for row in one["rows"]]
    assert len(set(tokens)) == len(tokens) == 8


def test_practice_has_known_answers_and_rows_that_differ_as_its_explanation_says() -> None:
    table = Table(
        ("id", "shop", "name", "street", "born"), ("key", "source", "name", "name", "date")
    )
    rows = [
        (f"k{at}", "north", f"{name} {name[::-1]}", 3 * name, f"{1930 + 11 * at}-{at + 1}-{3 * at}")
        for at, name in enumerate(("Anna", "Boris", "Cecil", "Dorothy", "Emil", "Fumu", "Gustav"))
    ]

    sets = practice_sets(table, rows, np.random.default_rng(0))

    assert [len(one["rows"]) for one in sets] == [3, 4, 4]
    for one in sets:
        assert [column["name"] for column in one["columns"]] == ["shop", "name", "street", "born"]
        assert list(one["answer"]) == [row["token"] for row in one["rows"]]
        first, second = (row["cells"] for row in one["rows"][:2])
        assert list(one["answer"].values())[:2] == ["A", "A"]
        assert first != second
        differing = [
            column["name"]
            for column, left, right in zip(one["columns"], first, second, strict=True)
            if left != right
        ]
        assert all(f"'{name}'" in one["why"] for name in differing)
    assert practice_sets(table, rows[:6], np.random.default_rng(0)) == []
