"""Swapped values: two columns hold each other's value, such as given name and surname."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar, Self

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from matchloop.data.records import Kind
from matchloop.data.text import Strings, encode
from matchloop.data.views import Views
from matchloop.matching.comparing.base import UNWANTED, Features, Positions
from matchloop.matching.comparing.order_kernels import values_of
from matchloop.matching.comparing.string_kernels import compare_spellings

__all__ = ["SWAPPED", "Swapped"]

SWAPPED = "swapped"

ALIKE = 0.75
"""Least Levenshtein similarity of both values: a slip of the pen in a name of four letters. Less
alike, the two are not swapped, and the measure is 0. A convention."""


@dataclass(frozen=True, slots=True, eq=False)
class Swapped:
    """How far two records have the values of two columns the other way round.

    The smaller Levenshtein similarity of the two values to those of the other column; 0 where one
    is below :data:`ALIKE`. It is measured for the two columns of
    :meth:`matchloop.data.views.Views.swapped_columns` only.

    Parameters
    ----------
    measures
        The name of the measure; none where the column is not one of the two.
    strings
        The distinct values of the first column, followed by those of the second one.
    first, second
        The value of each record in either column, shape (records,).
    filled
        Which records have both values, shape (records,).
    """

    kinds: ClassVar[frozenset[Kind]] = frozenset({Kind.NAME})
    measures: tuple[str, ...]
    strings: Strings
    first: NDArray[np.int32]
    second: NDArray[np.int32]
    filled: NDArray[np.bool_]

    @classmethod
    def plan(cls, views: Views, column: str) -> Self:
        """Prepare a column."""
        columns = views.swapped_columns()
        if column not in columns:
            none = np.empty(0, np.int32)
            return cls((), encode(pa.array([], pa.string())), none, none, np.empty(0, np.bool_))
        # the measure is the same for either column, so one copy of the values serves both
        return views.once(("swapped",), lambda: cls._of(views, *columns))

    @classmethod
    def _of(cls, views: Views, first: str, second: str) -> Self:
        here, there = views.distinct(first), views.distinct(second)
        strings = encode(pa.concat_arrays([here.text, there.text]))
        further = there.number + np.int32(len(here.text))
        filled = views.present(first) & views.present(second)
        return cls((SWAPPED,), strings, here.number, further, filled)

    def take(self, rows: Positions) -> Self:
        """Keep some records."""
        if not self.measures:
            return self
        first, second = self.first[rows], self.second[rows]
        used = np.union1d(first, second)
        return replace(
            self,
            strings=self.strings.take(used),
            first=np.searchsorted(used, first).astype(np.int32),
            second=np.searchsorted(used, second).astype(np.int32),
            filled=self.filled[rows],
        )

    def compare(self, left: Positions, right: Positions, out: Features) -> None:
        """Compare pairs."""
        if not self.measures:
            return
        similarity = out[0]
        self._spell(values_of(self.first, left), values_of(self.second, right), similarity)
        # most pairs are unlike in the first direction already
        alike = np.flatnonzero(similarity >= ALIKE)
        back = np.empty(len(alike), np.float32)
        further = values_of(self.second, left[alike]), values_of(self.first, right[alike])
        self._spell(*further, back)
        similarity[alike] = np.minimum(similarity[alike], back)
        similarity[~(similarity >= ALIKE)] = 0.0
        similarity[~(self.filled[left] & self.filled[right])] = np.nan

    def _spell(self, left: Positions, right: Positions, out: Features) -> None:
        strings = self.strings
        compare_spellings(
            strings.offsets, strings.codes, strings.alphabet, left, right, out, UNWANTED
        )
