"""Wording: the words that two values share, weighted by rarity."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from matchloop.data.records import Kind
from matchloop.data.text import Tokens
from matchloop.data.text.arrays import taken
from matchloop.data.views import Views
from matchloop.matching.comparing.base import UNWANTED, Features, Positions
from matchloop.matching.comparing.token_kernels import add_up, overlap

__all__ = ["WeightedTokens", "Words"]


SLIGHT = np.float32(0.2)
"""Part of its weight that an optional word of a name keeps, such as a legal form (a convention)."""


@dataclass(frozen=True, slots=True, eq=False)
class WeightedTokens:
    """Token sets with the weight of each token, ready to be compared.

    Parameters
    ----------
    indptr, ids
        The token sets, as in :class:`matchloop.data.text.Tokens`.
    weight
        Inverse document frequency of each token, shape (vocabulary,).
    sums
        Sum of the weights and of their squares per record, shape (records, 2).
    top
        The weight of a token that one record has.
    """

    indptr: NDArray[np.int64]
    ids: NDArray[np.int32]
    weight: NDArray[np.float32]
    sums: NDArray[np.float32]
    top: float

    @classmethod
    def of(cls, tokens: Tokens, records: int, slight: NDArray[np.uint64] | None = None) -> Self:
        """Weigh tokens by rarity among ``records``, those with a hash in ``slight`` a fifth."""
        weight = tokens.idf(records)
        if slight is not None and len(slight):
            weight[np.isin(tokens.hashes, slight)] *= SLIGHT
        sums = add_up(tokens.indptr, tokens.ids, weight)
        top = float(np.log((1 + records) / 2) + 1)
        return cls(tokens.indptr, tokens.ids, weight, sums, top)

    def take(self, rows: Positions) -> Self:
        """Keep the sets of some records; tokens stay in order, as the order of a sum counts."""
        indptr, places = taken(self.indptr, rows)
        used, ids = np.unique(self.ids[places], return_inverse=True)
        number = ids.astype(np.int32)
        return replace(
            self, indptr=indptr, ids=number, weight=self.weight[used], sums=self.sums[rows]
        )

    def overlap(
        self,
        left: Positions,
        right: Positions,
        *,
        cosine: Features = UNWANTED,
        smaller: Features = UNWANTED,
        larger: Features = UNWANTED,
        rarest: Features = UNWANTED,
    ) -> None:
        """Write the overlaps with an array, shape (pairs,); see :func:`token_kernels.overlap`."""
        overlap(
            self.indptr, self.ids, self.weight, self.sums, self.top,
            left, right, cosine, smaller, larger, rarest,
        )  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Words:
    """Cosine of the words weighted by rarity; for longer text also the share of the shorter."""

    kinds: ClassVar[frozenset[Kind]] = frozenset({Kind.NAME, Kind.CATEGORY, Kind.TEXT})
    of_values: ClassVar[bool] = True
    measures: tuple[str, ...]
    weighted: WeightedTokens

    @classmethod
    def plan(cls, views: Views, column: str) -> Self:
        """Prepare a column."""
        is_text = views.kinds[column] is Kind.TEXT
        measures = ("words", "contained") if is_text else ("words",)
        words, slight = views.distinct_words(column), views.slight_words(column)
        return cls(measures, WeightedTokens.of(words, views.population, slight))

    def take(self, rows: Positions) -> Self:
        """Keep some values."""
        return replace(self, weighted=self.weighted.take(rows))

    def compare(self, left: Positions, right: Positions, out: Features) -> None:
        """Compare pairs."""
        smaller = out[1] if "contained" in self.measures else UNWANTED
        self.weighted.overlap(left, right, cosine=out[0], smaller=smaller)
