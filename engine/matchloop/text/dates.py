"""Read dates out of text: day, month and year in many forms and languages, or a year alone."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from functools import cache

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from matchloop.text.arrays import as_text, buffers, plain
from matchloop.text.date_kernel import MISSING, order_votes, read_dates
from matchloop.text.units import hashed

__all__ = ["NO_DATE", "Dates", "Precision", "parse_dates"]

NO_DATE = int(MISSING)
_PIVOT = 30  # a year of two digits: 00 to 30 is in the 2000s
_YEARS = 0.2  # two digits alone are a year where this share of the column's years have four

_MONTHS = (
    "jan january januar janvier enero gennaio janeiro ene janv januari",
    "feb february februar fevrier febrero febbraio fevereiro fev fevr februari",
    "mar march marz mars marzo marco mrz maart maerz",
    "apr april avril abril aprile avr abr",
    "may mai mayo maggio maio mei mag",
    "jun june juni juin junio giugno junho giu",
    "jul july juli juillet julio luglio julho lug juil",
    "aug august aout agosto ago augustus augusti",
    "sep sept september septembre septiembre settembre setembro set",
    "oct october oktober octobre octubre ottobre outubro okt ott out",
    "nov november novembre noviembre novembro",
    "dec december dezember decembre diciembre dicembre dezembro dez dic des",
)
_BESIDE = (
    "st nd rd th of the de del di le el on in c ca circa about approx est ad t z utc gmt am pm um"
    " mon tue tues wed thu thur thurs fri sat sun monday tuesday wednesday thursday friday saturday"
    " sunday montag dienstag mittwoch donnerstag freitag samstag sonntag born b published year"
)


class Precision(IntEnum):
    """How much of a date is known."""

    NONE = 0
    YEAR = 2
    MONTH = 3
    DAY = 4


@dataclass(frozen=True, slots=True, eq=False)
class Dates:
    """The date in each value.

    Parameters
    ----------
    days
        Shape (records,): days since 1 January 1970; ``NO_DATE`` where there is no date. Where only
        a year or a month is known, its first day.
    precision
        Shape (records,): a :class:`Precision`.
    """

    days: NDArray[np.int32]
    precision: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.days)

    @property
    def known(self) -> NDArray[np.bool_]:
        """Which records have a date."""
        return np.greater(self.precision, 0)

    @property
    def year_only(self) -> NDArray[np.bool_]:
        """Which records have a year and no more."""
        return np.equal(self.precision, int(Precision.YEAR))

    def years(self) -> NDArray[np.int32]:
        """Return the year of each record, 0 where there is no date."""
        days = np.where(self.known, self.days, 0).astype("datetime64[D]")
        years = days.astype("datetime64[Y]").astype(np.int32) + 1970
        return np.where(self.known, years, 0).astype(np.int32)


def parse_dates(values: pa.Array | pa.ChunkedArray) -> Dates:
    """Return the date in each value.

    Parameters
    ----------
    values
        A column as given (not folded), shape (records,): text, whole numbers such as 19710624 or
        1971, dates or timestamps.

    Returns
    -------
    Dates
        No date where the value is missing, no valid day (``19711341``), or holds other words.
        Whether 3/4/1990 is in March or in April is decided by the column's certain dates (31/12,
        12/31); day first where nothing tells. A year of two digits is 1931 to 2030.

    Examples
    --------
    >>> parse_dates(pa.array(["1971-06-24", "24 June 1971", "1971", "x"])).precision.tolist()
    [4, 4, 2, 0]
    """
    kind = values.type
    if pa.types.is_date(kind) or pa.types.is_timestamp(kind):
        return _from_dates(values)
    if pa.types.is_floating(kind):
        whole = values.cast(pa.float64()).to_numpy(zero_copy_only=False)
        whole = np.where(np.isfinite(whole) & (whole == np.floor(whole)), whole, -1)
        whole = np.where(np.abs(whole) < 1e15, whole, -1).astype(np.int64)
        values = pa.array(whole, mask=whole < 0)
    text = plain(as_text(values))
    offsets, data, valid = buffers(text)
    words = _words()
    day_first, month_first = order_votes(offsets, data, valid, *words)
    days, precision = read_dates(offsets, data, valid, day_first >= month_first, _PIVOT, *words)
    short = precision == 1
    if short.any():
        years = np.count_nonzero(precision == Precision.YEAR)
        if years and years >= _YEARS * (years + np.count_nonzero(short)):
            precision[short] = Precision.YEAR
        else:
            days[short] = NO_DATE
            precision[short] = Precision.NONE
    return Dates(days, precision)


def _from_dates(values: pa.Array | pa.ChunkedArray) -> Dates:
    if isinstance(values, pa.ChunkedArray):
        values = values.combine_chunks()
    valid = np.asarray(values.is_valid())
    days = np.asarray(values.cast(pa.date32(), safe=False).cast(pa.int32()).fill_null(NO_DATE))
    return Dates(days.astype(np.int32), np.where(valid, np.uint8(Precision.DAY), np.uint8(0)))


@cache
def _words() -> tuple[NDArray[np.uint64], NDArray[np.uint8]]:
    meaning = {hashed(word): 0 for word in _BESIDE.split()}
    for number, names in enumerate(_MONTHS, start=1):
        meaning |= {hashed(name): number for name in names.split()}
    ordered = sorted(meaning.items())
    return (
        np.array([value for value, _ in ordered], np.uint64),
        np.array([month for _, month in ordered], np.uint8),
    )
