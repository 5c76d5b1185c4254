"""Write values of equal meaning in one spelling: dates, quantities, phone numbers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

__all__ = ["rewritten"]


def rewritten(
    folded: pa.StringArray,
    meaning: NDArray[np.int64] | NDArray[np.float64],
    is_known: NDArray[np.bool_],
    write: Callable[[NDArray[np.int64] | NDArray[np.float64]], list[str]],
) -> pa.StringArray:
    """Write values by their meaning, in a column where one meaning has several spellings.

    Parameters
    ----------
    folded
        The values as text, shape (records,).
    meaning
        A number per record for the meaning of its value, shape (records,).
    is_known
        Which records have such a number, shape (records,).
    write
        Function that writes distinct meanings as folded text.

    Returns
    -------
    pa.StringArray
        Shape (records,). The text is unchanged where each meaning has one spelling and each
        spelling one meaning. So nothing changes in tables with one way of writing.
    """
    readable = is_known & np.asarray(folded.is_valid())
    if not readable.any():
        return folded
    spelling = np.asarray(folded.dictionary_encode().indices.fill_null(-1), np.int64)[readable]
    meanings, code = np.unique(meaning[readable], return_inverse=True)
    both = len(np.unique(spelling * len(meanings) + code))
    if both == len(meanings) and both == len(np.unique(spelling)):
        return folded
    where = np.full(len(folded), -1, np.int64)
    where[readable] = code
    texts = pa.array(write(meanings), pa.string()).take(pa.array(where, mask=~readable))
    return pc.if_else(pa.array(readable), texts, folded)
