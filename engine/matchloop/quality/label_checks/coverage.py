"""Which part of the candidates the labels speak for."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from matchloop.data.pairs import CandidatePairs, pair_ids

__all__ = ["Stratum", "cover"]

STRATA = 10


@dataclass(frozen=True, slots=True)
class Stratum:
    """A part of the range of scores: its candidates, and how many of them are labelled."""

    low: float
    high: float
    candidates: int
    labelled: int

    def to_dict(self) -> dict[str, object]:
        """Return plain values for JSON."""
        return asdict(self)


def cover(
    candidates: CandidatePairs,
    guess: NDArray[np.floating],
    left: NDArray[np.int32],
    right: NDArray[np.int32],
) -> tuple[Stratum, ...]:
    """Count candidates and labels by what the model without labels says.

    Parameters
    ----------
    candidates
        Of the table.
    guess
        Match probability of each without labels, shape (pairs,).
    left, right
        Labelled pairs.
    """
    level = np.minimum((np.asarray(guess, np.float64) * STRATA).astype(np.int64), STRATA - 1)
    labelled = np.isin(candidates.ids(), pair_ids(left, right))
    all_, some = np.bincount(level, minlength=STRATA), np.bincount(level, labelled, STRATA)
    return tuple(
        Stratum(at / STRATA, (at + 1) / STRATA, int(all_[at]), int(some[at]))
        for at in range(STRATA)
    )
