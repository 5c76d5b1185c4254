"""Weigh labels by how likely each is right, where some are detected as wrong."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["label_reliability"]

# These four are conventions. The rule as a whole was measured on abt_buy, restaurants_oaei and
# rldata500 with a fifth of the labels wrong (benchmarks/README.md, "Wrong answers").
SURE = 0.1
"""Distance to 0 or 1 within which a prior is sure."""

CONCURRING = 0.2
"""Distance from one half, on the side of the prior, from which trees concur with it."""

NONE_WRONG = 10
"""Labels without an error that are added to those counted: few labels prove no noise."""

FEWEST = 0.02
"""Share of wrong labels below which every label keeps its full weight."""


def label_reliability(
    prior: NDArray[np.float32], out_of_bag: NDArray[np.float32], is_match: NDArray[np.bool_]
) -> NDArray[np.float64] | None:
    """Estimate how likely each label is right.

    A label is detected as wrong where a sure prior and the trees that did not train on it concur
    against it. The share of such labels, where prior and trees concur, estimates the share among
    all labels. Bayes' rule then weighs each label by that share (Rebbapragada and Brodley 2007,
    Class Noise Mitigation Through Instance Weighting). Correct labels may be detected too where a
    sure prior is wrong: abt_buy loses .002 of F1 by that at 200 labels.

    Parameters
    ----------
    prior
        Match probability by the prior model, shape (pairs,).
    out_of_bag
        Match probability by the trees that did not train on the pair, shape (pairs,).
    is_match
        The labels, shape (pairs,).

    Returns
    -------
    numpy.ndarray or None
        Weights in (0, 1], shape (pairs,); None where too few labels are detected as wrong.
    """
    side = prior > 0.5
    concur = (np.abs(prior - 0.5) > 0.5 - SURE) & (np.abs(out_of_bag - 0.5) > CONCURRING)
    concur &= side == (out_of_bag > 0.5)
    wrong = float((side != is_match)[concur].sum() / (concur.sum() + NONE_WRONG))
    if wrong < FEWEST:
        return None
    match = (prior.astype(np.float64) + out_of_bag) / 2
    # no label gets a weight of 0: two models that err together must not erase it
    right = np.clip(np.where(is_match, match, 1 - match), 1e-3, 1.0)
    return np.asarray((1 - wrong) * right / ((1 - wrong) * right + wrong * (1 - right)))
