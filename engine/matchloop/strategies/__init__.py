"""How useful it is to ask about a pair: one file per strategy, all in one table.

Others add theirs through the entry-point group ``matchloop.strategies``; the test class
:class:`matchloop.testing.StrategyContract` says what a strategy has to do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from matchloop.errors import UsageError
from matchloop.registry import lookup
from matchloop.strategies.base import QueryContext, Strategy
from matchloop.strategies.random import Random
from matchloop.strategies.uncertainty import Uncertainty

__all__ = [
    "BUILTIN",
    "GROUP",
    "QueryContext",
    "Random",
    "Strategy",
    "Uncertainty",
    "find_strategy",
    "make_strategy",
]

GROUP = "matchloop.strategies"

BUILTIN: dict[str, Callable[..., Strategy]] = {
    "random": Random,
    "uncertainty": Uncertainty,
}


def find_strategy(name: str | Strategy) -> Strategy:
    """Return a strategy by its name, with its defaults; a strategy itself is returned as it is.

    Parameters
    ----------
    name
        A built-in or installed name, or a strategy.

    Raises
    ------
    UnknownName
        No strategy has that name; the message lists those that exist.
    """
    return lookup(name, BUILTIN, GROUP)() if isinstance(name, str) else name


def make_strategy(name: str, settings: Mapping[str, Any] | None = None) -> Strategy:
    """Return a strategy by its name, with some of its parameters set.

    Parameters
    ----------
    name
        A built-in or installed name.
    settings
        Fields of its class.

    Raises
    ------
    UnknownName
        No strategy has that name.
    UsageError
        It has no such field, or not of that value.
    """
    try:
        return lookup(name, BUILTIN, GROUP)(**(settings or {}))
    except TypeError as error:
        raise UsageError(f"strategy '{name}': {error}; see docs/plug-ins.md") from None
