"""A newcomer follows docs/laboratory.md to the letter."""

import io
import re
import shutil
import subprocess
import sys
from contextlib import chdir, redirect_stderr, redirect_stdout
from pathlib import Path

import pytest
import yaml

from matchloop.cli import main

ROOT = Path(__file__).resolve().parents[4]
PAGE = (ROOT / "docs" / "laboratory.md").read_text(encoding="utf-8")


def block(heading: str, language: str) -> str:
    section = re.search(rf"^## {re.escape(heading)}.*?(?=^## |\Z)", PAGE, re.DOTALL | re.MULTILINE)
    assert section, heading
    found = re.search(rf"^```{language}\n(.*?)^```", section.group(), re.DOTALL | re.MULTILINE)
    assert found, heading
    return found.group(1)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for path in (ROOT / "data").glob("*.csv"):
        shutil.copy(path, tmp_path)
    (tmp_path / "near_misses.py").write_text(block("1. ", "python"), encoding="utf-8")
    (tmp_path / "test_near_misses.py").write_text(block("2. ", "python"), encoding="utf-8")
    (tmp_path / "grid.yaml").write_text(block("3. ", "yaml"), encoding="utf-8")
    return tmp_path


def ran(folder: Path, *arguments: str, switch: str = "-m") -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, switch, *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done


def printed(folder: Path, *arguments: str) -> str:
    """Run a command in this process and return what it prints; :func:`ran` starts one."""
    out, words = io.StringIO(), io.StringIO()
    with chdir(folder), redirect_stdout(out), redirect_stderr(words):
        assert main(arguments) == 0, words.getvalue()
    return out.getvalue()


def test_the_strategy_is_one_file_under_30_lines() -> None:
    assert len(block("1. ", "python").splitlines()) < 30


def test_the_strategy_passes_the_contract(folder: Path) -> None:
    done = ran(folder, "pytest", "-q", "-p", "no:cacheprovider", "test_near_misses.py")

    assert "passed" in done.stdout


def test_the_dry_run_lists_every_run(folder: Path) -> None:
    grid = block("3. ", "yaml")
    said = printed(folder, "lab", "simulate", "grid.yaml", "-o", "results", "--dry-run")

    assert len(said.splitlines()) == 2 * 3 * (3 + 1)  # tables, seeds, strategies
    assert said.count("near_misses:NearMisses") == 2 * 3
    assert not (folder / "results").exists()
    assert yaml.safe_load(grid)["rounds"] * yaml.safe_load(grid)["seeds"] < 10


def test_the_grid_runs_and_is_compared(folder: Path) -> None:
    grid = yaml.safe_load(block("3. ", "yaml"))
    short = {**grid, "tables": grid["tables"][:1], "rounds": 1, "seeds": 1, "supervised": False}
    (folder / "grid.yaml").write_text(yaml.safe_dump(short), encoding="utf-8")
    printed(folder, "lab", "simulate", "grid.yaml", "-o", "results")

    assert "near_misses:NearMisses" in printed(folder, "lab", "compare", "results")


@pytest.mark.slow
def test_the_page_runs_as_it_stands(folder: Path) -> None:
    for heading in ("4. ", "5. "):
        for line in block(heading, "sh").splitlines():
            ran(folder, *line.split())

    assert (folder / "report.html").is_file()


def test_an_installed_strategy_stands_among_the_others(folder: Path) -> None:
    """An entry point is read from the dist-info folder that pip would write."""
    metadata = folder / "near_misses-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: near-misses\nVersion: 1.0\n")
    points = re.findall(r'^(near_misses = )"(.*)"', block("6. ", "toml"), re.MULTILINE)
    assert points
    (metadata / "entry_points.txt").write_text(
        "[matchloop.strategies]\n" + "".join(f"{name}{place}\n" for name, place in points)
    )
    # one process for both: each start takes a second of CPU
    asked = ["ask", "people.csv", "--key", "id", "--strategy", "near_misses", "--sets", "2"]
    program = (
        "from matchloop.cli import main\n"
        "main(['ask', '--help'])\n"
        f"raise SystemExit(main({[*asked, '-o', 'questions.csv']}))"
    )
    helped = ran(folder, program, switch="-c").stdout

    assert "near_misses" in " ".join(helped.split())
    assert (folder / "questions.csv").is_file()
