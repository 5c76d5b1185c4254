import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from matchloop.errors import InputError, OutputError, UsageError
from matchloop.lab.simulation import Grid, Results, plan_grid, read_rounds, run_grid

SMALL = {
    "tables": [{"name": "people", "file": "people.csv", "key": "id", "truth": "truth.csv"}],
    "strategies": ["margin", "random"],
    "oracles": [{"name": "uniform", "rate": 0.2}],
    "questions": [{"rows": 2, "sets": 10}],
    "rounds": 1,
    "seeds": 1,
}
OWN = """
from dataclasses import dataclass
@dataclass(frozen=True)
class Mine:
    def utilities(self, context):
        return {}
"""


@pytest.fixture
def folder(tmp_path: Path, some_people: Callable[[Path], object]) -> Path:
    some_people(tmp_path / "work")
    return tmp_path / "work"


def files_of(results: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(results)): path.read_bytes()
        for path in sorted(results.rglob("*"))
        if path.is_file() and path.name not in ("seconds.json", ".lock")
    }


def finished_in(results: Path) -> list[Path]:
    return list(results.glob("runs/[!.]*/rounds.parquet"))


def run(folder: Path, name: str, given: dict[str, object], jobs: int = 1) -> int:
    return run_grid(Grid.of(given), Results(folder / name), folder=folder, jobs=jobs)


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory, some_people: Callable[[Path], object]) -> Path:
    """The results of the small grid, of one process; copy them to change them."""
    folder = tmp_path_factory.mktemp("played") / "work"
    some_people(folder)
    assert run(folder, "results", SMALL) == 3  # with one that learns everything
    return folder / "results"


def test_finished_runs_are_not_played_again(folder: Path, played: Path) -> None:
    shutil.copytree(played, folder / "a")
    before = files_of(folder / "a")

    assert run(folder, "a", SMALL) == 0
    assert files_of(folder / "a") == before
    assert run(folder, "a", {**SMALL, "seeds": 2}) == 3
    before.pop("experiment.json")
    assert before.items() <= files_of(folder / "a").items()


def test_two_processes_write_what_one_writes(folder: Path, played: Path) -> None:
    environment = dict(os.environ)
    run(folder, "two", SMALL, jobs=2)

    assert files_of(folder / "two") == files_of(played)
    assert dict(os.environ) == environment


