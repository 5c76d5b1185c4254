"""Supposed labels: pairs of sure prior to train on while labels are few. An option.

As a default, supposed labels failed on tables that were not used to design them: they harm tables
with larger groups. This is a safe form: only pairs of which the prior model is sure, and only while
at least half of the labelled mutual-best pairs match.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matchloop.data.pairs import CandidatePairs
from matchloop.matching.scoring.rivals import mutual_best

__all__ = ["prior_pairs"]

# These four are conventions.
SURE = 0.9  # prior from which a pair is a sure match
UNLIKE = 0.05  # prior up to which a pair is a sure non-match
WORTH = 20  # pairs to choose at twenty labels or fewer; fewer with more labels
MATCHES = 3  # one in so many of the chosen pairs is a match


def prior_pairs(
    pairs: CandidatePairs,
    prior: NDArray[np.float32],
    n_records: int,
    labelled: NDArray[np.int64],
    answers: NDArray[np.bool_],
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Choose candidates to train on as if they were labelled.

    Parameters
    ----------
    pairs
        All candidates.
    prior
        Their match probability by the prior model, shape (pairs,).
    n_records
        Records of the table.
    labelled
        Positions of the labelled pairs among the candidates.
    answers
        Whether each of these matches, of the same shape.

    Returns
    -------
    tuple of numpy.ndarray
        Positions of the chosen candidates, and whether each is supposed to match. Empty where fewer
        than half of the labelled mutual-best pairs match, or none is labelled.
    """
    best = mutual_best(pairs.left, pairs.right, prior.astype(np.float64), n_records)
    mutual = answers[best[labelled]]
    count = round(WORTH * min(1.0, WORTH / max(len(labelled), 1)))
    if len(mutual) == 0 or mutual.mean() < 0.5 or count < MATCHES:
        return np.empty(0, np.int64), np.empty(0, np.bool_)
    free = np.ones(len(pairs), np.bool_)
    free[labelled] = False
    matches = _spread(np.flatnonzero(free & best & (prior > SURE)), count // MATCHES)
    others = _spread(np.flatnonzero(free & ~best & (prior < UNLIKE)), count - count // MATCHES)
    return np.concatenate((matches, others)), np.arange(len(matches) + len(others)) < len(matches)


def _spread(places: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    if len(places) <= count:
        return places
    return places[(np.arange(count, dtype=np.int64) * len(places)) // count]
