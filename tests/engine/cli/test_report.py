from __future__ import annotations

import io
import json
import re
import shlex
import sys
from html import unescape
from pathlib import Path

import pytest

from matchloop.cli import main

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report")
    (folder / "people.csv").write_bytes((ROOT / "data" / "people.csv").read_bytes())
    typed = ["match", str(folder / "people.csv"), "--key", "id"]
    assert main([*typed, "-o", str(folder / "matched.csv")]) == 0
    return folder


@pytest.fixture
def here(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(folder)
    return folder


TYPED = ["report", "matched.csv", "--key", "id", "--html", "page.html"]


def test_the_page_says_what_was_matched_what_is_doubtful_and_what_to_do_next(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*TYPED, "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    page = (here / "page.html").read_text(encoding="utf-8")

    assert page.startswith("<!doctype html>")
    assert "What was matched in matched.csv" in page
    assert report["figures"]["records"] == "400"
    assert sum(band["records"] for band in report["sizes"]) == 400
    assert len(report["thresholds"]) == 10
    assert 0 < len(report["doubtful"]) <= 50
    assert page.count("<article") == len(report["doubtful"])
    assert "likely to belong together" in page
    assert report["against"][0].startswith("No label was given")
    assert not re.search(r'(src|href)="(?!#|data:)', page)


def test_a_model_that_learned_from_labels_is_not_called_unlabelled(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    labels = str(ROOT / "data" / "people_labels.csv")
    trained = ["train", str(here / "people.csv"), "--key", "id", "--labels", labels]
    assert main([*trained, "-o", "people.matchloop"]) == 0
    capsys.readouterr()

    assert main([*TYPED, "--model", "people.matchloop", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)

    assert report["against"][0].startswith("The model learned from labels")


def test_the_commands_of_the_page_run(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("y\n"))
    assert main(TYPED) == 0
    assert "next: matchloop review matched.csv --key id" in capsys.readouterr().err
    page = (here / "page.html").read_text(encoding="utf-8")
    commands = [
        unescape(command_text) for command_text in re.findall(r"<pre><code>(.*?)</code>", page)
    ]

    assert [shlex.split(command)[1] for command in commands] == ["ask", "review", "ask", "golden"]
    for command in commands:
        assert main(shlex.split(command)[1:]) == 0, command


def test_groups_that_a_person_changed_are_those_of_the_page_and_counted(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = (here / "matched.csv").read_text().splitlines()
    head = lines[0].split(",")
    at = head.index("match_id")
    rows = [line.split(",") for line in lines[1:]]
    rows[0][at] = rows[-1][at]  # two strangers in one group
    edited = "\n".join([lines[0], *(",".join(row) for row in rows)]) + "\n"
    (here / "edited.csv").write_text(edited)

    assert main(["report", "edited.csv", "--key", "id", "-o", "edited.html", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert any("groups" in line and "otherwise" in line for line in report["against"])


def test_an_audit_puts_intervals_on_the_page(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["ask", "matched.csv", "--key", "id", "--audit", "30", "-o", "questions.csv"]
    assert main(asked) == 0
    lines = (here / "questions.csv").read_text().splitlines()
    at = lines[0].split(",").index("label")
    answered = [lines[0]]
    for number, line in enumerate(lines[1:]):
        cells = line.split(",")
        cells[at] = "A" if number % 4 < 3 else "B"
        answered.append(",".join(cells))
    (here / "answers.csv").write_text("\n".join(answered) + "\n")
    capsys.readouterr()

    typed = ["--audit", "questions.csv.audit", "--labels", "answers.csv"]
    assert main([*TYPED, *typed, "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert {"precision", "recall"} <= report["thresholds"][0].keys()
    assert "95 % interval" in (here / "page.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("typed", "code", "message"),
    [
        (["report", "lab", "--key", "id", "--html", "p.html"], 2, "matchloop lab report lab"),
        (["report", "people.csv", "--key", "id", "--html", "p.html"], 1, "no column 'match_id'"),
        ([*TYPED, "--audit", "x.audit"], 2, "--audit was given without --labels"),
        ([*TYPED[:-1], "no/p.html"], 1, "no/p.html"),
    ],
)
def test_wrong_use_is_one_line(
    here: Path, capsys: pytest.CaptureFixture[str], typed: list[str], code: int, message: str
) -> None:
    (here / "lab").mkdir(exist_ok=True)
    (here / "lab" / "experiment.json").write_text("{}")

    assert main(typed) == code
    error = capsys.readouterr().err
    assert message in error
    assert len(error.strip().splitlines()) == 1


def test_the_values_of_two_sources_are_not_marked_as_differing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = ["id,shop,name,match_id"]
    for n in range(40):
        lines += [
            f"a{n},east,drill veloce {n * 37},{n}",
            f"b{n},west,dril veloce {n * 37 + n % 2},{n}",
        ]
    (tmp_path / "m.csv").write_text("\n".join(lines) + "\n")
    monkeypatch.chdir(tmp_path)

    typed = ["report", "m.csv", "--key", "id", "--source", "shop", "--html", "page.html"]
    assert main(typed) == 0
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "<article" in page
    assert "<mark>east" not in page
    assert "<mark>drill veloce" in page


def test_match_writes_the_same_page_in_one_run(
    here: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    head, *lines = (here / "people.csv").read_text().splitlines()
    (tmp_path / "first.csv").write_text("\n".join([head, *lines[200:]]))
    (tmp_path / "people.csv").write_text("\n".join([head, *lines]))
    monkeypatch.chdir(tmp_path)
    assert main(["match", "first.csv", "--key", "id", "-o", "first_out.csv"]) == 0

    matched = ["match", "people.csv", "--key", "id", "-o", "matched.csv"]
    for previous in ([], ["--previous", "first_out.csv"]):  # whose ids the page then has
        assert main([*matched, *previous, "--report", "one.html"]) == 0
        assert main(TYPED) == 0

        assert "one.html: 400 records in" in capsys.readouterr().err
        assert Path("one.html").read_bytes() == Path("page.html").read_bytes()


@pytest.mark.parametrize(
    "options", [["--incremental", "matched.csv"], ["--identity", "ids"], ["--remove-duplicates"]]
)
def test_a_page_of_a_part_of_the_rows_is_refused(
    here: Path, options: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    matched = ["match", "people.csv", "--key", "id", "-o", "o.csv", "--report", "o.html"]

    assert main([*matched, *options]) == 2
    assert "--report" in capsys.readouterr().err
    assert not (here / "o.html").exists()
