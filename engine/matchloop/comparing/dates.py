"""Dates: how far apart two days are, and how alike their digits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from matchloop.comparing.base import Features, Positions
from matchloop.comparing.value_kernels import compare_dates
from matchloop.records import Kind
from matchloop.text.dates import Precision
from matchloop.views import Views

__all__ = ["Day"]


@dataclass(frozen=True, slots=True, eq=False)
class Day:
    """Nearness in days and in years, and the share of the digits of year, month and day kept.

    A swap of two neighbouring digits, or of day and month, counts as one digit. Where one of the
    two is a year alone, only the years are compared.

    Parameters
    ----------
    days
        Days since 1970 of each record, shape (records,), NaN where there is no date.
    digits
        The date as a number YYYYMMDD, shape (records,), -1 where less than the day is known.
    years
        The year of each record, shape (records,).
    """

    kinds: ClassVar[frozenset[Kind]] = frozenset({Kind.DATE})
    measures: ClassVar[tuple[str, ...]] = ("days", "years", "digits")
    days: NDArray[np.float64]
    digits: NDArray[np.int64]
    years: NDArray[np.int32]

    @classmethod
    def plan(cls, views: Views, column: str) -> Self:
        """Prepare a column."""
        dates = views.dates(column)
        known, whole = dates.known, dates.precision == int(Precision.DAY)
        day = np.where(known, dates.days, 0).astype("datetime64[D]")
        month = day.astype("datetime64[M]")
        years = dates.years()
        digits = (
            years.astype(np.int64) * 10_000
            + (month.astype(np.int64) % 12 + 1) * 100
            + ((day - month).astype(np.int64) + 1)
        )
        return cls(
            np.where(known, dates.days, np.nan).astype(np.float64),
            np.where(whole, digits, -1),
            years,
        )

    def compare(self, left: Positions, right: Positions, out: Features) -> None:
        """Compare pairs."""
        compare_dates(self.days, self.digits, self.years, left, right, *out)
