"""Read numbers from text: currencies, thousands separators, units, per cent, clock times."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from matchloop.data.text.arrays import as_text, buffers, plain
from matchloop.data.text.number_kernel import decimal_votes, read_numbers
from matchloop.data.text.units import Dimension, units

__all__ = ["Numbers", "parse_numbers", "plain_numbers", "scan_numbers"]

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


def parse_numbers(values: pa.Array | pa.ChunkedArray) -> NDArray[np.float64]:
    """Read the number in each value, in one unit for the whole column.

    Parameters
    ----------
    values
        An unfolded column, shape (records,), as folding removes the decimal marks. A column of
        numbers is not changed.

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
    return _one_unit(scan_numbers(values))


def scan_numbers(values: pa.Array | pa.ChunkedArray) -> Numbers:
    """Read the first number of each value with its unit."""
    text = plain(as_text(values))
    offsets, data, valid = buffers(text)
    commas, points = decimal_votes(offsets, data)
    return Numbers(*read_numbers(offsets, data, valid, commas > points, units().packed()))


def plain_numbers(values: pa.Array | pa.ChunkedArray) -> NDArray[np.float64]:
    """Return the numbers of :func:`parse_numbers` that are the whole content of their value.

    NaN also where other words surround a number, or where its unit cannot be converted to the
    column's unit. A currency is ignored where the column names no other.
    """
    if _is_numeric(values.type):
        return parse_numbers(values)
    numbers = scan_numbers(values)
    tables = units()
    place = numbers.unit.astype(np.int64)
    dimension = np.where(place >= 0, tables.dimension[place], int(Dimension.NONE))
    dimension[place == -2] = Dimension.TIME
    counted = np.unique(place[(place >= 0) & (dimension == int(Dimension.NONE))])
    own = _own_dimension(dimension, ~np.isnan(numbers.values))
    is_plain = (place == -1) | (dimension == own)
    if len(counted) == 1:
        is_plain |= place == counted[0]
    return np.where(is_plain & (numbers.form == 3), _one_unit(numbers), np.nan)


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


def _one_unit(numbers: Numbers) -> NDArray[np.float64]:
    tables = units()
    values = numbers.values.copy()
    is_number = ~np.isnan(values)
    place = numbers.unit.astype(np.int64)
    dimension = np.where(place >= 0, tables.dimension[place], int(Dimension.NONE))
    dimension[place == -2] = Dimension.TIME
    scale = np.where(place >= 0, tables.scale[place], 1.0)
    most = _own_dimension(dimension, is_number)
    if most < 0:
        return values
    carried = is_number & (dimension == most)
    common = np.bincount(place[carried & (place >= 0)], minlength=1)
    base = tables.scale[int(common.argmax())] if common.any() else 1.0
    values[carried] = values[carried] * (scale[carried] / base)
    bare = is_number & (place == -1)
    if bare.any():
        scales = np.unique(tables.scale[tables.dimension == most]) / base
        values[bare] = _near(values[bare], float(np.median(np.abs(values[carried]))), scales)
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
