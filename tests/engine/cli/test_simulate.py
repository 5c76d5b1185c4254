import json
import shutil
from pathlib import Path

import pytest

from matchloop.cli import main

DATA = Path(__file__).resolve().parents[3] / "data"
GRID = """
tables:
  - {name: people, file: people.csv, key: id, truth: people_truth.csv}
strategies: [margin]
questions: [{rows: 2, sets: 5}]
rounds: 1
seeds: 1
"""


@pytest.fixture
def grid(tmp_path: Path) -> Path:
    for name in ("people.csv", "people_truth.csv"):
        shutil.copy(DATA / name, tmp_path)
    (tmp_path / "grid.yaml").write_text(GRID, encoding="utf-8")
    return tmp_path / "grid.yaml"


def test_it_plays_what_is_not_there_and_says_so(
    grid: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["lab", "simulate", str(grid), "-o", str(grid.parent / "results")]
    assert main([*command, "--json"]) == 0
    said = capsys.readouterr()
    assert json.loads(said.out)["played"] == 2
    assert "2 runs, 2 to play" in said.err

    assert main([*command, "--dry-run", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert listed["waiting"] == 0
    assert [run["finished"] for run in listed["runs"]] == [True, True]

    grid.write_text(GRID.replace("seeds: 1", "seeds: 2"), encoding="utf-8")
    assert main([*command, "--dry-run"]) == 0
    said = capsys.readouterr()
    assert said.out.count("waiting\t") == 2
    assert "4 runs, 2 to play, about " in said.err


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "cannot read"),
        ("a: [", "is not YAML"),
        ("- a", "a grid is a mapping"),
        (
            GRID.replace("margin", "magic"),
            "no 'magic' in matchloop.strategies; known: anch",
        ),
        (GRID.replace("people_truth.csv", "no.csv"), "no.csv"),
        (GRID.replace("key: id", "key: nr"), "nr"),
        (GRID.replace("seeds: 1", "seeds: some"), "seeds: 'some'; give a whole number"),
        (GRID + "oracles: [{name: uniform, rate: 3}]", "rate is 3; give a share from 0 to 1"),
        (GRID + "starts: [cold]", "no start 'cold'; known: "),
        (GRID + "learners: [brain]", "no learner 'brain'; known: "),
        (GRID + "oracles: [{name: replay, file: no.csv}]", "cannot read"),
        (GRID + "oracles: [{name: replay}]", "missing 1 required positional argument: 'file'"),
    ],
)
def test_every_mistake_is_one_line(
    grid: Path, text: str | None, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    if text is None:
        grid.unlink()
    else:
        grid.write_text(text, encoding="utf-8")

    assert main(["lab", "simulate", str(grid), "-o", str(grid.parent / "results")]) in (1, 2)
    said = capsys.readouterr()
    assert message in said.err
    assert said.err.count("\n") == 1
    assert not (grid.parent / "results").exists()
