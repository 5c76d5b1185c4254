"""Comparators of a column, called with rows as the comparer calls them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matchloop.data.views import Views
from matchloop.matching.comparing import BUILTIN, Comparator, RecordComparator
from matchloop.matching.comparing.base import Features, OfValues

__all__ = ["Planned"]


@dataclass(frozen=True)
class Planned:
    """A comparator of rows, also where it compares the distinct values of a column."""

    comparator: Comparator | RecordComparator
    views: Views

    @classmethod
    def of(cls, name: str, views: Views) -> Planned:
        """Plan a built-in comparator of the column ``c``."""
        return cls(BUILTIN[name].plan(views, "c"), views)

    @property
    def measures(self) -> tuple[str, ...]:
        """Names of its measures."""
        return self.comparator.measures

    def compare(self, left: NDArray[np.int32], right: NDArray[np.int32], out: Features) -> None:
        """Compare pairs of rows."""
        if isinstance(self.comparator, OfValues):
            number = self.views.distinct("c").number
            left, right = number[np.maximum(left, right)], number[np.minimum(left, right)]
        self.comparator.compare(left, right, out)
