"""The contract of comparators, which turn pairs into features."""

from __future__ import annotations

from typing import ClassVar, Protocol, Self, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from matchloop.data.records import Kind
from matchloop.data.views import Views

__all__ = [
    "UNWANTED",
    "Comparator",
    "Features",
    "OfValues",
    "Positions",
    "RecordComparator",
    "Takes",
]

Positions = NDArray[np.int32]
Features = NDArray[np.float32]
UNWANTED: Features = np.empty(0, np.float32)
"""Marks a measure that a kernel need not write."""


class Comparator(Protocol):
    """A comparator of the values of one column.

    :meth:`plan` prepares the column once. A comparator is never changed after that: several threads
    use it at once.
    """

    kinds: ClassVar[frozenset[Kind]]
    """Kinds of column for which it is used by default."""

    @property
    def measures(self) -> tuple[str, ...]:
        """Names of its measures, by the kind of the column, or by what the views decided."""
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
            the larger. Pairs of the same left record are usually adjacent.
        out
            Output, shape (measures, pairs): NaN where a side is missing, otherwise higher for more
            alike values; two equal values have the maximum. Each row is contiguous.
        """
        ...


@runtime_checkable
class OfValues(Protocol):
    """A comparator of the distinct values of a column, of which there are fewer than records.

    :meth:`Comparator.plan` prepares :meth:`matchloop.data.views.Views.distinct`, and
    :meth:`Comparator.compare` and ``take`` get the numbers of values in place of row positions. The
    left value is that of the later record.
    """

    of_values: ClassVar[bool]


class RecordComparator(Protocol):
    """A comparator of whole records; otherwise as :class:`Comparator`."""

    kinds: ClassVar[frozenset[Kind]]
    """Kinds of column of which a table must have one for it to be used."""

    @property
    def measures(self) -> tuple[str, ...]:
        """Names of its measures."""
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
