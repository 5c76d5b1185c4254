"""Random pairs on which the model and the prior model disagree, to measure what labels are worth.

Labels of doubtful pairs do not measure how the model does on pairs that were never in doubt. So a
part of every round is drawn at random from unlabelled pairs on which the model and the prior model
disagree. :mod:`matchloop.active_learning.stopping` counts the answers.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matchloop.active_learning.questions.round import Round

__all__ = ["drawn_changed"]

SHARE = 0.2
"""Share of the rows of a round that are in such pairs: ten pairs in ten sets of ten rows, one at
the head of each set (a convention)."""


def changed_pairs(
    probability: NDArray[np.float32], prior: NDArray[np.float32]
) -> NDArray[np.bool_]:
    """Return the pairs on which the model and the prior model disagree, shape (pairs,)."""
    return np.asarray((probability >= 0.5) != (prior >= 0.5), np.bool_)


def drawn_changed(
    round_: Round,
    probability: NDArray[np.float32],
    prior: NDArray[np.float32],
    *,
    sets: int,
    rows: int,
) -> tuple[tuple[int, int, bool], ...]:
    """Draw unlabelled pairs at random among those that the labels changed.

    Parameters
    ----------
    round_
        The round; no row is marked as shown.
    probability, prior
        Match probability of each candidate by the model and by the prior model, shape (pairs,).
    sets, rows
        Size of the round.

    Returns
    -------
    tuple of tuples
        Two rows, and whether the labels made them match; no row occurs twice.
    """
    count = min(sets - round_.n_first, max(1, round(SHARE * sets * rows / 2)))
    chosen = changed_pairs(probability, prior) & ~round_.labelled & round_.is_judged()
    pairs = round_.pairs
    return tuple(
        (int(pairs.left[pair]), int(pairs.right[pair]), bool(probability[pair] >= 0.5))
        for pair in round_.drawn(pairs, np.flatnonzero(chosen), count)
    )
