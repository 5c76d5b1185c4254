"""Write values of equal meaning in one spelling: dates, quantities, phone numbers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

__all__ = ["has_several_spellings", "rewritten"]


def rewritten(
    folded: pa.StringArray,
    meaning: NDArray[np.int64] | NDArray[np.float64],
    is_known: NDArray[np.bool_],
    write: Callable[[NDArray[np.int64] | NDArray[np.float64]], list[str]],
) -> pa.StringArray:
    """Write values by their meaning, for a column where one meaning has several spellings.

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
        Shape (records,); text without a known meaning is unchanged.
    """
    readable = is_known & np.asarray(folded.is_valid())
    if not readable.any():
        return folded
    meanings, code = np.unique(meaning[readable], return_inverse=True)
    where = np.full(len(folded), -1, np.int64)
    where[readable] = code
    texts = pa.array(write(meanings), pa.string()).take(pa.array(where, mask=~readable))
    return pc.if_else(pa.array(readable), texts, folded)


def has_several_spellings(
    folded: pa.StringArray,
    meaning: NDArray[np.int64] | NDArray[np.float64],
    is_known: NDArray[np.bool_],
) -> bool:
    """Return whether a meaning of a column has several spellings, or a spelling several meanings.

    Parameters are those of :func:`rewritten`. Where neither is so, rewriting would change nothing
    but the spelling, so tables with one way of writing stay as they are.
    """
    readable = is_known & np.asarray(folded.is_valid())
    if not readable.any():
        return False
    spelling = np.asarray(folded.dictionary_encode().indices.fill_null(-1), np.int64)[readable]
    meanings, code = np.unique(meaning[readable], return_inverse=True)
    both = len(np.unique(spelling * len(meanings) + code))
    return not (both == len(meanings) and both == len(np.unique(spelling)))
