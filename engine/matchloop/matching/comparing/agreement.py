"""Agreement of whole values, weighted by how rare the value is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar, Self

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from matchloop.data.records import Kind
from matchloop.data.views import Views
from matchloop.matching.comparing.base import Features, Positions
from matchloop.matching.comparing.value_kernels import compare_agreement

__all__ = ["Agreement"]


@dataclass(frozen=True, slots=True, eq=False)
class Agreement:
    """1 for two equal values that no other record has, near .5 for a common one, 0 if they differ.

    Agreement on a rare surname is stronger evidence than on a common one. Company names are
    compared without their legal forms.

    Parameters
    ----------
    value
        Number of each distinct value, -1 where missing. Values that differ in their legal form
        only have one number.
    worth
        The worth of agreement on each number.
    """

    kinds: ClassVar[frozenset[Kind]] = frozenset(
        {Kind.NAME, Kind.CATEGORY, Kind.IDENTIFIER, Kind.NUMBER, Kind.DATE}
    )
    of_values: ClassVar[bool] = True
    measures: ClassVar[tuple[str, ...]] = ("agreement",)
    value: NDArray[np.int32]
    worth: NDArray[np.float32]

    @classmethod
    def plan(cls, views: Views, column: str) -> Self:
        """Prepare a column."""
        text = views.core(column)
        encoded: pa.DictionaryArray = text.dictionary_encode()
        value = np.array(encoded.indices.fill_null(-1), np.int32)
        frequency = np.zeros(len(encoded.dictionary), np.int64)
        is_there = value >= 0
        np.add.at(frequency, value[is_there], views.distinct(column).counts[is_there])
        frequency = views.value_counts(column, _without_copy(encoded.dictionary, text), frequency)
        records = max(views.population, 2)
        rarity = np.log(records / np.maximum(frequency, 1)) / np.log(records)
        return cls(value, (0.5 + 0.5 * rarity).astype(np.float32))

    def take(self, rows: Positions) -> Self:
        """Keep some values."""
        value = self.value[rows]
        used = np.unique(value[value >= 0])
        number = np.where(value >= 0, np.searchsorted(used, value), -1).astype(np.int32)
        return replace(self, value=number, worth=self.worth[used])

    def compare(self, left: Positions, right: Positions, out: Features) -> None:
        """Compare pairs."""
        compare_agreement(self.value, self.worth, left, right, out[0])


def _without_copy(distinct: pa.StringArray, text: pa.StringArray) -> pa.StringArray:
    """Return distinct values as a part of the text they come from, where each is there once."""
    part = text.slice(0, len(distinct))
    is_same = len(distinct) == len(text) - text.null_count and part.null_count == 0
    return part if is_same else distinct
