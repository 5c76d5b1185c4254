"""Normalize set ids, labels and keys for comparison: strip invisible characters at both ends."""

from __future__ import annotations

import sys

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

__all__ = ["INVISIBLE", "codes", "exact_codes", "is_filled", "plain"]

INVISIBLE = "\ufeff\u200b\u200c\u200d\u2060\u00ad\u200e\u200f\x00"
"""Characters of no width, which programs leave in files."""

_AT_THE_ENDS = INVISIBLE + "".join(filter(str.isspace, map(chr, range(sys.maxunicode + 1))))


def plain(values: pa.StringArray | pa.ChunkedArray) -> pa.StringArray | pa.ChunkedArray:
    """Strip spaces of every kind and characters of no width at both ends."""
    return pc.utf8_trim(values, characters=_AT_THE_ENDS)


def is_filled(values: pa.StringArray | pa.ChunkedArray) -> pa.BooleanArray | pa.ChunkedArray:
    """Return which texts hold a visible character; a missing value holds none."""
    return pc.fill_null(pc.greater(pc.utf8_length(plain(values)), 0), False)


def codes(values: pa.StringArray) -> tuple[NDArray[np.int32], pa.StringArray]:
    """Number normalized values in order of first appearance; return numbers and values."""
    return exact_codes(plain(values))


def exact_codes(values: pa.StringArray) -> tuple[NDArray[np.int32], pa.StringArray]:
    """Number values as written, in order of first appearance; return numbers and values."""
    coded = values.dictionary_encode()
    return np.asarray(coded.indices, dtype=np.int32), coded.dictionary
