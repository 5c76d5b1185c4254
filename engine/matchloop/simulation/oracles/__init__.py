"""Who answers the questions of a simulation: one class per oracle, all in one table.

Others add theirs through the entry-point group ``matchloop.oracles``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from matchloop.errors import UsageError
from matchloop.registry import lookup
from matchloop.simulation.oracles.base import Answer, Oracle
from matchloop.simulation.oracles.noisy import ByClass, ByDifficulty, Uniform
from matchloop.simulation.oracles.truth import Always, TruthOracle

__all__ = ["BUILTIN", "GROUP", "Answer", "Oracle", "TruthOracle", "find_oracle"]

GROUP = "matchloop.oracles"

BUILTIN: dict[str, Callable[..., Oracle]] = {
    "by_class": ByClass,
    "by_difficulty": ByDifficulty,
    "truth": Always,
    "uniform": Uniform,
}


def find_oracle(name: str, settings: Mapping[str, Any] | None = None) -> Oracle:
    """Return an oracle by its name, with its settings.

    Parameters
    ----------
    name
        A built-in or installed name.
    settings
        The fields of its class.

    Raises
    ------
    UnknownName
        No oracle has that name.
    UsageError
        It has no such setting, or not of that value.
    """
    made = lookup(name, BUILTIN, GROUP)
    try:
        return made(**(settings or {}))
    except TypeError as error:
        raise UsageError(f"oracle '{name}': {error}; see docs/laboratory.md") from None
