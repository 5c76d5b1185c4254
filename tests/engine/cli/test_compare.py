from __future__ import annotations

import json
from pathlib import Path

import pytest

from matchloop.cli import main


def test_the_table_says_what_is_shown_and_what_is_not(
    experiment: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["lab", "compare", str(experiment)]) == 0

    said = capsys.readouterr().out
    assert said.startswith("F1 over labels; 4 contenders, 2 tables, 2 seeds; answers by truth")
    for words in ("people (all labels:", "margin, random start", "critical difference of ranks"):
        assert words in said
    assert said.index("What this shows") < said.index("What it does not show")


def test_json_holds_the_same(experiment: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = [
        "lab",
        "compare",
        str(experiment),
        "--only",
        "random",
        "--axis",
        "seconds",
        "--json",
    ]

    assert main(arguments) == 0

    told = json.loads(capsys.readouterr().out)
    assert (told["axis"], told["reference"]) == ("seconds", "margin")
    assert sorted(one["contender"] for one in told["overall"]) == ["margin", "random"]
    assert told["limits"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--metric", "f2"], "no metric 'f2'"),
        (["--axis", "hours"], "no axis 'hours'"),
        (["--reference", "best"], "no contender 'best'"),
        (["--oracle", "crowd"], "no oracle 'crowd'"),
    ],
)
def test_a_wrong_name_is_one_line(
    experiment: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    assert main(["lab", "compare", str(experiment), *arguments]) == 2

    said = capsys.readouterr().err
    assert words in said
    assert said.count("\n") == 1


def test_a_folder_without_runs_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for command in (["lab", "compare", str(tmp_path)], ["lab", "report", str(tmp_path)]):
        assert main(command) == 1

        assert "holds no finished run" in capsys.readouterr().err


def test_the_report_and_its_figures_are_written(experiment: Path, tmp_path: Path) -> None:
    page, figures = tmp_path / "report.html", tmp_path / "figures"

    assert main(["lab", "report", str(experiment), "-o", str(page), "--figures", str(figures)]) == 0

    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert (figures / "curves.png").read_bytes().startswith(b"\x89PNG")
    assert (figures / "curves.pdf").read_bytes().startswith(b"%PDF")


def test_the_old_name_still_works_and_prints_the_new_one(
    experiment: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["lab", "compare", str(experiment)]) == 0
    new = capsys.readouterr()
    assert main(["compare", str(experiment)]) == 0
    old = capsys.readouterr()

    assert old.out == new.out
    assert "`matchloop compare` is `matchloop lab compare` now" in old.err
    assert "lab" not in new.err
