"""Pairs taken for labelled while labels are few: an option.

As a default such a prior was refuted on tables that were not used to design it: it harms tables
with larger groups. This is its safe form: only pairs of which the model without labels is sure, and
only as long as at least half of the mutual-best pairs that people were asked about did match.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matchloop.data.pairs import CandidatePairs
from matchloop.matching.scoring.rivals import mutual_best

__all__ = ["prior_pairs"]

SURE = 0.9  # of a match
UNLIKE = 0.05  # of a non-match
WORTH = 20  # pairs taken at twenty labels or fewer; fewer with more labels
MATCHES = 3  # one of so many pairs taken is a match


def prior_pairs(
    pairs: CandidatePairs,
    guessed: NDArray[np.float32],
    n_records: int,
    asked: NDArray[np.int64],
    answers: NDArray[np.bool_],
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Choose candidates to learn from as if they were labelled.

    Parameters
    ----------
    pairs
        All candidates.
    guessed
        Their match probability by the model without labels, shape (pairs,).
    n_records
        Records of the table.
    asked
        Places, among the candidates, of the labelled pairs.
    answers
        Whether each of these matches, shape as ``asked``.

    Returns
    -------
    tuple of numpy.ndarray
        Places of the chosen candidates, and whether each is taken for a match. Empty where fewer
        than half of the mutual-best pairs asked about matched, or none was asked about.
    """
    best = mutual_best(pairs.left, pairs.right, guessed.astype(np.float64), n_records)
    tried = answers[best[asked]]
    count = round(WORTH * min(1.0, WORTH / max(len(asked), 1)))
    if len(tried) == 0 or tried.mean() < 0.5 or count < MATCHES:
        return np.empty(0, np.int64), np.empty(0, np.bool_)
    free = np.ones(len(pairs), np.bool_)
    free[asked] = False
    met = _spread(np.flatnonzero(free & best & (guessed > SURE)), count // MATCHES)
    unmet = _spread(np.flatnonzero(free & ~best & (guessed < UNLIKE)), count - count // MATCHES)
    return np.concatenate((met, unmet)), np.arange(len(met) + len(unmet)) < len(met)


def _spread(places: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    if len(places) <= count:
        return places
    return places[(np.arange(count, dtype=np.int64) * len(places)) // count]
