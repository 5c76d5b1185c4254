"""Comparer: all comparators of one table, ready to compare any of its pairs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Self

import numba
import numpy as np
from numpy.typing import NDArray

from matchloop.comparing.base import Comparator, Features, Positions, RecordComparator
from matchloop.comparing.builtin import BUILTIN, GROUP, RECORD, RIVALS
from matchloop.comparing.rivals import Rivals
from matchloop.pairs import CandidatePairs, Comparisons
from matchloop.registry import lookup
from matchloop.views import Views

__all__ = ["Comparer"]

SLICE = 8_192
"""Pairs that one thread compares at a time, few enough for their features to stay in its cache."""


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """A comparator and the name it is measured under: a column, or ``record``."""

    of: str
    comparator: Comparator | RecordComparator

    @property
    def names(self) -> tuple[str, ...]:
        """Names of its features."""
        return tuple(f"{self.of}:{measure}" for measure in self.comparator.measures)


@dataclass(frozen=True, slots=True, eq=False)
class Comparer:
    """All comparators of one table. Build one with :meth:`plan`.

    Parameters
    ----------
    parts
        The comparators, in the order of their features.
    rivals
        The competition by each base measure: the name of the base feature, and the rivals.
    """

    parts: tuple[Part, ...]
    rivals: tuple[tuple[str, Rivals], ...]

    @classmethod
    def plan(
        cls,
        views: Views,
        candidates: CandidatePairs,
        *,
        comparators: Mapping[str, Sequence[str]] | None = None,
    ) -> Self:
        """Choose and prepare the comparators of a table.

        Parameters
        ----------
        views
            The table.
        candidates
            Every candidate pair of the table: among them a pair has its rivals.
        comparators
            Names of comparators per column, where others than those of its kind are wanted.

        Raises
        ------
        UnknownName
            No comparator has such a name.
        """
        parts = [
            Part(column, comparator.plan(views, column))
            for column in views.columns
            for comparator in _chosen(views, column, (comparators or {}).get(column))
        ]
        parts += [Part("record", comparator.plan(views)) for comparator in RECORD]
        rivals = []
        for measure in RIVALS:
            part = next(p for p in parts if p.of == "record" and measure in p.comparator.measures)
            similarity = _similarity(part, measure, candidates)
            rivals.append((f"record:{measure}", Rivals.of(candidates, similarity, len(views))))
        return cls(tuple(parts), tuple(rivals))

    @property
    def names(self) -> tuple[str, ...]:
        """One name per feature: ``column:measure``, ``record:measure`` or ``rivals:measure``."""
        own = [name for part in self.parts for name in part.names]
        for base, rivals in self.rivals:
            own += [f"rivals:{base.removeprefix('record:')}_{m}" for m in rivals.measures]
        return tuple(own)

    def compare(self, pairs: CandidatePairs) -> Comparisons:
        """Compare pairs of the table, candidates or not.

        Parameters
        ----------
        pairs
            Any pairs of the table. What is found for one does not depend on the others.
        """
        names = self.names
        features = np.empty((len(pairs), len(names)), np.float32)

        def work(start: int, stop: int) -> None:
            self._write(pairs.left[start:stop], pairs.right[start:stop], features[start:stop])

        _in_slices(len(pairs), work)
        return Comparisons(pairs, features, names)

    def _write(self, left: Positions, right: Positions, features: Features) -> None:
        at = 0
        base: dict[str, NDArray[np.float32]] = {}
        for part in self.parts:
            names = part.names
            part.comparator.compare(left, right, features[:, at : at + len(names)])
            base.update({name: features[:, at + place] for place, name in enumerate(names)})
            at += len(names)
        for name, rivals in self.rivals:
            width = len(rivals.measures)
            rivals.compare(left, right, base[name], features[:, at : at + width])
            at += width


def _chosen(views: Views, column: str, names: Sequence[str] | None) -> list[type[Comparator]]:
    if names is not None:
        return [lookup(name, BUILTIN, GROUP) for name in names]
    return [
        comparator for comparator in BUILTIN.values() if views.kinds[column] in comparator.kinds
    ]


def _similarity(part: Part, measure: str, pairs: CandidatePairs) -> NDArray[np.float32]:
    place = part.comparator.measures.index(measure)
    similarity = np.empty(len(pairs), np.float32)

    def work(start: int, stop: int) -> None:
        out = np.empty((stop - start, len(part.comparator.measures) + 1), np.float32)[:, :-1]
        part.comparator.compare(pairs.left[start:stop], pairs.right[start:stop], out)
        similarity[start:stop] = out[:, place]

    _in_slices(len(pairs), work)
    return similarity


def _in_slices(count: int, work: Callable[[int, int], None]) -> None:
    """Work through slices on every thread; slices know nothing of each other."""
    starts = range(0, count, SLICE)
    stops = [min(start + SLICE, count) for start in starts]
    threads = min(numba.get_num_threads(), len(stops))
    if threads <= 1:
        for start, stop in zip(starts, stops, strict=True):
            work(start, stop)
        return
    with ThreadPoolExecutor(threads) as pool:
        for _ in pool.map(work, starts, stops):
            pass
