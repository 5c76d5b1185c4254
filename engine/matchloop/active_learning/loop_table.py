"""The table of a labelling loop, and the values that depend on it alone."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from matchloop.active_learning.questions import PairGraph, legible_rows, twins_of
from matchloop.data.records import Records
from matchloop.matching.backends import OnStage, PreparedTable
from matchloop.matching.matcher import Matcher

__all__ = ["LoopTable"]


class LoopTable:
    """A table with what every round needs of it; each value is computed once, when first needed.

    Parameters
    ----------
    table
        The table, prepared or not.
    matcher
        Settings of the matching, unfitted.
    """

    def __init__(self, table: Records | PreparedTable, matcher: Matcher) -> None:
        self._table = table
        self._matcher = matcher
        self._prepared: PreparedTable | None = None

    @property
    def records(self) -> Records:
        """The records."""
        return self._table if isinstance(self._table, Records) else self._table.records

    def prepared(self, on_stage: OnStage | None = None) -> PreparedTable:
        """Return the table with its candidate pairs."""
        if self._prepared is None:
            self._prepared = self._matcher.prepare(self._table, on_stage=on_stage)
        return self._prepared

    @cached_property
    def graph(self) -> PairGraph:
        """The candidate pairs of each record."""
        return PairGraph(self.prepared().candidates, len(self.records))

    @cached_property
    def prior_probability(self) -> NDArray[np.float32]:
        """The match probability of each candidate pair without labels, shape (pairs,)."""
        table = self.prepared()  # caches the prior model: this fit is quick
        return self._matcher.fit(table).score(table).probability

    @cached_property
    def legible_rows(self) -> NDArray[np.bool_]:
        """Which records an annotator can judge, shape (records,)."""
        return legible_rows(self.records)

    @cached_property
    def twin_numbers(self) -> NDArray[np.int64]:
        """A number per record, equal for records with equal values, shape (records,)."""
        return twins_of(self.records)
