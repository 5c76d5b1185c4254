"""Whole records: the words they share in any column, and the columns they leave empty."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from matchloop.data.records import Kind
from matchloop.data.views import Views
from matchloop.matching.comparing.base import Features, Positions
from matchloop.matching.comparing.token_kernels import compare_presence
from matchloop.matching.comparing.wording import WeightedTokens

__all__ = ["Presence", "RecordWords"]


@dataclass(frozen=True, slots=True, eq=False)
class RecordWords:
    """Words that two records share, in any column.

    The measures are their cosine weighted by rarity, their share of the record with fewer words
    and of that with more, and the rarity of the rarest one.
    """

    kinds: ClassVar[frozenset[Kind]] = frozenset(Kind)
    measures: ClassVar[tuple[str, ...]] = ("words", "contained", "covered", "rarest")
    weighted: WeightedTokens

    @classmethod
    def plan(cls, views: Views) -> Self:
        """Prepare a table."""
        return cls(WeightedTokens.of(views.words(), views.population))

    def take(self, rows: Positions) -> Self:
        """Keep some records."""
        return replace(self, weighted=self.weighted.take(rows))

    def compare(self, left: Positions, right: Positions, out: Features) -> None:
        """Compare pairs."""
        self.weighted.overlap(
            left, right, cosine=out[0], smaller=out[1], larger=out[2], rarest=out[3]
        )


@dataclass(frozen=True, slots=True, eq=False)
class Presence:
    """Share of the columns filled in both records, and in exactly one of them."""

    kinds: ClassVar[frozenset[Kind]] = frozenset(Kind)
    measures: ClassVar[tuple[str, ...]] = ("both_present", "one_present")
    present: NDArray[np.uint64]
    columns: int

    @classmethod
    def plan(cls, views: Views) -> Self:
        """Prepare a table."""
        columns = views.columns
        bits = np.zeros((len(views), (len(columns) + 63) // 64 or 1), np.uint64)
        for number, column in enumerate(columns):
            bits[:, number // 64] |= views.present(column).astype(np.uint64) << np.uint64(
                number % 64
            )
        return cls(bits, max(len(columns), 1))

    def take(self, rows: Positions) -> Self:
        """Keep some records."""
        return replace(self, present=self.present[rows])

    def compare(self, left: Positions, right: Positions, out: Features) -> None:
        """Compare pairs."""
        compare_presence(self.present, self.columns, left, right, *out)
