"""Put the commands together, run one, and turn what goes wrong into one line and an exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import EntryPoint, entry_points
from typing import Annotated

import typer

import matchloop
from matchloop.cli.agree import agree
from matchloop.cli.ask import ask
from matchloop.cli.audit import audit
from matchloop.cli.compare import compare
from matchloop.cli.demo import demo
from matchloop.cli.doctor import doctor
from matchloop.cli.evaluate import evaluate
from matchloop.cli.explain import explain
from matchloop.cli.match import match
from matchloop.cli.promote import promote
from matchloop.cli.report import report
from matchloop.cli.simulate import simulate
from matchloop.cli.stack import stack
from matchloop.cli.train import train
from matchloop.errors import MatchloopError, MissingExtra, raised

__all__ = ["COMMANDS", "GROUP", "build", "main"]

GROUP = "matchloop.commands"
"""Entry-point group through which other packages add commands."""

COMMANDS: dict[str, tuple[Callable[..., int | None], str]] = {
    "demo": (demo, "matchloop demo"),
    "match": (match, "matchloop match people.csv --key id -o matched.csv"),
    "stack": (
        stack,
        "matchloop stack south.csv north.csv --key id --rename title=name -o both.csv",
    ),
    "ask": (ask, "matchloop ask people.csv --key id --sets 10 -o questions.csv"),
    "train": (train, "matchloop train people.csv --key id --labels labels.csv -o people.model"),
    "evaluate": (evaluate, "matchloop evaluate people.csv --key id --labels labels.csv"),
    "explain": (explain, "matchloop explain people.csv --key id --model people.model 17 42"),
    "agree": (agree, "matchloop agree ann.csv bob.csv eve.csv --key id --consensus labels.csv"),
    "doctor": (doctor, "matchloop doctor labels.xlsx --table people.csv --key id -o labels.csv"),
    "audit": (audit, "matchloop audit labels.csv --table people.csv --key id"),
    "promote": (
        promote,
        "matchloop promote people.csv live.model new.model --key id --truth truth.csv",
    ),
    "simulate": (simulate, "matchloop simulate grid.yaml --jobs 2 -o results"),
    "compare": (compare, "matchloop compare results --reference margin"),
    "report": (report, "matchloop report results -o report.html --figures figures"),
}
"""Name of each built-in command, its function and an example."""

INTERRUPTED = 130


def build() -> typer.Typer:
    """Return the whole command: the built-in sub-commands, then the installed ones."""
    app = typer.Typer(
        name="matchloop",
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_root)
    for name, (function, example) in COMMANDS.items():
        app.command(name, epilog=f"Example: {example}")(function)
    for entry in sorted(entry_points(group=GROUP), key=lambda entry: entry.name):
        if entry.name not in COMMANDS:
            _add_installed(app, entry)
    return app


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command.

    Parameters
    ----------
    arguments
        What was typed after ``matchloop``; by default what the process was called with.

    Returns
    -------
    int
        0 done, 1 failed, 2 wrong use, 130 interrupted. Errors are one line on stderr; with
        ``MATCHLOOP_DEBUG=1`` in the environment the traceback is shown instead.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    debug = os.environ.get("MATCHLOOP_DEBUG", "") not in ("", "0")
    try:
        returned = build()(
            args=given or ["--help"],
            prog_name="matchloop",
            standalone_mode=False,
        )
        if returned == INTERRUPTED:
            raise KeyboardInterrupt
        sys.stdout.flush()
        if not given:
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


def _show_version(asked: bool) -> None:
    if asked:
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
    line = " ".join(message.split())
    sys.stderr.write(f"matchloop: {line}\n")
    return code
