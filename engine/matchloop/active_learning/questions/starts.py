"""Starts: how to choose questions until labels hold a match and a non-match.

``mbx`` is the default; the others are for comparison.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from matchloop.active_learning.questions.growing import grow_sets
from matchloop.active_learning.questions.round import Round
from matchloop.active_learning.questions.starting import start_sets
from matchloop.errors import UnknownName

__all__ = ["STARTS", "Start", "find_start"]

STRATA = 10  # a convention


class Start(Protocol):
    """A function that draws the first sets of a round; see :func:`start_sets`."""

    def __call__(self, round_: Round, *, sets: int, rows: int) -> list[list[int]]:
        """Return row positions per set."""
        ...


def find_start(name: str) -> Start:
    """Return the start by its name.

    Raises
    ------
    UnknownName
        No start has that name; the message lists all.
    """
    if name not in STARTS:
        raise UnknownName(f"no start '{name}'; known: {', '.join(STARTS)}")
    return STARTS[name]


def _by(utilities: Callable[[Round], NDArray[np.float64]]) -> Start:
    def start(round_: Round, *, sets: int, rows: int) -> list[list[int]]:
        return grow_sets(round_, utilities(round_), sets=sets, rows=rows)

    return start


def _random(round_: Round) -> NDArray[np.float64]:
    return round_.rng.random(len(round_.pairs))


def _stratified(round_: Round) -> NDArray[np.float64]:
    """Take from each tenth of the range of scores in turn."""
    score = round_.probability.astype(np.float64)
    stratum = np.minimum((score * STRATA).astype(np.int64), STRATA - 1)
    order = np.lexsort((round_.rng.random(len(score)), stratum))
    sizes = np.bincount(stratum, minlength=STRATA)
    turn = np.arange(len(score)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    utilities = np.empty(len(score))
    utilities[order] = -turn
    return utilities


def _top_bottom(round_: Round) -> NDArray[np.float64]:
    """Take from both ends of the scores (Primpeli and Bizer 2021, ALMSER)."""
    order = np.lexsort((round_.rng.random(len(round_.pairs)), round_.probability))
    place = np.empty(len(order))
    place[order] = np.arange(len(order))
    return -np.minimum(place, len(order) - 1 - place)


STARTS: dict[str, Start] = {
    "mbx": start_sets,
    "random": _by(_random),
    "stratified": _by(_stratified),
    "top_bottom": _by(_top_bottom),
}
"""Name of each start and its function."""
