"""The contract of ``matchloop.strategies``: what a strategy gets and what it returns.

A strategy scores and never chooses. It returns one utility per candidate pair. The questions are
built from the utilities in one place, the same for every strategy.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from matchloop.data.labels import LabeledPairs
from matchloop.data.pairs import CandidatePairs

__all__ = ["QueryContext", "Strategy"]


@dataclass(frozen=True, slots=True, eq=False)
class QueryContext:
    """What a strategy gets to see; its arrays cannot be written to.

    Parameters
    ----------
    pairs
        The candidate pairs, which are the edges of a graph of the records.
    probability
        Match probability of each candidate under the present model, shape (pairs,), in [0, 1].
    labelled
        Which candidates already have a label, shape (pairs,). Their utilities are not used.
    n_records
        How many records the table holds.
    rng
        The only random generator that a strategy may use.
    features
        Comparison features, shape (pairs, features), float32, NaN where a value is missing. None
        where the table is too large to store them all.
    feature_names
        One name per feature.
    guess
        Match probability of each candidate by the prior model, shape (pairs,). None where it was
        not computed.
    sources
        Number of the source of each record, shape (records,); None for deduplication.
    labels
        The labelled pairs, candidates or not; None before the first label.
    round
        How many rounds of questions were asked before.
    """

    pairs: CandidatePairs
    probability: NDArray[np.float32]
    labelled: NDArray[np.bool_]
    n_records: int
    rng: np.random.Generator
    features: NDArray[np.float32] | None = None
    feature_names: tuple[str, ...] = ()
    guess: NDArray[np.float32] | None = None
    sources: NDArray[np.int32] | None = None
    labels: LabeledPairs | None = None
    round: int = 0

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, np.ndarray):
                shielded = value.view()
                shielded.flags.writeable = False
                object.__setattr__(self, field.name, shielded)

    def __len__(self) -> int:
        return len(self.pairs)


@runtime_checkable
class Strategy(Protocol):
    """Contract of a strategy that scores how useful the label of each candidate would be.

    Its parameters are the fields of a frozen dataclass, so that its repr is its configuration.
    """

    def utilities(self, context: QueryContext) -> NDArray[np.float64]:
        """Return one utility per candidate.

        Parameters
        ----------
        context
            The present state of learning.

        Returns
        -------
        NDArray
            Shape (pairs,), float64, finite; a higher value is asked sooner. Only the order of
            utilities and their ratios to the range matter, not the unit. The same context with a
            generator in the same state gives the same bytes.
        """
        ...
