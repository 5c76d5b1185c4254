from __future__ import annotations

import json
import re
from pathlib import Path

import pandas as pd
import pytest

from matchloop.cli import main

NAMES = ["anna", "berta", "carla", "doris", "elena", "frida", "gerda", "helga", "irene", "julia"]


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    rows = []
    for number, name in enumerate(NAMES):
        rows.append((f"a{number}", f"{name} smith", f"{number} main street", str(1950 + number)))
        rows.append((f"b{number}", f"{name} smth", f"{number} main st", str(1950 + number)))
    table = pd.DataFrame(rows, columns=["id", "name", "street", "year"])
    table.to_csv(tmp_path / "people.csv", index=False)
    labels = table.copy()
    people = labels["id"].str[1:].astype(int)
    labels.insert(0, "label", (people % 2).astype(str))
    labels.insert(0, "labeling_set_id", "s" + (people // 2).astype(str))
    labels.to_csv(tmp_path / "labels.csv", index=False)
    return str(tmp_path / "labels.csv"), str(tmp_path / "people.csv")


def test_the_label_check_writes_json_a_page_and_questions(
    files: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page, again = tmp_path / "check.html", tmp_path / "again.csv"
    code = main(
        ["check-labels", files[0], "--table", files[1], "--key", "id", "--json",
         "--html", str(page), "--ask-again", str(again), "--fail-on", "coverage=1"]
    )  # fmt: skip
    told = json.loads(capsys.readouterr().out)

    assert code == int(bool(told["failed"]))
    assert len(told["checks"]) == 9
    assert page.read_text().startswith("<!doctype html>")
    verdicts = dict(re.findall(r'<td class="(good|bad|muted)">(.+?)</td>', page.read_text()))
    assert verdicts["good"] == "fine"
    assert verdicts["muted"] in ("not measured", "no threshold")
    assert again.read_text().startswith("labeling_set_id,label,id")


def test_a_failed_check_is_exit_code_one_and_its_threshold_can_be_given(
    files: tuple[str, str], tmp_path: Path
) -> None:
    call = ["check-labels", files[0], "--table", files[1], "--key", "id", "--fail-on", "coverage=1"]
    limits = tmp_path / "limits.toml"
    limits.write_text("balance = 1000\n")

    assert main([*call, "--fail-on", "balance=0"]) == 0
    assert main([*call, "--thresholds", str(limits)]) == 1
    assert main([*call, "--thresholds", str(limits), "--fail-on", "balance=0"]) == 0


def test_wrong_thresholds_are_exit_code_two(
    files: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    call = ["check-labels", files[0], "--table", files[1], "--key", "id", "--fail-on"]

    assert main([*call, "suspects"]) == 2
    assert main([*call, "nothing=1"]) == 2
    assert "expected CHECK=VALUE" in capsys.readouterr().err


def test_the_old_name_gives_the_same_answer_and_a_hint_on_stderr(
    files: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    options = [files[0], "--table", files[1], "--key", "id", "--json", "--fail-on", "coverage=1"]
    code = main(["check-labels", *options])
    report = capsys.readouterr()

    assert main(["audit", *options]) == code
    renamed = capsys.readouterr()
    assert renamed.out == report.out
    assert "`matchloop audit` is `matchloop check-labels` now" in renamed.err
    assert "the old name" not in report.err
