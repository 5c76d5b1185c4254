"""Which row of a set is out of place, and where it would fit.

The grouping of a set is judged as a whole: given the probability of every pair, moving one row to
another group of its set, or out on its own, changes the likelihood of the grouping by the sum of
the log odds of the pairs it gains less those it loses (the objective of correlation clustering:
Bansal, Blum and Chawla 2004). The pairs of one row with one group tell much the same thing
several times, so that their sum is tempered by the root of their number.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matchloop.quality.label_checks.given import GivenSet
from matchloop.quality.label_checks.unseen import log_odds

__all__ = ["Move", "best_moves", "set_odds"]

TEMPER = 0.5
"""Power of the number of pairs by which their sum is divided."""

ALONE = -1


@dataclass(frozen=True, slots=True)
class Move:
    """The best move of one row of a set.

    Parameters
    ----------
    row
        Number of the row in its set.
    to
        Number of the group it would move to; ``ALONE`` for a group of its own.
    gain
        Log odds gained; positive speaks for the move.
    here, there
        Mean match probability with its own group and with the other one; NaN where the row is, or
        would be, alone.
    """

    row: int
    to: int
    gain: float
    here: float
    there: float


def set_odds(
    one: GivenSet, probability: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return probabilities and log odds of a set as matrices, shape (rows, rows) each.

    Parameters
    ----------
    one
        The set.
    probability
        Of its pairs, in the order of :func:`numpy.triu_indices`.
    """
    size = len(one.rows)
    ends = np.triu_indices(size, 1)
    full = np.zeros((2, size, size))
    full[0][ends], full[1][ends] = probability, log_odds(probability)
    full += np.swapaxes(full, 1, 2)
    return full[0], full[1]


def best_moves(one: GivenSet, probability: NDArray[np.float64]) -> tuple[Move, ...]:
    """Return the best move of each row of a set.

    Parameters
    ----------
    one
        The set.
    probability
        Match probability of its pairs by models that did not see their answers, in the order of
        :func:`numpy.triu_indices`.
    """
    likely, odds = set_odds(one, probability)
    size, n_groups = len(one.rows), len(one.labels)
    member = np.zeros((size, n_groups))
    member[np.arange(size), one.groups] = 1.0
    count = member.sum(axis=0)[None, :] - member  # of each group without the row itself
    with np.errstate(invalid="ignore", divide="ignore"):
        fits = np.where(count > 0, odds @ member / count**TEMPER, 0.0)
        mean = np.where(count > 0, likely @ member / count, np.nan)
    rows = np.arange(size)
    own = fits[rows, one.groups]
    others = np.where((count > 0) & (member == 0), fits, -np.inf)
    best = others.argmax(axis=1) if n_groups else np.zeros(size, np.int64)
    stays_alone = count[rows, one.groups] == 0
    goes_alone = (others[rows, best] < 0) & ~stays_alone
    gain = np.where(goes_alone, 0.0, others[rows, best]) - own
    return tuple(
        Move(
            row,
            ALONE if goes_alone[row] else int(best[row]),
            float(gain[row]) if np.isfinite(gain[row]) else 0.0,
            float(mean[row, one.groups[row]]),
            float("nan") if goes_alone[row] else float(mean[row, best[row]]),
        )
        for row in range(size)
    )
