"""Read dates from text: day, month and year in many forms and languages, or a year alone."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from functools import cache

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from matchloop.data.text.arrays import as_text, buffers, plain
from matchloop.data.text.date_kernel import MISSING, order_votes, read_dates
from matchloop.data.text.units import hashed

__all__ = ["NO_DATE", "DateHabits", "Dates", "Orders", "Precision", "parse_dates", "written_dates"]

NO_DATE = int(MISSING)
# The limits below are conventions.
_PIVOT = 30  # a year of two digits: 00 to 30 is in the 2000s
_SLIPS = 0.1  # largest share of certain dates in the other order that count as typing errors
_SERIAL = 5  # the kernel's mark of a day counted from 1900, as spreadsheets store dates
_AROUND = 5  # most years between such a day and the range of the column's other dates
_YEARS = 0.2  # least share of four-digit years, so that two digits alone are a year

_MONTHS = (
    "jan january januar janvier enero gennaio janeiro ene janv januari ianuarie gener"
    " stycznia styczeń ledna leden tammikuu ocak január января январь янв січня січень"
    " ιανουαρίου ιανουάριος يناير",
    "feb february februar fevrier febrero febbraio fevereiro fev fevr februari februarie febrer"
    " lutego luty února únor helmikuu şubat február februára февраля февраль фев лютого лютий"
    " φεβρουαρίου φεβρουάριος فبراير",
    "mar march marz mars marzo marco mrz maart maerz martie marts marc marca marzec března březen"
    " maaliskuu mart március марта март мар березня березень μαρτίου μάρτιος مارس",
    "apr april avril abril aprile avr abr aprilie kwietnia kwiecień dubna duben huhtikuu nisan"
    " április apríla апреля апрель апр квітня квітень απριλίου απρίλιος أبريل",
    "may mai mayo maggio maio mei mag maj maja květen května toukokuu mayıs május mája"
    " мая май травня травень μαΐου μάιος مايو",
    "jun june juni juin junio giugno junho giu iunie juny czerwca czerwiec června červen kesäkuu"
    " haziran június júna июня июнь июн червня червень ιουνίου ιούνιος يونيو",
    "jul july juli juillet julio luglio julho lug juil iulie juliol lipca lipiec července červenec"
    " heinäkuu temmuz július júla июля июль июл липня липень ιουλίου ιούλιος يوليو",
    "aug august aout agosto ago augustus augusti agost sierpnia sierpień srpna srpen elokuu"
    " ağustos augusztus augusta августа август авг серпня серпень αυγούστου αύγουστος أغسطس",
    "sep sept september septembre septiembre settembre setembro set septembrie setembre"
    " września wrzesień září syyskuu eylül szeptember septembra сентября сентябрь сен сент"
    " вересня вересень σεπτεμβρίου σεπτέμβριος سبتمبر",
    "oct october oktober octobre octubre ottobre outubro okt ott out octombrie"
    " października październik října říjen lokakuu ekim október októbra октября октябрь окт"
    " жовтня жовтень οκτωβρίου οκτώβριος أكتوبر",
    "nov november novembre noviembre novembro noiembrie marraskuu kasım novembra"
    " ноября ноябрь ноя нояб листопада листопад νοεμβρίου νοέμβριος نوفمبر",
    "dec december dezember decembre diciembre dicembre dezembro dez dic des decembrie desembre"
    " grudnia grudzień prosince prosinec joulukuu aralık decembra декабря декабрь дек"
    " грудня грудень δεκεμβρίου δεκέμβριος ديسمبر",
)
"""Names of each month; ``listopada`` is left out: October to some, November to others."""

_BESIDE = (
    "st nd rd th of the de del di le el on in c ca circa about approx est ad t z utc gmt am pm um"
    " mon tue tues wed thu thur thurs fri sat sun monday tuesday wednesday thursday friday saturday"
    " sunday montag dienstag mittwoch donnerstag freitag samstag sonntag born b published year"
    " года год г року рік р ngày tháng năm 年 月 日 年生 年月 火 水 木 金 土 년 월 일"
)


class Precision(IntEnum):
    """Which parts of a date are given."""

    NONE = 0
    YEAR = 2
    MONTH = 3
    DAY = 4


@dataclass(frozen=True, slots=True, eq=False)
class Orders:
    """Order of day and month of each source, for dates such as 3/4/1990.

    Parameters
    ----------
    day_first
        Shape (sources,): whether the day is read first.
    is_certain
        Shape (sources,): whether its unambiguous dates (31/12, 12/31) show the order.
    written
        Shape (sources,): whether it has unambiguous dates.
    """

    day_first: NDArray[np.bool_]
    is_certain: NDArray[np.bool_]
    written: NDArray[np.bool_]

    @classmethod
    def of(cls, votes: NDArray[np.int64]) -> Orders:
        """Decide on an order by the unambiguous dates of each source, shape (sources, 2).

        The first column of the votes counts dates with the day first, the second those with the
        month first. A source without unambiguous dates follows the others, and its order is
        uncertain. A single source is an exception: all its dates are read in one order, so equal
        dates stay equal.
        """
        total = votes.sum(axis=1)
        all_first = bool(votes[:, 0].sum() >= votes[:, 1].sum())
        day_first = np.where(total > 0, votes[:, 0] >= votes[:, 1], all_first)
        is_clear = (total > 0) & (votes.min(axis=1) <= _SLIPS * total)
        is_certain = is_clear | ((total == 0) & (len(votes) == 1))
        return cls(day_first, is_certain, total > 0)


@dataclass(frozen=True, slots=True, eq=False)
class DateHabits:
    """How a column writes its dates, decided by all of its values.

    Parameters
    ----------
    orders
        Order of day and month of each source.
    has_years
        Whether enough years have four digits, so that two digits can be a year.
    serials
        First and last day that a serial number may stand for; the last is before the first where no
        number is one.
    """

    orders: Orders
    has_years: bool
    serials: tuple[int, int]

    def to_lists(self) -> list[list[int]]:
        """Return the fields as lists of numbers, for a file."""
        orders = self.orders
        flags = (orders.day_first, orders.is_certain, orders.written)
        lists = [flag.astype(int).tolist() for flag in flags]
        return [*lists, [int(self.has_years)], list(self.serials)]

    @classmethod
    def of_lists(cls, lists: list[list[int]]) -> DateHabits:
        """Rebuild from :meth:`to_lists`."""
        *flags, years, (first, last) = lists
        return cls(
            Orders(*(np.array(flag, np.bool_) for flag in flags)), bool(years[0]), (first, last)
        )


@dataclass(frozen=True, slots=True, eq=False)
class Dates:
    """The date in each value.

    Parameters
    ----------
    days
        Shape (records,): days since 1 January 1970; ``NO_DATE`` where there is no date. The first
        day of a year or month where only that is given.
    precision
        Shape (records,): a :class:`Precision`.
    other
        Shape (records,): the day if day and month are swapped, where both readings are possible and
        the order of the source is uncertain. Else ``NO_DATE``. Empty if no record has one.
    habits
        How the column writes its dates; None for columns of a date type, which need none.
    """

    days: NDArray[np.int32]
    precision: NDArray[np.uint8]
    other: NDArray[np.int32] = field(default_factory=lambda: np.empty(0, np.int32))
    habits: DateHabits | None = None

    @property
    def orders(self) -> Orders | None:
        """Order of each source; None for columns of a date type."""
        return None if self.habits is None else self.habits.orders

    def __len__(self) -> int:
        return len(self.days)

    @property
    def has_date(self) -> NDArray[np.bool_]:
        """Which records have a date, shape (records,)."""
        return np.greater(self.precision, 0)

    def codes(self) -> NDArray[np.int64]:
        """Return a number per record, equal for equal dates of equal precision."""
        rank = np.maximum(self.precision.astype(np.int64) - 1, 0)  # 0 none, 1 year to 3 day
        return self.days.astype(np.int64) * len(Precision) + rank

    def years(self) -> NDArray[np.int32]:
        """Return the year of each record, 0 where there is no date."""
        days = np.where(self.has_date, self.days, 0).astype("datetime64[D]")
        years = days.astype("datetime64[Y]").astype(np.int32) + 1970
        return np.where(self.has_date, years, 0).astype(np.int32)


def written_dates(codes: NDArray[np.int64] | NDArray[np.float64]) -> list[str]:
    """Write the codes of :meth:`Dates.codes` as folded text: 1984 05 10, 1984 05, 1984."""
    days, precision = np.divmod(codes.astype(np.int64), len(Precision))
    return [
        text[: 4 + 3 * parts].replace("-", " ")
        for text, parts in zip(
            np.datetime_as_string(days.astype("datetime64[D]")).tolist(),
            (precision - 1).tolist(),
            strict=True,
        )
    ]


def parse_dates(
    values: pa.Array | pa.ChunkedArray,
    sources: NDArray[np.int32] | None = None,
    *,
    are_dates: bool = False,
    habits: DateHabits | None = None,
) -> Dates:
    """Read the date in each value.

    Parameters
    ----------
    values
        An unfolded column, shape (records,): text, whole numbers such as 19710624 or 1971, dates or
        timestamps.
    sources
        Number of the source of each record, shape (records,); each source has its own order. None
        for a single source.
    are_dates
        Whether the column is known to hold dates. Then all its values may be serial numbers.
    habits
        The habits of the column, where they are known from a larger table.

    Returns
    -------
    Dates
        No date where the value is missing, is no valid day (``19711341``), or holds other words.
        The unambiguous dates of the source (31/12, 12/31) decide whether 3/4/1990 is in March or in
        April. Without any, the day comes first. A year of two digits is 1931 to 2030. A
        spreadsheet's serial number (29221) is a date if it is near other dates of the column.

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
    cells = buffers(plain(as_text(values)))
    source = np.zeros(len(values), np.int32) if sources is None else sources
    if habits is not None:
        orders = habits.orders
    else:
        votes = np.zeros((int(source.max(initial=0)) + 1, 2), np.int64)
        order_votes(*cells, source, votes, *_words())
        orders = Orders.of(votes)
    days, precision = read_dates(*cells, source, orders.day_first, _PIVOT, *_words())
    other = np.empty(0, np.int32)
    if not orders.is_certain.all():
        swapped, _ = read_dates(*cells, source, ~orders.day_first, _PIVOT, *_words())
        two_ways = (swapped != days) & ~orders.is_certain[source]
        if two_ways.any():
            other = np.where(two_ways, swapped, np.int32(NO_DATE))
    has_years = _has_years(precision) if habits is None else habits.has_years
    _settle(days, precision, precision == 1, Precision.YEAR, has_years)
    if habits is None:
        habits = DateHabits(orders, has_years, _serials(days, precision, are_dates))
    first, last = habits.serials
    is_near = (days >= first) & (days <= last)
    _settle(days, precision, precision == _SERIAL, Precision.DAY, is_near)
    return Dates(days, precision, other, habits)


