"""Run the stages in this process, in bounded memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from matchloop.data.freeing import return_freed_memory
from matchloop.data.pairs import CandidatePairs, Comparisons, Scores
from matchloop.data.records import Records
from matchloop.data.views import Views
from matchloop.matching.backends.base import OnStage, Score
from matchloop.matching.backends.near import Near
from matchloop.matching.backends.needs import check_limit
from matchloop.matching.backends.spill import SpilledFeatures
from matchloop.matching.blocking import UserRule, block
from matchloop.matching.comparing import Comparer

__all__ = ["PreparedTable", "prepare"]

T = TypeVar("T")
Places = NDArray[np.int64] | slice

CHUNK = 200_000
"""Pairs compared at a time."""

KEPT_BYTES = 256 << 20
"""Features of all candidates are kept in memory up to this size, beyond it in a temporary file."""

CHUNK_SHARE = 0.1
"""Share of a memory limit that the features of a chunk may take. They exist twice while they are
put in order."""


@dataclass(frozen=True, eq=False)
class PreparedTable:
    """A table blocked and ready to compare; build one with :func:`prepare`.

    Parameters
    ----------
    views
        Derived columns of the table.
    candidates
        Its candidate pairs.
    comparer
        The comparators planned for its columns.
    rules
        The blocking rules it was prepared with, besides the built-in ones.
    effort
        The effort it was prepared with.
    """

    views: Views
    candidates: CandidatePairs
    comparer: Comparer
    rules: tuple[str, ...] = ()
    effort: float = 0.5
    _made: dict[object, object] = field(default_factory=dict, repr=False)

    @property
    def records(self) -> Records:
        """The table."""
        return self.views.records

    @cached_property
    def comparisons(self) -> Comparisons:
        """The features of every candidate, in memory."""
        return self.comparer.compare(self.candidates)

    @property
    def is_kept(self) -> bool:
        """Whether the features of all candidates are few enough to stay in memory."""
        return len(self.candidates) * len(self.comparer.names) * 4 <= KEPT_BYTES

    @property
    def _is_in_memory(self) -> bool:
        return self.is_kept and self.records.memory.limit is None

    @property
    def _chunk(self) -> int:
        """Pairs to compare at a time."""
        limit = self.records.memory.limit
        if limit is None:
            return CHUNK
        return min(CHUNK, max(1, int(CHUNK_SHARE * limit) // (8 * len(self.comparer.names))))

    def once(self, name: object, make: Callable[[], T]) -> T:
        """Compute a label-independent value once and cache it under ``name``."""
        if name not in self._made:
            self._made[name] = self.records.memory.set_aside(make())
        return cast(T, self._made[name])

    def latest(self, name: str, of: object, make: Callable[[], T]) -> T:
        """Return a value that depends on ``of``, cached under a name until ``of`` changes."""
        cached = self._made.get(name)
        if cached is None or cast(tuple[object, object], cached)[0] != of:
            self._made.pop(name, None)  # frees its memory before the next one is computed
            cached = self._made[name] = (of, self.records.memory.set_aside(make()))
        return cast(tuple[object, T], cached)[1]

    def chunks(
        self, pairs: CandidatePairs | None = None, *, keep: bool = False
    ) -> Iterator[tuple[Places, Comparisons]]:
        """Compare the candidates, or other pairs, in chunks of bounded memory.

        Parameters
        ----------
        pairs
            What to compare in place of the candidates.
        keep
            Whether the candidates are compared more than once. Features that exceed the memory
            budget are then written to a temporary file on the first pass, and read from it later.

        Yields
        ------
        tuple of places and Comparisons
            The places of the compared pairs among all, and their features. Each pair comes once.
        """
        if pairs is not None:
            for places in self._places(pairs):
                yield places, self.comparer.compare(pairs.take(places))
        elif self._is_in_memory:
            yield slice(None), self.comparisons
        else:
            yield from self._candidate_chunks(keep)

    def _candidate_chunks(self, keep: bool) -> Iterator[tuple[Places, Comparisons]]:
        names, done = self.comparer.names, 0
        spilled = cast(SpilledFeatures | None, self._made.get("spilled features"))
        writing = None
        if keep and spilled is None:
            folder = self.records.memory.folder
            writing = SpilledFeatures.open(len(self.candidates), len(names), folder)
        for places in self._places(self.candidates):
            part = self.candidates.take(places)
            done += len(part)
            if spilled is not None:
                features = spilled.read(done - len(part), done)
                yield places, Comparisons(part, features, names)
                continue
            compared = self.comparer.compare(part)
            if writing is not None:
                writing.append(compared.features)
            yield places, compared
            del compared  # before the next ones are computed
        if writing is not None:
            self._made["spilled features"] = writing

    def _places(self, pairs: CandidatePairs) -> Iterator[Places]:
        """Return the places of the pairs of each chunk, always in the same order."""
        memory, order, ends = self.records.memory, None, np.array([len(pairs)])
        # one number of ranges for all passes: features are read in the order they were written in
        if (ranges := self.once("ranges", lambda: memory.ranges(2))) > 1:
            order, ends = visiting_order(pairs, len(self.records), ranges)
            order = memory.keep(order)
        for first, last in zip([0, *ends[:-1]], ends, strict=True):
            for start in range(first, last, self._chunk):
                memory.ease()
                part = slice(start, min(start + self._chunk, last))
                yield part if order is None else order[part]

    def sample(self, size: int) -> Comparisons:
        """Compare an evenly spread sample of at most ``size`` candidates, in order."""
        count = len(self.candidates)
        if count <= size:
            return self.comparisons if self._is_in_memory else self.compare(self.candidates)
        return self.some((np.arange(size, dtype=np.int64) * count) // size)

    def some(self, places: NDArray[np.int64]) -> Comparisons:
        """Compare the candidates at some places, shape (places,), ascending."""
        if not self._is_in_memory:
            return self.compare(self.candidates.take(places))
        every = self.comparisons  # all are needed anyhow, when they are scored
        return Comparisons(every.pairs.take(places), every.features[places], every.names)

    def compare(self, pairs: CandidatePairs) -> Comparisons:
        """Compare any pairs; under a memory limit, by ranges of records."""
        memory = self.records.memory
        if memory.limit is None or len(pairs) == 0:
            return self.comparer.compare(pairs)
        features = np.empty((len(pairs), len(self.comparer.names)), np.float32)
        for places, compared in self.chunks(pairs):
            features[places] = compared.features
        memory.ease(always=True)
        return Comparisons(pairs, features, self.comparer.names)

    def score(
        self,
        score: Score,
        pairs: CandidatePairs | None = None,
        *,
        beside: NDArray[np.float32] | None = None,
        keep: bool = False,
        on_stage: OnStage | None = None,
    ) -> Scores:
        """Score every candidate, or other pairs.

        Parameters
        ----------
        score
            Gives the match probability of compared pairs, shape (pairs,), in [0, 1].
        pairs
            What to score in place of the candidates.
        beside
            A number per pair, shape (pairs,): ``score`` gets those of its pairs as a second
            argument.
        keep
            As for :meth:`chunks`.
        on_stage
            Progress callback.

        Returns
        -------
        Scores
            In the order of the pairs.
        """
        scored_pairs = self.candidates if pairs is None else pairs
        probability = np.empty(len(scored_pairs), np.float32)
        done = 0
        for places, chunk in self.chunks(pairs, keep=keep):
            near = () if beside is None else (beside[places],)
            probability[places] = score(chunk, *near)
            done += len(chunk)
            del chunk
            if on_stage is not None:
                on_stage("compare and score", done / max(1, len(scored_pairs)))
        self.records.memory.ease()
        return Scores(scored_pairs, probability)


def visiting_order(
    pairs: CandidatePairs, records: int, ranges: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return an order of pairs in which neighbours need few of the records.

    The records are cut into ranges. The pairs of one range of left records and one of right
    records come together, so that comparing them reads the columns of two ranges only.

    Parameters
    ----------
    pairs
        Pairs of a table.
    records
        Records of the table.
    ranges
        Ranges to cut them into, at most 256.

    Returns
    -------
    tuple of numpy.ndarray
        Positions of the pairs, shape (pairs,), and where the pairs of two ranges end in it.
    """
    range_of = (np.arange(records) * ranges // records).astype(np.uint16)
    tile = range_of[pairs.left] * np.uint16(ranges) + range_of[pairs.right]
    ends = np.cumsum(np.bincount(tile))
    return np.argsort(tile, kind="stable"), ends[np.diff(ends, prepend=0) > 0]


def prepare(
    records: Records,
    *,
    rules: Sequence[str] = (),
    effort: float = 0.5,
    near: Near | None = None,
    swapped: Sequence[str] | None = None,
    on_stage: OnStage | None = None,
) -> PreparedTable:
    """Block a table and plan its comparisons: all that needs no label.

    Parameters
    ----------
    records
        The table.
    rules
        Blocking rules of the user, added to the built-in ones, for example ``"surname, city"``.
    effort
        Glue's AccuracyCostTradeoff, 0 to 1: more means more candidate pairs.
    near
        Keeps only the candidates near new records; all are kept when left out.
    swapped
        The two columns that a model compares the other way round too; found in the table when left
        out, see :meth:`matchloop.data.views.Views.swapped_columns`.
    on_stage
        Progress callback.

    Returns
    -------
    PreparedTable
        Serves any number of trainings and matchings of the same table.

    Raises
    ------
    TableError
        The table cannot be matched under its memory limit.
    UsageError
        A rule cannot be read, or names a column that the table lacks.
    """
    check_limit(records)
    views = Views(records, swapped=swapped)
    if on_stage is not None:
        on_stage("block", 0.0)
    candidates = block(views, rules=[UserRule(rule) for rule in rules], effort=effort)
    if near is not None:
        candidates = near.candidates(candidates)
    candidates = records.memory.keep(candidates)
    candidates = replace(
        candidates,  # for the user and the groups, not for comparing
        strength=records.memory.set_aside(candidates.strength),
        rules=records.memory.set_aside(candidates.rules),
    )
    if on_stage is not None:
        on_stage("compare and score", 0.0)
    return_freed_memory()
    records.memory.ease(always=True)
    comparer = Comparer.plan(views, candidates)
    prepared = PreparedTable(views, candidates, comparer, tuple(rules), effort)
    return_freed_memory()
    return prepared
