"""Find the columns in which two records differ after normalization."""

from __future__ import annotations

import numpy as np

from matchloop.data.records import Kind, Records
from matchloop.data.text import Precision
from matchloop.data.views import Views

__all__ = ["Differing"]


class Differing:
    """A comparison of two records of a table, column by column.

    Values are compared after normalization: without case and accents, dates and numbers by value.
    A missing value, or a stand-in for one, differs from nothing.

    Parameters
    ----------
    records
        The table.
    """

    def __init__(self, records: Records) -> None:
        self._records = records
        self._views = Views(records)

    def columns(self, left: int, right: int) -> tuple[str, ...]:
        """Return the columns whose values differ, in the order of the table.

        Parameters
        ----------
        left, right
            Row positions.
        """
        records = self._records
        names = [name for name in records.table.column_names if name != records.key]
        return tuple(name for name in names if self._differ(name, left, right))

    def _differ(self, column: str, left: int, right: int) -> bool:
        kind = self._records.kinds.get(column)
        if kind is None:  # not compared, such as the source
            values = self._records.table[column]
            first, second = values[left].as_py(), values[right].as_py()
            return first is not None and second is not None and bool(first != second)
        folded = self._views.folded(column)
        first, second = folded[left].as_py(), folded[right].as_py()
        if first is None or second is None or first == second:
            return False
        if kind is Kind.DATE:
            dates = self._views.dates(column)
            whole = dates.precision[[left, right]] == int(Precision.DAY)
            return not (whole.all() and dates.days[left] == dates.days[right])
        if kind is Kind.NUMBER:
            numbers = self._views.numbers(column)
            return bool(np.isnan(numbers[left]) or numbers[left] != numbers[right])
        return True
