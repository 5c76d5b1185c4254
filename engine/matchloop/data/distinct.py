"""The distinct values of a column, and which of them each record has."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from matchloop.data.text import Strings

__all__ = ["Distinct", "numbered_values"]


@dataclass(frozen=True, slots=True, eq=False)
class Distinct:
    """The distinct values of a column, and which of them each record has.

    Most columns repeat their values: a million persons have some thousand surnames. What is derived
    from a value is derived, kept and compared once per value, not once per record.

    Parameters
    ----------
    text
        The folded values, shape (values,), in order of first appearance in the table. A missing
        value is null, and the last one. Values that are written differently may be folded alike.
    strings
        The same, coded.
    number
        The value of each record, shape (records,).
    counts
        Records with each value, shape (values,).
    """

    text: pa.StringArray
    strings: Strings
    number: NDArray[np.int32]
    counts: NDArray[np.int32]

    @property
    def first(self) -> NDArray[np.int32]:
        """The first record with each value, shape (values,)."""
        return first_places(self.number, len(self.counts))

    @property
    def characters(self) -> int:
        """Characters of all records."""
        return int(np.diff(self.strings.offsets) @ self.counts.astype(np.int64))

    def hashes(self) -> NDArray[np.uint64]:
        """Return the hash of each record's value, shape (records,); 0 where it is missing."""
        return self.strings.hashes()[self.number]


def numbered_values(
    values: pa.StringArray,
) -> tuple[pa.StringArray, NDArray[np.int32], NDArray[np.int32]]:
    """Number the values of a column in order of first appearance, a null as the last one.

    Returns
    -------
    tuple of pyarrow.StringArray and numpy.ndarray
        The distinct values, the number of each record's value, and the records with each value.
    """
    coded = values.dictionary_encode()
    distinct, number = coded.dictionary, coded.indices
    if values.null_count:
        number = number.fill_null(len(distinct))
        distinct = pa.concat_arrays([distinct, pa.nulls(1, pa.string())])
    numbers = np.array(number, np.int32)  # writable: compiled code has a version for each
    return distinct, numbers, np.bincount(numbers, minlength=len(distinct)).astype(np.int32)


def first_places(number: NDArray[np.int32], count: int) -> NDArray[np.int32]:
    """Return where each of ``count`` numbers stands first; the length where it does not."""
    first = np.full(count, len(number), np.int32)
    # of several assignments to one place NumPy keeps the last
    first[number[::-1]] = np.arange(len(number) - 1, -1, -1, dtype=np.int32)
    return first
