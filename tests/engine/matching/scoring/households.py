"""Made-up people of households, as similarities by column: what the readings are judged on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matchloop.data.pairs import CandidatePairs, Comparisons
from matchloop.matching.scoring.evidence import Evidence
from matchloop.matching.scoring.mixture import Mixture

COLUMNS = ("first:edit", "last:edit", "street:edit", "record:words")
FIRST, LAST, STREET = range(3)
HOUSES = 60


@dataclass(frozen=True)
class Households:
    """Three records per house: two of one person, one of another, unlike in the first name.

    Parameters
    ----------
    features
        Similarity of the candidates by column, shape (pairs, columns).
    drawn
        The same of random pairs.
    same
        Which candidates are one person.
    kin
        Which candidates are two people of one house.
    """

    pairs: CandidatePairs
    features: NDArray[np.float32]
    drawn: NDArray[np.float32]
    same: NDArray[np.bool_]
    kin: NDArray[np.bool_]
    names: tuple[str, ...] = COLUMNS

    @classmethod
    def of(cls, seed: int = 0) -> Households:
        rng = np.random.default_rng(seed)
        n = 3 * HOUSES
        left, right = np.triu_indices(n, 1)
        house = left // 3 == right // 3
        kept = house | (rng.random(len(left)) < 0.02)
        left, right, house = left[kept], right[kept], house[kept]
        same = house & (right % 3 == 1)
        alike = np.column_stack((same, house, house))
        high, low = rng.uniform(0.9, 1, alike.shape), rng.uniform(0, 0.5, alike.shape)
        similar = np.where(alike, high, low)
        drawn = rng.uniform(0, 0.5, (3000, 3))
        pairs = CandidatePairs.of(left, right)
        return cls(pairs, _with_whole(similar), _with_whole(drawn), same, house & ~same)

    @property
    def n_records(self) -> int:
        return 3 * HOUSES

    def evidence(self) -> Evidence:
        """Return what models are fitted to."""
        rng = np.random.default_rng(1)
        ends = rng.integers(0, self.n_records, (2, 2 * len(self.drawn)))
        ends = ends[:, ends[0] != ends[1]]
        background = CandidatePairs.of(*ends)
        background = background.take(slice(0, len(self.drawn)))
        drawn = self.drawn[: len(background)]
        return Evidence.of(
            Comparisons(self.pairs, self.features, self.names),
            Comparisons(background, drawn, self.names),
            self.n_records,
            self.n_records * (self.n_records - 1) / 2,
        )


def claim(taken: NDArray[np.bool_]) -> Mixture:
    """Return a mixture that is sure of some pairs."""
    return Mixture(np.where(taken, 0.99, 0.01))


def _with_whole(similar: NDArray[np.float64]) -> NDArray[np.float32]:
    return np.column_stack((similar, similar.mean(axis=1))).astype(np.float32)