def _settle(
    days: NDArray[np.int32],
    precision: NDArray[np.uint8],
    doubtful: NDArray[np.bool_],
    meaning: Precision,
    accepted: NDArray[np.bool_] | bool,
) -> None:
    """Give uncertain values their meaning where the column accepts it, in place."""
    precision[doubtful & accepted] = meaning
    precision[doubtful & ~np.asarray(accepted)] = Precision.NONE
    days[doubtful & ~np.asarray(accepted)] = NO_DATE


def _has_years(precision: NDArray[np.uint8]) -> bool:
    """Return whether enough years have four digits, so that two digits can be a year."""
    years = np.count_nonzero(precision == Precision.YEAR)
    short = np.count_nonzero(precision == 1)
    return bool(years and years >= _YEARS * (years + short))


def _serials(
    days: NDArray[np.int32], precision: NDArray[np.uint8], are_dates: bool
) -> tuple[int, int]:
    """Return the days that serial numbers may stand for: near other dates, which are as many."""
    none = (0, -1)
    written = (precision == Precision.MONTH) | (precision == Precision.DAY)
    serials = np.count_nonzero(precision == _SERIAL)
    if not written.any():
        limits = np.iinfo(np.int32)
        are_serials = are_dates and 2 * serials > np.count_nonzero(precision)
        return (limits.min, limits.max) if are_serials else none
    if serials == 0 or np.count_nonzero(written) < serials:
        return none
    around = round(_AROUND * 365.25)
    return int(days[written].min()) - around, int(days[written].max()) + around


