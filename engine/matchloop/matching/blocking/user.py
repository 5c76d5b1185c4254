"""A user's own blocking rule, for example ``"surname[:3], postcode"``."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pyarrow.compute as pc
from numpy.typing import NDArray

from matchloop.data.pairs import packed, run_starts, unpacked
from matchloop.data.text import encode
from matchloop.data.views import Views
from matchloop.errors import UsageError

__all__ = ["UserRule"]

_EXAMPLE = 'write for example "surname, birth_date", "surname[:3], postcode" or "words(title)"'
_PREFIX = re.compile(r"(?P<column>.+)\[:(?P<length>\d+)\]")
_WORDS = re.compile(r"words\((?P<column>.+)\)")
LARGEST = 200  # most records of a block of a user's rule (a convention: 19,900 pairs)


@dataclass(frozen=True, slots=True)
class UserRule:
    """Pairs of records that agree on every part of a rule.

    Parameters
    ----------
    text
        Columns, separated by commas. A column means its folded value, ``column[:3]`` for its
        first three characters, ``words(column)`` for any one of its words.

    Examples
    --------
    >>> UserRule("surname[:3], postcode").parts
    (('prefix', 'surname', 3), ('value', 'postcode', 0))
    """

    text: str

    def __post_init__(self) -> None:
        _ = self.parts

    def __str__(self) -> str:
        return self.text

    @property
    def parts(self) -> tuple[tuple[str, str, int], ...]:
        """The parts that must agree: (how, column, length of the prefix or 0)."""
        parts = tuple(self._part(part.strip()) for part in self.text.split(","))
        if sum(how == "words" for how, _, _ in parts) > 1:
            raise UsageError(f"blocking rule '{self.text}' has words(...) twice; {_EXAMPLE}")
        return parts

    def _part(self, part: str) -> tuple[str, str, int]:
        if match := _WORDS.fullmatch(part):
            return "words", match["column"].strip(), 0
        if match := _PREFIX.fullmatch(part):
            if int(match["length"]) < 1:
                raise UsageError(f"blocking rule '{self.text}' takes no characters; {_EXAMPLE}")
            return "prefix", match["column"].strip(), int(match["length"])
        if not part or any(mark in part for mark in "[]()"):
            raise UsageError(f"blocking rule '{self.text}' cannot be read at '{part}'; {_EXAMPLE}")
        return "value", part, 0

    def pairs(self, views: Views) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Return the pairs of rows that agree, left < right, sorted, each once.

        Blocks of more than 200 records, and records without one of the parts, are skipped.

        Raises
        ------
        UsageError
            A column is not in the table.
        """
        rows = np.arange(len(views), dtype=np.int64)
        keys = np.zeros(len(views), np.uint64)
        kept = np.ones(len(views), np.bool_)
        for how, column, length in self.parts:
            if column not in views.columns:
                raise UsageError(
                    f"blocking rule '{self.text}' names '{column}', which is not a compared "
                    f"column; columns: {', '.join(views.columns)}"
                )
            if how == "words":
                continue
            text = views.folded(column)
            if how == "prefix":
                text = pc.utf8_slice_codeunits(text, 0, length)
            strings = encode(text)
            value = strings.hashes()
            kept &= value != 0
            keys = (keys ^ value) * np.uint64(0x9E3779B97F4A7C15)
            keys ^= keys >> np.uint64(29)
        for how, column, _ in self.parts:
            if how == "words":
                tokens = views.words(column)
                sizes = np.diff(tokens.indptr)
                rows = np.repeat(rows, sizes)
                token = tokens.hashes[tokens.ids]
                keys = (keys[rows] ^ token) * np.uint64(0x9E3779B97F4A7C15)
                kept = kept[rows]
        return _agreeing(rows[kept], keys[kept], views.records.sources)


def _agreeing(
    rows: NDArray[np.int64], keys: NDArray[np.uint64], sources: NDArray[np.int32] | None
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    place = np.lexsort((rows, keys))
    rows, keys = rows[place], keys[place]
    starts = run_starts(keys)
    sizes = np.diff(np.r_[starts, len(keys)])
    left_in_block = np.repeat(starts + sizes, sizes) - np.arange(len(keys)) - 1
    left_in_block[np.repeat(sizes > LARGEST, sizes)] = 0
    first = np.repeat(np.arange(len(keys)), left_in_block)
    begin = np.repeat(np.cumsum(left_in_block) - left_in_block, left_in_block)
    second = first + 1 + np.arange(len(first)) - begin
    left, right = rows[first], rows[second]
    if sources is not None:
        across = sources[left] != sources[right]
        left, right = left[across], right[across]
    ids = np.sort(packed(left, right))
    left, right = unpacked(ids[run_starts(ids)])
    return left.astype(np.int32), right.astype(np.int32)
