from __future__ import annotations

import json
from pathlib import Path

import pytest

import matchloop as ml
from matchloop.cli import main

SETS = 12


def rows(slip: int | None) -> list[str]:
    """Twelve sets of four rows, two and two; in one set the last row may stand elsewhere."""
    out = []
    for one in range(SETS):
        groups = ["a", "a", "b", "b"]
        if slip is not None and one % SETS == slip:
            groups[3] = "c"
        out += [f"s{one},{group},{one}-{at},row {at}" for at, group in enumerate(groups)]
    return out


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    head = "labeling_set_id,label,id,name"
    for name, slip in (("ann", None), ("bob", 1), ("eve", 5)):
        (tmp_path / f"{name}.csv").write_text("\n".join([head, *rows(slip)]) + "\n")
    everybody = [
        f"{row},{name}" for name, slip in (("ann", None), ("bob", 1)) for row in rows(slip)
    ]
    (tmp_path / "all.csv").write_text("\n".join([f"{head},who", *everybody]) + "\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_people_are_compared(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["agree", "ann.csv", "bob.csv", "eve.csv", "--key", "id"]) == 0

    shown = capsys.readouterr().out
    assert "3 people, 12 sets, 12 shared, 2 disputed" in shown
    assert "Krippendorff's alpha over pairs: 0.9" in shown


def test_the_consensus_outvotes_slips_and_the_disputed_sets_are_asked_blind(folder: Path) -> None:
    typed = ["agree", "ann.csv", "bob.csv", "eve.csv", "--key", "id"]

    assert main([*typed, "--consensus", "labels.csv", "--adjudicate", "ask.csv"]) == 0
    labels = ml.read_labels("labels.csv", key="id")
    said = dict(zip(labels.values["id"].to_pylist(), labels.labels.to_pylist(), strict=True))
    assert said["1-2"] == said["1-3"] != said["1-0"] == said["1-1"]
    asked = (folder / "ask.csv").read_text().splitlines()
    assert asked[0] == "labeling_set_id,label,id,name"
    assert sorted({line.split(",")[0] for line in asked[1:]}) == ["s1", "s5"]
    assert {line.split(",")[1] for line in asked[1:]} == {""}


def test_people_of_one_file_are_told_by_a_column(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["agree", "all.csv", "--key", "id", "--person", "who", "--json"]) == 0
    apart = json.loads(capsys.readouterr().out)
    assert main(["agree", "ann.csv", "bob.csv", "--key", "id", "--json"]) == 0

    assert json.loads(capsys.readouterr().out) == apart


def test_a_pipeline_stops_at_a_low_alpha(folder: Path) -> None:
    typed = ["agree", "ann.csv", "bob.csv", "--key", "id", "--least-alpha"]

    assert main([*typed, "0.5"]) == 0
    assert main([*typed, "0.999"]) == 1


def test_the_comparison_becomes_a_page(folder: Path) -> None:
    assert main(["agree", "ann.csv", "bob.csv", "eve.csv", "--key", "id", "--html", "a.html"]) == 0

    page = (folder / "a.html").read_text()
    assert page.startswith("<!doctype html>")
    assert "ann, bob, eve: 12 sets" in page


def test_a_page_that_cannot_be_written_is_refused_first(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    typed = ["agree", "ann.csv", "bob.csv", "--key", "id", "--html", "nowhere/a.html"]

    assert main(typed) == 1
    assert "nowhere" in capsys.readouterr().err


def test_gold_measures_the_others(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    typed = ["agree", "ann.csv", "bob.csv", "--key", "id", "--gold", "ann.csv", "--json"]

    assert main(typed) == 0
    quality = json.loads(capsys.readouterr().out)["quality"]
    assert [one["person"] for one in quality] == ["bob"]
    assert quality[0]["found"]["value"] == pytest.approx(23 / 24)


def test_one_file_is_wrong_use(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["agree", "ann.csv", "--key", "id"]) == 2
    assert main(["agree", "ann.csv", "ann.csv", "--key", "id"]) == 2
    assert capsys.readouterr().err.count("\n") == 2


def test_the_table_is_heard_as_one_more(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = [f"{one}-{at},row {at} of {one}" for one in range(SETS) for at in range(4)]
    (folder / "table.csv").write_text("\n".join(["id,name", *lines]) + "\n")

    given = ["agree", "ann.csv", "bob.csv", "--key", "id", "--table", "table.csv", "--json"]
    assert main(given) == 0

    told = json.loads(capsys.readouterr().out)
    assert told["with_table"]
    assert all(one["right"]["value"] is not None for one in told["quality"])


def test_a_source_without_a_table_is_refused(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["agree", "ann.csv", "bob.csv", "--key", "id", "--source", "s"]) == 2
    assert "--table" in capsys.readouterr().err
