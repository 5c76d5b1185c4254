"""Read numbers from text: currencies, thousands separators, units, per cent, clock times."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from matchloop.data.text.arrays import as_text, buffers, plain
from matchloop.data.text.number_kernel import decimal_votes, read_numbers
from matchloop.data.text.units import Dimension, units

__all__ = ["NumberHabits", "Numbers", "parse_numbers", "plain_numbers", "scan_numbers"]

# The limits are conventions.
_MANY = 0.2  # least share of the numbers that carry a unit, so that it is the column's unit
# A number without unit is rescaled if it is _OFF times off the median, and _NEAR it afterwards.
_OFF, _NEAR = 8.0, 4.0


@dataclass(frozen=True, slots=True, eq=False)
class Numbers:
    """The numbers of a column, before their units are unified.

    Parameters
    ----------
    values
        Shape (records,): the first number in each value, NaN where there is none.
    unit
        Shape (records,): position in :func:`matchloop.data.text.units.units`, -1 for none, -2 for a
        clock time, whose value is in seconds.
    form
        Shape (records,): 0 no number, 1 a number among other text, 2 a number and one unknown word,
        3 a number with nothing but its unit or currency.
    """

    values: NDArray[np.float64]
    unit: NDArray[np.int16]
    form: NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class NumberHabits:
    """How a column writes its numbers, decided by all of its values.

    Parameters
    ----------
    has_decimal_comma
        Whether more values show a comma as the decimal mark than a point.
    dimension
        The :class:`matchloop.data.text.units.Dimension` that its numbers are in, -1 for none.
    scale
        Its most frequent unit as a multiple of the base unit of that dimension.
    middle
        Median of the absolute numbers that carry a unit, in that unit.
    currency
        Position of the only currency or other unit without a dimension, -1 for none or several.
    """

    has_decimal_comma: bool
    dimension: int = -1
    scale: float = 1.0
    middle: float = 0.0
    currency: int = -1

    @classmethod
    def of(cls, values: pa.Array | pa.ChunkedArray) -> NumberHabits:
        """Find the habits of an unfolded column."""
        if _is_numeric(values.type):
            return cls(has_decimal_comma=False)
        text = plain(as_text(values))
        commas, points = decimal_votes(*buffers(text)[:2])
        has_comma = bool(commas > points)
        numbers = scan_numbers(text, cls(has_comma))
        tables, dimension = units(), _dimensions(numbers)
        place = numbers.unit.astype(np.int64)
        bare = np.unique(place[(place >= 0) & (dimension == int(Dimension.NONE))])
        currency = int(bare[0]) if len(bare) == 1 else -1
        most = _own_dimension(dimension, ~np.isnan(numbers.values))
        if most < 0:
            return cls(has_comma, currency=currency)
        carried = ~np.isnan(numbers.values) & (dimension == most)
        common = np.bincount(place[carried & (place >= 0)], minlength=1)
        base = float(tables.scale[int(common.argmax())]) if common.any() else 1.0
        middle = np.median(np.abs(numbers.values[carried] * (_scales(place[carried]) / base)))
        return cls(has_comma, most, base, float(middle), currency)


def parse_numbers(
    values: pa.Array | pa.ChunkedArray, habits: NumberHabits | None = None
) -> NDArray[np.float64]:
    """Read the number in each value, in one unit for the whole column.

    Parameters
    ----------
    values
        An unfolded column, shape (records,), as folding removes the decimal marks. A column of
        numbers is not changed.
    habits
        The habits of the column, where they are known from a larger table.

    Returns
    -------
    NDArray[np.float64]
        Shape (records,); NaN where a value is missing or holds no digit. If at least a fifth of the
        numbers carry a unit of one dimension, all numbers are in its most frequent unit. A number
        without a unit that is far from the others gets the unit that brings it near: ``217000``
        among ``3:37`` and ``3m 40sec`` is in milliseconds. Per cent is the number before the sign.
        A comma is the decimal mark where other values of the column show it (``12,50``).

    Examples
    --------
    >>> parse_numbers(pa.array(["$1,299.00", "1 kg", "500 g", "250 g", None])).tolist()
    [1299.0, 1000.0, 500.0, 250.0, nan]
    """
    if _is_numeric(values.type):
        floats = values.cast(pa.float64(), safe=False)
        return np.asarray(floats.fill_null(float("nan")), dtype=np.float64)
    habits = habits or NumberHabits.of(values)
    return _one_unit(scan_numbers(values, habits), habits)


def scan_numbers(values: pa.Array | pa.ChunkedArray, habits: NumberHabits | None = None) -> Numbers:
    """Read the first number of each value with its unit."""
    text = plain(as_text(values))
    offsets, data, valid = buffers(text)
    if habits is None:
        commas, points = decimal_votes(offsets, data)
        habits = NumberHabits(bool(commas > points))
    return Numbers(*read_numbers(offsets, data, valid, habits.has_decimal_comma, units().packed()))


def plain_numbers(
    values: pa.Array | pa.ChunkedArray, habits: NumberHabits | None = None
) -> NDArray[np.float64]:
    """Return the numbers of :func:`parse_numbers` that are the whole content of their value.

    NaN also where other words surround a number, or where its unit cannot be converted to the
    column's unit. A currency is ignored where the column names no other.
    """
    if _is_numeric(values.type):
        return parse_numbers(values)
    habits = habits or NumberHabits.of(values)
    numbers = scan_numbers(values, habits)
    is_plain = (numbers.unit == -1) | (_dimensions(numbers) == habits.dimension)
    if habits.currency >= 0:
        is_plain |= numbers.unit == habits.currency
    return np.where(is_plain & (numbers.form == 3), _one_unit(numbers, habits), np.nan)


def _dimensions(numbers: Numbers) -> NDArray[np.int64]:
    """Return the dimension of each number's unit, shape (records,)."""
    place = numbers.unit.astype(np.int64)
    dimension = np.where(place >= 0, units().dimension[place], int(Dimension.NONE))
    dimension[place == -2] = Dimension.TIME
    return np.asarray(dimension, np.int64)


