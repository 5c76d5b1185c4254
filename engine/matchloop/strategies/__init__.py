"""How useful it is to ask about a pair: one file per strategy, all in one table.

Others add theirs through the entry-point group ``matchloop.strategies``; the test class
:class:`matchloop.testing.StrategyContract` says what a strategy has to do.
"""

from __future__ import annotations

from collections.abc import Callable

from matchloop.registry import lookup
from matchloop.strategies.base import QueryContext, Strategy
from matchloop.strategies.random import Random
from matchloop.strategies.uncertainty import Uncertainty

__all__ = ["BUILTIN", "GROUP", "QueryContext", "Random", "Strategy", "Uncertainty", "find_strategy"]

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
