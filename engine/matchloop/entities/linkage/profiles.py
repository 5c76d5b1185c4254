"""What a column looks like: the words of its name, its kind and its content."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from matchloop.data.kinds import infer_kind
from matchloop.data.records import Kind
from matchloop.data.text import (
    as_text,
    fold_array,
    parse_dates,
    parse_numbers,
    without_placeholders,
)

__all__ = ["Profile", "content_likeness", "name_likeness"]

SAMPLE = 5_000
"""Values of a column that are looked at."""

_WORDS = frozenset({Kind.NAME, Kind.TEXT, Kind.CATEGORY})
_RANGE = (0.05, 0.95)
"""Quantiles between which two columns of quantities are compared: outliers are left out."""


@dataclass(frozen=True, eq=False)
class Profile:
    """The data of a column that is compared with the columns of another table.

    Parameters
    ----------
    name
        Its name.
    values
        A sample of its values.
    kind
        What it holds.
    """

    name: str
    values: pa.Array
    kind: Kind

    @classmethod
    def of(cls, name: str, column: pa.ChunkedArray) -> Profile:
        """Take a sample of a column at equal distances."""
        rows = np.arange(0, len(column), max(1, -(-len(column) // SAMPLE)))
        values = column.take(pa.array(rows)).combine_chunks()
        text = as_text(values) if pa.types.is_nested(values.type) else values
        return cls(name, text, infer_kind(text))

    @cached_property
    def folded(self) -> pa.StringArray:
        """Folded text of the values that are there."""
        folded = fold_array(without_placeholders(self.values)).drop_null()
        return folded.filter(pc.not_equal(folded, ""))

    @cached_property
    def distinct(self) -> frozenset[str]:
        """Each folded value once."""
        return frozenset(self.folded.to_pylist())

    @cached_property
    def words(self) -> Counter[str]:
        """The count of each word in the values."""
        return Counter(word for value in self.folded.to_pylist() for word in value.split())

    @cached_property
    def grams(self) -> Counter[str]:
        """The count of each run of three characters in the values, without spaces."""
        joined = (value.replace(" ", "") for value in self.folded.to_pylist())
        return Counter(value[at : at + 3] for value in joined for at in range(len(value) - 2))

    @cached_property
    def quantities(self) -> NDArray[np.float64]:
        """Its numbers, or its dates in days."""
        if self.kind is Kind.DATE:
            dates = parse_dates(self.values)
            return dates.days[dates.has_date].astype(np.float64)
        numbers = parse_numbers(self.values)
        return numbers[np.isfinite(numbers)]


def name_likeness(left: str, right: str) -> float:
    """Return how alike two names of columns are, 1 if they differ in case and marks only."""
    words = [
        [word.casefold() for word in re.findall(r"[A-Z]?[^\W\d_A-Z]+|[A-Z]+|\d+", name)]
        for name in (left, right)
    ]
    if words[0] == words[1] and words[0]:
        return 1.0
    joined = ["".join(each) for each in words]
    shared = len({*words[0]} & {*words[1]}) / max(1, len({*words[0]} | {*words[1]}))
    return min(
        0.99, max(shared, SequenceMatcher(None, joined[0], joined[1], autojunk=False).ratio())
    )


def content_likeness(left: Profile, right: Profile) -> float:
    """Return how alike the values of two columns are, 0 to 1.

    Quantities by the range that both cover, everything else by shared values, words and runs of
    three characters; columns of different kinds by shared values alone.
    """
    if not left.distinct or not right.distinct:
        return 0.0
    fewest = min(len(left.distinct), len(right.distinct))
    shared = len(left.distinct & right.distinct) / fewest
    if _group(left.kind) != _group(right.kind):
        return shared if shared >= 0.5 and fewest >= 10 else 0.0
    if left.kind in (Kind.NUMBER, Kind.DATE):
        # ranges alone say little: most dates of two tables are of the same decades
        return 0.7 * _shared_range(left.quantities, right.quantities) + 0.3 * shared
    return max(shared, _cosine(left.words, right.words), 0.8 * _cosine(left.grams, right.grams))


def _group(kind: Kind) -> Kind:
    return Kind.NAME if kind in _WORDS else kind


def _shared_range(left: NDArray[np.float64], right: NDArray[np.float64]) -> float:
    if len(left) == 0 or len(right) == 0:
        return 0.0
    (low, high), (other_low, other_high) = (np.quantile(side, _RANGE) for side in (left, right))
    widest = max(high, other_high) - min(low, other_low)
    if widest == 0:
        return 1.0
    return float(max(0.0, min(high, other_high) - max(low, other_low)) / widest)


def _cosine(left: Counter[str], right: Counter[str]) -> float:
    """Return the cosine of two counts, dampened so that a frequent word does not decide."""
    if not left or not right:
        return 0.0
    product = sum((left[word] * right[word]) ** 0.5 for word in left.keys() & right.keys())
    return float(product / (left.total() * right.total()) ** 0.5)
