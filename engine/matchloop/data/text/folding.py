"""Fold text so that values that look alike become equal.

Folding applies Unicode NFKC and case folding. It removes accents and Arabic and Hebrew points, and
turns punctuation into single spaces. A value that is not blank never becomes empty: a value of
symbols alone keeps its symbols. Marks that carry vowels (Devanagari, Thai) stay. Rules: Unicode
Standard Annex 15 (normalization) and the canonical combining classes of the Unicode Character
Database.
"""

from __future__ import annotations

import unicodedata

import numba
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from matchloop.data.text.arrays import as_text, buffers

__all__ = ["fold", "fold_array"]

# Letters that no normalization form decomposes.
_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h"}
    | {"ŀ": "l", "ŧ": "t", "ŋ": "n", "ĸ": "k", "ſ": "s", "\u0640": ""}  # the last: Arabic tatweel
)
_TOGETHER = "\0"  # a character that cannot be folded without its neighbours
_APOSTROPHES = "'`\u2018\u2019\u02bc\u00b4"


def fold(text: str) -> str:
    """Fold one value.

    Examples
    --------
    >>> fold("  Café  O'Brien-Łódź ")
    'cafe obrien lodz'
    >>> fold("東京 Ｔower")
    '東京 tower'
    >>> fold("+++")
    '+++'
    """
    parts = text.translate(_FOLDED)
    if _TOGETHER in parts or not parts.strip():
        return _fold_together(text)
    return " ".join(parts.split())


def _fold_together(text: str) -> str:
    lowered = unicodedata.normalize("NFKC", text).casefold().translate(_LETTERS)
    bare = "".join(c for c in unicodedata.normalize("NFKD", lowered) if not _is_accent(c))
    composed = unicodedata.normalize("NFC", bare).translate(_LETTERS)
    kept = "".join(_written(c) for c in composed)
    return " ".join(kept.split()) or " ".join(lowered.split()) or " ".join(text.split())


class _Folded(dict[int, str]):
    """The folded text of each character, computed when the character is first looked up."""

    def __missing__(self, point: int) -> str:
        character = chr(point)
        folded = self[point] = _TOGETHER if _joins(character) else _alone(character)
        return folded


def _joins(character: str) -> bool:
    """Return whether a character may combine with the one before it: vowel mark, Hangul jamo."""
    apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", character).casefold())
    if not apart or "\uac00" <= character <= "\ud7a3":  # whole syllables combine with nothing
        return False
    mark = unicodedata.category(apart[0])[0] == "M" and not _is_accent(apart[0])
    return mark or any("\u1100" <= c <= "\u11ff" for c in apart)


def _alone(character: str) -> str:
    return _fold_together(f"a{character}a")[1:-1]


def _is_accent(character: str) -> bool:
    combining = unicodedata.combining(character)
    return 10 <= combining <= 35 or combining >= 200


def _written(character: str) -> str:
    """Keep letters, numbers and marks; drop apostrophes and invisible characters; else a space."""
    category = unicodedata.category(character)
    selects_a_variant = "\ufe00" <= character <= "\ufe0f" or character >= "\U000e0100"
    if category == "Cf" or selects_a_variant or character in _APOSTROPHES:
        return ""
    return character if category[0] in "LNM" else " "


_FOLDED = _Folded()


def fold_array(values: pa.ChunkedArray | pa.Array) -> pa.StringArray:
    """Fold a column.

    Parameters
    ----------
    values
        A column of any type that can be cast to text, shape (records,).

    Returns
    -------
    pa.StringArray
        The folded values, shape (records,); null where a value is missing or blank.
    """
    text = as_text(values)
    ascii_only = pc.fill_null(pc.string_is_ascii(text), True)
    data, offsets, empty = _fold_ascii_array(text)
    folded = pa.StringArray.from_buffers(
        len(text), pa.py_buffer(offsets), pa.py_buffer(data), _validity(~empty)
    )
    blank = pc.fill_null(pc.equal(pc.utf8_trim_whitespace(text), ""), True)
    hard = pc.and_not(pc.or_(pc.invert(ascii_only), pa.array(empty)), blank)
    if not pc.any(hard).as_py():
        return folded
    where = np.flatnonzero(np.asarray(hard))
    encoded = text.take(pa.array(where)).dictionary_encode()
    distinct = pa.array([fold(value) for value in encoded.dictionary.to_pylist()], pa.string())
    replacement = distinct.take(encoded.indices)
    return pc.replace_with_mask(folded, hard, replacement)


def _fold_ascii_array(
    text: pa.StringArray,
) -> tuple[NDArray[np.uint8], NDArray[np.int32], NDArray[np.bool_]]:
    out, out_offsets = _fold_ascii(*buffers(text))
    return out, out_offsets, out_offsets[1:] == out_offsets[:-1]


@numba.njit(cache=True, nogil=True)
def _fold_ascii(
    offsets: NDArray[np.int32], data: NDArray[np.uint8], valid: NDArray[np.bool_]
) -> tuple[NDArray[np.uint8], NDArray[np.int32]]:
    count = len(offsets) - 1
    out = np.empty(offsets[count] - offsets[0], np.uint8)
    out_offsets = np.zeros(count + 1, np.int32)
    end = 0
    for i in range(count):
        start = end
        pending = False
        if valid[i]:
            for at in range(offsets[i], offsets[i + 1]):
                c = data[at]
                if c == 39 or c == 96:  # apostrophe, backquote
                    continue
                if 65 <= c <= 90:
                    c += 32
                if 48 <= c <= 57 or 97 <= c <= 122:
                    if pending and end > start:
                        out[end] = 32
                        end += 1
                    pending = False
                    out[end] = c
                    end += 1
                elif c >= 128:  # not ASCII: the caller folds these values in Python
                    end = start
                    break
                else:
                    pending = True
        out_offsets[i + 1] = end
    return out[:end].copy(), out_offsets


def _validity(valid: NDArray[np.bool_]) -> pa.Buffer | None:
    if valid.all():
        return None
    return pa.py_buffer(np.packbits(valid, bitorder="little"))
