"""Build the command line, run one command, and turn errors into one line and an exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import Annotated

import typer

import matchloop
from matchloop.allocators import return_what_is_freed
from matchloop.errors import MatchloopError, MissingExtra, raised, without_passwords

__all__ = ["COMMANDS", "GROUP", "build", "main"]

GROUP = "matchloop.commands"
"""Entry-point group through which other packages add commands."""

COMMANDS: dict[str, tuple[str, str]] = {
    "demo": ("Play the labelling loop on an example; write a report.", "matchloop demo"),
    "profile": (
        "Show how a table is understood.",
        "matchloop profile people.csv --html profile.html",
    ),
    "match": (
        "Group the records of a table.",
        "matchloop match people.csv --key id -o matched.csv",
    ),
    "identity": (
        "Read a folder of stable ids, or delete records from it.",
        "matchloop identity resolve ids 17",
    ),
    "golden": (
        "Write one row per group of a matched table.",
        "matchloop golden matched.csv --key id --rules golden.toml -o golden.csv",
    ),
    "link": (
        "Link tables: find the pairs of records that match.",
        "matchloop link south.csv north.csv --key id --key nr -o pairs.csv",
    ),
    "stack": (
        "Put tables under each other, to link them as one.",
        "matchloop stack south.csv north.csv --key id --rename title=name -o both.csv",
    ),
    "ask": (
        "Write the questions whose labels teach the model most.",
        "matchloop ask people.csv --key id --sets 10 -o questions.csv",
    ),
    "train": (
        "Learn from labels and save the model.",
        "matchloop train people.csv --key id --labels labels.csv -o people.model",
    ),
    "evaluate": (
        "Measure how good a matching is.",
        "matchloop evaluate people.csv --key id --labels labels.csv",
    ),
    "explain": (
        "Explain why two records match, or do not.",
        "matchloop explain people.csv --key id --model people.model 17 42",
    ),
    "agree": (
        "Measure how far annotators agree, and how good each is.",
        "matchloop agree ann.csv bob.csv eve.csv --key id --consensus labels.csv",
    ),
    "doctor": (
        "Find faults in labels or a table; repair certain ones.",
        "matchloop doctor labels.xlsx --table people.csv --key id -o labels.csv",
    ),
    "check-labels": (
        "Check whether labels can be trusted.",
        "matchloop check-labels labels.csv --table people.csv --key id",
    ),
    "promote": (
        "Compare two models, and refuse the new one if it is worse.",
        "matchloop promote people.csv live.model new.model --key id --truth truth.csv",
    ),
    "report": (
        "Write a page about a matched table: figures and doubts.",
        "matchloop report matched.csv --key id --html report.html",
    ),
    "review": (
        "Answer the doubtful groups of a table.",
        "matchloop review matched.csv --key id --labels review.csv",
    ),
    "lab": (
        "Compare strategies on tables whose truth is known.",
        "matchloop lab simulate grid.yaml --jobs 2 -o results",
    ),
    "simulate": (
        "Compare strategies on tables whose truth is known.",
        "matchloop simulate grid.yaml --jobs 2 -o results",
    ),
    "compare": (
        "Test which strategy is better, and how sure that is.",
        "matchloop compare results --reference margin",
    ),
}
"""Name of each built-in command, its first sentence and an example.

