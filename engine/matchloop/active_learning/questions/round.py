"""The state of a round of questions: rows not shown yet, pairs without a label."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from matchloop.active_learning.questions.graph import PairGraph
from matchloop.active_learning.questions.repeats import repeats
from matchloop.data.pairs import CandidatePairs

__all__ = ["Round"]


class Round:
    """The state of one round while its sets are drawn.

    Rows are shown at most once in a round. Of records with equal values only one is shown: an
    annotator cannot judge a pair of them.

    Parameters
    ----------
    graph
        The candidate pairs.
    probability
        Match probability of each candidate, shape (pairs,).
    answered
        Ids of the pairs that have a label, as :meth:`CandidatePairs.ids` returns them.
    rng
        Breaks ties and draws pairs and rows.
    sources
        Number of each record's source; None in deduplication.
    askable
        Which records may be shown, shape (records,); all when left out.
    twins
        A number per record, equal for equal records; all records differ when left out.
    doubted
        How much the model doubts the labels of each record, -1 where it has none; see
        :func:`doubts`. No record is repeated on purpose when left out.
    rarity
        How seldom candidates agree as much as each, shape (pairs,); see
        :func:`matchloop.matching.scoring.rarity`. The first questions use the strength when left
        out.
    refuted
        Number of labelled pairs while none of them is a match; 0 once one is.
    legible
        Which records an annotator can judge, shape (records,); see :func:`legible_rows`. Others
        are shown when nothing else is left. All are legible when left out.
    first
        Pairs of rows that each start a set of their own, in order; :meth:`ask_first` adds more.
    text_rarity
        How seldom the texts of candidates are aligned as far as those of each, shape (pairs,); see
        :func:`matchloop.matching.scoring.text_rarity`. None in a table without texts.
    """

    def __init__(
        self,
        graph: PairGraph,
        probability: NDArray[np.float32],
        answered: NDArray[np.int64],
        rng: np.random.Generator,
        sources: NDArray[np.int32] | None = None,
        askable: NDArray[np.bool_] | None = None,
        twins: NDArray[np.int64] | None = None,
        doubted: NDArray[np.float64] | None = None,
        rarity: NDArray[np.float64] | None = None,
        refuted: int = 0,
        legible: NDArray[np.bool_] | None = None,
        first: Sequence[tuple[int, int]] = (),
        text_rarity: NDArray[np.float64] | None = None,
    ) -> None:
        self.graph = graph
        self.pairs = graph.pairs
        self.probability = probability
        self.rng = rng
        self.sources = sources
        self._barred = np.zeros(graph.n_records, np.bool_) if askable is None else ~askable
        self.used = self._barred.copy()
        self.labelled = np.isin(self.pairs.ids(), answered)
        self.doubted = doubted
        self.rarity = rarity
        self.text_rarity = text_rarity
        self.refuted = refuted
        self.legible = np.ones(graph.n_records, np.bool_) if legible is None else legible
        self._first: list[tuple[int, int]] = []
        self._twins = twins
        self._order = np.empty(0, np.int64) if twins is None else np.argsort(twins, kind="stable")
        self._sorted = self._order if twins is None else twins[self._order]
        self._answered_ids = answered
        self._answered = set(answered.tolist())
        self.ask_first(first)

    def is_free(self, pair: int) -> bool:
        """Return whether a candidate has no label, and its rows are free and differ."""
        ends = int(self.pairs.left[pair]), int(self.pairs.right[pair])
        return not self.labelled[pair] and self.are_free(*ends)

    def are_free(self, left: int, right: int) -> bool:
        """Return whether two rows were not shown yet and differ in a value."""
        differ = self._twins is None or self._twins[left] != self._twins[right]
        return bool(differ and not self.used[left] and not self.used[right])

    def show(self, rows: Sequence[int]) -> None:
        """Mark rows, and all records equal to them, as shown."""
        for row in rows:
            self.used[self._equals(row)] = True

    def put_back(self, row: int) -> None:
        """Mark a shown row, and all records equal to it, as free again."""
        equals = self._equals(row)
        self.used[equals] = self._barred[equals]

    def are_answered(self, pairs: CandidatePairs) -> NDArray[np.bool_]:
        """Return which of some pairs of the table have a label, shape (pairs,)."""
        return np.isin(pairs.ids(), self._answered_ids)

    def drawn(self, pairs: CandidatePairs, chosen: NDArray[np.int64], count: int) -> list[int]:
        """Draw free pairs that an annotator can judge at random; no row is in two of them.

        Parameters
        ----------
        pairs
            Any pairs of the table.
        chosen
            Positions among them to draw from.
        count
            Most pairs to draw.

        Returns
        -------
        list of int
            Positions of pairs; their rows are not marked as shown.
        """
        drawn: list[int] = []
        seen: set[int] = set()
        for pair in self.rng.permutation(chosen).tolist():
            if len(drawn) >= count:
                break
            left, right = int(pairs.left[pair]), int(pairs.right[pair])
            legible = self.legible[left] and self.legible[right]
            if legible and self.are_free(left, right) and not seen.intersection((left, right)):
                drawn.append(pair)
                seen.update((left, right))
        return drawn

    def ask_first(self, pairs: Sequence[tuple[int, int]]) -> None:
        """Reserve further pairs of rows, if free, for the sets that start with them."""
        for left, right in pairs:
            if self.are_free(left, right):
                self.show([left, right])  # so that no other set uses them before
                self._first.append((left, right))

    def next_first(self) -> list[int]:
        """Return the next reserved pair of rows; empty where none is left."""
        rows = list(self._first.pop(0)) if self._first else []
        for row in rows:
            self.put_back(row)
        return rows

    @property
    def n_first(self) -> int:
        """The number of sets that will start with a reserved pair."""
        return len(self._first)

    def is_judged(self) -> NDArray[np.bool_]:
        """Return which candidates an annotator can judge, shape (pairs,)."""
        return self.legible[self.pairs.left] & self.legible[self.pairs.right]

    def repeats(self, score: NDArray[np.float64]) -> NDArray[np.int64]:
        """Return the candidates that repeat another one that reads the same.

        Parameters
        ----------
        score
            The candidate of highest score is kept, shape (pairs,).
        """
        if self._twins is None:
            return np.empty(0, np.int64)
        return repeats(self.pairs, self._twins, self.labelled, score)

    def has_unlabelled_pair(self, rows: list[int]) -> bool:
        """Return whether a set of these rows holds an unlabelled pair that may match."""
        return any(
            (min(left, right) << 32 | max(left, right)) not in self._answered
            for left, right in combinations(rows, 2)
            if self.sources is None or self.sources[left] != self.sources[right]
        )

    def any_rows(self, count: int) -> list[int]:
        """Draw free rows, from every source in turn, and mark them as shown."""
        free = self.rng.permutation(self._different(np.flatnonzero(~self.used)))
        free = free[np.argsort(~self.legible[free], kind="stable")]
        if self.sources is not None and len(free):
            source = self.sources[free]
            by_source = np.argsort(source, kind="stable")
            sizes = np.bincount(source[by_source] - source.min())
            turn = np.arange(len(free)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
            free = free[by_source[np.argsort(turn, kind="stable")]]
        chosen: list[int] = free[:count].tolist()
        self.show(chosen)
        return chosen

    def _equals(self, row: int) -> NDArray[np.int64]:
        """Return the records equal to a row, including itself."""
        if self._twins is None:
            return np.array([row])
        start, end = np.searchsorted(self._sorted, [self._twins[row], self._twins[row] + 1])
        return self._order[start:end]

    def _different(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Keep one of the rows that are equal."""
        if self._twins is None:
            return rows
        return rows[np.unique(self._twins[rows], return_index=True)[1]]

    def random_sets(self, sets: int, rows: int) -> list[list[int]]:
        """Draw sets of random rows, for where blocking found too few pairs to ask."""
        drawn: list[list[int]] = []
        for _ in range(
            4 * sets
        ):  # a set without an unlabelled pair is drawn again, a limited number of times
            chosen = self.any_rows(rows)
            if len(drawn) == sets or len(chosen) < 2:
                break
            if self.has_unlabelled_pair(chosen):
                drawn.append(chosen)
            else:
                for row in chosen:
                    self.put_back(row)
        return drawn
