"""``matchloop review --page``: doubtful decisions on the page, answers in the label file."""

from __future__ import annotations

import csv
import re
import shlex
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import chdir
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from matchloop.cli import main

if TYPE_CHECKING:
    from api.labelling.conftest import Person

PEOPLE = Path(__file__).parents[3] / "data" / "people.csv"
Json = dict[str, Any]
Rows = dict[str, dict[str, str]]


@pytest.fixture(scope="module")
def matched(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder = tmp_path_factory.mktemp("matched")
    lines = PEOPLE.read_text("utf-8").splitlines(keepends=True)[:151]
    (folder / "people.csv").write_text("".join(lines), "utf-8")
    with chdir(folder):
        assert main(["match", "people.csv", "--key", "id", "-o", "matched.csv"]) == 0
    return (folder / "matched.csv").read_bytes()


class Review:
    """The command as a process, and a person at its page."""

    def __init__(self, folder: Path, person: Callable[..., Person]) -> None:
        command = ["review", "matched.csv", "--key", "id", "--labels", "review.csv"]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "matchloop", *command, "--groups", "5", "--page"]
            + ["--no-browser"],
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stderr is not None
        lines: list[str] = []
        for line in self.process.stderr:
            lines.append(line)
            if found := re.search(r"http://\S+", line):
                break
        else:
            raise AssertionError(lines)
        link = urlsplit(found[0])
        self.person = person(f"http://{link.netloc}", "")
        status, headers, _ = self.person.ask("GET", link.path)
        assert status == 303
        cookie = str(headers["set-cookie"]).partition(";")[0]
        transform = str(headers["location"]).rpartition("/")[2]
        self.person = person(f"http://{link.netloc}", transform, cookie=cookie)
        self.start = self.person.open()

    def next(self) -> Json:
        shown: Json = self.person.get("/sets?have=")["sets"][0]
        return shown

    def undo(self, events: list[Json]) -> None:
        submit = events[-1]
        status, _ = self.person.send(
            [self.person.event(submit["set"], "undo", target=submit["id"])]
        )
        assert status == 200

    def end(self) -> str:
        self.process.send_signal(signal.SIGINT)
        _, told = self.process.communicate(timeout=120)
        assert self.process.returncode == 0
        return told

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()


@pytest.fixture
def review(
    matched: bytes, tmp_path: Path, person: Callable[..., Person]
) -> Iterator[Callable[[], Review]]:
    (tmp_path / "matched.csv").write_bytes(matched)
    started: list[Review] = []

    def start() -> Review:
        started.append(Review(tmp_path, person))
        return started[-1]

    yield start
    for one in started:
        if one.process.poll() is None:
            one.kill()


def stored(folder: Path) -> list[Rows]:
    """Return the rows of each set of the label file by their given name and street."""
    by_set: dict[str, Rows] = {}
    if (folder / "review.csv").exists():
        with (folder / "review.csv").open(encoding="utf-8") as file:
            for row in csv.DictReader(file):
                by_set.setdefault(row["labeling_set_id"], {})[row["id"]] = row
    return list(by_set.values())


def labels(folder: Path) -> list[list[str]]:
    return [[row["label"] for row in rows.values()] for rows in stored(folder)]


def one(shown: Json) -> list[str | None]:
    return ["A"] * len(shown["rows"])


def different(shown: Json) -> list[str | None]:
    return list("ABCDEFGH"[: len(shown["rows"])])


def test_answers_of_the_page_are_those_of_the_terminal_and_groups_obey_them(
    review: Callable[[], Review], tmp_path: Path
) -> None:
    running = review()
    first = running.next()
    assert first["doubtful"]
    assert running.start["practice"] == []
    text = str(running.person.seen)
    assert not re.search(r"probab|likely|match_id", text)
    running.person.answer_set(first, one(first))
    assert labels(tmp_path) == [["a"] * len(first["rows"])]
    second = running.next()
    running.person.answer_set(second, different(second))
    third = running.next()
    running.person.answer_set(third, ["A", *[None] * (len(third["rows"]) - 1)])
    assert set(labels(tmp_path)[2]) == {""}

    told = running.end()
    assert "3 answers (1 one, 1 different, 1 cannot tell)" in told
    assert "2 decisions left" in told
    following = next(line for line in told.splitlines() if line.startswith("next: "))
    with chdir(tmp_path):
        assert main(shlex.split(following)[2:]) == 0
    with (tmp_path / "matched.reviewed.csv").open(encoding="utf-8") as file:
        groups = {row["id"]: row["match_id"] for row in csv.DictReader(file)}
    sizes = [len({groups[key] for key in rows}) for rows in stored(tmp_path)[:2]]
    assert sizes == [1, len(second["rows"])]


def test_an_answer_is_changed_and_taken_back(review: Callable[[], Review], tmp_path: Path) -> None:
    running = review()
    shown = running.next()
    running.undo(running.person.answer_set(shown, one(shown)))
    assert not (tmp_path / "review.csv").exists()
    running.person.answer_set(shown, one(shown))
    running.person.answer_set(shown, different(shown))
    assert labels(tmp_path) == [list("abcdefgh"[: len(shown["rows"])])]
    assert "1 answer (1 different)" in running.end()


def test_a_killed_review_goes_on_after_its_answers(
    review: Callable[[], Review], tmp_path: Path
) -> None:
    running = review()
    shown = running.next()
    running.person.answer_set(shown, one(shown))
    half = running.next()
    token = half["rows"][1]["token"]
    running.person.send([running.person.event(half, "paint", rows=[token], to=["B"])])
    running.kill()
    (tmp_path / "review.csv").unlink()  # as if the crash had come before the file was written
    facts = tmp_path / "matched.review" / "choices.json"
    facts.write_text(re.sub(r'"written": \{[^}]*\}', '"written": {}', facts.read_text("utf-8")))

    again = review()
    assert labels(tmp_path) == [["a"] * len(shown["rows"])]
    waiting = again.next()
    assert waiting["set"] == half["set"]
    assert [event["kind"] for event in waiting["past"]] == ["paint"]


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        (["--port", "8000"], "belong to --page"),
        (["--page", "--port", "PORT"], "choose another --port"),
    ],
)
def test_bad_use_of_the_page_is_one_line(
    matched: bytes,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    typed: list[str],
    told: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "matched.csv").write_bytes(matched)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        typed = [word.replace("PORT", str(taken.getsockname()[1])) for word in typed]
        command = ["review", "matched.csv", "--key", "id", "--labels", "review.csv", *typed]
        assert main(command) == 2
    assert told in capsys.readouterr().err
