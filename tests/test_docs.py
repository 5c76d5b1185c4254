"""The docs name everything there is, and what they show runs."""

from __future__ import annotations

import io
import re
import shlex
import shutil
from dataclasses import fields
from itertools import pairwise
from pathlib import Path

import pytest
import typer.main

import matchloop
from matchloop.active_learning.questions import STARTS
from matchloop.active_learning.strategies import ALIASES, QueryContext
from matchloop.active_learning.strategies import BUILTIN as STRATEGIES
from matchloop.cli import main
from matchloop.cli.app import build
from matchloop.cli.lab import lab
from matchloop.data.records import Kind
from matchloop.lab.simulation.learners import LEARNERS
from matchloop.lab.simulation.oracles import BUILTIN as ORACLES
from matchloop.matching.comparing import BUILTIN as COMPARATORS
from matchloop_api.operations import BEYOND, OPERATIONS

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
COMMANDS = typer.main.get_group(build()).commands
LABORATORY = typer.main.get_group(lab).commands


def text(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def section(page: str, heading: str) -> str:
    found = re.search(rf"^## {re.escape(heading)}.*?(?=^## |\Z)", page, re.DOTALL | re.MULTILINE)
    assert found, f"no section '{heading}'"
    return found.group()


def blocks(page: str) -> list[tuple[str, str]]:
    return re.findall(r"^```(\w+)\n(.*?)^```", page, re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_command_and_option_is_documented(command: str) -> None:
    described = section(text("commands.md"), f"matchloop {command}")
    options = [name for param in COMMANDS[command].params for name in param.opts]

    assert [name for name in options if name.startswith("--") and f"`{name}" not in described] == []


@pytest.mark.parametrize("command", ["simulate", "compare", "report"])
def test_every_option_of_the_laboratory_is_documented(command: str) -> None:
    described = section(text("commands.md"), f"matchloop lab {command}")
    options = [name for param in LABORATORY[command].params for name in param.opts]

    assert [name for name in options if name.startswith("--") and f"`{name}" not in described] == []


def test_shared_options_are_described_once() -> None:
    shared = section(text("commands.md"), "Options that several commands have")
    everywhere = text("commands.md")
    options = {
        name
        for command in COMMANDS.values()
        for param in command.params
        for name in param.opts
        if name.startswith("--")
    }

    alone = {name for name in options if f"`{name}" not in shared}
    assert [name for name in sorted(alone) if f"| `{name}" not in everywhere] == []


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_command_has_an_example_that_parses(command: str) -> None:
    epilog = COMMANDS[command].epilog or ""
    words = shlex.split(epilog.removeprefix("Example: "))

    assert words[:2] == ["matchloop", command]
    COMMANDS[command].make_context(command, words[2:])


@pytest.mark.parametrize("name", matchloop.__all__)
def test_every_public_name_is_documented(name: str) -> None:
    assert f"`ml.{name}" in text("python.md")


@pytest.mark.parametrize("name", sorted(STRATEGIES))
def test_every_strategy_is_documented(name: str) -> None:
    assert f"| `{name}` |" in text("plug-ins.md")


def test_everything_that_a_strategy_may_look_at_is_documented() -> None:
    described = section(text("plug-ins.md"), "A strategy")

    assert [one.name for one in fields(QueryContext) if f"`{one.name}`" not in described] == []


def test_every_other_name_of_a_strategy_is_documented() -> None:
    assert [name for name in ALIASES if f"`{name}`" not in text("plug-ins.md")] == []


@pytest.mark.parametrize("name", sorted({*ORACLES, *STARTS, *LEARNERS}))
def test_every_part_of_a_grid_is_documented(name: str) -> None:
    assert f"`{name}`" in text("laboratory.md")


@pytest.mark.parametrize("name", sorted({**OPERATIONS, **BEYOND}))
def test_every_operation_is_documented(name: str) -> None:
    headings = re.findall(r"^### (.*)$", text("operations.md"), re.MULTILINE)

    assert name in re.findall(r"\w+", " ".join(headings))


@pytest.mark.parametrize("name", sorted(COMPARATORS))
def test_every_comparator_is_documented(name: str) -> None:
    assert f"| `{name}` |" in text("plug-ins.md")


@pytest.mark.parametrize("kind", sorted(Kind))
def test_every_kind_is_documented(kind: str) -> None:
    assert f"| `{kind}` |" in text("file-formats.md")


def test_every_folder_of_the_engine_is_explained() -> None:
    folders = [p.parent for p in (ROOT / "engine" / "matchloop").glob("*/__init__.py")]
    page = text("architecture.md")

    assert [folder.name for folder in folders if f"`{folder.name}/`" not in page] == []


def test_links_between_pages_lead_somewhere() -> None:
    pages = [*DOCS.glob("*.md"), *ROOT.glob("*.md"), *ROOT.glob("*/README.md")]
    broken = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in pages
        for target in re.findall(r"\]\(([^)#]+)", page.read_text(encoding="utf-8"))
        if "://" not in target and not (page.parent / target).exists()
    ]

    assert broken == []


def test_every_page_is_listed() -> None:
    listed = text("README.md")

    assert [p.name for p in DOCS.glob("*.md") if f"({p.name})" not in listed] == ["README.md"]


def run(page: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for path in (ROOT / "data").glob("*.csv"):
        shutil.copy(path, folder)
    monkeypatch.chdir(folder)
    names: dict[str, object] = {}
    for language, block in blocks(page):
        if language == "python":
            exec(compile(block, "block", "exec", dont_inherit=True), names)
        elif language == "sh":
            for line in block.splitlines():
                if line.startswith("printf "):
                    answers, line = line.split(" | ", 1)
                    typed = shlex.split(answers)[1].replace("\\n", "\n")
                    monkeypatch.setattr("sys.stdin", io.StringIO(typed))
                if line.startswith("matchloop "):
                    assert main(shlex.split(line)[1:]) == 0, line


def worded(lines: str) -> list[str]:
    """Lines of an output without their numbers, which may differ between machines."""
    return [re.sub(r"[\d.,]+", "#", " ".join(line.split())) for line in lines.splitlines()]


def test_the_tutorial_runs_and_prints_what_it_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = text("tutorial.md")
    run(page, tmp_path, monkeypatch)
    captured = capsys.readouterr()
    printed = {*worded(captured.out), *worded(captured.err)}

    assert (tmp_path / "matched.parquet").is_file()
    shown = [
        line
        for (before, _), (language, block) in pairwise(blocks(page))
        if (before, language) == ("sh", "text")
        for line in worded(block)
    ]
    assert [line for line in shown if line not in printed] == []


def test_the_example_of_linking_frames_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    section = text("python.md").partition("## Linking tables\n")[2].partition("\n## ")[0]

    assert "ml.link(" in section
    run(section, tmp_path, monkeypatch)


def test_the_example_of_the_readme_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = (ROOT / "README.md").read_text(encoding="utf-8")
    first = next(block for language, block in blocks(page) if language == "python")

    assert len(first.strip().splitlines()) <= 10
    run(f"```python\n{first}```\n", tmp_path, monkeypatch)

    assert (tmp_path / "questions.csv").is_file()


def test_the_blocks_about_plug_ins_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(text("plug-ins.md"), tmp_path, monkeypatch)


def test_the_two_commands_of_the_readme_are_one_line_each() -> None:
    page = (ROOT / "README.md").read_text(encoding="utf-8")
    lines = [line for line in page.splitlines() if line.startswith("python3 -m venv .venv && ")]

    assert len(lines) == 2
    assert lines[0].endswith("matchloop demo")
    assert lines[1].endswith("-m pytest -n auto --dist loadfile")