def _scales(place: NDArray[np.int64]) -> NDArray[np.float64]:
    return np.where(place >= 0, units().scale[place], 1.0)


def _own_dimension(dimension: NDArray[np.int64], is_number: NDArray[np.bool_]) -> int:
    """Return the most frequent dimension of a column, -1 if too few numbers carry it."""
    counts = np.bincount(dimension[is_number], minlength=len(Dimension))
    counts[[Dimension.NONE, Dimension.SHARE]] = 0
    most = int(counts.argmax())
    return most if counts[most] >= max(1, _MANY * is_number.sum()) else -1


def _is_numeric(kind: pa.DataType) -> bool:
    return bool(
        pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
    )


def _one_unit(numbers: Numbers, habits: NumberHabits) -> NDArray[np.float64]:
    values = numbers.values.copy()
    if habits.dimension < 0:
        return values
    tables = units()
    is_number = ~np.isnan(values)
    place = numbers.unit.astype(np.int64)
    carried = is_number & (_dimensions(numbers) == habits.dimension)
    values[carried] = values[carried] * (_scales(place[carried]) / habits.scale)
    bare = is_number & (place == -1)
    if bare.any():
        scales = np.unique(tables.scale[tables.dimension == habits.dimension]) / habits.scale
        values[bare] = _near(values[bare], habits.middle, scales)
    return values


def _near(
    values: NDArray[np.float64], middle: float, scales: NDArray[np.float64]
) -> NDArray[np.float64]:
    if middle <= 0:
        return values
    with np.errstate(divide="ignore"):
        off = np.abs(np.log(np.abs(values) / middle))
        tried = np.abs(np.log(np.abs(values[:, None]) * scales[None, :] / middle))
    best = tried.argmin(axis=1)
    near = tried[np.arange(len(values)), best]
    take = np.isfinite(off) & (off > np.log(_OFF)) & (near < np.log(_NEAR))
    return np.where(take, values * scales[best], values)
