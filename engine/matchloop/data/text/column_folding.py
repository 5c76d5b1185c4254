"""Fold a column: leave out what stands for nothing, repair its characters, fold the rest."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from matchloop.data.text.folding import fold_array
from matchloop.data.text.mojibake import with_utf8_restored
from matchloop.data.text.placeholders import without_placeholders
from matchloop.data.text.unreadable import without_unreadable

__all__ = ["folded_text"]


def folded_text(
    values: pa.ChunkedArray | pa.Array, counts: NDArray[np.int32] | None = None
) -> pa.StringArray:
    """Return folded text; null where a value is unreadable or a word such as n/a.

    Parameters
    ----------
    values
        A column, or its distinct values.
    counts
        In how many records each value is; one where left out.
    """
    text = without_placeholders(values, counts)
    return fold_array(with_utf8_restored(without_unreadable(text)))