@pytest.mark.slow
@pytest.mark.parametrize("jobs", [1, 2])
def test_resumed_is_as_never_cut_off(folder: Path, jobs: int) -> None:
    import json

    grid = folder / "grid.yaml"
    grid.write_text(json.dumps({**SMALL, "seeds": 4}), encoding="utf-8")
    run(folder, "whole", {**SMALL, "seeds": 4})
    command = [sys.executable, "-m", "matchloop", "simulate", str(grid), "--jobs", str(jobs)]
    command += ["-o", str(folder / "cut")]
    chance = random.Random(jobs)
    killed = 0
    for finished in (0, 1, 3, 6):  # of twelve runs
        process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        while process.poll() is None and len(finished_in(folder / "cut")) <= finished:
            time.sleep(0.01)
        time.sleep(chance.uniform(0, 0.2))
        if process.poll() is None:
            process.kill()
            killed += 1
        process.wait()
    time.sleep(1)  # those that worked for the killed one end by themselves
    done = subprocess.run(command, stderr=subprocess.PIPE, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert killed
    assert files_of(folder / "cut") == files_of(folder / "whole")


def test_a_run_of_other_data_is_not_taken_for_done(folder: Path, played: Path) -> None:
    shutil.copytree(played, folder / "a")
    table = folder / "people.csv"
    table.write_text(table.read_text(encoding="utf-8").replace("a", "e"), encoding="utf-8")

    assert run(folder, "a", {**SMALL, "strategies": ["margin"], "supervised": False}) == 1
    with pytest.raises(InputError, match="the table 'people' has other data in run"):
        read_rounds([folder / "a"])


def test_a_run_of_other_code_is_not_taken_for_done(folder: Path) -> None:
    code = OWN.format("context.probability.astype('f8')")
    (folder / "own.py").write_text(code, encoding="utf-8")
    given = {**SMALL, "strategies": ["own:Mine", "margin"], "supervised": False}

    assert run(folder, "a", given) == 2
    assert run(folder, "a", given) == 0
    changed = code.replace("context.prob", "-context.prob")
    (folder / "own.py").write_text(changed, encoding="utf-8")
    assert run(folder, "a", given) == 1
    assert "own:Mine" in read_rounds([folder / "a"])["strategy"].to_pylist()


def test_a_strategy_that_fails_is_named(folder: Path) -> None:
    (folder / "own.py").write_text(OWN.format("1 / 0"), encoding="utf-8")
    given = {**SMALL, "strategies": ["own:Mine"], "rounds": 3, "supervised": False}

    with pytest.raises(UsageError, match="own:Mine fails on people with seed .: ZeroDivision"):
        run(folder, "a", given)


def test_code_that_cannot_be_found_or_run_is_named(folder: Path) -> None:
    (folder / "own.py").write_text("import nothing_of_that_name", encoding="utf-8")
    for name, message in (
        ("other:Mine", "other.py, which is no file; write module:Class"),
        ("../own:Mine", "is no file"),
        ("own:Mine", "own.py cannot be run: ModuleNotFoundError"),
    ):
        with pytest.raises(UsageError, match=message):
            plan_grid(
                Grid.of({**SMALL, "strategies": [name]}), Results(folder / "a"), folder=folder
            )
    (folder / "own.py").write_text("", encoding="utf-8")
    with pytest.raises(UsageError, match="own.py has no class 'Mine'"):
        plan_grid(
            Grid.of({**SMALL, "strategies": ["own:Mine"]}), Results(folder / "a"), folder=folder
        )


def test_two_may_not_write_to_one_folder(folder: Path) -> None:
    with (
        Results(folder / "a").writing(),
        pytest.raises(OutputError, match="another 'matchloop lab simulate' writes"),
    ):
        run(folder, "a", SMALL)


def test_results_of_other_versions_are_not_mixed(folder: Path) -> None:
    with Results(folder / "a").writing():
        Results(folder / "a").begin({"name": "old"}, {}, {"numpy": "0.1", "python": "2.7"})

    with pytest.raises(UsageError, match=r"holds runs of .*numpy 0.1, now .*; give another folder"):
        run(folder, "a", SMALL)


def test_a_folder_of_something_else_is_refused(folder: Path) -> None:
    (folder / "a").mkdir()
    (folder / "a" / "experiment.json").write_text("[]", encoding="utf-8")

    with pytest.raises(InputError, match="was not written by 'matchloop lab simulate'"):
        run(folder, "a", SMALL)


def test_what_a_killed_process_left_is_swept_away(folder: Path) -> None:
    left = folder / "a" / "runs" / ".people-margin.0123"
    left.mkdir(parents=True)
    (left / "events.jsonl").write_text("{", encoding="utf-8")
    run(folder, "a", {**SMALL, "strategies": ["margin"], "supervised": False})

    assert not left.exists()


def test_a_grid_of_replayed_labels_asks_the_file(folder: Path) -> None:
    path = folder / "labels.csv"
    rows = (folder / "people.csv").read_text(encoding="utf-8").splitlines()
    lines = [f"labeling_set_id,label,{rows[0]}"]
    lines += [f"s,{number},{row}" for number, row in enumerate(rows[1:])]
    path.write_text("\n".join(lines), encoding="utf-8")
    given = {**SMALL, "oracles": [{"name": "replay", "file": "labels.csv"}]}
    given |= {"strategies": ["margin"]}

    assert run(folder, "a", given) == 2
    path.write_text("\n".join(lines[:-1]), encoding="utf-8")
    assert run(folder, "a", given) == 1
