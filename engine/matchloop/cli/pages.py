"""Browser pages that other packages add to commands."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import entry_points
from typing import Any

from matchloop.errors import MissingExtra

__all__ = ["GROUP", "find_page"]

GROUP = "matchloop.pages"
"""Entry-point group through which other packages add the page of a command."""


def find_page(name: str) -> Callable[..., Any]:
    """Return the function that serves the page of a command.

    Raises
    ------
    MissingExtra
        No installed package has it.
    """
    for entry in entry_points(group=GROUP, name=name):
        function: Callable[..., Any] = entry.load()
        return function
    raise MissingExtra(
        f"no installed package has a page for {name}; install the server with: "
        "pip install 'matchloop[server]'"
    )
