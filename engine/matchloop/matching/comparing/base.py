"""What a comparator promises: the contract of everything that turns pairs into features."""

from __future__ import annotations

from typing import ClassVar, Protocol, Self, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from matchloop.data.records import Kind
from matchloop.data.views import Views

__all__ = ["Comparator", "Features", "Positions", "RecordComparator", "Takes", "UNWANTED"]

Positions = NDArray[np.int32]
Features = NDArray[np.float32]
UNWANTED: Features = np.empty(0, np.float32)
"""Stands for a measure that a kernel need not write."""


class Comparator(Protocol):
    """Compares the values of one column.

    It holds what it needs of the column, prepared once by :meth:`plan`, and is never changed after
    that: several threads compare with it at once.
    """

    kinds: ClassVar[frozenset[Kind]]
    """Kinds of column that it is used for unless the user says otherwise."""

    @property
    def measures(self) -> tuple[str, ...]:
        """Names of what it measures; they depend on nothing but the kind of the column."""
        ...

    @classmethod
    def plan(cls, views: Views, column: str) -> Self:
        """Prepare a column for comparing.

        Parameters
        ----------
        views
            The table.
        column
            Name of the column.
        """
        ...

    def compare(self, left: Positions, right: Positions, out: Features) -> None:
        """Compare pairs.

        Parameters
        ----------
        left, right
            Row positions, shape (pairs,); swapping the two changes no result, and either may be
            the larger. Pairs of the same left record follow each other as a rule.
        out
            Written in full, shape (measures, pairs): NaN where a side is missing, and else higher
            for more alike; two equal values have the highest. Each row is contiguous.
        """
        ...


class RecordComparator(Protocol):
    """Compares whole records, over all their columns; else as :class:`Comparator`."""

    kinds: ClassVar[frozenset[Kind]]
    """It is used for tables that have a column of one of these kinds."""

    @property
    def measures(self) -> tuple[str, ...]:
        """Names of what it measures."""
        ...

    @classmethod
    def plan(cls, views: Views) -> Self:
        """Prepare a table for comparing."""
        ...

    def compare(self, left: Positions, right: Positions, out: Features) -> None:
        """Compare pairs, as :meth:`Comparator.compare`."""
        ...


@runtime_checkable
class Takes(Protocol):
    """A comparator that can be reduced to some records, to compare them in another process."""

    def take(self, rows: Positions) -> Self:
        """Return the comparator of some records, which compares them as before, bit by bit.

        Parameters
        ----------
        rows
            Positions of the records, ascending; the first one becomes position 0.
        """
        ...
