"""Statistics of a whole table that comparators need besides the values of a pair.

A batch that joins a large table is compared by the statistics of that table, of which only the
records near the batch are read again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar, cast

import numpy as np
from numpy.typing import NDArray

__all__ = ["Recorder", "Statistics"]

Hashes = NDArray[np.uint64]
Counts = NDArray[np.int64]
T = TypeVar("T")


@dataclass(frozen=True, slots=True, eq=False)
class Statistics:
    """Counts and decisions of a table, frozen.

    Parameters
    ----------
    records
        Records of the table.
    decisions
        What was decided from all values of a column, such as the order of day and month: values
        that JSON can write, by name.
    counts
        By name: the sorted hashes of the tokens or values that two records or more have, and in how
        many records each is.
    histograms
        By name: counts of numbered things.
    """

    records: int
    decisions: Mapping[str, object]
    counts: Mapping[str, tuple[Hashes, Counts]]
    histograms: Mapping[str, Counts]


@dataclass(slots=True)
class Recorder:
    """Records the statistics of a table as they are computed, or gives frozen ones instead.

    Parameters
    ----------
    records
        Records of the table.
    frozen
        Statistics of the table that the records are a part of; None for a whole table.
    """

    records: int
    frozen: Statistics | None = None
    _decisions: dict[str, object] = field(default_factory=dict)
    _counts: dict[str, Callable[[], tuple[Hashes, Counts]]] = field(default_factory=dict)
    _histograms: dict[str, Counts] = field(default_factory=dict)

    @property
    def population(self) -> int:
        """Records that the counts are about."""
        return self.records if self.frozen is None else self.frozen.records

    def decided(self, name: str, decide: Callable[[], T]) -> T:
        """Return a decision about a column; ``decide`` is called for a whole table only."""
        if self.frozen is not None and name in self.frozen.decisions:
            return cast(T, self.frozen.decisions[name])
        if name not in self._decisions:
            self._decisions[name] = decide()
        return cast(T, self._decisions[name])

    def counted(
        self,
        name: str,
        frequency: NDArray[np.integer],
        hashes_of: Callable[[NDArray[np.int64]], Hashes],
    ) -> Counts:
        """Return in how many records each token or value is.

        Parameters
        ----------
        name
            Of what is counted.
        frequency
            In how many of these records each is, shape (vocabulary,).
        hashes_of
            Returns the hashes of those at some positions of the vocabulary.

        Returns
        -------
        numpy.ndarray
            Shape (vocabulary,): the frozen count, if any, else ``frequency``. Frozen statistics
            leave out what a single record has, so nothing counts less than here.
        """
        if self.frozen is None:
            often = np.flatnonzero(np.asarray(frequency) > 1)
            kept = np.asarray(frequency)[often].astype(np.int64)

            def sorted_counts() -> tuple[Hashes, Counts]:
                hashes = hashes_of(often)
                order = np.argsort(hashes)
                return hashes[order], kept[order]

            self._counts[name] = sorted_counts
            return np.asarray(frequency)
        stored_hashes, counts = self.frozen.counts.get(
            name, (np.empty(0, np.uint64), np.empty(0, np.int64))
        )
        if len(stored_hashes) == 0:
            return np.asarray(frequency)
        hashes = hashes_of(np.arange(len(frequency)))
        at = np.minimum(np.searchsorted(stored_hashes, hashes), len(stored_hashes) - 1)
        stored = np.where(stored_hashes[at] == hashes, counts[at], 0)
        return np.asarray(np.maximum(stored, frequency), np.int64)

    def tallied(self, name: str, histogram: Counts) -> Counts:
        """Return a histogram of numbered things: the frozen one, if any."""
        if self.frozen is not None and name in self.frozen.histograms:
            return self.frozen.histograms[name]
        self._histograms[name] = histogram
        return histogram

    def statistics(self) -> Statistics:
        """Return what was recorded of a whole table."""
        counts = {name: make() for name, make in sorted(self._counts.items())}
        return Statistics(self.records, dict(self._decisions), counts, dict(self._histograms))
