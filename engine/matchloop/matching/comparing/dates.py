"""Dates: nearness of two days, and likeness of their digits."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from matchloop.data.records import Kind
from matchloop.data.text.dates import NO_DATE, Precision
from matchloop.data.views import Views
from matchloop.matching.comparing.base import Features, Positions
from matchloop.matching.comparing.value_kernels import compare_dates

__all__ = ["Day"]


@dataclass(frozen=True, slots=True, eq=False)
class Day:
    """Nearness in days and in years, and the share of equal digits of year, month and day.

    A swap of two neighbouring digits, or of day and month, counts as one digit. Where one of the
    two is a year alone, only the years are compared. A date whose source may write the day or the
    month first is compared in both readings; the second counts a little less.

    Parameters
    ----------
    days
        Days since 1970 of each record, shape (records,), NaN where there is no date.
    digits
        The date as a number YYYYMMDD, shape (records,), -1 where less than the day is known.
    years
        The year of each record, shape (records,).
    other
        The date with day and month swapped, as ``digits``, where both readings are possible and
        the order is in doubt; -1 elsewhere, empty if nowhere.
    """

    kinds: ClassVar[frozenset[Kind]] = frozenset({Kind.DATE})
    measures: ClassVar[tuple[str, ...]] = ("days", "years", "digits")
    days: NDArray[np.float64]
    digits: NDArray[np.int64]
    years: NDArray[np.int32]
    other: NDArray[np.int64]

    @classmethod
    def plan(cls, views: Views, column: str) -> Self:
        """Prepare a column."""
        dates = views.dates(column)
        has_date, whole = dates.has_date, dates.precision == int(Precision.DAY)
        return cls(
            np.where(has_date, dates.days, np.nan).astype(np.float64),
            np.where(whole, _digits(dates.days, has_date), -1),
            dates.years(),
            np.where(dates.other != NO_DATE, _digits(dates.other, dates.other != NO_DATE), -1),
        )

    def take(self, rows: Positions) -> Self:
        """Keep some records."""
        return replace(
            self,
            days=self.days[rows],
            digits=self.digits[rows],
            years=self.years[rows],
            other=self.other[rows] if len(self.other) else self.other,
        )

    def compare(self, left: Positions, right: Positions, out: Features) -> None:
        """Compare pairs."""
        compare_dates(self.days, self.digits, self.years, self.other, left, right, *out)


def _digits(days: NDArray[np.int32], has_date: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return days since 1970 as numbers YYYYMMDD, any number where there is no date."""
    day = np.where(has_date, days, 0).astype("datetime64[D]")
    month = day.astype("datetime64[M]")
    year = day.astype("datetime64[Y]").astype(np.int64) + 1970
    return np.asarray(
        year * 10_000
        + (month.astype(np.int64) % 12 + 1) * 100
        + ((day - month).astype(np.int64) + 1)
    )
