"""A prior-free lower bound of the number of errors.

The posterior of rare errors depends on its prior, which comes from other tables. A table may have
fewer errors. The better end of every interval is therefore moved to the bound by the answers
alone, if that is further out.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaincinv

__all__ = ["fewest"]

Array = NDArray[np.float64]


def fewest(seen: Array, weight: Array, worth: Array, *, chance: float = 0.075) -> tuple[float, ...]:
    """Return a lower bound of the total cost of errors, and its estimate.

    The bound is the lower end of the interval of Fay and Feuer (1997) for a weighted sum of
    Poisson counts. It is at least the cost of the seen errors.

    Parameters
    ----------
    seen
        Number of errors among the answers of each cell, shape (cells,).
    weight
        Number of pairs that each answer represents, with itself.
    worth
        Cost of one error of each cell.
    chance
        Error probability of the bound; benchmarks/audits.py chose the default on its tuning
        tables.
    """
    likely = float((seen * weight * worth).sum())
    certain = float((seen * worth).sum())
    variance = float((seen * weight * np.maximum(weight - 1, 0) * worth**2).sum())
    if variance <= 0:
        return likely, likely
    least = variance / likely * float(gammaincinv(likely**2 / variance, chance))
    return min(max(least, certain), likely), likely
