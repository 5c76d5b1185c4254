"""How few errors the answers allow, whatever the strata were taken to be before.

What the posterior says of rare errors rests on what is usual for tables. A table with fewer errors
than that must not be denied it, so the better end of every interval is where the answers alone put
it, if that is further out.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaincinv

__all__ = ["fewest"]

Array = NDArray[np.float64]


def fewest(seen: Array, weight: Array, worth: Array, *, chance: float = 0.075) -> tuple[float, ...]:
    """Return the least that errors may cost in all, beside what they most likely cost.

    The lower end of the interval of Fay and Feuer (1997) for a weighted sum of Poisson counts; what
    was seen is certain.

    Parameters
    ----------
    seen
        Errors among the answers of each cell.
    weight
        Pairs that each answer speaks for, itself included.
    worth
        What one error of the cell costs.
    chance
        How likely so many errors are seen, at most, if there are no more than the least.
    """
    likely = float((seen * weight * worth).sum())
    certain = float((seen * worth).sum())
    variance = float((seen * weight * np.maximum(weight - 1, 0) * worth**2).sum())
    if variance <= 0:
        return likely, likely
    least = variance / likely * float(gammaincinv(likely**2 / variance, chance))
    return min(max(least, certain), likely), likely
