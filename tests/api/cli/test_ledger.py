from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

import matchloop as ml
from matchloop.cli import main
from matchloop_api.ledger import add_entry
from matchloop_api.payloads import write_payload
from matchloop_api.store import EventKind, LabelEvent, Store, Transform

NOW = datetime(2025, 1, 31, 12, tzinfo=UTC)
FIRST = [("s1", "a", "1"), ("s1", "a", "2"), ("s1", "b", "3")]
SECOND = [("s2", "a", "4")]


@pytest.fixture
def people(store: Store) -> str:
    """Make a transform with two imports, the second one instead of the first."""
    definition = {"Parameters": {"FindMatchesParameters": {"PrimaryKeyColumnName": "id"}}}
    with store.writing() as tx:
        tx.transforms.add(
            Transform(
                id="tfm-1",
                name="people",
                status="NOT_READY",
                created_at=NOW,
                modified_at=NOW,
                definition=definition,
                schema=(),
            )
        )
    for hour, rows in enumerate((FIRST, SECOND)):
        sets, labels, keys = zip(*rows, strict=True)
        table = pa.table({"labeling_set_id": sets, "label": labels, "id": keys})
        payload, count = write_payload(store, [table], kind="labels", now=NOW)
        entry = LabelEvent(
            transform_id="tfm-1",
            kind=EventKind.IMPORT,
            at=NOW + timedelta(hours=hour),
            actor="ann",
            rows=count,
            payload=payload,
            replace_all=hour == 1,
            source=f"file:///{hour}.csv",
        )
        with store.writing() as tx:
            add_entry(tx, entry)
    return "people"


class Ran:
    """Runs ``matchloop ledger`` on a store and keeps what it said."""

    def __init__(self, url: str, capsys: pytest.CaptureFixture[str]) -> None:
        self.url = url
        self.capsys = capsys
        self.err = ""

    def __call__(self, *words: str, code: int = 0) -> str:
        got = main(["ledger", *words, "--database-url", self.url])
        said = self.capsys.readouterr()
        self.err = said.err
        assert got == code, said.err
        return said.out

    def json(self, *words: str) -> dict[str, Any]:
        return dict(json.loads(self(*words, "--json")))


@pytest.fixture
def ledger(store_url: str, people: str, capsys: pytest.CaptureFixture[str]) -> Ran:
    return Ran(store_url, capsys)


def test_the_log_tells_what_counts(ledger: Ran) -> None:
    lines = ledger("log", "people").splitlines()

    assert lines[0].split() == ["seq", "at", "kind", "rows", "state", "by", "from"]
    assert "forgotten" in lines[1]
    assert "IMPORT (replace)" in lines[2]
    assert "counts" in lines[2]
    assert lines[2].endswith("ann  file:///1.csv")
    assert ledger.err == "people: labelled rows 1, status NOT_READY\n"


def test_an_undo_brings_the_labels_before_it_back(ledger: Ran) -> None:
    assert ledger.json("undo", "people", "2") == {
        "transform_id": "tfm-1",
        "seq": 3,
        "undoes": 2,
        "label_count": 3,
        "status": "READY",
    }
    states = [entry["state"] for entry in ledger.json("log", "tfm-1")["entries"]]
    assert states == ["counts", "undone by 3", "undoes 2"]
    ledger("undo", "people", "3")
    assert "entry 3 is undone by entry 4; people: labelled rows 1" in ledger.err
    ledger("undo", "people", "2")
    ledger("undo", "people", "2", code=1)
    assert "entry 2 of tfm-1 is undone by entry 5; undo that to bring it back" in ledger.err


@pytest.mark.parametrize(
    ("at", "rows"),
    [
        ("2025-01-31T12:30", 3),
        ("2025-01-31T14:30:00+02:00", 3),
        ("2025-01-31T13:00:00Z", 1),
        (None, 1),
    ],
)
def test_the_labels_of_a_time_are_written(
    ledger: Ran, tmp_path: Path, at: str | None, rows: int
) -> None:
    output = tmp_path / "labels.csv"
    told = ledger.json("show", "people", "-o", str(output), *(["--at", at] if at else []))

    assert told == {"transform_id": "tfm-1", "rows": rows, "output": str(output)}
    assert len(ml.read_labels(output, key="id")) == rows


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["show", "people", "--at", "2020-01-01", "-o", "FILE"], 1, "has no labels at 2020-01-01"),
        (["show", "people", "--at", "yesterday", "-o", "FILE"], 2, "--at is 'yesterday'; give a"),
        (["show", "people", "-o", "FILE/none/x.csv"], 1, "none"),
        (["log", "persons"], 1, "no transform 'persons'; known: 'people'"),
        (["undo", "people", "9"], 1, "no entry 9; it has 1 to 2"),
        (["undo", "people", "x"], 2, "'SEQ'"),
    ],
)
def test_what_cannot_be_done_is_told_in_one_line(
    ledger: Ran, tmp_path: Path, words: list[str], code: int, told: str
) -> None:
    ledger(*(word.replace("FILE", str(tmp_path / "out.csv")) for word in words), code=code)

    assert told in ledger.err
    assert len(ledger.err.splitlines()) == 1
    assert not (tmp_path / "out.csv").exists()


def test_a_folder_without_a_store_is_left_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["ledger", "log", "people", "--data-dir", str(tmp_path)]) == 1

    assert "there is no store at" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
