"""Numbers: how near two quantities are."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from matchloop.data.records import Kind
from matchloop.data.views import Views
from matchloop.matching.comparing.base import Features, Positions
from matchloop.matching.comparing.value_kernels import compare_numbers

__all__ = ["Quantity"]


@dataclass(frozen=True, slots=True, eq=False)
class Quantity:
    """One minus the relative difference, and nearness in units of the column's spread.

    Parameters
    ----------
    number
        The number in each value, shape (records,), NaN where there is none.
    spread
        Half the distance between the quartiles of the column.
    """

    kinds: ClassVar[frozenset[Kind]] = frozenset({Kind.NUMBER})
    measures: ClassVar[tuple[str, ...]] = ("ratio", "nearness")
    number: NDArray[np.float64]
    spread: float

    @classmethod
    def plan(cls, views: Views, column: str) -> Self:
        """Prepare a column."""
        number = views.numbers(column)
        if np.isinf(number).any():
            number = np.where(np.isfinite(number), number, np.nan)
        return cls(number, views.recorder.decided(f"spread of {column}", lambda: _spread(number)))

    def take(self, rows: Positions) -> Self:
        """Keep some records."""
        return replace(self, number=self.number[rows])

    def compare(self, left: Positions, right: Positions, out: Features) -> None:
        """Compare pairs."""
        compare_numbers(self.number, self.spread, left, right, *out)


def _spread(number: NDArray[np.float64]) -> float:
    finite = number[~np.isnan(number)]
    low, high = np.percentile(finite, [25, 75]) if len(finite) else (0.0, 0.0)
    return float(high - low) / 2 or 1.0
