"""The prior model's match probability of pairs of keys."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from matchloop.data.pairs import CandidatePairs, pair_ids
from matchloop.matching.backends import PreparedTable
from matchloop.matching.learning import prior_probabilities
from matchloop.quality.agreement import PairPrior

__all__ = ["prior_of"]


def prior_of(prepared: PreparedTable, *, seed: int = 0) -> PairPrior:
    """Return a function that computes the prior probability of pairs of keys.

    Parameters
    ----------
    prepared
        The table.
    seed
        Seed of the prior model.

    Returns
    -------
    Callable
        An argument of :func:`matchloop.quality.agreement.compare_annotators`. It gives NaN for a
        key that the table lacks and for a pair of a record with itself.
    """

    def prior(left: Sequence[str], right: Sequence[str]) -> NDArray[np.float64]:
        positions = prepared.records.positions
        ends = np.array(
            [[positions.get(key, -1) for key in side] for side in (left, right)], np.int64
        )
        low, high = ends.min(axis=0), ends.max(axis=0)
        out = np.full(len(left), np.nan)
        usable = (low >= 0) & (low < high)
        if usable.any():
            pairs = CandidatePairs.of(low[usable], high[usable], "label")
            probability = prior_probabilities(prepared, pairs, seed=seed)[1]
            at = np.searchsorted(pairs.ids(), pair_ids(low[usable], high[usable]))
            out[usable] = probability[at]
        return out

    return prior
