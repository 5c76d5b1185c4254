"""Digits: words with a digit in them, such as sizes, versions and model numbers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar, Self

from matchloop.data.records import Kind
from matchloop.data.text import Tokens
from matchloop.data.views import Views
from matchloop.matching.comparing.base import Features, Positions
from matchloop.matching.comparing.token_kernels import keep_tokens
from matchloop.matching.comparing.wording import WeightedTokens

__all__ = ["Digits", "RecordDigits"]


@dataclass(frozen=True, slots=True, eq=False)
class Digits:
    """Share of the words with a digit that two values have in common, weighted by rarity.

    0 where both have such words and share none: two sizes, two versions, two models.
    """

    kinds: ClassVar[frozenset[Kind]] = frozenset({Kind.TEXT})
    of_values: ClassVar[bool] = True
    measures: ClassVar[tuple[str, ...]] = ("digits",)
    weighted: WeightedTokens

    @classmethod
    def plan(cls, views: Views, column: str) -> Self:
        """Prepare a column."""
        return cls(WeightedTokens.of(_with_digit(views.distinct_words(column)), views.population))

    def take(self, rows: Positions) -> Self:
        """Keep some records."""
        return replace(self, weighted=self.weighted.take(rows))

    def compare(self, left: Positions, right: Positions, out: Features) -> None:
        """Compare pairs."""
        self.weighted.overlap(left, right, smaller=out[0])


@dataclass(frozen=True, slots=True, eq=False)
class RecordDigits:
    """The same over all columns: share of the smaller set, cosine, and the rarest word shared."""

    kinds: ClassVar[frozenset[Kind]] = frozenset(Kind)
    measures: ClassVar[tuple[str, ...]] = ("digits", "digits_cosine", "rarest_digits")
    weighted: WeightedTokens

    @classmethod
    def plan(cls, views: Views) -> Self:
        """Prepare a table."""
        return cls(WeightedTokens.of(_with_digit(views.words()), views.population))

    def take(self, rows: Positions) -> Self:
        """Keep some records."""
        return replace(self, weighted=self.weighted.take(rows))

    def compare(self, left: Positions, right: Positions, out: Features) -> None:
        """Compare pairs."""
        self.weighted.overlap(left, right, smaller=out[0], cosine=out[1], rarest=out[2])


def _with_digit(tokens: Tokens) -> Tokens:
    indptr, ids = keep_tokens(tokens.indptr, tokens.ids, tokens.has_digit)
    return replace(tokens, indptr=indptr, ids=ids)
