"""Comparer: all comparators of one table, ready to compare any of its pairs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Self

import numba
import numpy as np
from numpy.typing import NDArray

from matchloop.data.pairs import CandidatePairs, Comparisons
from matchloop.data.views import Views
from matchloop.errors import UsageError
from matchloop.matching.comparing.base import (
    Comparator,
    Features,
    OfValues,
    Positions,
    RecordComparator,
    Takes,
)
from matchloop.matching.comparing.builtin import BUILTIN, GROUP, RECORD, RIVALS
from matchloop.matching.comparing.order_kernels import order_by, turn, values_of
from matchloop.matching.comparing.rivals import Rivals
from matchloop.matching.comparing.slices import in_slices
from matchloop.registry import lookup

__all__ = ["Comparer"]

PART = 50_000
"""Pairs of a slice whose features are written at a time, name by name, into the same memory. With
100,000 a tenth more time goes into new pages, with 20,000 into records that leave the cache."""


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """A comparator, and the positions of its features from ``first`` to before ``last``.

    One that compares distinct values has the value of each record in ``number``.
    """

    comparator: Comparator | RecordComparator
    first: int
    last: int
    number: NDArray[np.int32] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Contest:
    """The competition by the feature ``base``, and the positions of its own features."""

    rivals: Rivals
    base: int
    first: int
    last: int


@dataclass(frozen=True, slots=True, eq=False)
class Comparer:
    """All comparators of one table. Build one with :meth:`plan`.

    Parameters
    ----------
    names
        One name per feature: ``column:measure``, ``record:measure`` or ``rivals:measure``.
    parts
        The comparators of columns and records.
    contests
        The competition by each base measure.
    """

    names: tuple[str, ...]
    parts: tuple[Part, ...]
    contests: tuple[Contest, ...]

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
            Every candidate pair of the table: the rivals of a pair are among them.
        comparators
            Names of comparators per column, to replace those of its kind.

        Raises
        ------
        UnknownName
            No comparator has such a name.
        """
        names: list[str] = []
        parts: list[Part] = []
        keep = views.records.memory.keep
        with ThreadPoolExecutor(numba.get_num_threads()) as pool:
            for column, planned in zip(
                views.columns,
                pool.map(lambda name: _planned(views, name, comparators or {}), views.columns),
                strict=True,
            ):
                for comparator in planned:
                    part = _part(column, comparator, names)
                    if isinstance(comparator, OfValues):
                        part = replace(part, number=views.distinct(column).number)
                    parts.append(part)
        views.records.memory.ease()
        kinds = set(views.kinds.values())
        of_records = [record for record in RECORD if kinds & record.kinds]
        # one at a time under a memory limit: each needs arrays as large as the text
        threads = numba.get_num_threads() if views.records.memory.limit is None else 1
        with ThreadPoolExecutor(threads) as pool:
            for comparator in pool.map(lambda record: keep(record.plan(views)), of_records):
                parts.append(_part("record", comparator, names))
        views.records.memory.ease()
        bases = [names.index(f"record:{measure}") for measure in RIVALS]
        similarity = [_similarity(parts, base, candidates) for base in bases]
        with ThreadPoolExecutor(len(RIVALS)) as pool:
            prepared = pool.map(lambda by: keep(Rivals.of(candidates, by, len(views))), similarity)
        contests = []
        for measure, base, rivals in zip(RIVALS, bases, prepared, strict=True):
            contests.append(Contest(rivals, base, len(names), len(names) + len(rivals.measures)))
            names += [f"rivals:{measure}_{name}" for name in rivals.measures]
        return cls(tuple(names), tuple(parts), tuple(contests))

    def compare(self, pairs: CandidatePairs) -> Comparisons:
        """Compare pairs of the table, candidates or not.

        Parameters
        ----------
        pairs
            Any pairs of the table. The features of a pair do not depend on the other pairs.
        """
        features = np.empty((len(pairs), len(self.names)), np.float32)

        def work(start: int, stop: int) -> None:
            order = order_by(pairs.right[start:stop])
            left, right = pairs.left[start:stop][order], pairs.right[start:stop][order]
            room = np.empty(len(self.names) * min(len(order), PART), np.float32)
            for first in range(0, len(order), PART):
                part = slice(first, first + PART)
                count = len(order[part])
                by_name = room[: len(self.names) * count].reshape(-1, count)
                self._write(left[part], right[part], by_name)
                turn(by_name, order[part], features[start:stop])

        in_slices(len(pairs), work)
        return Comparisons(pairs, features, self.names)

    @property
    def rivals(self) -> tuple[Rivals, ...]:
        """The competition by each base measure."""
        return tuple(contest.rivals for contest in self.contests)

    def with_rivals(self, rivals: Sequence[Rivals]) -> Comparer:
        """Return the comparer with another competition, in the order of :attr:`rivals`."""
        contests = tuple(
            replace(contest, rivals=other)
            for contest, other in zip(self.contests, rivals, strict=True)
        )
        return Comparer(self.names, self.parts, contests)

    def only(self, names: Sequence[str]) -> Comparer:
        """Return the comparer without comparators that a model does not know.

        A model of an earlier version was trained before some comparators were there.

        Parameters
        ----------
        names
            Names of the features to keep; a comparator stays only with all of its own.
        """
        if tuple(names) == self.names:
            return self
        wanted, kept = set(names), list[str]()
        parts = []
        for part in self.parts:
            own = self.names[part.first : part.last]
            if wanted.issuperset(own):
                parts.append(replace(part, first=len(kept), last=len(kept) + len(own)))
                kept += own
        contests = []
        for contest in self.contests:
            base = self.names[contest.base]
            if base in kept:
                own = self.names[contest.first : contest.last]
                last = len(kept) + len(own)
                contests.append(Contest(contest.rivals, kept.index(base), len(kept), last))
                kept += own
        return Comparer(tuple(kept), tuple(parts), tuple(contests))

    def take(self, rows: Positions) -> Comparer:
        """Return the comparer of some records, which compares them as before, bit by bit.

        Parameters
        ----------
        rows
            Positions of the records, ascending; the first one becomes position 0.

        Raises
        ------
        UsageError
            A comparator from a plug-in cannot be reduced to some records.
        """
        parts = []
        before: NDArray[np.int32] | None = None
        number = values = np.empty(0, np.int32)
        for part in self.parts:
            if not isinstance(part.comparator, Takes):
                raise UsageError(
                    f"the comparator {type(part.comparator).__name__} has no method 'take', so it "
                    "cannot compare in other processes; use the local engine"
                )
            if part.number is None:
                parts.append(replace(part, comparator=part.comparator.take(rows)))
                continue
            if part.number is not before:  # the comparators of a column follow each other
                before = part.number
                values = np.unique(before[rows])
                number = np.searchsorted(values, before[rows]).astype(np.int32)
            taken = part.comparator.take(values)
            parts.append(replace(part, comparator=taken, number=number))
        contests = tuple(
            replace(contest, rivals=contest.rivals.take(rows)) for contest in self.contests
        )
        return Comparer(self.names, tuple(parts), contests)

    def _write(self, left: Positions, right: Positions, by_name: Features) -> None:
        """Compare pairs sorted by their right record.

        Left records of neighbouring pairs are near each other in the table, right ones are not.
        Sorted by the right record, pairs read memory in one direction. A table of a million
        records is thus as fast per pair as a small one.
        """
        number, values = None, (right, left)
        shared: dict[int, Features] = {}
        for part in self.parts:
            out = by_name[part.first : part.last]
            if part.number is None:
                same = shared.setdefault(id(part.comparator), out)  # two columns may share one
                if same is out:
                    part.comparator.compare(right, left, out)
                else:
                    out[...] = same
                continue
            if part.number is not number:  # the comparators of a column follow each other
                number = part.number
                values = values_of(number, right), values_of(number, left)
            part.comparator.compare(*values, out)
        for contest in self.contests:
            out = by_name[contest.first : contest.last]
            contest.rivals.compare(left, right, by_name[contest.base], out)


