"""Find rows that no annotator can judge: mostly damaged characters, or nearly empty."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from matchloop.data.records import Records
from matchloop.data.text import as_text

__all__ = ["legible_rows"]

DAMAGE = "[\ufffd?]"
"""The characters that programs write for characters they cannot decode."""

FILLED = 0.25
"""Share of the usual number of filled columns below which a row is nearly empty (a convention)."""

FEWEST = 2
"""Fewest letters and digits of a legible row (a convention)."""


def legible_rows(records: Records) -> NDArray[np.bool_]:
    """Return which rows an annotator can judge, shape (records,).

    A row cannot be judged where replacement characters outnumber its letters and digits, or where
    it has fewer than a quarter of the values that rows of the table usually have.

    Parameters
    ----------
    records
        The table, of which only compared columns count.
    """
    letters = np.zeros(len(records), np.int64)
    damage = np.zeros(len(records), np.int64)
    filled = np.zeros(len(records), np.int64)
    for name in records.columns:
        text = as_text(records.table[name]).fill_null("")
        count = _length(pc.replace_substring_regex(text, r"[^\p{L}\p{N}]", ""))
        letters += count
        damage += np.asarray(pc.count_substring_regex(text, DAMAGE), np.int64)
        filled += count > 0
    usual = float(np.median(filled)) if len(filled) else 0.0
    return (letters >= FEWEST) & (damage <= letters) & (filled >= FILLED * usual)


def _length(text: pa.Array) -> NDArray[np.int64]:
    return np.asarray(pc.utf8_length(text), np.int64)
