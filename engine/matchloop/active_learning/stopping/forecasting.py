"""What the next questions are expected to change, from what the last ones changed.

Learning curves are close to straight over the logarithm of the labels, so what a round changed is
counted per doubling of the labels, and the next questions are expected to change as much per
doubling as the last rounds did.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from matchloop.active_learning.stopping.base import Checkpoint

__all__ = ["Forecast", "forecast"]

ROUNDS = 3
"""Rounds that are looked back on; a later one weighs twice as much as the one before."""

LOW, HIGH = 0.4, 1.8
"""Four of five rounds change between this much and that much of what was expected."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """Share of the predicted pairs that the next questions are expected to change.

    F1 seldom moves by more than this, in either direction, and on average gains about a tenth of
    it (benchmarks/stopping.py).

    Parameters
    ----------
    expected
        The expected share, in [0, 1].
    low, high
        Four of five rounds change a share in between.
    """

    expected: float
    low: float
    high: float


def forecast(checkpoints: Sequence[Checkpoint], rows: int) -> Forecast | None:
    """Forecast the change by the next questions.

    Parameters
    ----------
    checkpoints
        How the matching stood after each round, the present one last.
    rows
        How many rows the next questions hold.

    Returns
    -------
    Forecast or None
        None where fewer than two rounds can be compared.
    """
    rates = []
    for before, after in zip(checkpoints, checkpoints[1:], strict=False):
        if after.is_compared and 0 < before.labels < after.labels:
            doublings = math.log2(after.labels / before.labels)
            rates.append((1 - after.agreement) / doublings)
    if not rates:
        return None
    last = rates[-ROUNDS:]
    weights = [2.0**place for place in range(len(last))]
    rate = sum(w * r for w, r in zip(weights, last, strict=True)) / sum(weights)
    now = checkpoints[-1].labels
    expected = min(1.0, rate * math.log2((now + rows) / now))
    return Forecast(expected, LOW * expected, min(1.0, HIGH * expected))