The function of this name in the module of this name is loaded when the command is typed: loading
all of them takes seconds.
"""

RENAMED = {"audit": "check-labels"}
"""Old names of commands, accepted for one version with a hint on stderr."""

MOVED = ("simulate", "compare")
"""Commands that are below ``lab`` now and answer to their old names for one more version."""

INTERRUPTED = 130


def build(typed: str | None = None) -> typer.Typer:
    """Return the whole command: the built-in sub-commands, then the installed ones.

    Parameters
    ----------
    typed
        The one command to load; the others are only listed. An empty name lists the built-in
        commands and loads none. When left out, all are loaded.
    """
    app = typer.Typer(
        name="matchloop",
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_root)
    for name, (summary, example) in COMMANDS.items():
        function = _built_in(name) if typed in (None, name) else _listed(summary)
        epilog = f"Example: {example}"
        if isinstance(function, typer.Typer):
            app.add_typer(function, name=name, epilog=epilog)
        else:
            app.command(name, epilog=epilog, hidden=name in MOVED)(function)
    if typed not in COMMANDS:
        for entry in sorted(entry_points(group=GROUP), key=lambda entry: entry.name):
            if entry.name not in COMMANDS:
                _add_installed(app, entry)
    return app


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command.

    Parameters
    ----------
    arguments
        The words after ``matchloop``; by default those of this process.

    Returns
    -------
    int
        0 done, 1 failed, 2 wrong use, 130 interrupted. An error is one line on stderr; with
        ``MATCHLOOP_DEBUG=1`` in the environment, a traceback.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    return_what_is_freed()
    debug = os.environ.get("MATCHLOOP_DEBUG", "") not in ("", "0")
    try:
        typed = next((word for word in words if not word.startswith("-")), "")
        if typed in RENAMED:
            words[words.index(typed)] = _new_name(typed)
            typed = RENAMED[typed]
        returned = build(typed)(
            args=words or ["--help"],
            prog_name="matchloop",
            standalone_mode=False,
        )
        if returned == INTERRUPTED:
            raise KeyboardInterrupt
        sys.stdout.flush()
        if not words:
            return 2
        return returned if isinstance(returned, int) else 0
    except (KeyboardInterrupt, typer.Abort):
        return _say("interrupted; nothing was written", INTERRUPTED)
    except BrokenPipeError:
        # Nobody reads stdout any more: keep Python's own flush at exit quiet.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:
        if isinstance(raised(error), KeyboardInterrupt):
            return _say("interrupted; nothing was written", INTERRUPTED)
        if debug:
            raise
        return _report(error)


def _show_version(is_typed: bool) -> None:
    if is_typed:
        typer.echo(f"matchloop {matchloop.__version__}")
        raise typer.Exit


def _root(
    version: Annotated[
        bool,
        typer.Option(
            "--version", help="Print the version and stop.", is_eager=True, callback=_show_version
        ),
    ] = False,
) -> None:
    """Match records with few labels, or with none, and ask for the labels that teach most."""


def _built_in(name: str) -> Callable[..., int | None] | typer.Typer:
    module = name.replace("-", "_")
    function: Callable[..., int | None] = getattr(import_module(f"matchloop.cli.{module}"), module)
    if name in MOVED:
        from matchloop.cli.lab import with_hint

        return with_hint(name, function)
    return function


def _new_name(old: str) -> str:
    new = RENAMED[old]
    _say(f"`matchloop {old}` is `matchloop {new}` now; the old name will go", 0)
    return new


def _listed(summary: str) -> Callable[[], None]:
    def listed() -> None:
        raise AssertionError("a command that was not typed is never called")

    listed.__doc__ = summary
    return listed


def _add_installed(app: typer.Typer, entry: EntryPoint) -> None:
    try:
        loaded = entry.load()
    except Exception as error:
        package = entry.dist.name if entry.dist is not None else entry.value
        message = f"the command '{entry.name}' of {package} cannot be loaded: {error}"

        def broken() -> None:
            raise MissingExtra(message)

        broken.__doc__ = "Cannot be loaded; run it to see why."
        app.command(entry.name)(broken)
        return
    if isinstance(loaded, typer.Typer):
        app.add_typer(loaded, name=entry.name)
    else:
        example = getattr(sys.modules[loaded.__module__], "EXAMPLE", None)
        app.command(entry.name, epilog=f"Example: {example}" if example else None)(loaded)


def _report(error: Exception) -> int:
    if isinstance(error, MatchloopError):
        return _say(str(error), error.exit_code)
    if hasattr(error, "format_message"):  # what typer raises for wrong use
        code = getattr(error, "exit_code", 2)
        context = getattr(error, "ctx", None)
        where = f" (see {context.command_path} --help)" if context is not None else ""
        return _say(f"{error.format_message()}{where}", int(code))
    if isinstance(error, OSError) and error.strerror:
        what = f" ({error.filename})" if error.filename else ""
        return _say(f"the system said: {error.strerror}{what}; MATCHLOOP_DEBUG=1 shows where", 1)
    kind = type(error).__name__
    return _say(f"unexpected {kind}: {error} (MATCHLOOP_DEBUG=1 shows where)", 1)


def _say(message: str, code: int) -> int:
    line = without_passwords(" ".join(message.split()))
    sys.stderr.write(f"matchloop: {line}\n")
    return code
