from __future__ import annotations

import inspect
import sys
from importlib import import_module
from pathlib import Path

import pytest
import typer

import matchloop
from matchloop.cli import main
from matchloop.cli.app import COMMANDS, GROUP, MOVED

PLUGIN = """
import typer

def greet(name: str = "world") -> None:
    "Say hello."
    typer.echo(f"hello {name}")

def stumble() -> None:
    "Be interrupted in compiled code."
    raise SystemError("returned a result with an exception set") from KeyboardInterrupt()

group = typer.Typer()

@group.command()
def once() -> None:
    typer.echo("one")

@group.command()
def twice() -> None:
    typer.echo("two")
"""


def test_the_list_of_commands_cuts_no_sentence_short(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert main(["--help"]) == 0

    listed = capsys.readouterr().out.partition("Commands:")[2]

    assert listed
    assert "..." not in listed


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_a_command_is_listed_by_its_first_sentence(command: str) -> None:
    name = command.replace("-", "_")
    function = getattr(import_module(f"matchloop.cli.{name}"), name)
    if isinstance(function, typer.Typer):
        callback = function.registered_callback
        assert callback is not None
        function = callback.callback
    described = " ".join((inspect.getdoc(function) or "").split())

    assert described.startswith(COMMANDS[command][0])
    assert COMMANDS[command][0].endswith(".")


def test_a_mistyped_command_is_answered_with_the_likely_one(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["evalute", "people.csv"]) == 2
    assert "evaluate" in capsys.readouterr().err


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package that adds commands: one function, one group, and one that cannot be loaded."""
    (tmp_path / "greeting_plugin.py").write_text(PLUGIN)
    info = tmp_path / "greeting-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: greeting\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        f"[{GROUP}]\ngreet = greeting_plugin:greet\ncount = greeting_plugin:group\n"
        "stumble = greeting_plugin:stumble\n"
        "lost = greeting_missing:run\nmatch = greeting_plugin:greet\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "greeting_plugin", raising=False)


def test_nothing_typed_shows_the_help_and_is_wrong_use(capsys: pytest.CaptureFixture[str]) -> None:
    code = main([])
    shown = capsys.readouterr().out

    assert code == 2
    assert [name for name in COMMANDS if name not in shown] == list(MOVED)


def test_the_version_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"matchloop {matchloop.__version__}\n"


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_help_has_an_example(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([command, "--help"]) == 0
    assert f"Example: matchloop {command}" in capsys.readouterr().out


@pytest.mark.usefixtures("installed")
def test_another_package_adds_a_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["greet", "--name", "reader"]) == 0
    assert main(["count", "twice"]) == 0
    assert capsys.readouterr().out == "hello reader\ntwo\n"


@pytest.mark.usefixtures("installed")
def test_a_command_that_cannot_be_loaded_says_so_only_when_asked(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["greet"]) == 0
    assert main(["lost"]) == 1

    words = capsys.readouterr().err
    assert words.startswith("matchloop: the command 'lost' of greeting cannot be loaded")


@pytest.mark.usefixtures("installed")
def test_ctrl_c_in_compiled_code_is_an_interruption(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["stumble"]) == 130
    assert capsys.readouterr().err == "matchloop: interrupted; nothing was written\n"


@pytest.mark.usefixtures("installed")
def test_a_built_in_command_cannot_be_taken_over(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["match", "--help"]) == 0
    assert "match_confidence_score" in capsys.readouterr().out
