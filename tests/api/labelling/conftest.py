"""A transform with sets in its queue, and people who answer them over HTTP as the page does."""

from __future__ import annotations

import base64
import http.client
import json
import re
import uuid
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from email.message import Message
from typing import Any
from urllib.parse import quote, urlsplit

import pytest

from matchloop_api.auth import Role, new_access_key
from matchloop_api.identifiers import new_transform_id
from matchloop_api.labelling.contents import Contents, Table
from matchloop_api.store import LabelSet, Store, Transform

Json = dict[str, Any]
TABLE = Table(("id", "name", "city"), ("key", "name", "category"))


class Person:
    """Answers sets over HTTP as the page does; keeps every response for blindness tests.

    Parameters
    ----------
    url, transform
        The server and the transform.
    key
        An access key's id and secret, where the server asks for one.
    cookie
        A cookie to send with each request.
    """

    def __init__(
        self,
        url: str,
        transform: str,
        *,
        key: tuple[str, str] | None = None,
        cookie: str | None = None,
    ) -> None:
        self.base = f"/label/{quote(transform)}"
        self.headers: dict[str, str] = {}
        if key is not None:
            word = base64.b64encode(":".join(key).encode()).decode()
            self.headers["Authorization"] = f"Basic {word}"
        if cookie is not None:
            self.headers["Cookie"] = cookie
        self.session = str(uuid.uuid4())
        self.n = 0
        self.seen: list[str] = []
        self.csrf = ""
        self.move(url)

    def move(self, url: str) -> None:
        """Speak to the server at another address."""
        self.netloc = urlsplit(url).netloc

    def ask(
        self, method: str, path: str, body: Any = None, **headers: str
    ) -> tuple[int, Message, str]:
        """Send a request and return status, headers and body."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        sent = {**self.headers, **named}
        if body is not None:
            sent = {"Content-Type": "application/json", "X-CSRF-Token": self.csrf, **sent}
        connection = http.client.HTTPConnection(self.netloc, timeout=60)
        try:
            payload = None if body is None else json.dumps(body)
            connection.request(method, path, payload, sent)
            answer = connection.getresponse()
            text = answer.read().decode()
        finally:
            connection.close()
        self.seen.append(text)
        return answer.status, answer.headers, text

    def get(self, path: str) -> Json:
        """Return the JSON of a page's request, which must succeed."""
        status, _, text = self.ask("GET", self.base + path)
        assert status == 200, text
        made: Json = json.loads(text)
        return made

    def post(self, path: str, body: Any) -> tuple[int, Json]:
        """Return the status and the JSON of a POST."""
        status, _, text = self.ask("POST", self.base + path, body)
        return status, json.loads(text) if text else {}

    def open(self) -> Json:
        """Load the page as a browser does, in a new session, and return its start."""
        status, _, text = self.ask("GET", self.base)
        assert status == 200, text
        found = re.search(r'data-csrf="([^"]+)"', text)
        assert found is not None
        self.csrf, self.session, self.n = found[1], str(uuid.uuid4()), 0
        return self.get("/start")

    def event(self, shown: Json | str, kind: str, **more: Any) -> Json:
        """Return the next event of the session."""
        name = shown if isinstance(shown, str) else shown["set"]
        made = {"id": f"{self.session}-{self.n}", "session": self.session, "n": self.n}
        made |= {"set": name, "set_version": 1, "kind": kind, "input": "key"}
        made |= {"t": 1_764_450_000_000 + 1500 * self.n, "since_shown_ms": 10, "assisted": False}
        self.n += 1
        return {**made, "page": "test", **more}

    def answer(self, shown: Json, letters: Sequence[str | None]) -> list[Json]:
        """Return the events of an answer: a paint for each row after the first, a submit."""
        tokens = [row["token"] for row in shown["rows"]]
        events = [self.event(shown, "show")]
        for token, letter in list(zip(tokens, letters, strict=True))[1:]:
            events.append(self.event(shown, "paint", rows=[token], to=[letter]))
        partition = dict(zip(tokens, letters, strict=True))
        return [*events, self.event(shown, "submit", partition=partition)]

    def send(self, events: Sequence[Json]) -> tuple[int, Json]:
        """Post events."""
        return self.post("/events", {"events": list(events)})

    def answer_set(self, shown: Json, letters: Sequence[str | None]) -> list[Json]:
        """Answer a set; all events must be stored."""
        events = self.answer(shown, letters)
        status, body = self.send(events)
        assert (status, body["refused"]) == (200, [])
        assert body["stored"] == [event["id"] for event in events]
        return events

    def by_first_cell(self, shown: Json) -> list[str]:
        """Return a letter for each row: rows whose first cells begin alike match."""
        names: dict[str, str] = {}
        for row in shown["rows"]:
            names.setdefault(str(row["cells"][0])[:3], "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[len(names)])
        return [names[str(row["cells"][0])[:3]] for row in shown["rows"]]


def add_queue(store: Store, sets: int = 5, *, wanted: int = 1) -> str:
    """Add a transform with sets of four rows, of which the first two match."""
    made = Transform(
        id=new_transform_id(),
        name=new_transform_id(),
        status="NOT_READY",
        created_at=datetime.now(UTC),
        modified_at=datetime.now(UTC),
        definition={"Parameters": {"FindMatchesParameters": {"PrimaryKeyColumnName": "id"}}},
        schema=(),
    )
    contents = [
        Contents(
            name=f"q-{at}",
            table=TABLE,
            rows=tuple(
                (f"key-{at}-{row}", name, "Ulm" if row else None)
                for row, name in enumerate((f"ann {at}", f"anne {at}", f"bob {at}", f"eve {at}"))
            ),
            round=0,
            strategy="margin",
        )
        for at in range(1, sets + 1)
    ]
    with store.writing() as tx:
        tx.transforms.add(made)
        for one in contents:
            tx.label_queue.add(LabelSet(transform_id=made.id, body=one.body(), wanted=wanted))
    return made.id


def add_key(store: Store, name: str, role: str) -> tuple[str, str]:
    """Add an access key and return its id and secret."""
    key = new_access_key(name, Role(role), now=datetime.now(UTC))
    with store.writing() as tx:
        tx.keys.add(key)
    return key.id, key.secret


@pytest.fixture
def queue() -> Callable[..., str]:
    """Return a function that adds a transform with sets."""
    return add_queue


@pytest.fixture
def person() -> type[Person]:
    """Return the class of people who answer over HTTP."""
    return Person


@pytest.fixture
def access_key() -> Callable[[Store, str, str], tuple[str, str]]:
    """Return a function that adds an access key."""
    return add_key
