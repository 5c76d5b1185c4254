"""What the stages read of a table: folded text, codes, tokens; each made once, when asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from matchloop.records import Kind, Records
from matchloop.text import (
    Dates,
    Strings,
    Tokens,
    encode,
    fold_array,
    grams,
    merged,
    parse_dates,
    parse_numbers,
    without_placeholders,
    words,
)

__all__ = ["Views"]

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

    def __len__(self) -> int:
        return len(self.records)

    def folded(self, column: str) -> pa.StringArray:
        """Return a column's folded text, shape (records,); null where missing.

        Words that say so (n/a, unknown) count as missing, too.
        """
        return self._once(
            ("folded", column),
            lambda: fold_array(without_placeholders(self.records.table[column])),
        )

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
        return self._once(("numbers", column), lambda: parse_numbers(self.records.table[column]))

    def dates(self, column: str) -> Dates:
        """Return the date in each value of a column; see :func:`matchloop.text.parse_dates`."""
        return self._once(("dates", column), lambda: parse_dates(self.records.table[column]))

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
