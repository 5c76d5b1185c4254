"""What the stages read of a table: folded text, codes, tokens; each made once, when asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from matchloop.records import Kind, Records
from matchloop.text import (
    Dates,
    Strings,
    Tokens,
    as_text,
    encode,
    fold_array,
    grams,
    merged,
    parse_dates,
    parse_numbers,
    stand_ins,
    without_placeholders,
    without_unreadable,
    words,
)

__all__ = ["Views"]

SAMPLE = 20_000
"""Records from which the values that stand for nothing are told."""

T = TypeVar("T")


class Views:
    """Derived columns of one table, shared by blocking and comparing.

    Parameters
    ----------
    records
        The table. It is never changed; what is derived from it is kept until :meth:`forget`.
    """

    def __init__(self, records: Records) -> None:
        self.records = records
        self._made: dict[tuple[object, ...], object] = {}
        self.stand_ins = self._stand_ins()
        """Values of each column that stand for nothing; see :func:`matchloop.text.stand_ins`."""

    def __len__(self) -> int:
        return len(self.records)

    def folded(self, column: str) -> pa.StringArray:
        """Return a column's folded text, shape (records,); null where missing.

        Words that say so (n/a, unknown) count as missing, and so does what stands for nothing here.
        """
        return self._once(("folded", column), lambda: _folded(self._values(column)))

    def notes(self) -> list[str]:
        """Say which values were taken as missing, a sentence for each."""
        found = self.stand_ins
        notes = []
        for word in sorted(frozenset[str]().union(*found.values())):
            columns = [name for name in self.columns if word in found.get(name, ())]
            values = self.records.table[columns[0]]
            first = pc.index(_folded(values), word).as_py()
            notes.append(
                f'"{as_text(values)[first]}" in {" and ".join(columns)} was taken as missing: '
                "many rows have it and nothing else in common"
            )
        return notes

    def _values(self, column: str) -> pa.ChunkedArray | pa.Array:
        """Return a column as it is in the table, null where a value stands for nothing."""
        values = self.records.table[column]
        if column not in self.stand_ins:
            return values
        words = pa.array(sorted(self.stand_ins[column]), pa.string())
        is_missing = pc.is_in(_folded(values), words)
        return pc.if_else(is_missing, pa.scalar(None, pa.string()), as_text(values))

    def _stand_ins(self) -> dict[str, frozenset[str]]:
        step = max(1, -(-len(self) // SAMPLE))
        rows = pa.array(np.arange(0, len(self), step))
        sample = self.records.table.select(list(self.columns)).take(rows)
        return stand_ins({name: _folded(sample[name]) for name in self.columns})

    def strings(self, column: str) -> Strings:
        """Return a column's folded text as codes."""
        return self._once(("strings", column), lambda: encode(self.folded(column)))

    def present(self, column: str) -> NDArray[np.bool_]:
        """Return which records have a value in a column, shape (records,)."""
        return self._once(("present", column), lambda: np.asarray(self.folded(column).is_valid()))

    def numbers(self, column: str) -> NDArray[np.float64]:
        """Return the number in each value of a column, shape (records,); NaN where there is none.

        See :func:`matchloop.text.parse_numbers`.
        """
        return self._once(("numbers", column), lambda: parse_numbers(self._values(column)))

    def dates(self, column: str) -> Dates:
        """Return the date in each value of a column; see :func:`matchloop.text.parse_dates`."""
        return self._once(("dates", column), lambda: parse_dates(self._values(column)))

    def words(self, column: str | None = None) -> Tokens:
        """Return the words of a column, or of the whole record over every compared column."""
        if column is not None:
            return self._once(("words", column), lambda: words(self.strings(column)))
        return self._once(("words",), lambda: merged([self._words_of(c) for c in self.columns]))

    def _words_of(self, column: str) -> Tokens:
        """Return the words of a column without keeping them if nobody else asked for them."""
        made = self._made.get(("words", column))
        return cast(Tokens, made) if made is not None else words(self.strings(column))

    def grams(self, column: str | None = None, size: int = 3) -> Tokens:
        """Return the character n-grams of a column, or of the whole record."""
        if column is not None:
            return self._once(("grams", column, size), lambda: grams(self.strings(column), size))
        return self._once(
            ("grams", size), lambda: merged([self.grams(c, size) for c in self.columns])
        )

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the compared columns."""
        return self.records.columns

    @property
    def kinds(self) -> dict[str, Kind]:
        """Kind of each compared column."""
        return dict(self.records.kinds)

    def forget(self, *names: object) -> None:
        """Drop what was derived under a name, for example ``forget("grams")``, to free memory."""
        for made in [made for made in self._made if made[0] in names]:
            del self._made[made]

    def _once(self, name: tuple[object, ...], make: Callable[[], T]) -> T:
        if name not in self._made:
            self._made[name] = make()
        return cast(T, self._made[name])


def _folded(values: pa.ChunkedArray | pa.Array) -> pa.StringArray:
    return fold_array(without_unreadable(without_placeholders(values)))
