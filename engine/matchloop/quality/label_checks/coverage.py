"""Coverage: which part of the score range the labels represent."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from matchloop.data.pairs import CandidatePairs, pair_ids

__all__ = ["Stratum", "cover"]

STRATA = 10
"""Parts of equal width of the prior probability; a convention."""


@dataclass(frozen=True, slots=True)
class Stratum:
    """A part of the score range: its candidate pairs, and how many of them are labelled."""

    low: float
    high: float
    candidates: int
    labelled: int

    def to_dict(self) -> dict[str, object]:
        """Return plain values for JSON."""
        return asdict(self)


def cover(
    candidates: CandidatePairs,
    prior: NDArray[np.floating],
    left: NDArray[np.int32],
    right: NDArray[np.int32],
) -> tuple[Stratum, ...]:
    """Count candidate pairs and labelled pairs by prior probability.

    Parameters
    ----------
    candidates
        Candidate pairs of the table.
    prior
        Match probability of each by the prior model, shape (pairs,).
    left, right
        Row positions of the labelled pairs.
    """
    level = np.minimum((np.asarray(prior, np.float64) * STRATA).astype(np.int64), STRATA - 1)
    labelled = np.isin(candidates.ids(), pair_ids(left, right))
    all_, some = np.bincount(level, minlength=STRATA), np.bincount(level, labelled, STRATA)
    return tuple(
        Stratum(at / STRATA, (at + 1) / STRATA, int(all_[at]), int(some[at]))
        for at in range(STRATA)
    )
