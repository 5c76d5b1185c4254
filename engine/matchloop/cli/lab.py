"""``matchloop lab``: the commands of the laboratory, which compares labelling strategies."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

import typer

from matchloop.cli.compare import compare
from matchloop.cli.lab_report import report
from matchloop.cli.simulate import simulate
from matchloop.cli.words import say

__all__ = ["lab", "with_hint"]

P = ParamSpec("P")
T = TypeVar("T")

lab = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
"""The commands below ``matchloop lab``."""

lab.command(epilog="Example: matchloop lab simulate grid.yaml --jobs 2 -o results")(simulate)
lab.command(epilog="Example: matchloop lab compare results --reference margin")(compare)
lab.command(epilog="Example: matchloop lab report results -o report.html")(report)


@lab.callback()
def laboratory() -> None:
    """Compare strategies on tables whose truth is known."""


def with_hint(name: str, function: Callable[P, T]) -> Callable[P, T]:
    """Return a command that prints its new name first, on stderr."""

    @wraps(function)
    def hinting(*args: P.args, **kwargs: P.kwargs) -> T:
        say(f"`matchloop {name}` is `matchloop lab {name}` now; the old name will go")
        return function(*args, **kwargs)

    return hinting
