"""Forecast what the next questions change, from what the last rounds changed.

Learning curves are close to straight over the logarithm of the labels. So the change of a round is
measured per doubling of the labels, and the forecast carries the rate of the last rounds on.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from matchloop.active_learning.stopping.base import Checkpoint

__all__ = ["Forecast", "forecast"]

ROUNDS = 3
"""Rounds that the forecast uses; each weighs twice as much as the one before (a convention)."""

LOW, HIGH = 0.4, 1.8
"""Four of five rounds fell between these factors of the expected change.

Measured by benchmarks/stopping.py on the tables under "When to stop" in benchmarks/README.md.
"""


@dataclass(frozen=True, slots=True)
class Forecast:
    """Share of the predicted pairs that the next questions are expected to change.

    F1 seldom moves by more than this share, up or down. On average it gains about a tenth of it
    (benchmarks/stopping.py).

    Parameters
    ----------
    expected
        The expected share, in [0, 1].
    low, high
        Limits between which four of five rounds are expected.
    """

    expected: float
    low: float
    high: float


def forecast(checkpoints: Sequence[Checkpoint], rows: int) -> Forecast | None:
    """Forecast what share of the predicted pairs the next questions change.

    Parameters
    ----------
    checkpoints
        One checkpoint per known round, the present one last.
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
