"""Pairs that the labels changed, drawn at random: the only ones that can say what labels are worth.

Labels that were chosen for doubt cannot testify on pairs that nobody doubted. So a part of every
round is drawn at random from the pairs without a label on which the model and the model without
labels say different things. What people said of them is counted in
:mod:`matchloop.active_learning.stopping`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matchloop.active_learning.questions.round import Round

__all__ = ["drawn_changed"]

SHARE = 0.2
"""Share of the rows of a round that stand in such pairs: ten pairs in ten sets of ten rows, one at
the head of each set."""


def changed_pairs(
    probability: NDArray[np.float32], guess: NDArray[np.float32]
) -> NDArray[np.bool_]:
    """Return on which pairs the model and the model without labels disagree, shape (pairs,)."""
    return np.asarray((probability >= 0.5) != (guess >= 0.5), np.bool_)


def drawn_changed(
    round_: Round,
    probability: NDArray[np.float32],
    guess: NDArray[np.float32],
    *,
    sets: int,
    rows: int,
) -> tuple[tuple[int, int, bool], ...]:
    """Draw pairs at random among those that the labels changed and nobody answered.

    Parameters
    ----------
    round_
        What may be asked; nothing is marked as shown.
    probability, guess
        Match probability of each candidate with labels and without, shape (pairs,).
    sets, rows
        Size of the round.

    Returns
    -------
    tuple of tuples
        Two rows and whether the labels made them match; no row twice.
    """
    count = min(sets - round_.n_first, max(1, round(SHARE * sets * rows / 2)))
    chosen = changed_pairs(probability, guess) & ~round_.labelled & round_.is_judged()
    seen: set[int] = set()
    drawn: list[tuple[int, int, bool]] = []
    for pair in round_.rng.permutation(np.flatnonzero(chosen)).tolist():
        ends = int(round_.pairs.left[pair]), int(round_.pairs.right[pair])
        if len(drawn) >= count:
            break
        if round_.is_free(pair) and not seen.intersection(ends):
            drawn.append((*ends, bool(probability[pair] >= 0.5)))
            seen.update(ends)
    return tuple(drawn)
