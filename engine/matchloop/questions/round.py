"""What one round of questions may still use: free rows, pairs without an answer."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from matchloop.questions.graph import PairGraph
from matchloop.questions.repeats import repeats

__all__ = ["Round"]


class Round:
    """The state of one round while its sets are drawn; rows are shown at most once in a round.

    Parameters
    ----------
    graph
        The candidate pairs.
    probability
        Match probability of each candidate, shape (pairs,).
    answered
        Numbers of the pairs that have a label, as :meth:`CandidatePairs.ids` makes them.
    rng
        Breaks ties and draws what is drawn.
    sources
        A small number per record for its source; None when one table is deduplicated.
    askable
        Which records may be shown, shape (records,); all when left out.
    twins
        A number per record, equal where the records are; none are when left out.
    doubted
        How much the model doubts the labels of each record, -1 where it has none; see
        :func:`doubts`. No record is shown again on purpose when left out.
    rarity
        How seldom candidates agree as much as each, shape (pairs,), see
        :func:`matchloop.scoring.rarity`; the first questions make do with the strength when left
        out.
    refuted
        How many pairs have an answer while none of them is a match; 0 once one is.
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
    ) -> None:
        self.graph = graph
        self.pairs = graph.pairs
        self.probability = probability
        self.rng = rng
        self.sources = sources
        self.used = np.zeros(graph.n_records, np.bool_) if askable is None else ~askable
        self.labelled = np.isin(self.pairs.ids(), answered)
        self.doubted = doubted
        self.rarity = rarity
        self.refuted = refuted
        self._twins = twins
        self._answered = set(answered.tolist())

    def is_free(self, pair: int) -> bool:
        """Say whether a candidate has no label yet and neither of its rows was shown."""
        ends = (self.pairs.left[pair], self.pairs.right[pair])
        return not (self.labelled[pair] or self.used[ends[0]] or self.used[ends[1]])

    def repeats(self, score: NDArray[np.float64], questions: int) -> NDArray[np.int64]:
        """Return the candidates not worth asking beside others that read the same.

        Parameters
        ----------
        score
            Which of several to keep, shape (pairs,).
        questions
            Pairs of rows in the round; of ten, one may be of equal records.
        """
        if self._twins is None:
            return np.empty(0, np.int64)
        return repeats(self.pairs, self._twins, self.labelled, score, max(1, questions // 10))

    def says_something_new(self, rows: list[int]) -> bool:
        """Say whether a set of these rows holds a pair without a label that could match."""
        return any(
            (min(one, other) << 32 | max(one, other)) not in self._answered
            for one, other in combinations(rows, 2)
            if self.sources is None or self.sources[one] != self.sources[other]
        )

    def any_rows(self, count: int) -> list[int]:
        """Draw rows that were not shown, from every source in turn, and mark them as shown."""
        free = self.rng.permutation(np.flatnonzero(~self.used))
        if self.sources is not None and len(free):
            source = self.sources[free]
            by_source = np.argsort(source, kind="stable")
            sizes = np.bincount(source[by_source] - source.min())
            turn = np.arange(len(free)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
            free = free[by_source[np.argsort(turn, kind="stable")]]
        chosen: list[int] = free[:count].tolist()
        self.used[chosen] = True
        return chosen

    def random_sets(self, sets: int, rows: int) -> list[list[int]]:
        """Draw sets of any rows: all that can be done where blocking found nothing to ask."""
        drawn: list[list[int]] = []
        for _ in range(4 * sets):  # a set that says nothing new is drawn again, but not for ever
            chosen = self.any_rows(rows)
            if len(drawn) == sets or len(chosen) < 2:
                break
            if self.says_something_new(chosen):
                drawn.append(chosen)
            else:
                self.used[chosen] = False
        return drawn
