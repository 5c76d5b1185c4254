"""Phone numbers: which columns hold them, and one number for all its spellings."""

from __future__ import annotations

from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from matchloop.data.text.arrays import as_text, buffers, plain
from matchloop.data.text.phone_kernel import national_numbers, read_phones

__all__ = ["are_phones", "parse_phones"]

_PHONE = r"(?i)^\s*(tel\.?|fax\.?|phone)?\s*[+(]?[\d][\d\s()./\-]{5,22}\s*((x|ext\.?)\s*\d+)?\s*$"
_WRITTEN = r"\d[\s()./\-]+\d|^\s*\+"
# Least share of values with signs of a phone number, not plain digits alone (a convention).
_SOME = 0.05

_CODES = (
    "1 7 20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 60 61 62 63"
    " 64 65 66 81 82 84 86 90 91 92 93 94 95 98"
)
_THREE = (*range(210, 270), *range(290, 300), *range(350, 390), *range(420, 424))
_THREE_MORE = (*range(500, 510), *range(590, 600), *range(670, 693), *range(850, 857))
_LAST = (880, 886, *range(960, 980), *range(992, 999))


def are_phones(values: pa.StringArray, share: float) -> bool:
    """Return whether a share of some values, none missing, have the form of phone numbers."""
    digits = pc.utf8_length(pc.replace_substring_regex(values, r"\D", "")).to_numpy()
    phone = np.asarray(pc.match_substring_regex(values, _PHONE))
    return bool(np.mean(phone & (digits >= 6) & (digits <= 15)) >= share)


def parse_phones(values: pa.ChunkedArray | pa.Array) -> NDArray[np.int64]:
    """Return the national number in each value of a column of phone numbers.

    Parameters
    ----------
    values
        An unfolded column, shape (records,).

    Returns
    -------
    NDArray[np.int64]
        Shape (records,): the digits after a 1, which keeps leading zeros; 0 where there is no
        number. Country codes (ITU-T E.164) and the zero of national calls are left out. All are 0
        where hardly any value has the signs of a phone number: plain digits may be other codes.

    Examples
    --------
    >>> parse_phones(pa.array(["+1 (225) 810-3325", "225.810.3325", "001 2258103325"])).tolist()
    [12258103325, 12258103325, 12258103325]
    """
    text = plain(as_text(values))
    written = pc.mean(pc.match_substring_regex(text.drop_null(), _WRITTEN)).as_py()
    if (written or 0.0) < _SOME:
        return np.zeros(len(text), np.int64)
    digits, count, mark = read_phones(*buffers(text))
    return np.asarray(national_numbers(digits, count, mark, _codes()), np.int64)


@cache
def _codes() -> NDArray[np.bool_]:
    codes = np.zeros(1000, np.bool_)
    codes[[int(code) for code in _CODES.split()]] = True
    codes[[*_THREE, *_THREE_MORE, *_LAST]] = True
    return codes
