"""Model numbers: words that name one product, such as ``dsc-w120``, split or not."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from matchloop.data.records import Kind
from matchloop.data.text import Strings, Tokens, merged, numbered
from matchloop.data.views import Views
from matchloop.matching.comparing.base import Features, Positions
from matchloop.matching.comparing.model_kernels import hash_models
from matchloop.matching.comparing.wording import WeightedTokens

__all__ = ["Models", "RecordModels"]


@dataclass(frozen=True, slots=True, eq=False)
class Models:
    """Rarity of the rarest model number that two values share; 0 where both have none in common.

    A model number is a word, or up to three neighbouring words read as one, that mixes letters and
    digits, or a number of at least five digits.
    """

    kinds: ClassVar[frozenset[Kind]] = frozenset({Kind.TEXT})
    of_values: ClassVar[bool] = True
    measures: ClassVar[tuple[str, ...]] = ("model",)
    weighted: WeightedTokens

    @classmethod
    def plan(cls, views: Views, column: str) -> Self:
        """Prepare a column."""
        return cls(WeightedTokens.of(_models(views, column), views.population))

    def take(self, rows: Positions) -> Self:
        """Keep some records."""
        return replace(self, weighted=self.weighted.take(rows))

    def compare(self, left: Positions, right: Positions, out: Features) -> None:
        """Compare pairs."""
        self.weighted.overlap(left, right, rarest=out[0])


@dataclass(frozen=True, slots=True, eq=False)
class RecordModels:
    """The same over all names, texts and identifiers of a record, for tables with a text."""

    kinds: ClassVar[frozenset[Kind]] = frozenset({Kind.TEXT})
    measures: ClassVar[tuple[str, ...]] = ("model",)
    weighted: WeightedTokens

    @classmethod
    def plan(cls, views: Views) -> Self:
        """Prepare a table."""
        kinds = (Kind.NAME, Kind.TEXT, Kind.IDENTIFIER)
        columns = [column for column in views.columns if views.kinds[column] in kinds]
        parts = [_models(views, column) for column in columns]
        sets = [views.distinct(column).number for column in columns]
        tokens = views.counted("models", merged(parts, sets))
        views.forget("models")
        return cls(WeightedTokens.of(tokens, views.population))

    def take(self, rows: Positions) -> Self:
        """Keep some records."""
        return replace(self, weighted=self.weighted.take(rows))

    def compare(self, left: Positions, right: Positions, out: Features) -> None:
        """Compare pairs."""
        self.weighted.overlap(left, right, rarest=out[0])


def _models(views: Views, column: str) -> Tokens:
    """Return the model numbers of each distinct value of a column, cached for the whole record."""
    distinct = views.distinct(column)
    return views.once(
        ("models", column),
        lambda: views.counted(f"models of {column}", _models_of(distinct.strings, distinct.counts)),
    )


def _models_of(strings: Strings, counts: NDArray[np.int32]) -> Tokens:
    none, no_hash = np.empty(0, np.int64), np.empty(0, np.uint64)
    count = hash_models(strings.offsets, strings.codes, strings.points, none, no_hash)
    indptr, hashes = np.zeros(len(strings) + 1, np.int64), np.empty(count, np.uint64)
    hash_models(strings.offsets, strings.codes, strings.points, indptr, hashes)
    return numbered(indptr, hashes, np.ones(count, np.bool_), counts)
