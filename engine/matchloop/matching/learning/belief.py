"""Believe labels less that are likely wrong, where some are seen to be."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["believed"]

SURE = 0.1
"""A guess this near to 0 or 1 is sure."""

CONCURRING = 0.2
"""Trees this far from one half, on the side of the guess, concur with it."""

NONE_WRONG = 10
"""Labels without an error that are counted beside those seen: few labels prove no noise."""

FEWEST = 0.02
"""Below this share of wrong labels all are believed."""


def believed(
    guessed: NDArray[np.float32], unseen: NDArray[np.float32], is_match: NDArray[np.bool_]
) -> NDArray[np.float64] | None:
    """Return how likely each label is right.

    A label is seen to be wrong where a sure guess without labels and the trees that were not shown
    it concur against it. The share of such labels where they concur is taken for the share among
    all, and Bayes' rule weighs each label by it (the weights of Rebbapragada and Brodley 2007,
    Class Noise Mitigation Through Instance Weighting). On labels without errors, asked where a
    guess is surely wrong, it sees errors too: abt_buy loses .002 of F1 by that at 200 labels.

    Parameters
    ----------
    guessed
        Match probability without labels, shape (pairs,).
    unseen
        Out-of-bag match probability, shape (pairs,).
    is_match
        The labels, shape (pairs,).

    Returns
    -------
    numpy.ndarray or None
        Weights in (0, 1], shape (pairs,); None where too few labels are seen to be wrong.
    """
    side = guessed > 0.5
    concur = (np.abs(guessed - 0.5) > 0.5 - SURE) & (np.abs(unseen - 0.5) > CONCURRING)
    concur &= side == (unseen > 0.5)
    wrong = float((side != is_match)[concur].sum() / (concur.sum() + NONE_WRONG))
    if wrong < FEWEST:
        return None
    match = (guessed.astype(np.float64) + unseen) / 2
    right = np.clip(np.where(is_match, match, 1 - match), 1e-3, 1.0)
    return np.asarray((1 - wrong) * right / ((1 - wrong) * right + wrong * (1 - right)))
