from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from http.client import HTTPException
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from matchloop_api.ledger import current_labels
from matchloop_api.store import EventKind, open_store

if TYPE_CHECKING:
    from api.labelling.conftest import Person

SERVER = Path(__file__).with_name("mortal_server.py")
LETTERS = ("A", "A", "B", "C")


class Mortal:
    """A server that can be killed and started again."""

    def __init__(self, folder: Path) -> None:
        self._parent = subprocess.Popen(
            [sys.executable, str(SERVER), str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self.start()

    def start(self) -> None:
        assert self._parent.stdin is not None
        assert self._parent.stdout is not None
        self._parent.stdin.write("start\n")
        self._parent.stdin.flush()
        pid, port = self._parent.stdout.readline().split()
        self._pid, self.url = int(pid), f"http://127.0.0.1:{port}"

    def kill(self) -> None:
        os.kill(self._pid, signal.SIGKILL)

    def close(self) -> None:
        with suppress(ProcessLookupError):
            self.kill()
        self._parent.kill()
        self._parent.wait(timeout=120)
        for pipe in (self._parent.stdin, self._parent.stdout):
            assert pipe is not None
            pipe.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "data"
    made.mkdir()
    return made


@pytest.fixture
def mortal(folder: Path) -> Iterator[Mortal]:
    open_store(f"sqlite:///{folder / 'matchloop.sqlite'}").close()
    made = Mortal(folder)
    yield made
    made.close()


@pytest.mark.parametrize(
    "kills", [20, pytest.param(1000, marks=pytest.mark.slow)], ids=["some", "a thousand"]
)
def test_no_kill_loses_or_doubles_an_event_or_an_answer(
    mortal: Mortal,
    folder: Path,
    queue: Callable[..., str],
    person: Callable[..., Person],
    kills: int,
) -> None:
    rng = random.Random(kills)
    store = open_store(f"sqlite:///{folder / 'matchloop.sqlite'}")
    transform = queue(store, max(200, kills))
    ann = person(mortal.url, transform)
    killed = 0

    def until_done(call: Callable[[], Any]) -> Any:
        """Repeat a call, as the page does, until it is answered; kill the server meanwhile."""
        nonlocal killed
        while True:
            doomed = killed < kills and rng.random() < 0.7
            wait_s = rng.random() * rng.choice([0.02, 0.1])  # while it starts, or while it answers
            timer = threading.Timer(wait_s, mortal.kill) if doomed else None
            if timer is not None:
                timer.start()
            try:
                return call()
            except (OSError, HTTPException):
                continue
            finally:
                if timer is not None:
                    timer.join()
                    killed += 1
                    mortal.start()
                    ann.move(mortal.url)

    until_done(ann.open)
    events: list[dict[str, Any]] = []
    answered = 0
    while killed < kills:
        for shown in until_done(lambda: ann.get("/sets"))["sets"]:
            some = ann.answer(shown, LETTERS)
            events += some
            for part in (some[:2], some[2:]):
                status, body = until_done(partial(ann.send, part))
                assert (status, body["refused"]) == (200, [])
                assert body["stored"] == [event["id"] for event in part]
            answered += 1
    until = time.monotonic() + 120
    while time.monotonic() < until:
        with suppress(OSError, HTTPException):
            assert ann.get("/sets")["queue"]["done"] == answered
            break

    with store.reading() as tx:
        sets = [one.number for one in tx.label_queue.sets(transform)]
        stored = [
            event.body for number in sets for event in tx.label_queue.events(transform, number, "")
        ]
        kinds = [entry.kind for entry in tx.ledger.events(transform)]
        labels = current_labels(tx, transform)
    assert sorted(stored, key=lambda event: str(event["id"])) == sorted(
        events, key=lambda event: str(event["id"])
    )
    by_session: dict[str, list[int]] = {}
    for event in stored:
        by_session.setdefault(event["session"], []).append(event["n"])
    for numbers in by_session.values():
        assert sorted(numbers) == list(range(len(numbers)))
    assert kinds == [EventKind.ANSWERS] * answered
    assert labels is not None
    assert len(labels) == 4 * answered
    store.close()
