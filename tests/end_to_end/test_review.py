"""Review the doubtful groups in the terminal: answers are stored, kept, and obeyed."""

from __future__ import annotations

import io
import json
import os
import shlex
import signal
import subprocess
import sys
import time
from contextlib import chdir
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from rich.cells import cell_len

import matchloop as ml
from end_to_end.csv_rows import Rows, read, write
from matchloop.cli import main
from matchloop.cli.answering import read_answer
from matchloop.errors import UsageError
from matchloop.quality.reviewing import ReviewFile

pytestmark = pytest.mark.usefixtures("small_forests")

PEOPLE = Path(__file__).resolve().parents[2] / "data" / "people.csv"
REVIEW = ("review", "matched.csv", "--key", "id", "--labels", "review.csv")


@pytest.fixture(scope="module")
def matched(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder = tmp_path_factory.mktemp("matched")
    write(folder / "people.csv", read(PEOPLE)[:150])
    with chdir(folder):
        assert main(["match", "people.csv", "--key", "id", "-o", "matched.csv"]) == 0
    return (folder / "matched.csv").read_bytes()


@pytest.fixture
def folder(matched: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "matched.csv").write_bytes(matched)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def process(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "matchloop", *arguments],
        cwd=folder,
        env={**os.environ, "COLUMNS": "80"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def answer(monkeypatch: pytest.MonkeyPatch, typed: str, *more: str) -> int:
    monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
    return main([*REVIEW, *more])


def sets(path: Path) -> dict[str, Rows]:
    by_set: dict[str, Rows] = {}
    for row in read(path):
        by_set.setdefault(row["labeling_set_id"], []).append(row)
    return by_set


def test_piped_answers_are_stored_and_a_second_run_goes_on_after_them(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out, words = process(folder, *REVIEW, "--json").communicate("y\nperhaps\nn\nq\n")
    first = json.loads(out)
    stored = (folder / "review.csv").read_text()
    assert answer(monkeypatch, "u\n") == 0
    again = capsys.readouterr().err

    assert first["answers"] == {"one": 1, "different": 1}
    assert "'perhaps' is no answer: expected y, n, u, z, q, or" in words
    assert max(map(len, words.splitlines())) <= 100
    labels = [[row["label"] for row in rows] for rows in sets(folder / "review.csv").values()]
    assert set(labels[0]) == {"a"}
    assert len(set(labels[1])) == len(labels[1])
    assert set(labels[2]) == {""}
    assert (folder / "review.csv").read_text().startswith(stored)
    assert "review.csv answers 2 decisions already" in again
    assert "it answers 3 decisions in all" in again


def test_wide_tables_with_many_records_fit_eighty_columns_and_steer_no_terminal(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = read(folder / "matched.csv")[:40]
    long = ["\u6771\u4eac\u90fd" * 9, "alpha beta " * 12, "x" * 70, "", "\x1b[31mred"]
    for at, row in enumerate(rows):
        row["match_id"] = str(at // 10)
        row |= {f"column {n:02d}": long[(at * n) % 5] for n in range(20)}
    write(folder / "matched.csv", rows)
    monkeypatch.setenv("COLUMNS", "80")
    assert answer(monkeypatch, "u\n", "--groups", "1") == 0
    words = capsys.readouterr().err
    lines = words.split("such as aab", 1)[1].split("answer:", 1)[0].splitlines()[1:]

    assert max(map(cell_len, lines)) <= 80
    assert "\x1b" not in words
    assert any(line.startswith("given ") for line in lines)
    assert "8 of 10 records are shown" in words
    assert "more columns differ" in words


def test_groups_obey_the_answers_in_the_run_that_is_named_as_next(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = {row["id"]: row["match_id"] for row in read(folder / "matched.csv")}
    assert answer(monkeypatch, "u\nu\nu\n") == 0
    reversed_ = [
        "y" if len({before[row["id"]] for row in rows}) > 1 else "n"
        for rows in sets(folder / "review.csv").values()
    ]
    (folder / "review.csv").unlink()
    capsys.readouterr()
    assert answer(monkeypatch, "\n".join(reversed_) + "\n", "--json") == 0
    following = json.loads(capsys.readouterr().out)["next"]
    assert main(shlex.split(following)[1:]) == 0

    after = {row["id"]: row["match_id"] for row in read(folder / "matched.reviewed.csv")}
    pairs = [
        pair for rows in sets(folder / "review.csv").values() for pair in combinations(rows, 2)
    ]
    kept = [
        (after[left["id"]] == after[right["id"]]) == (left["label"] == right["label"])
        for left, right in pairs
    ]
    changed = [
        (before[left["id"]] == before[right["id"]]) != (left["label"] == right["label"])
        for left, right in pairs
    ]
    assert len(reversed_) == 3
    assert all(kept)
    assert any(changed)


def test_an_answer_is_taken_back_and_given_anew(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert answer(monkeypatch, "z\ny\nz\n") == 0
    assert "nothing to undo" in capsys.readouterr().err
    assert not (folder / "review.csv").exists()
    assert answer(monkeypatch, "y\nz\nu\n") == 0

    assert {row["label"] for row in read(folder / "review.csv")} == {""}
    assert len(sets(folder / "review.csv")) == 1


def test_ctrl_c_loses_no_answer(folder: Path) -> None:
    running = process(folder, *REVIEW)
    assert running.stdin is not None
    running.stdin.write("y\n")
    running.stdin.flush()
    limit = time.monotonic() + 120
    while not (folder / "review.csv").exists() and time.monotonic() < limit:
        time.sleep(0.05)
    running.send_signal(signal.SIGINT)
    _, words = running.communicate()

    assert running.returncode == 130
    assert words.splitlines()[-1] == (
        "matchloop: interrupted; 1 answer of this run is in review.csv; the same command goes on "
        "after it"
    )
    assert "Traceback" not in words
    assert {row["label"] for row in read(folder / "review.csv")} == {"a"}
    assert sorted(path.name for path in folder.iterdir()) == ["matched.csv", "review.csv"]


def test_rows_that_a_file_holds_already_stay_and_are_not_asked_again(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert answer(monkeypatch, "u\n", "--groups", "1") == 0
    shown = read(folder / "review.csv")
    own = [{**row, "labeling_set_id": "mine", "label": "x"} for row in shown]
    write(folder / "review.csv", own)
    assert answer(monkeypatch, "u\n", "--groups", "1") == 0

    by_set = sets(folder / "review.csv")
    assert by_set.pop("mine") == own
    assert {row["id"] for rows in by_set.values() for row in rows} != {row["id"] for row in own}


def test_answers_are_marked_as_reviewed_and_are_no_audit(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert answer(monkeypatch, "y\nn\n") == 0
    labels = ml.read_labels("review.csv", key="id")

    assert labels.of_review.all()
    assert not labels.of_audit.any()
    assert set(labels.provenance["strategy"].to_pylist()) == {"review"}


def test_labels_of_a_table_fit_its_matched_copy_and_the_other_way_round(folder: Path) -> None:
    names = [name for name in read(folder / "matched.csv")[0] if not name.startswith("match_")]
    write(folder / "p.csv", [{n: row[n] for n in names} for row in read(folder / "matched.csv")])
    plain, copy = (ml.read_records(name, key="id") for name in ("p.csv", "matched.csv"))
    for of, other in ((plain, copy), (copy, plain)):
        rows = of.table.slice(0, 2)
        table = rows.add_column(0, "label", [["a", "a"]]).add_column(
            0, "labeling_set_id", [["s", "s"]]
        )
        assert len(ml.Labels.of(table).bound(other).pairs(other)) == 1


def test_a_model_learned_already_obeys_answers_too(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert answer(monkeypatch, "u\n", "--groups", "1") == 0
    rows = read(folder / "review.csv")
    write(folder / "review.csv", [{**row, "label": str(at)} for at, row in enumerate(rows)])
    more = [{**rows[0], "labeling_set_id": "t", "label": "x"}]
    more += [{**read(folder / "matched.csv")[-1], "labeling_set_id": "t", "label": "y"}]
    keep = list(rows[0])
    more += [{**row, "labeling_set_id": "u", "label": "x"} for row in rows[:2]]
    write(folder / "l.csv", [{name: row[name] for name in keep} for row in more])
    typed = ["matched.csv", "--key", "id"]
    assert main(["train", *typed, "--labels", "l.csv", "-o", "m.model"]) == 0
    obey = ["--model", "m.model", "--labels", "review.csv"]
    assert main(["match", *typed, *obey, "-o", "o.csv"]) == 2
    assert main(["match", *typed, *obey, "--enforce-labels", "-o", "o.csv"]) == 0

    after = {row["id"]: row["match_id"] for row in read(folder / "o.csv")}
    assert len({after[row["id"]] for row in rows}) == len(rows)


@pytest.mark.parametrize("line", ["", "yes", "aa", "aabc", "aaz", "1", "\x1b[31m", "y n"])
def test_a_line_that_is_no_answer_is_one_clear_line(line: str) -> None:
    with pytest.raises(UsageError, match=r"no answer: expected y, n, u, z, q, or 3 letters") as bad:
        read_answer(line, 3)
    assert "\x1b" not in str(bad.value)


@pytest.mark.parametrize(
    ("line", "kind", "labels"),
    [
        ("Y", "one", "aaa"),
        ("n", "different", "abc"),
        ("a a b", "split", "aab"),
        ("bbb", "one", "bbb"),
        ("cab", "different", "cab"),
    ],
)
def test_an_answer_gives_each_record_a_label(line: str, kind: str, labels: str) -> None:
    answered = read_answer(line, 3)

    assert (answered.kind, "".join(map(str, answered.labels))) == (kind, labels)


def test_an_answer_that_cannot_be_written_leaves_the_file_as_it_was(folder: Path) -> None:
    records = ml.read_records("matched.csv", key="id")
    file = ReviewFile("review.csv", records)
    file.append([0, 1], ["a", "b"])
    before = (folder / "review.csv").read_bytes()
    (folder / "review.csv").rename(folder / "kept.csv")
    (folder / "review.csv").mkdir()
    with pytest.raises(ml.MatchloopError):
        file.append([2, 3], ["a", "b"])

    assert (folder / "kept.csv").read_bytes() == before
    assert np.array_equal(sorted(os.listdir(folder)), ["kept.csv", "matched.csv", "review.csv"])


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("left_id,right_id,label\n1,2,1\n", "labels lack the column 'labeling_set_id'"),
        ("labeling_set_id,label,id\ns,a,1\n", "they must have the columns of the table"),
        ("labeling_set_id,label,id\ns,a\n", "review.csv"),
    ],
)
def test_a_file_that_takes_no_answers_is_refused_before_the_work(
    content: str, expected: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "review.csv").write_text(content)
    assert main([*REVIEW]) == 1
    words = capsys.readouterr().err

    assert expected in words
    assert len(words.splitlines()) == 1
    assert (folder / "review.csv").read_text() == content
