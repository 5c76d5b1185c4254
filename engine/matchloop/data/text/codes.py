"""Code strings as arrays of small numbers, which compiled code reads without Python objects."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from matchloop.data.text.arrays import buffers, read_only, taken
from matchloop.data.text.hashing import hash_values

__all__ = ["Strings", "encode"]

SPACE = 32


@dataclass(frozen=True, slots=True, eq=False)
class Strings:
    """A column of strings, coded character by character.

    ``offsets`` and ``codes`` are made read-only.

    Parameters
    ----------
    offsets
        Shape (records + 1,): string ``i`` is ``codes[offsets[i]:offsets[i + 1]]``. A missing value
        is empty.
    codes
        One number per character: uint8 if the alphabet is small enough, else uint16. ASCII
        characters keep their ASCII number, so a space is 32.
    points
        Shape (alphabet,): the Unicode code point of each code.
    unspaced
        Shape (alphabet,): whether a character belongs to a script without spaces (Han, Kana, Thai,
        ...). Words of these scripts are pairs of neighbouring characters.
    """

    offsets: NDArray[np.int32]
    codes: NDArray[np.uint8] | NDArray[np.uint16]
    points: NDArray[np.uint32]
    unspaced: NDArray[np.bool_]

    def __post_init__(self) -> None:
        object.__setattr__(self, "offsets", read_only(self.offsets))
        object.__setattr__(self, "codes", read_only(self.codes))

    def __reduce__(self) -> tuple[object, ...]:
        return Strings, (self.offsets, self.codes, self.points, self.unspaced)

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def take(self, rows: NDArray[np.integer]) -> Strings:
        """Return some of the strings."""
        offsets, places = taken(self.offsets, rows)
        return Strings(offsets.astype(np.int32), self.codes[places], self.points, self.unspaced)

    def hashes(self) -> NDArray[np.uint64]:
        """Return the 64-bit hash of each string, 0 where it is empty."""
        return np.asarray(hash_values(self.offsets, self.codes, self.points))

    @property
    def alphabet(self) -> int:
        """Size of the alphabet; every code is below it."""
        return len(self.points)


def encode(values: pa.StringArray) -> Strings:
    """Code a column of folded strings.

    Parameters
    ----------
    values
        Folded strings, shape (records,); null where a value is missing.

    Returns
    -------
    Strings
        ASCII columns share the memory of ``values``. Other columns number their characters anew.
        Beyond 65,535 distinct characters the rarest share codes.
    """
    offsets, data, _ = buffers(values)
    if not (data[offsets[0] : offsets[-1]] >= 128).any():
        return Strings(offsets, data, np.arange(128, dtype=np.uint32), np.zeros(128, np.bool_))
    texts = [value or "" for value in values.to_pylist()]
    points = np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), np.uint32)
    lengths = np.fromiter((len(text) for text in texts), np.int64, len(texts))
    new_offsets = np.concatenate(([0], np.cumsum(lengths))).astype(np.int32)
    return _numbered(points, new_offsets)


def _numbered(points: NDArray[np.uint32], offsets: NDArray[np.int32]) -> Strings:
    counts = np.bincount(points[points >= 128], minlength=129)[128:]
    used = np.flatnonzero(counts) + 128
    used = used[np.lexsort((used, -counts[used - 128]))]
    code_of = np.arange(max(int(points.max()) + 1, 128), dtype=np.int64)
    code_of[used] = 128 + np.arange(len(used)) % (65_536 - 128)
    alphabet = int(min(128 + len(used), 65_536))
    numbered = code_of[points]
    codes = numbered.astype(np.uint8) if alphabet <= 256 else numbered.astype(np.uint16)
    point_of = np.arange(alphabet, dtype=np.uint32)
    point_of[128:] = used[: alphabet - 128]
    return Strings(offsets, codes, point_of, _is_unspaced(point_of))


def _is_unspaced(points: NDArray[np.uint32]) -> NDArray[np.bool_]:
    ranges = (
        (0x0E00, 0x0EFF),  # Thai, Lao
        (0x1000, 0x109F),  # Myanmar
        (0x1780, 0x17FF),  # Khmer
        (0x3040, 0x30FF),  # Hiragana, Katakana
        (0x3400, 0x9FFF),  # Han
        (0xF900, 0xFAFF),  # Han, compatibility
        (0x20000, 0x3FFFF),  # Han, extensions
    )
    inside = np.zeros(len(points), np.bool_)
    for low, high in ranges:
        inside |= (points >= low) & (points <= high)
    return inside
