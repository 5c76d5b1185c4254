"""Features of labelled pairs that do not depend on their labels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matchloop.data.labels import LabeledPairs
from matchloop.data.pairs import CandidatePairs
from matchloop.matching.backends import PreparedTable
from matchloop.matching.learning import prior_probabilities
from matchloop.quality.label_checks.neighbours import compare_neighbours

__all__ = ["Evidence", "gather"]


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """Features of labelled pairs that do not depend on their labels.

    Parameters
    ----------
    features
        Comparisons, and the prior probability of each pair and its rivals, shape
        (pairs, features); NaN where missing.
    shared_neighbours
        Features of third records, shape (pairs, columns); NaN where there are none.
    prior
        Match probability by the prior model, shape (pairs,).
    of_candidates
        The same of every candidate pair of the table.
    """

    features: NDArray[np.float32]
    shared_neighbours: NDArray[np.float32]
    prior: NDArray[np.float32]
    of_candidates: NDArray[np.float32]

    @property
    def all_features(self) -> NDArray[np.float32]:
        """The comparisons and the features of third records, side by side."""
        return np.concatenate((self.features, self.shared_neighbours), axis=1)


def gather(prepared: PreparedTable, labelled: LabeledPairs, *, seed: int) -> Evidence:
    """Compute the features of labelled pairs without their labels.

    Parameters
    ----------
    prepared
        The table.
    labelled
        Labelled pairs; a pair may occur several times.
    seed
        Seed of the prior model.
    """
    pairs = CandidatePairs.of(labelled.left, labelled.right, "label")
    at = np.searchsorted(pairs.ids(), labelled.ids())
    features, prior, of_candidates = prior_probabilities(prepared, pairs, seed=seed)
    shared = compare_neighbours(prepared.candidates, of_candidates, pairs, len(prepared.records))
    return Evidence(features[at], shared[at], prior[at], of_candidates)
