"""Read the columns of a matched table: their kinds, and which values stand for a missing one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from matchloop.data.kinds import infer_kind
from matchloop.data.records import Kind, Records
from matchloop.data.text import (
    as_text,
    fold_array,
    parse_dates,
    stand_ins,
    without_placeholders,
    without_unreadable,
)
from matchloop.entities.golden.fields import Field, coded
from matchloop.entities.golden.members import Rows

__all__ = ["Readings"]

SAMPLE = 20_000
"""Rows from which the values that stand for a missing one are found."""

_NO_DATE = r"^\D*(0000|0001|9\d{3})(\D|\d{4}\b)|\D(0000|0001|9\d{3})\D*$|^\D*(0+|9+)\D*$"
"""Years that no record has: the first, and those from 9000 on."""


class Readings:
    """The columns of a matched table, in the form that golden rows need.

    Parameters
    ----------
    records
        The matched records.
    columns
        Columns to read.
    missing
        Values that stand for a missing one, besides those that are recognized.
    """

    def __init__(self, records: Records, columns: Sequence[str], missing: Sequence[str]) -> None:
        self.table = records.table
        self.key = records.key
        self.columns = tuple(columns)
        self._missing = fold_array(pa.array([*missing], pa.string())).drop_null()
        self.kinds = {
            name: records.kinds.get(name) or _kind_of(self.table[name]) for name in self.columns
        }
        self._stand_ins = self._found_stand_ins(records)
        self._present: dict[str, NDArray[np.bool_]] = {}

    def notes(self) -> list[str]:
        """Name the values that this table uses for a missing one."""
        words = sorted(frozenset[str]().union(*self._stand_ins.values()))
        columns = {
            word: [name for name in self.columns if word in self._stand_ins.get(name, ())]
            for word in words
        }
        return [
            f'"{word}" in {" and ".join(names)} counts as missing: many rows have it and nothing '
            "else in common"
            for word, names in columns.items()
        ]

    def present(self, column: str) -> NDArray[np.bool_]:
        """Return which rows have a value, shape (rows,)."""
        if column not in self._present:
            self._present[column] = self._are_present(column)
        return self._present[column]

    def values(
        self, column: str, rows: Rows, has_value: NDArray[np.bool_] | None = None
    ) -> pa.Array:
        """Return the values of some rows, null where they stand for a missing one.

        Parameters
        ----------
        column
            The column.
        rows
            Positions of the rows.
        has_value
            Shape (rows,): false where the result is to be null.
        """
        present = self.present(column)[rows]
        if has_value is not None:
            present &= has_value
        taken = self.table[column].take(pa.array(rows, mask=~present))
        return taken.combine_chunks() if isinstance(taken, pa.ChunkedArray) else taken

    def field(self, column: str, rows: Rows, group: Rows) -> Field:
        """Return the codes of the members of groups, which are some rows in order of groups."""
        text = self.text(column, rows)
        if column == self.key:  # without looking for repeated values: there are none
            codes, length = np.arange(len(rows)), np.asarray(pc.utf8_length(text), np.int64)
            return Field(codes, codes, length, np.ones(len(rows), np.int64))
        return coded(text, self.kinds[column], group)

    def text(self, column: str, rows: Rows) -> pa.StringArray:
        """Return the values of some rows as text."""
        return text_of(self.values(column, rows))

    def _are_present(self, column: str) -> NDArray[np.bool_]:
        values = self.table[column]
        if column == self.key:
            return np.ones(len(values), np.bool_)
        if is_opaque(values.type):
            return np.array(values.is_valid())
        text = without_unreadable(without_placeholders(values))
        is_blank = pc.or_(pc.equal(text, ""), pc.utf8_is_space(text))
        present = ~np.asarray(pc.fill_null(is_blank, True))
        words = pa.array(sorted(self._stand_ins.get(column, ())), pa.string())
        words = pa.concat_arrays([words, self._missing])
        if len(words):
            present &= ~np.asarray(pc.is_in(fold_array(text), words))
        if self.kinds[column] is Kind.DATE:
            present &= ~_are_no_dates(values)
        return present

    def _found_stand_ins(self, records: Records) -> dict[str, frozenset[str]]:
        step = max(1, -(-len(records) // SAMPLE))
        rows = pa.array(np.arange(0, len(records), step))
        sample = self.table.select(list(records.columns)).take(rows)
        return stand_ins(
            {
                name: fold_array(without_unreadable(without_placeholders(sample[name])))
                for name in records.columns
            }
        )


def text_of(values: pa.Array) -> pa.StringArray:
    """Return values of any type as text; bytes that are no text are written as hexadecimals."""
    try:
        return as_text(values)
    except pa.ArrowInvalid:
        written = (None if value is None else value.hex() for value in values.to_pylist())
        return pa.array(written, pa.string())


def _kind_of(values: pa.ChunkedArray) -> Kind:
    return Kind.TEXT if is_opaque(values.type) else infer_kind(values)


def is_opaque(kind: pa.DataType) -> bool:
    """Tell whether values have no text that can be compared."""
    if pa.types.is_dictionary(kind):
        return is_opaque(kind.value_type)
    is_binary = pa.types.is_binary(kind) or pa.types.is_large_binary(kind)
    return bool(pa.types.is_nested(kind) or is_binary or pa.types.is_fixed_size_binary(kind))


def _are_no_dates(values: pa.ChunkedArray) -> NDArray[np.bool_]:
    """Tell which values are a date that stands for a missing one, such as 9999-12-31."""
    text = as_text(values)
    suspect = np.array(pc.fill_null(pc.match_substring_regex(text, _NO_DATE), False))
    if suspect.any():
        # 12.9.9000 is a date that no record has, 9000-series code in words is none of them
        suspect[suspect] = ~parse_dates(text.filter(pa.array(suspect))).has_date
    return suspect
