"""Oracles answer the questions of a simulation: one class each, all in one table.

Other packages add oracles through the entry-point group ``matchloop.oracles``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from matchloop.errors import UsageError
from matchloop.lab.simulation.oracles.annotators import Annotator, Annotators
from matchloop.lab.simulation.oracles.base import Answer, Oracle, as_shown, grouped
from matchloop.lab.simulation.oracles.noisy import Abstaining, ByClass, ByDifficulty, Uniform
from matchloop.lab.simulation.oracles.person import Person
from matchloop.lab.simulation.oracles.replay import Replay
from matchloop.lab.simulation.oracles.truth import Always, TruthOracle
from matchloop.registry import lookup

__all__ = [
    "BUILTIN",
    "GROUP",
    "Abstaining",
    "Always",
    "Annotator",
    "Annotators",
    "Answer",
    "ByClass",
    "ByDifficulty",
    "Oracle",
    "Person",
    "Replay",
    "TruthOracle",
    "Uniform",
    "as_shown",
    "find_oracle",
    "grouped",
]

GROUP = "matchloop.oracles"

BUILTIN: dict[str, Callable[..., Oracle]] = {
    "abstaining": Abstaining,
    "annotators": Annotators,
    "by_class": ByClass,
    "by_difficulty": ByDifficulty,
    "person": Person,
    "replay": Replay,
    "truth": Always,
    "uniform": Uniform,
}


def find_oracle(
    name: str, settings: Mapping[str, Any] | None = None, *, folder: Path | None = None
) -> Oracle:
    """Make an oracle by its name, with its settings.

    Parameters
    ----------
    name
        A built-in or installed name; with a folder also ``module:Class`` of a file there.
    settings
        Values for the fields of its class.
    folder
        Folder of the files that its settings and ``module:Class`` name.

    Raises
    ------
    UnknownName
        No oracle has that name.
    UsageError
        It has no such setting, or the setting refuses the value.
    """
    made = lookup(name, BUILTIN, GROUP, folder=folder)
    try:
        oracle = made(**(settings or {}))
    except TypeError as error:
        raise UsageError(f"oracle '{name}': {error}; see docs/laboratory.md") from None
    placed = getattr(oracle, "in_folder", None)
    return oracle if folder is None or placed is None else placed(folder)
