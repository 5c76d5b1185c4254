"""Run the stages in this process, in bounded memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar, cast

import numpy as np

from matchloop.data.pairs import CandidatePairs, Comparisons, Scores
from matchloop.data.records import Records
from matchloop.data.views import Views
from matchloop.matching.backends.base import OnStage, Score
from matchloop.matching.backends.memory import return_freed_memory
from matchloop.matching.backends.near import Near
from matchloop.matching.blocking import UserRule, block
from matchloop.matching.comparing import Comparer

__all__ = ["PreparedTable", "prepare"]

T = TypeVar("T")

CHUNK = 200_000
"""Pairs compared at a time."""

KEPT_BYTES = 256 << 20
"""Features of all candidates are kept in memory up to this size, else made again when needed."""


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

    def once(self, name: object, make: Callable[[], T]) -> T:
        """Return something that needs no label, made when first asked for under this name."""
        if name not in self._made:
            self._made[name] = make()
        return cast(T, self._made[name])

    def chunks(self, pairs: CandidatePairs | None = None) -> Iterator[Comparisons]:
        """Compare the candidates, or other pairs, in chunks of bounded memory, in order."""
        if pairs is None and self.is_kept:
            yield self.comparisons
            return
        asked = self.candidates if pairs is None else pairs
        for start in range(0, len(asked), CHUNK):
            yield self.comparer.compare(asked.take(slice(start, start + CHUNK)))

    def sample(self, size: int) -> Comparisons:
        """Compare an evenly spread sample of at most ``size`` candidates, in order."""
        count = len(self.candidates)
        if count <= size:
            return self.comparisons if self.is_kept else self.comparer.compare(self.candidates)
        chosen = (np.arange(size, dtype=np.int64) * count) // size
        return self.comparer.compare(self.candidates.take(chosen))

    def score(
        self,
        score: Score,
        pairs: CandidatePairs | None = None,
        *,
        on_stage: OnStage | None = None,
    ) -> Scores:
        """Score every candidate, or other pairs.

        Parameters
        ----------
        score
            Gives the match probability of compared pairs, shape (pairs,), in [0, 1].
        pairs
            What to score in place of the candidates.
        on_stage
            Progress callback.

        Returns
        -------
        Scores
            In the order of the pairs.
        """
        asked = self.candidates if pairs is None else pairs
        probability = np.empty(len(asked), np.float32)
        done = 0
        for chunk in self.chunks(pairs):
            probability[done : done + len(chunk)] = score(chunk)
            done += len(chunk)
            if on_stage is not None:
                on_stage("compare and score", done / max(1, len(asked)))
        return Scores(asked, probability)


def prepare(
    records: Records,
    *,
    rules: Sequence[str] = (),
    effort: float = 0.5,
    near: Near | None = None,
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
    on_stage
        Progress callback.

    Returns
    -------
    PreparedTable
        Serves any number of trainings and matchings of the same table.

    Raises
    ------
    UsageError
        A rule cannot be read, or names a column that the table lacks.
    """
    views = Views(records)
    if on_stage is not None:
        on_stage("block", 0.0)
    candidates = block(views, rules=[UserRule(rule) for rule in rules], effort=effort)
    if near is not None:
        candidates = near.candidates(candidates)
    if on_stage is not None:
        on_stage("compare and score", 0.0)
    return_freed_memory()
    comparer = Comparer.plan(views, candidates)
    prepared = PreparedTable(views, candidates, comparer, tuple(rules), effort)
    return_freed_memory()
    return prepared
