"""Strategies: how useful the label of each pair would be; one file each, all in one table.

Other packages add strategies through the entry-point group ``matchloop.strategies``. The test class
:class:`matchloop.lab.testing.StrategyContract` checks what a strategy has to do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from matchloop.active_learning.strategies.anchored import AnchoredMargin
from matchloop.active_learning.strategies.base import QueryContext, Strategy
from matchloop.active_learning.strategies.committee import BootstrapCommittee, MixedCommittee
from matchloop.active_learning.strategies.conflict import GraphConflict
from matchloop.active_learning.strategies.density import Density
from matchloop.active_learning.strategies.diverse import CoreSet, DiverseMargin
from matchloop.active_learning.strategies.gain import ExpectedGain
from matchloop.active_learning.strategies.gumbel import GumbelMargin
from matchloop.active_learning.strategies.margin import Margin
from matchloop.active_learning.strategies.random import Random
from matchloop.active_learning.strategies.skactiveml import Skactiveml
from matchloop.active_learning.strategies.stratified import Balanced, Stratified
from matchloop.errors import UsageError
from matchloop.registry import lookup

__all__ = [
    "ALIASES",
    "BUILTIN",
    "DEFAULT",
    "GROUP",
    "AnchoredMargin",
    "Balanced",
    "BootstrapCommittee",
    "CoreSet",
    "Density",
    "DiverseMargin",
    "ExpectedGain",
    "GraphConflict",
    "GumbelMargin",
    "Margin",
    "MixedCommittee",
    "QueryContext",
    "Random",
    "Skactiveml",
    "Strategy",
    "Stratified",
    "find_strategy",
    "make_strategy",
]

GROUP = "matchloop.strategies"

BUILTIN: dict[str, Callable[..., Strategy]] = {
    "anchored_margin": AnchoredMargin,
    "balanced": Balanced,
    "bootstrap_committee": BootstrapCommittee,
    "core_set": CoreSet,
    "density": Density,
    "diverse_margin": DiverseMargin,
    "expected_gain": ExpectedGain,
    "graph_conflict": GraphConflict,
    "gumbel_margin": GumbelMargin,
    "margin": Margin,
    "mixed_committee": MixedCommittee,
    "random": Random,
    "skactiveml": Skactiveml,
    "stratified": Stratified,
}

ALIASES = {"entropy": "margin", "least_confidence": "margin", "uncertainty": "margin"}
"""Other names of ``margin``: for two classes their rankings are the same."""

DEFAULT = "margin"
"""The strategy of the command, the server and the laboratory where none is chosen.

benchmarks/strategies.py compares it with the others.
"""


def find_strategy(name: str | Strategy) -> Strategy:
    """Return a strategy by its name, with its defaults, or the strategy itself.

    Parameters
    ----------
    name
        A built-in or installed name, or a strategy.

    Raises
    ------
    UnknownName
        No strategy has that name; the message lists those that exist.
    """
    return make_strategy(name) if isinstance(name, str) else name


def make_strategy(
    name: str, settings: Mapping[str, Any] | None = None, *, folder: Path | None = None
) -> Strategy:
    """Make a strategy by its name, with some of its parameters set.

    Parameters
    ----------
    name
        A built-in or installed name.
    settings
        Values for the fields of its class.
    folder
        Folder of the file that ``module:Class`` names; without it, such names are unknown.

    Raises
    ------
    UnknownName
        No strategy has that name.
    UsageError
        It has no such field, or the field refuses the value.
    """
    try:
        return lookup(ALIASES.get(name, name), BUILTIN, GROUP, folder=folder)(**(settings or {}))
    except TypeError as error:
        raise UsageError(f"strategy '{name}': {error}; see docs/plug-ins.md") from None
