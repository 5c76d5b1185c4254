"""Glue's PrecisionRecallTradeoff as a threshold on match probabilities."""

from __future__ import annotations

from matchloop.errors import UsageError

__all__ = ["threshold_of"]

WORST = 9.0
"""How many missed matches a wrong match costs at tradeoff 1; the reverse at 0 (a convention)."""


def threshold_of(tradeoff: float) -> float:
    """Return the probability from which a pair counts as a match.

    At tradeoff ``t`` one wrong match costs as much as ``9 ** (2 t - 1)`` missed ones: a ninth of
    one at 0, as much at 0.5, nine at 1. Matching a pair is cheaper from the probability on at
    which both expected costs are equal.

    Parameters
    ----------
    tradeoff
        0 finds most matches, 1 only sure ones (Glue's PrecisionRecallTradeoff).

    Returns
    -------
    float
        From 0.1 at 0 over 0.5 at 0.5 to 0.9 at 1, rising throughout.

    Raises
    ------
    UsageError
        The tradeoff lies outside 0 to 1.

    Examples
    --------
    >>> [round(threshold_of(t), 2) for t in (0, 0.25, 0.5, 0.75, 1)]
    [0.1, 0.25, 0.5, 0.75, 0.9]
    """
    if not 0 <= tradeoff <= 1:
        raise UsageError(
            f"the precision-recall tradeoff is {tradeoff}; it lies from 0 (recall) to 1 (precision)"
        )
    wrong: float = WORST ** (2 * tradeoff - 1)
    return wrong / (1 + wrong)