def _part(of: str, comparator: Comparator | RecordComparator, names: list[str]) -> Part:
    """Assign the next feature positions to a comparator, and append its names."""
    first = len(names)
    names += [f"{of}:{measure}" for measure in comparator.measures]
    return Part(comparator, first, len(names))


def _planned(
    views: Views, column: str, comparators: Mapping[str, Sequence[str]]
) -> list[Comparator]:
    if column in comparators:
        chosen = [lookup(name, BUILTIN, GROUP) for name in comparators[column]]
    else:
        kind = views.kinds[column]
        chosen = [comparator for comparator in BUILTIN.values() if kind in comparator.kinds]
    keep = views.records.memory.keep
    return [keep(comparator.plan(views, column)) for comparator in chosen]


def _similarity(parts: Sequence[Part], column: int, pairs: CandidatePairs) -> NDArray[np.float32]:
    """Compute one feature of all pairs, shape (pairs,)."""
    part = next(part for part in parts if part.first <= column < part.last)
    similarity = np.empty(len(pairs), np.float32)

    def work(start: int, stop: int) -> None:
        order = order_by(pairs.right[start:stop])
        out = np.empty((part.last - part.first, stop - start), np.float32)
        part.comparator.compare(pairs.right[start:stop][order], pairs.left[start:stop][order], out)
        similarity[start:stop][order] = out[column - part.first]

    in_slices(len(pairs), work)
    return similarity
