"""What is known of labelled pairs beside their labels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matchloop.data.labels import LabeledPairs
from matchloop.data.pairs import CandidatePairs
from matchloop.matching.backends import PreparedTable
from matchloop.matching.learning import prior_probabilities
from matchloop.quality.label_checks.company import compare_company

__all__ = ["Evidence", "gather"]


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """What is known of labelled pairs beside their labels.

    Parameters
    ----------
    features
        The comparisons, and what the guess says of each pair and its rivals, shape
        (pairs, features); NaN where missing.
    company
        What third records say of each pair, shape (pairs, columns); NaN where nothing is known.
    guess
        Match probability by the model without labels, shape (pairs,).
    of_candidates
        The same of every candidate of the table.
    """

    features: NDArray[np.float32]
    company: NDArray[np.float32]
    guess: NDArray[np.float32]
    of_candidates: NDArray[np.float32]

    @property
    def all_features(self) -> NDArray[np.float32]:
        """The comparisons, and what third records say."""
        return np.concatenate((self.features, self.company), axis=1)


def gather(prepared: PreparedTable, labelled: LabeledPairs, *, seed: int) -> Evidence:
    """Compare labelled pairs and guess about them, without a look at their labels.

    Parameters
    ----------
    prepared
        The table.
    labelled
        Pairs of it; a pair may stand several times.
    seed
        Of the guess.
    """
    pairs = CandidatePairs.of(labelled.left, labelled.right, "label")
    at = np.searchsorted(pairs.ids(), labelled.ids())
    features, guess, candidates = prior_probabilities(prepared, pairs, seed=seed)
    company = compare_company(prepared.candidates, candidates, pairs, len(prepared.records))
    return Evidence(features[at], company[at], guess[at], candidates)
