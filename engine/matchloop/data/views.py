"""Derived columns that the stages read: folded text, codes, tokens; each computed once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from functools import partial
from threading import RLock
from typing import TypeVar, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from matchloop.data.distinct import Distinct, numbered_values
from matchloop.data.records import Kind, Records
from matchloop.data.statistics import Recorder, Statistics
from matchloop.data.text import (
    DateHabits,
    Dates,
    NumberHabits,
    Strings,
    Tokens,
    as_text,
    encode,
    folded_text,
    grams,
    merged,
    parse_dates,
    parse_numbers,
    stand_ins,
    words,
)
from matchloop.data.text.alternations import count_alternations
from matchloop.data.text.company_forms import FORMS, are_companies, optional_endings, without_forms
from matchloop.data.text.dates import written_dates
from matchloop.data.text.numbers import plain_numbers
from matchloop.data.text.phones import are_phones, parse_phones
from matchloop.data.text.pieces import Pieces, pieces
from matchloop.data.text.rewriting import has_several_spellings, rewritten
from matchloop.data.text.swaps import swapped_columns
from matchloop.data.text.units import hashed

__all__ = ["Views"]

SAMPLE = 20_000
"""Records from which the values that stand for nothing are told."""

PHONES = 0.6
"""Share of the values of a column that are phone numbers where it is one of phone numbers."""

T = TypeVar("T")


class Views:
    """Derived columns of one table, shared by blocking and comparing.

    Parameters
    ----------
    records
        The table. It is never changed. Derived columns are cached until :meth:`forget`.
    statistics
        Statistics of a larger table that the records are a part of, which then count in place of
        their own.
    swapped
        The columns that :meth:`swapped_columns` returns, where a model expects them; found in the
        table by default.
    """

    def __init__(
        self,
        records: Records,
        statistics: Statistics | None = None,
        *,
        swapped: Sequence[str] | None = None,
    ) -> None:
        self.records = records
        self.recorder = Recorder(len(records), statistics)
        """Statistics of the whole table, recorded as they are computed."""
        if swapped is not None:
            self.recorder.decided("swapped columns", lambda: list(swapped))
        self._made: dict[tuple[object, ...], object] = {}
        self._locks: defaultdict[tuple[object, ...], RLock] = defaultdict(RLock)
        self.stand_ins = self._stand_ins()
        """Values of each column that stand for nothing; see
        :func:`matchloop.data.text.stand_ins`."""

    def __len__(self) -> int:
        return len(self.records)

    def folded(self, column: str) -> pa.StringArray:
        """Return a column's folded text, shape (records,); null where missing.

        Words such as n/a and unknown count as missing, and so do the stand-ins of this table.
        Dates, quantities and phone numbers get one spelling where the column has several.
        """
        return self.once(("folded", column), lambda: self._folded(column))

    def _folded(self, column: str) -> pa.StringArray:
        distinct = self.distinct(column)
        return distinct.text.take(pa.array(distinct.number))

    def distinct(self, column: str) -> Distinct:
        """Return the distinct values of a column: :meth:`folded` is made of them."""
        return self.once(("distinct", column), lambda: self._distinct(column))

    def _distinct(self, column: str) -> Distinct:
        kind = self.records.kinds.get(column)
        is_parsed = kind in (Kind.DATE, Kind.NUMBER)
        if is_parsed or (kind is Kind.IDENTIFIER and self._has_phones(column)):
            # what a date means depends on its source too, so that it is read record by record
            text, number, counts = numbered_values(self._one_spelling(column))
        else:
            written, number, counts = numbered_values(as_text(self.records.table[column]))
            text = folded_text(self._without_stand_ins(column, written, counts), counts)
        text = self.records.memory.keep(text)
        return Distinct(text, encode(text), number, counts)

    def _one_spelling(self, column: str) -> pa.StringArray:
        folded = folded_text(self._values(column))
        kind = self.records.kinds.get(column)
        if kind is Kind.DATE:
            dates = self.dates(column)
            has_day = dates.has_date & ~_with_clock(as_text(self._values(column)))
            return self._rewritten(column, folded, dates.codes(), has_day, written_dates)
        if kind is Kind.NUMBER:
            values = self._values(column)
            numbers = np.round(plain_numbers(values, self._number_habits(column, values)), 9)
            is_number = np.isfinite(numbers)
            return self._rewritten(column, folded, numbers, is_number, _written_numbers)
        phones = parse_phones(self._values(column))
        return self._rewritten(column, folded, phones, phones > 0, _written_phones)

    def _rewritten(
        self,
        column: str,
        folded: pa.StringArray,
        meaning: NDArray[np.int64] | NDArray[np.float64],
        is_known: NDArray[np.bool_],
        write: Callable[[NDArray[np.int64] | NDArray[np.float64]], list[str]],
    ) -> pa.StringArray:
        is_needed = self.recorder.decided(
            f"several spellings of {column}",
            lambda: has_several_spellings(folded, meaning, is_known),
        )
        return rewritten(folded, meaning, is_known, write) if is_needed else folded

    def _has_phones(self, column: str) -> bool:
        return self.recorder.decided(f"phones in {column}", lambda: self._are_phones(column))

    def _are_phones(self, column: str) -> bool:
        step = max(1, -(-len(self) // SAMPLE))
        rows = pa.array(np.arange(0, len(self), step))
        values = as_text(self.records.table[column].take(rows)).drop_null()
        return len(values) > 0 and are_phones(values, PHONES)

    def _values(self, column: str) -> pa.ChunkedArray | pa.Array:
        """Return a column as it is in the table, null where a value is a stand-in."""
        return self._without_stand_ins(column, self.records.table[column])

    def _without_stand_ins(
        self,
        column: str,
        values: pa.ChunkedArray | pa.Array,
        counts: NDArray[np.int32] | None = None,
    ) -> pa.ChunkedArray | pa.Array:
        if column not in self.stand_ins:
            return values
        words = pa.array(sorted(self.stand_ins[column]), pa.string())
        is_missing = pc.is_in(folded_text(values, counts), words)
        return pc.if_else(is_missing, pa.scalar(None, pa.string()), as_text(values))

    def _stand_ins(self) -> dict[str, frozenset[str]]:
        words_of = self.recorder.decided("stand-ins", self._found_stand_ins)
        return {column: frozenset(words) for column, words in words_of.items()}

    def _found_stand_ins(self) -> dict[str, list[str]]:
        step = max(1, -(-len(self) // SAMPLE))
        rows = pa.array(np.arange(0, len(self), step))
        sample = self.records.table.select(list(self.columns)).take(rows)
        words_of = stand_ins({name: folded_text(sample[name]) for name in self.columns})
        return {column: sorted(words) for column, words in words_of.items()}

    def core(self, column: str) -> pa.StringArray:
        """Return the distinct values without the legal forms at the end of company names."""
        text = self.distinct(column).text
        if not self._has_companies(column):
            return text
        return self.once(("core", column), lambda: without_forms(text))

    def core_strings(self, column: str) -> Strings:
        """Return :meth:`core` as codes."""
        if not self._has_companies(column):
            return self.distinct(column).strings
        return self.once(("core strings", column), lambda: encode(self.core(column)))

    def slight_words(self, column: str) -> NDArray[np.uint64]:
        """Return hashes of the words of a column that names have or lack, such as legal forms."""
        if self.records.kinds.get(column) is not Kind.NAME:
            return np.empty(0, np.uint64)
        endings = self.recorder.decided(
            f"optional endings of {column}", lambda: sorted(optional_endings(self._sample(column)))
        )
        words = set(endings)
        if self._has_companies(column):
            words |= {word for form in FORMS for word in form.split()}
        return np.array(sorted(hashed(word) for word in words if word.isascii()), np.uint64)

    def _has_companies(self, column: str) -> bool:
        is_name = self.records.kinds.get(column) is Kind.NAME
        return is_name and self.recorder.decided(
            f"companies in {column}", lambda: are_companies(self._sample(column))
        )

    def _sample(self, column: str) -> pa.StringArray:
        step = max(1, -(-len(self) // SAMPLE))
        distinct = self.distinct(column)
        return distinct.text.take(pa.array(distinct.number[::step]))

    def swapped_columns(self) -> list[str]:
        """Return the two columns of names whose values some records have in each other's place.

        Empty where there are none; see :func:`matchloop.data.text.swaps.swapped_columns`.
        """
        return self.once(
            ("swapped columns",),
            lambda: self.recorder.decided("swapped columns", self._found_swapped_columns),
        )

    def _found_swapped_columns(self) -> list[str]:
        names = [name for name, kind in self.records.kinds.items() if kind is Kind.NAME]
        if len(names) < 2:
            return []
        return swapped_columns({name: self.distinct(name).hashes() for name in names})

    def strings(self, column: str) -> Strings:
        """Return a column's folded text as codes."""
        return self.once(("strings", column), lambda: encode(self.folded(column)))

    def present(self, column: str) -> NDArray[np.bool_]:
        """Return which records have a value in a column, shape (records,)."""
        distinct = self.distinct(column)
        return np.asarray(distinct.text.is_valid())[distinct.number]

    def numbers(self, column: str) -> NDArray[np.float64]:
        """Return the number in each value of a column, shape (records,); NaN where there is none.

        See :func:`matchloop.data.text.parse_numbers`.
        """
        return self.once(("numbers", column), lambda: self._numbers(column))

    def _numbers(self, column: str) -> NDArray[np.float64]:
        values = self._values(column)
        return parse_numbers(values, self._number_habits(column, values))

    def _number_habits(self, column: str, values: pa.ChunkedArray | pa.Array) -> NumberHabits:
        habits = self.recorder.decided(
            f"numbers of {column}", lambda: asdict(NumberHabits.of(values))
        )
        return NumberHabits(**habits)

    def dates(self, column: str) -> Dates:
        """Return the date in each value of a column; see
        :func:`matchloop.data.text.parse_dates`.
        """
        return self.once(("dates", column), lambda: self._dates(column))

    def _dates(self, column: str) -> Dates:
        is_date = self.records.kinds.get(column) is Kind.DATE
        frozen = self.recorder.frozen
        name = f"dates of {column}"
        lists = None if frozen is None else frozen.decisions.get(name)
        habits = None if lists is None else DateHabits.of_lists(cast(list[list[int]], lists))
        dates = parse_dates(
            self._values(column), self.records.sources, are_dates=is_date, habits=habits
        )
        if dates.habits is not None:
            self.recorder.decided(name, dates.habits.to_lists)
        return dates

    def words(self, column: str | None = None) -> Tokens:
        """Return the words of a column, or of the whole record over every compared column."""
        if column is not None:
            return self.once(
                ("words", column),
                lambda: self.distinct_words(column).take(self.distinct(column).number),
            )
        return self.once(("words",), lambda: self.counted("words", self._words_of_all()))

    def distinct_words(self, column: str) -> Tokens:
        """Return the words of each distinct value of a column; frequencies count records."""
        return self.once(
            ("distinct words", column),
            lambda: self.counted(f"words of {column}", self._words_of(column)),
        )

    def _words_of(self, column: str) -> Tokens:
        distinct = self.distinct(column)
        return words(distinct.strings, distinct.counts)

    def _words_of_all(self) -> Tokens:
        memory = self.records.memory
        parts = [memory.keep(self._uncounted_words(column)) for column in self.columns]
        sets = [self.distinct(column).number for column in self.columns]
        return merged(parts, sets, after_each=partial(memory.ease, always=True))

    def _uncounted_words(self, column: str) -> Tokens:
        """Return the words of a column; cache them only if another stage has already."""
        made = self._made.get(("distinct words", column))
        return self._words_of(column) if made is None else cast(Tokens, made)

    def counted(self, name: str, tokens: Tokens) -> Tokens:
        """Return tokens with their frequencies in the whole table; see :class:`Recorder`."""
        # the recorder holds on to the hashes: those of the kept tokens, not a second copy of all
        tokens = self.records.memory.keep(tokens)
        frequency = self.recorder.counted(name, tokens.frequency, lambda at: tokens.hashes[at])
        return (
            tokens
            if self.recorder.frozen is None
            else replace(tokens, frequency=frequency.astype(np.int32))
        )

    def value_counts(
        self, column: str, values: pa.StringArray, frequency: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        """Return how many records of the whole table have each value of a column.

        Parameters
        ----------
        column
            Name of the column.
        values
            The distinct values, without missing ones.
        frequency
            How many of these records have each, shape (values,).
        """
        values = self.records.memory.keep(values)

        def hashes_of(at: NDArray[np.int64]) -> NDArray[np.uint64]:
            return encode(values.take(pa.array(at))).hashes()

        return self.recorder.counted(f"values of {column}", frequency, hashes_of)

    @property
    def population(self) -> int:
        """Records that frequencies are about: those of the whole table."""
        return self.recorder.population

    def pieces(self, column: str) -> Pieces:
        """Return the words and numbers of each distinct value, in order."""
        return self.once(("pieces", column), lambda: self._pieces(column))

    def _pieces(self, column: str) -> Pieces:
        distinct = self.distinct(column)
        written = as_text(self.records.table[column].take(pa.array(distinct.first)))
        cut = self.records.memory.keep(pieces(distinct.strings, written, distinct.counts))
        name = f"pieces of {column}"
        frequency = self.recorder.counted(name, cut.frequency, lambda at: cut.hashes[at])
        return cut if self.recorder.frozen is None else replace(cut, frequency=frequency)

    def alternations(self, column: str, least: int) -> NDArray[np.int64]:
        """Return how often each piece of a column stands in place of another one.

        See :func:`matchloop.data.text.alternations.count_alternations`. A single context is none,
        as statistics leave out what is there once.
        """
        cut = self.pieces(column)
        counts = np.zeros(len(cut.hashes), np.int64)
        if self.recorder.frozen is None:
            counts = count_alternations(cut, self.distinct(column).counts, least)
        name = f"alternations of {column}"
        counts = self.recorder.counted(name, counts, lambda at: cut.hashes[at])
        return np.where(counts > 1, counts, 0)

    def grams(self, column: str | None = None, size: int = 3) -> Tokens:
        """Return the character n-grams of a column, or of the whole record."""
        if column is not None:
            return self.once(("grams", column, size), lambda: grams(self.strings(column), size))
        return self.once(
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
        """Drop the columns derived under a name, such as ``forget("grams")``, to free memory."""
        for made in list(self._made):  # a copy: other threads may add values meanwhile
            if made[0] in names:
                del self._made[made]

    def once(self, name: tuple[object, ...], make: Callable[[], T]) -> T:
        """Compute a value of this table once and cache it under a name until :meth:`forget`.

        A second thread that asks for a value waits for the first one to compute it.
        """
        with self._locks[name]:
            if name not in self._made:
                self._made[name] = self.records.memory.keep(make())
            return cast(T, self._made[name])


def _with_clock(text: pa.StringArray) -> NDArray[np.bool_]:
    """Tell which values hold a time of day: more than a day must not be written as one."""
    if (pc.max(pc.binary_length(text)).as_py() or 0) < len("1.1.1980 1:00"):
        return np.zeros(len(text), np.bool_)
    return np.asarray(pc.fill_null(pc.match_substring_regex(text, r":|\d{14}"), False))


def _written_numbers(numbers: NDArray[np.int64] | NDArray[np.float64]) -> list[str]:
    return [f"{number:.9f}".rstrip("0").rstrip(".").replace(".", " ") for number in numbers]


def _written_phones(numbers: NDArray[np.int64] | NDArray[np.float64]) -> list[str]:
    return [str(int(number))[1:] for number in numbers]
