"""Set ids, labels and keys as they are compared: what nobody sees at their ends means nothing."""

from __future__ import annotations

import sys

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

__all__ = ["INVISIBLE", "codes", "exact_codes", "is_filled", "plain"]

INVISIBLE = "\ufeff\u200b\u200c\u200d\u2060\u00ad\u200e\u200f\x00"
"""Characters of no width, which programs leave behind."""

_AT_THE_ENDS = INVISIBLE + "".join(filter(str.isspace, map(chr, range(sys.maxunicode + 1))))


def plain(values: pa.StringArray | pa.ChunkedArray) -> pa.StringArray | pa.ChunkedArray:
    """Remove spaces of every sort and characters of no width at both ends."""
    return pc.utf8_trim(values, characters=_AT_THE_ENDS)


def is_filled(values: pa.StringArray | pa.ChunkedArray) -> pa.BooleanArray | pa.ChunkedArray:
    """Return where a text shows anything; a missing value shows nothing."""
    return pc.fill_null(pc.greater(pc.utf8_length(plain(values)), 0), False)


def codes(values: pa.StringArray) -> tuple[NDArray[np.int32], pa.StringArray]:
    """Number plain values in order of first appearance; return the numbers and the values."""
    return exact_codes(plain(values))


def exact_codes(values: pa.StringArray) -> tuple[NDArray[np.int32], pa.StringArray]:
    """Number values as they are written, in order of first appearance."""
    coded = values.dictionary_encode()
    return np.asarray(coded.indices, dtype=np.int32), coded.dictionary
