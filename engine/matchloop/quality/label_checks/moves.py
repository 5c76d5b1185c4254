"""Find misplaced rows of a set, and the group that each fits better.

Moving a row to another group changes the likelihood of the grouping. The change is the sum of the
log odds of the gained pairs less that of the lost pairs: the objective of correlation clustering
(Bansal, Blum and Chawla 2004). The pairs of one row with one group are strongly dependent, so
their sum is divided by the root of their number.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matchloop.quality.label_checks.label_files import FileSet
from matchloop.quality.label_checks.unseen import log_odds

__all__ = ["Move", "best_moves", "set_odds"]

TEMPER = 0.5
"""Exponent of the number of pairs by which their sum is divided.

It lies between independent pairs (0) and fully dependent ones (1). benchmarks/label_quality.py
measures it by the noise kind ``rows``; its tuning tables are abt_buy and cora.
"""

ALONE = -1
"""The number that stands for a new group of one row."""


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
        Gain in log odds; positive if the row fits better after the move.
    here, there
        Mean match probability with its own group and with the other group; NaN for a group of
        the row alone.
    """

    row: int
    to: int
    gain: float
    here: float
    there: float


def set_odds(
    file_set: FileSet, probability: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return probabilities and log odds of a set as matrices, shape (rows, rows) each.

    Parameters
    ----------
    file_set
        The set.
    probability
        Match probability of its pairs, in the order of :func:`numpy.triu_indices`.
    """
    size = len(file_set.rows)
    ends = np.triu_indices(size, 1)
    full = np.zeros((2, size, size))
    full[0][ends], full[1][ends] = probability, log_odds(probability)
    full += np.swapaxes(full, 1, 2)
    return full[0], full[1]


def best_moves(file_set: FileSet, probability: NDArray[np.float64]) -> tuple[Move, ...]:
    """Return the best move of each row of a set.

    Parameters
    ----------
    file_set
        The set.
    probability
        Out-of-fold match probability of its pairs, in the order of :func:`numpy.triu_indices`.
    """
    likely, odds = set_odds(file_set, probability)
    size, n_groups = len(file_set.rows), len(file_set.labels)
    member = np.zeros((size, n_groups))
    member[np.arange(size), file_set.groups] = 1.0
    count = member.sum(axis=0)[None, :] - member  # of each group without the row itself
    with np.errstate(invalid="ignore", divide="ignore"):
        fits = np.where(count > 0, odds @ member / count**TEMPER, 0.0)
        mean = np.where(count > 0, likely @ member / count, np.nan)
    rows = np.arange(size)
    own = fits[rows, file_set.groups]
    others = np.where((count > 0) & (member == 0), fits, -np.inf)
    best = others.argmax(axis=1) if n_groups else np.zeros(size, np.int64)
    stays_alone = count[rows, file_set.groups] == 0
    goes_alone = (others[rows, best] < 0) & ~stays_alone
    gain = np.where(goes_alone, 0.0, others[rows, best]) - own
    return tuple(
        Move(
            row,
            ALONE if goes_alone[row] else int(best[row]),
            float(gain[row]) if np.isfinite(gain[row]) else 0.0,
            float(mean[row, file_set.groups[row]]),
            float("nan") if goes_alone[row] else float(mean[row, best[row]]),
        )
        for row in range(size)
    )