def _from_dates(values: pa.Array | pa.ChunkedArray) -> Dates:
    if isinstance(values, pa.ChunkedArray):
        values = values.combine_chunks()
    valid = np.asarray(values.is_valid())
    days = np.asarray(values.cast(pa.date32(), safe=False).cast(pa.int32()).fill_null(NO_DATE))
    return Dates(days.astype(np.int32), np.where(valid, np.uint8(Precision.DAY), np.uint8(0)))


def _small(word: str) -> str:
    """Return a word as the kernel compares it: its ASCII letters in small letters."""
    return "".join(letter.lower() if letter.isascii() else letter for letter in word)


@cache
def _words() -> tuple[NDArray[np.uint64], NDArray[np.uint8]]:
    meaning: dict[int, int] = {}
    for number, names in enumerate((_BESIDE, *_MONTHS)):
        for name in names.split():
            cases = (name, name.title(), name.upper()) if not name.isascii() else (name,)
            finnish = (f"{name}ta",) if name.endswith("kuu") else ()
            for word in plain(pa.array([*cases, *finnish])).to_pylist():
                meaning[hashed(_small(word))] = number
    ordered = sorted(meaning.items())
    return (
        np.array([value for value, _ in ordered], np.uint64),
        np.array([month for _, month in ordered], np.uint8),
    )
