"""What a table alone suggests of any of its pairs, asked for by keys."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from matchloop.data.pairs import CandidatePairs, pair_ids
from matchloop.matching.backends import PreparedTable
from matchloop.matching.learning import prior_probabilities
from matchloop.quality.agreement import Guess

__all__ = ["guess_of"]


def guess_of(prepared: PreparedTable, *, seed: int = 0) -> Guess:
    """Return what gives the match probability of pairs of keys, learned from no label.

    Parameters
    ----------
    prepared
        The table.
    seed
        Of the model.

    Returns
    -------
    Callable
        For :func:`matchloop.quality.agreement.compare_people`; NaN for a key that the table lacks,
        and for
        a record beside itself.
    """

    def guess(left: Sequence[str], right: Sequence[str]) -> NDArray[np.float64]:
        known = prepared.records.positions
        ends = np.array([[known.get(key, -1) for key in side] for side in (left, right)], np.int64)
        low, high = ends.min(axis=0), ends.max(axis=0)
        out = np.full(len(left), np.nan)
        usable = (low >= 0) & (low < high)
        if usable.any():
            pairs = CandidatePairs.of(low[usable], high[usable], "label")
            probability = prior_probabilities(prepared, pairs, seed=seed)[1]
            at = np.searchsorted(pairs.ids(), pair_ids(low[usable], high[usable]))
            out[usable] = probability[at]
        return out

    return guess
