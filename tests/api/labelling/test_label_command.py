from __future__ import annotations

import csv
import http.client
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from matchloop import Labels, read_labels
from matchloop.cli import main
from matchloop_api.ledger import current_labels
from matchloop_api.store import open_store

if TYPE_CHECKING:
    from api.labelling.conftest import Person

Json = dict[str, Any]
NAMES = ("Ann Miller", "Bob Stone", "Eve Baker", "Tom Carter", "Una Fisher", "Ned Walker")
STREETS = ("Mill Road", "High Street", "Park Lane", "Station Way", "Church Row")
ROWS = 60


def write_table(path: Path, *, with_key: bool = True) -> Path:
    """Write people of whom each stands there twice, the second time with a typing error."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([*(["id"] if with_key else []), "name", "street", "city"])
        for at in range(ROWS):
            person = at // 2
            name = f"{NAMES[person % 6]} {chr(65 + person % 26)}{person}"
            name = name.replace("e", "", 1) if at % 2 else name
            row = [name, f"{person + 10} {STREETS[person % 5]}", "Ulm" if person % 3 else "Bonn"]
            writer.writerow([*([f"k{at}"] if with_key else []), *row])
    return path


class Command:
    """``matchloop label`` as a process, and a person at its page."""

    def __init__(self, file: Path, person: Callable[..., Person], *options: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "matchloop", "label", str(file), "--no-browser", *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        found = re.search(r"http://\S+", line)
        assert found is not None, (line, self.process.communicate())
        self.link = urlsplit(found[0])
        status, headers = self.follow()
        assert status == 303
        self.cookie = str(headers["set-cookie"]).partition(";")[0]
        self.transform = str(headers["location"]).rpartition("/")[2]
        self.person = person(self.url, self.transform, cookie=self.cookie)

    @property
    def url(self) -> str:
        return f"http://{self.link.netloc}"

    def follow(self) -> tuple[int, Any]:
        """Follow the printed link as a browser without the cookie does."""
        connection = http.client.HTTPConnection(self.link.netloc, timeout=60)
        connection.request("GET", self.link.path)
        answer = connection.getresponse()
        answer.read()
        connection.close()
        return answer.status, answer.headers

    def set_up(self, start: Json, key: str) -> None:
        kinds = {column["name"]: column["kind"] for column in start["setup"]["columns"]}
        status, body = self.person.post("/setup", {"key": key, "kinds": kinds, "sentence": "Same."})
        assert (status, body) == (200, {})

    def sets(self, have: str = "") -> list[Json]:
        """Return sets, as soon as there are any."""
        until = time.monotonic() + 120
        while time.monotonic() < until:
            given = self.person.get(f"/sets?have={have}")
            if given["sets"] or given["queue"]["state"] == "empty":
                return list(given["sets"])
            time.sleep(0.1)
        raise AssertionError("no set came")

    def answer(self, count: int) -> None:
        """Answer sets: rows of one address match."""
        ready: list[Json] = []
        for _ in range(count):
            ready += [] if ready else self.sets()
            shown = ready.pop(0)
            letters: dict[str, str] = {}
            for row in shown["rows"]:
                letters.setdefault(row["cells"][1], "ABCDEFGHIJKLMNOP"[len(letters)])
            self.person.answer_set(shown, [letters[row["cells"][1]] for row in shown["rows"]])

    def end(self) -> tuple[str, str, int]:
        """Press Ctrl-C; return what was printed, and the exit code."""
        self.process.send_signal(signal.SIGINT)
        out, err = self.process.communicate(timeout=120)
        return out, err, self.process.returncode


@pytest.fixture(scope="module", autouse=True)
def _small_forests() -> None:
    """Grow whole forests: what the process wrote is written again by a command in this process."""


@pytest.fixture
def command(person: Callable[..., Person]) -> Iterator[Callable[..., Command]]:
    started: list[Command] = []

    def start(file: Path, *options: str) -> Command:
        started.append(Command(file, person, *options))
        return started[-1]

    yield start
    for one in started:
        if one.process.poll() is None:
            one.process.kill()
            one.process.communicate()


def test_a_table_is_labelled_ended_by_ctrl_c_and_taken_up_again(
    tmp_path: Path, command: Callable[..., Command]
) -> None:
    file = write_table(tmp_path / "people.csv")
    first = command(file)
    start = first.person.open()
    setup = start["setup"]
    assert (start["stage"], setup["file"], setup["rows"]) == ("setup", "people.csv", ROWS)
    assert (setup["keys"], setup["key"]) == (["id", "row_number"], "id")
    assert [column["name"] for column in setup["columns"]] == ["id", "name", "street", "city"]
    assert len(start["practice"]) == 3
    first.set_up(start, "id")
    assert first.person.get("/start")["stage"] == "label"
    assert first.person.get("/start")["guide"]["sentence"] == "Same."
    first.answer(3)

    out, err, code = first.end()
    assert (err, code) == ("", 0)
    outputs = [tmp_path / f"people.{kind}" for kind in ("matched.csv", "labels.csv", "model")]
    assert all(str(path) in out for path in outputs)
    with outputs[0].open(encoding="utf-8") as written:
        matched = list(csv.DictReader(written))
    assert len(matched) == ROWS
    assert matched[0]["match_id"] == matched[1]["match_id"] != matched[2]["match_id"]
    labels: Labels = read_labels(outputs[1], key="id")
    assert labels.n_sets == 3
    assert len(labels) == 30

    second = command(file)
    assert second.url == first.url
    assert second.cookie == first.cookie
    start = second.person.open()
    assert (start["stage"], start["setup"]) == ("label", None)
    assert second.person.get("/sets")["queue"]["done"] == 3
    assert second.person.get("/answers")["count"] == 3
    second.answer(1)
    second.end()
    assert len(read_labels(outputs[1], key="id")) == 40

    before = [path.read_bytes() for path in outputs]
    for line in re.findall(r"^again: matchloop (.+)$", out, re.MULTILINE):
        assert main(line.split()) == 0
    assert [path.read_bytes() for path in outputs] == before


def test_a_killed_command_goes_on_with_every_answer_that_was_acknowledged(
    tmp_path: Path, command: Callable[..., Command]
) -> None:
    file = write_table(tmp_path / "people.csv", with_key=False)
    first = command(file)
    start = first.person.open()
    assert (start["setup"]["keys"], start["setup"]["key"]) == (["row_number"], "row_number")
    first.set_up(start, "row_number")
    shown = first.sets()[0]
    assert [column["name"] for column in shown["columns"]] == ["name", "street", "city"]
    events = first.person.answer(shown, ["A"] * len(shown["rows"]))
    first.person.send(events[:4])
    os.kill(first.process.pid, signal.SIGKILL)
    first.process.communicate()

    second = command(file)
    second.person.open()
    (again,) = [one for one in second.sets() if one["set"] == shown["set"]]
    assert again["past"] == events[:4]
    assert again["rows"] == shown["rows"]
    assert second.person.send(events)[0] == 200
    second.end()

    store = open_store(f"sqlite:///{tmp_path / 'people.matchloop' / 'matchloop.sqlite'}")
    with store.reading() as tx:
        labels = current_labels(tx, second.transform)
    store.close()
    assert labels is not None
    assert len(labels) == len(shown["rows"])


def test_the_link_works_once_and_nothing_is_answered_without_its_cookie(
    tmp_path: Path,
    command: Callable[..., Command],
    person: Callable[..., Person],
    capsys: pytest.CaptureFixture[str],
) -> None:
    running = command(write_table(tmp_path / "people.csv"))
    assert running.follow()[0] == 403
    stranger = person(running.url, running.transform)
    for path in ("", "/start", "/sets", "/summary"):
        assert stranger.ask("GET", stranger.base + path)[0] == 401
    other = person(running.url, running.transform, cookie=running.cookie)
    assert other.ask("GET", other.base, Origin="http://evil.example")[0] == 403
    assert other.ask("GET", other.base, Host="evil.example")[0] == 403

    assert main(["label", str(tmp_path / "people.csv"), "--no-browser"]) == 1
    told = capsys.readouterr().err
    assert "another matchloop page works on" in told
    assert told.count("\n") == 1
    assert running.end()[2] == 0


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["none.csv"], "none.csv"),
        (["s3://bucket/people.csv"], "not on this machine"),
        (["people.csv", "--key", "city"], "repeats"),
        (["people.csv", "--key", "nope"], "no key column 'nope'"),
        (["people.csv", "--labels", "none.csv"], "cannot read none.csv"),
        (["people.csv", "--port", "70000"], "--port"),
        (["empty.csv"], "empty.csv"),
    ],
)
def test_wrong_use_is_one_line(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    told: str,
) -> None:
    write_table(tmp_path / "people.csv")
    (tmp_path / "empty.csv").write_text("id,name\n")
    monkeypatch.chdir(tmp_path)

    assert main(["label", *words, "--no-browser"]) in (1, 2)

    out, err = capsys.readouterr()
    assert told in err
    assert (err.count("\n"), out) == (1, "")
