"""Stand-ins of a single table for missing values: xxx, a default date, ten zeros for a phone.

No list can hold them, so they are found by two signs. Such a value is by far the most frequent one
of a column whose other values are all different. And the records with it have nothing else in
common, while a customer with very many records shares more than a name.

The limits were chosen by benchmarks/placeholders.py on the eight tables under "Words for missing
values" in benchmarks/README.md, with ``xxx`` in place of every missing value.
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
"""Least share of a column's values that a stand-in has."""

FEWEST = 20
"""Least number of records with a stand-in, and of pairs to judge what they share."""

TIMES = 10
"""Least ratio of a stand-in's frequency to that of the next value."""

REPEATED = 0.02
"""Largest share of the pairs of other values that may be equal."""

DRAWN = 2_000
"""Pairs to draw, to judge what the records with a value have in common."""

MORE, BESIDES = 2.0, 0.05
"""Limits on what records with a stand-in share elsewhere.

The share of their pairs with equal beginnings is at most ``MORE`` times that of other pairs, plus
``BESIDES``.
"""

BEGINNING = 4
"""Number of characters that are the beginning of a value."""


@dataclass(frozen=True, slots=True, eq=False)
class _Column:
    """Codes of a column's values and of their beginnings; -1 where missing."""

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
        code = pc.index(self.words, word).as_py()
        return code if code >= 0 else -2

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
        """Return the share of pairs with equal beginnings, of the pairs without a given word.

        NaN where too few pairs remain.
        """
        value = np.where(self.value == self.code(word), -1, self.value)
        present = (value[left] >= 0) & (value[right] >= 0) & (left != right)
        if present.sum() < FEWEST:
            return float("nan")
        return float((self.beginning[left] == self.beginning[right])[present].mean())


def stand_ins(columns: Mapping[str, pa.StringArray]) -> dict[str, frozenset[str]]:
    """Return the stand-ins of each column.

    A word that is a stand-in in one column is also one in other columns in which many records have
    it. This does not hold for numbers and dates.

    Parameters
    ----------
    columns
        Folded text of each column, shape (records,) each, null where missing. A sample of the
        records suffices.

    Returns
    -------
    dict
        Only columns with stand-ins.
    """
    coded = {name: _Column.of(values) for name, values in columns.items()}
    by_column: dict[str, frozenset[str]] = {}
    for name, column in coded.items():
        word = column.dominant()
        if word is not None and _is_all_they_share(coded, name, word):
            by_column[name] = frozenset((word,))
    words = sorted({w for own in by_column.values() for w in own if any(c.isalpha() for c in w)})
    for name, column in coded.items():
        many = max(FEWEST, SHARE * (column.value >= 0).sum())
        more = {word for word in words if (column.value == column.code(word)).sum() >= many}
        if more:
            by_column[name] = by_column.get(name, frozenset()) | more
    return by_column


def _is_all_they_share(coded: Mapping[str, _Column], name: str, word: str) -> bool:
    """Return whether records with a word are no more alike elsewhere than other records."""
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
