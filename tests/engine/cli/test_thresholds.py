from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from matchloop.cli import main

DATA = Path(__file__).resolve().parents[3] / "data"
PEOPLE, TRUTH = str(DATA / "people.csv"), str(DATA / "people_truth.csv")


def matched(out: Path, *given: str) -> int:
    """Return the number of groups that `matchloop match` makes."""
    assert main(["match", PEOPLE, "--key", "id", "-o", str(out), *given]) == 0
    with out.open(newline="") as file:
        return len({row["match_id"] for row in csv.DictReader(file)})


def test_the_table_of_thresholds_says_what_each_threshold_gives(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    matched(tmp_path / "m.csv", "--thresholds", "--json")
    told = json.loads(capsys.readouterr().out)
    rows = {row["threshold"]: row for row in told["thresholds"]}

    assert sorted(rows) == [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95]
    for threshold in (0.2, 0.9):
        assert (
            matched(tmp_path / "o.csv", "--threshold", str(threshold))
            == (rows[threshold]["groups"])
        )
    precision = [row["expected_precision"] for row in told["thresholds"]]
    assert precision == sorted(precision)
    assert told["threshold"] == 0.5


def test_the_table_of_thresholds_is_printed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    matched(tmp_path / "m.csv", "--thresholds", "--threshold", "0.65")
    shown = capsys.readouterr().out.splitlines()

    assert shown[0].split("  ")[:2] == ["threshold", "pairs joined"]
    rows = [line.split()[0] for line in shown if line.strip()[:2] == "0."]
    assert rows == ["0.1", "0.2", "0.3", "0.4", "0.5", "0.6", "0.65", "0.7", "0.8", "0.9", "0.95"]
    assert "this matching groups from 0.65" in shown[12]


def test_a_threshold_and_a_tradeoff_are_refused_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    both = ["--threshold", "0.7", "--precision-recall", "0.5"]
    out = ["-o", str(tmp_path / "o.csv")]

    assert main(["match", PEOPLE, "--key", "id", *out, *both]) == 2
    assert main(["train", PEOPLE, "--key", "id", *out, *both]) == 2
    assert main(["evaluate", PEOPLE, "--key", "id", "--truth", TRUTH, *both]) == 2
    assert capsys.readouterr().err.count("both given; give one of them") == 3
    assert list(tmp_path.iterdir()) == []


def test_a_typed_tradeoff_takes_the_place_of_the_threshold_of_a_model(tmp_path: Path) -> None:
    model = str(tmp_path / "saved.model")
    train = ["train", PEOPLE, "--key", "id", "-o", model, "--threshold", "0.95"]
    assert main(train) == 0
    out = tmp_path / "o.csv"

    assert matched(out, "--model", model) == matched(out, "--threshold", "0.95")
    assert matched(out, "--model", model, "--precision-recall", "0.5") == matched(out)
    assert matched(out, "--model", model, "--threshold", "0.2") == matched(
        out, "--threshold", "0.2"
    )


def test_thresholds_of_an_incremental_run_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ["-o", str(tmp_path / "o.csv"), "--incremental", PEOPLE, "--thresholds"]

    assert main(["match", PEOPLE, "--key", "id", *given]) == 2
    assert "earlier groups are never split" in capsys.readouterr().err


def test_the_truth_measures_every_threshold(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "q.html"
    given = ["--truth", TRUTH, "--json", "--html", str(page)]

    assert main(["evaluate", PEOPLE, "--key", "id", *given]) == 0
    told = json.loads(capsys.readouterr().out)
    at_half = next(row for row in told["thresholds"] if row["threshold"] == 0.5)
    assert at_half["precision"]["value"] == pytest.approx(told["pairs"]["precision"])
    assert at_half["recall"]["value"] == pytest.approx(told["pairs"]["recall"])
    assert "Which threshold" in page.read_text()
    expected = f"expects a precision of {at_half['expected_precision']:.3f}"
    assert f"{expected}; {at_half['precision']['value']:.3f} was measured" in page.read_text()
