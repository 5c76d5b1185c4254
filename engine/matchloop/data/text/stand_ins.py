"""Values of a table's own that stand for nothing: xxx, a default date, ten zeros for a phone.

No list can hold them; the table tells them. Such a value is by far the most frequent one of a
column whose other values are all different, and the records that have it have nothing else in
common. One customer with very many records shares more than a name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

__all__ = ["stand_ins"]

SHARE = 0.02
"""Share of a column's values that a stand-in makes up at least."""

FEWEST = 20
"""Records that have a stand-in at least, and pairs from which what they share is known."""

TIMES = 10
"""How many times as frequent as the next value a stand-in is at least."""

REPEATED = 0.02
"""Share of the pairs of the other values that may be equal."""

DRAWN = 2_000
"""Pairs drawn to see what the records with a value have in common."""

MORE, BESIDES = 2.0, 0.05
"""Records with a stand-in begin alike elsewhere in at most ``MORE`` times the share of pairs that
other records do, and ``BESIDES``."""

BEGINNING = 4
"""Characters that are the beginning of a value."""


@dataclass(frozen=True, slots=True, eq=False)
class _Column:
    """A column in codes: of its values, and of what these begin with; -1 where missing."""

    words: pa.Array
    value: NDArray[np.int32]
    beginning: NDArray[np.int32]

    @classmethod
    def of(cls, values: pa.StringArray) -> _Column:
        coded = values.dictionary_encode()
        begun = pc.utf8_slice_codeunits(coded.dictionary, 0, BEGINNING).dictionary_encode()
        value = np.asarray(coded.indices.fill_null(-1), np.int32)
        beginning = np.append(np.asarray(begun.indices, np.int32), np.int32(-1))[value]
        return cls(coded.dictionary, value, beginning)

    def code(self, word: str) -> int:
        """Return the code of a word, -2 if no record has it."""
        found = pc.index(self.words, word).as_py()
        return found if found >= 0 else -2

    def dominant(self) -> str | None:
        """Return the value that is far more frequent than all others, which hardly repeat."""
        counts = np.bincount(self.value[self.value >= 0], minlength=2).astype(np.float64)
        first = int(counts.argmax())
        others = np.delete(counts, first)
        rest = others.sum()
        if counts[first] < max(FEWEST, SHARE * counts.sum(), TIMES * others.max()):
            return None
        if rest < FEWEST or (others * (others - 1)).sum() > REPEATED * rest * (rest - 1):
            return None
        return str(self.words[first].as_py())

    def beginning_alike(self, left: NDArray[np.intp], right: NDArray[np.intp], word: str) -> float:
        """Return the share of pairs that begin alike, of those that have other values than a word.

        NaN where too few pairs do.
        """
        value = np.where(self.value == self.code(word), -1, self.value)
        present = (value[left] >= 0) & (value[right] >= 0) & (left != right)
        if present.sum() < FEWEST:
            return float("nan")
        return float((self.beginning[left] == self.beginning[right])[present].mean())


def stand_ins(columns: Mapping[str, pa.StringArray]) -> dict[str, frozenset[str]]:
    """Return the values of each column that stand for nothing.

    A word (not a number or a date) that stands for nothing in one column does so in every other in
    which many records have it.

    Parameters
    ----------
    columns
        Folded text of each column, shape (records,) each, null where missing; a sample of the
        records will do.

    Returns
    -------
    dict
        Of the columns that have any.
    """
    coded = {name: _Column.of(values) for name, values in columns.items()}
    found: dict[str, frozenset[str]] = {}
    for name, column in coded.items():
        word = column.dominant()
        if word is not None and _is_all_they_share(coded, name, word):
            found[name] = frozenset((word,))
    words = sorted({w for told in found.values() for w in told if any(c.isalpha() for c in w)})
    for name, column in coded.items():
        many = max(FEWEST, SHARE * (column.value >= 0).sum())
        more = {word for word in words if (column.value == column.code(word)).sum() >= many}
        if more:
            found[name] = found.get(name, frozenset()) | more
    return found


def _is_all_they_share(coded: Mapping[str, _Column], name: str, word: str) -> bool:
    """Say whether the records with a value are no more alike in other columns than others are."""
    value = coded[name].value
    holds = value == coded[name].code(word)
    others = ~holds & (value >= 0)
    rng = np.random.default_rng(0)
    left, right = rng.choice(np.flatnonzero(holds), (2, DRAWN))
    usual_left, usual_right = rng.choice(np.flatnonzero(others), (2, DRAWN))
    was_seen = False
    for other in (column for column_name, column in coded.items() if column_name != name):
        theirs = other.beginning_alike(left, right, word)
        usual = other.beginning_alike(usual_left, usual_right, word)
        if np.isnan(theirs) or np.isnan(usual):
            continue
        was_seen = True
        if theirs > MORE * usual + BESIDES:
            return False
    return was_seen
