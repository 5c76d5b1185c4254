"""Spelling: Jaro-Winkler and Levenshtein similarity, common beginnings and endings."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar, Self

from matchloop.data.records import Kind
from matchloop.data.text import Strings
from matchloop.data.views import Views
from matchloop.matching.comparing.base import UNWANTED, Features, Positions
from matchloop.matching.comparing.string_kernels import compare_endings, compare_spellings

__all__ = ["Endings", "Spelling"]


@dataclass(frozen=True, slots=True, eq=False)
class Spelling:
    """Levenshtein similarity, for names also Jaro-Winkler similarity (Winkler 1990).

    Levenshtein similarity is one minus the number of edits over the longer length. Values are read
    up to their 256th character, company names without their legal form.
    """

    kinds: ClassVar[frozenset[Kind]] = frozenset(set(Kind) - {Kind.TEXT, Kind.LOCATION})
    of_values: ClassVar[bool] = True
    measures: tuple[str, ...]
    strings: Strings

    @classmethod
    def plan(cls, views: Views, column: str) -> Self:
        """Prepare a column."""
        is_name = views.kinds[column] is Kind.NAME
        return cls(("edit", "jaro_winkler") if is_name else ("edit",), views.core_strings(column))

    def take(self, rows: Positions) -> Self:
        """Keep some values."""
        return replace(self, strings=self.strings.take(rows))

    def compare(self, left: Positions, right: Positions, out: Features) -> None:
        """Compare pairs."""
        strings = self.strings
        winkler = out[1] if "jaro_winkler" in self.measures else UNWANTED
        compare_spellings(
            strings.offsets, strings.codes, strings.alphabet, left, right, out[0], winkler
        )


@dataclass(frozen=True, slots=True, eq=False)
class Endings:
    """Common beginning and common end, as shares of the shorter value.

    ``j`` begins ``john``; phone numbers with and without the country code end alike.
    """

    kinds: ClassVar[frozenset[Kind]] = frozenset({Kind.NAME, Kind.IDENTIFIER})
    of_values: ClassVar[bool] = True
    measures: tuple[str, ...]
    strings: Strings

    @classmethod
    def plan(cls, views: Views, column: str) -> Self:
        """Prepare a column."""
        only_start = views.kinds[column] is Kind.NAME
        return cls(("start",) if only_start else ("start", "end"), views.distinct(column).strings)

    def take(self, rows: Positions) -> Self:
        """Keep some values."""
        return replace(self, strings=self.strings.take(rows))

    def compare(self, left: Positions, right: Positions, out: Features) -> None:
        """Compare pairs."""
        end = out[1] if "end" in self.measures else UNWANTED
        compare_endings(self.strings.offsets, self.strings.codes, left, right, out[0], end)
