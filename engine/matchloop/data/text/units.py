"""Units, currencies and the words around a number, as tables for compiled code.

Scales follow the SI brochure and, for US customary units, NIST Handbook 44, appendix C. Data sizes
count in thousands, as on the packages of products.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from functools import cache

import numpy as np
from numpy.typing import NDArray

__all__ = ["Dimension", "Units", "hashed", "units"]


class Dimension(IntEnum):
    """Dimension of a unit; only units of one dimension can be converted."""

    NONE = 0  # a currency, a count: the number stays as it is
    MASS = 1  # gram
    LENGTH = 2  # metre
    VOLUME = 3  # litre
    TIME = 4  # second
    DATA = 5  # byte
    FREQUENCY = 6  # hertz
    POWER = 7  # watt
    SHARE = 8  # per cent
    TIMES = 9  # a multiplier such as thousand: folded into the value at once


_COUNTED = (
    "usd eur gbp inr rs jpy cny rmb chf aud cad nzd sek nok dkk pln czk huf rub try brl mxn zar krw"
    " hkd sgd us au ca dollar dollars euro euros pound yen rupees pc pcs pieces"
)
_NAMES: dict[Dimension, dict[str, float]] = {
    Dimension.NONE: dict.fromkeys(_COUNTED.split(), 1.0),
    Dimension.MASS: {"g": 1, "gm": 1, "gr": 1, "gram": 1, "grams": 1, "kg": 1e3, "kgs": 1e3}
    | {"kilogram": 1e3, "kilograms": 1e3, "kilo": 1e3, "mg": 1e-3, "lb": 453.59237}
    | {"lbs": 453.59237, "pounds": 453.59237, "oz": 28.349523125, "ounce": 28.349523125}
    | {"ounces": 28.349523125, "t": 1e6, "ton": 1e6, "tons": 1e6, "tonnes": 1e6},
    Dimension.LENGTH: {"m": 1, "metre": 1, "metres": 1, "meter": 1, "meters": 1, "km": 1e3}
    | {"cm": 1e-2, "mm": 1e-3, "um": 1e-6, "nm": 1e-9, "in": 0.0254, "inch": 0.0254}
    | {"inches": 0.0254, '"': 0.0254, "''": 0.0254, "ft": 0.3048, "foot": 0.3048, "feet": 0.3048}
    | {"'": 0.3048, "yd": 0.9144, "yard": 0.9144, "yards": 0.9144, "mi": 1609.344}
    | {"mile": 1609.344, "miles": 1609.344},
    Dimension.VOLUME: {"l": 1, "liter": 1, "litre": 1, "liters": 1, "litres": 1, "ltr": 1}
    | {"ml": 1e-3, "cl": 1e-2, "dl": 0.1, "gal": 3.785411784, "gallon": 3.785411784}
    | {"gallons": 3.785411784, "floz": 0.0295735295625, "qt": 0.946352946, "pint": 0.473176473}
    | {"pints": 0.473176473, "cup": 0.2365882365, "cups": 0.2365882365},
    Dimension.TIME: {"s": 1, "sec": 1, "secs": 1, "second": 1, "seconds": 1, "min": 60}
    | {"mins": 60, "minute": 60, "minutes": 60, "h": 3600, "hr": 3600, "hrs": 3600}
    | {"hour": 3600, "hours": 3600, "ms": 1e-3, "day": 86_400, "days": 86_400},
    Dimension.DATA: {"b": 1, "byte": 1, "bytes": 1, "kb": 1e3, "mb": 1e6, "gb": 1e9, "tb": 1e12},
    Dimension.FREQUENCY: {"hz": 1, "khz": 1e3, "mhz": 1e6, "ghz": 1e9},
    Dimension.POWER: {"w": 1, "watt": 1, "watts": 1, "kw": 1e3, "hp": 745.699872},
    Dimension.SHARE: dict.fromkeys(["%", "percent", "pct", "vol"], 1.0),
    Dimension.TIMES: {"k": 1e3, "thousand": 1e3, "mn": 1e6, "mio": 1e6, "million": 1e6}
    | {"millions": 1e6, "bn": 1e9, "billion": 1e9},
}
_BEFORE = (
    "usd eur gbp inr rs jpy cny rmb chf aud cad nzd sek nok dkk pln czk huf rub try brl mxn zar krw"
    " hkd sgd us au ca c a r approx about circa around over under from only price no nr"
)


@dataclass(frozen=True, slots=True, eq=False)
class Units:
    """Tables in which compiled code looks up words.

    Parameters
    ----------
    hashes
        Shape (units,), ascending: :func:`hashed` of each unit's name.
    dimension
        Shape (units,): its :class:`Dimension`.
    scale
        Shape (units,): the unit as a multiple of the dimension's base unit.
    before
        Shape (words,), ascending: hashes of words that may precede a number.
    metre, minute
        Positions of the two units that the letter m can mean.
    """

    hashes: NDArray[np.uint64]
    dimension: NDArray[np.uint8]
    scale: NDArray[np.float64]
    before: NDArray[np.uint64]
    metre: int
    minute: int

    def packed(self) -> tuple[object, ...]:
        """Return the tables as a tuple, the form that compiled code takes."""
        return self.hashes, self.dimension, self.scale, self.before, self.metre, self.minute


def hashed(word: str) -> int:
    """Return the 64-bit FNV-1a hash of the UTF-8 bytes of a word, its ASCII letters small.

    Source: G. Fowler, L. C. Noll, K.-P. Vo, D. Eastlake, "The FNV Non-Cryptographic Hash
    Algorithm".
    """
    value = 14695981039346656037
    for byte in word.encode():
        value = ((value ^ byte) * 1099511628211) % (1 << 64)
    return value


@cache
def units() -> Units:
    """Return the tables, which are made once."""
    rows = sorted(
        (hashed(name), int(dimension), scale, name)
        for dimension, names in _NAMES.items()
        for name, scale in names.items()
    )
    names = [row[3] for row in rows]
    return Units(
        np.array([row[0] for row in rows], np.uint64),
        np.array([row[1] for row in rows], np.uint8),
        np.array([row[2] for row in rows], np.float64),
        np.array(sorted(hashed(word) for word in _BEFORE.split()), np.uint64),
        names.index("m"),
        names.index("min"),
    )
