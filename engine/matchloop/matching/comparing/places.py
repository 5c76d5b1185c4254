"""Places: the distance between two points given as latitude and longitude."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from matchloop.data.records import Kind
from matchloop.data.text import as_text
from matchloop.data.views import Views
from matchloop.matching.comparing.base import Features, Positions
from matchloop.matching.comparing.value_kernels import compare_places

__all__ = ["Place"]

POINT = r"(?P<first>[-+]?\d+\.?\d*)[^\d+-]+(?P<second>[-+]?\d+\.?\d*)"


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """One over one plus the kilometres between two points on the globe.

    Parameters
    ----------
    latitude, longitude
        In radians, shape (records,), NaN where a value is no point.
    """

    kinds: ClassVar[frozenset[Kind]] = frozenset({Kind.LOCATION})
    measures: ClassVar[tuple[str, ...]] = ("distance",)
    latitude: NDArray[np.float64]
    longitude: NDArray[np.float64]

    @classmethod
    def plan(cls, views: Views, column: str) -> Self:
        """Prepare a column of values such as ``52.52, 13.40``, or ``POINT (13.40 52.52)``."""
        text = as_text(views.records.table[column])
        point = pc.extract_regex(text, POINT)
        first, second = (
            np.radians(np.asarray(pc.struct_field(point, name).cast(pa.float64()), np.float64))
            for name in ("first", "second")
        )
        east_first = np.asarray(pc.fill_null(pc.match_substring(text, "POINT"), False))
        latitude = np.where(east_first, second, first)
        longitude = np.where(east_first, first, second)
        is_valid = (np.abs(latitude) <= np.pi / 2) & (np.abs(longitude) <= 2 * np.pi)
        return cls(np.where(is_valid, latitude, np.nan), np.where(is_valid, longitude, np.nan))

    def take(self, rows: Positions) -> Self:
        """Keep some records."""
        latitude, longitude = self.latitude[rows], self.longitude[rows]
        return replace(self, latitude=latitude, longitude=longitude)

    def compare(self, left: Positions, right: Positions, out: Features) -> None:
        """Compare pairs."""
        compare_places(self.latitude, self.longitude, left, right, out[0])
