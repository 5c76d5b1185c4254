"""Sets grown around the most useful pairs.

A set starts from the most useful pair and takes in, row by row, what is tied to the rows already
in by the largest summed utility. When another useful pair elsewhere would teach more per row read,
the set goes on there. Published work on how to compose such sets finds about nine rows of about
four entities, similar rows adjacent, to be answered best (in-context clustering for entity
resolution, LLM-CER), so growth aims at three to five entities and at both answers in every set.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matchloop.questions.round import Round

__all__ = ["grow_sets", "ranked"]

IS_MATCH = 0.5
MOST_ENTITIES = 5


def ranked(
    utilities: NDArray[np.float64],
    allowed: NDArray[np.bool_],
    rng: np.random.Generator,
    limit: int | None = None,
) -> NDArray[np.int64]:
    """Return the most useful candidates first, equal ones in random order.

    Parameters
    ----------
    utilities
        One per candidate, shape (pairs,).
    allowed
        Which candidates may be asked, shape (pairs,).
    rng
        Orders equals.
    limit
        How many are wanted at least; ties at the end are all returned. All when left out.

    Returns
    -------
    NDArray
        Numbers of candidates, int64.
    """
    chosen = np.flatnonzero(allowed)
    if limit is not None and len(chosen) > limit:
        border = -np.partition(-utilities[chosen], limit - 1)[limit - 1]
        chosen = chosen[utilities[chosen] >= border]
    return chosen[np.lexsort((rng.random(len(chosen)), -utilities[chosen]))]


def grow_sets(
    round_: Round, utilities: NDArray[np.float64], *, sets: int, rows: int
) -> list[list[int]]:
    """Draw sets that are worth an answer.

    Parameters
    ----------
    round_
        What may be used.
    utilities
        One per candidate, shape (pairs,); more means ask sooner.
    sets
        How many sets to draw at most.
    rows
        How many rows a set holds at most; with 2 every set is a pair.

    Returns
    -------
    list of lists of int
        Row positions per set, in the order they were taken in. Fewer sets than asked for where the
        table has no more to ask.
    """
    weight = _weights(utilities, round_.labelled)
    seeds = _Seeds(round_, weight, limit=50 * sets * rows)
    drawn: list[list[int]] = []
    while len(drawn) < sets and (seed := seeds.first()) is not None:
        drawn.append(_Draft(round_, weight, rows).grown(seed, seeds))
    return drawn + round_.random_sets(sets - len(drawn), rows)


def _weights(utilities: NDArray[np.float64], labelled: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Stretch utilities to [0, 1]; what is labelled weighs nothing."""
    if len(utilities) == 0:
        return utilities
    low, high = utilities.min(), utilities.max()
    weight = (utilities - low) / (high - low) if high > low else np.ones_like(utilities)
    weight[labelled] = 0.0
    return weight


class _Seeds:
    """Candidates that a set can start from, most useful first."""

    def __init__(self, round_: Round, weight: NDArray[np.float64], limit: int) -> None:
        self._round = round_
        self._weight = weight
        self._order = ranked(weight, ~round_.labelled, round_.rng, limit)
        self._is_all = len(self._order) == int((~round_.labelled).sum())
        self._next = 0

    def first(self) -> int | None:
        """Return the most useful pair of rows not yet shown; it stays first until they are."""
        while True:
            while self._next < len(self._order):
                pair = int(self._order[self._next])
                if self._round.is_free(pair):
                    return pair
                self._next += 1
            if self._is_all:
                return None
            self._order = ranked(self._weight, ~self._round.labelled, self._round.rng)
            self._is_all, self._next = True, 0


class _Draft:
    """One set while it grows."""

    def __init__(self, round_: Round, weight: NDArray[np.float64], rows: int) -> None:
        self._round = round_
        self._weight = weight
        self._limit = rows
        self._entity: dict[int, int] = {}  # row -> a row that stands for its expected entity
        self._border: dict[int, tuple[float, float]] = {}  # row -> summed weight, best probability
        self._matches = 0.0  # expected number of matching pairs inside

    def grown(self, seed: int, seeds: _Seeds) -> list[int]:
        """Grow from a pair until the set is full or nothing useful is left."""
        self._take_pair(seed)
        while (room := self._limit - len(self._entity)) > 0:
            border = {r: known for r, known in self._border.items() if not self._round.used[r]}
            hop = seeds.first() if room >= 2 else None
            row = self._missing_answer(border) if room <= self._limit // 3 else None
            if row is None and (row := self._useful_row(border)) is not None and hop is not None:
                # a row has to teach as much per row read as a new pair of rows elsewhere
                row = row if border[row][0] >= float(self._weight[hop]) / 2 else None
            if row is not None:
                self._take(row)
            elif hop is not None:
                self._take_pair(hop)
            else:
                break
        return list(self._entity)

    @property
    def _entities(self) -> int:
        return len(set(self._entity.values()))

    def _missing_answer(self, border: dict[int, tuple[float, float]]) -> int | None:
        """Return a row that brings the answer the set still lacks, if there is one."""
        if self._matches < IS_MATCH:
            row = max(border, key=lambda row: (border[row][1], border[row][0], -row), default=None)
            return row if row is not None and border[row][1] >= IS_MATCH else None
        if self._entities == 1:
            row = min(border, key=lambda row: (border[row][1], -border[row][0], row), default=None)
            return row if row is not None and border[row][1] < IS_MATCH else None
        return None

    def _useful_row(self, border: dict[int, tuple[float, float]]) -> int | None:
        """Return the row with the most useful ties; with enough entities in, one that joins."""
        if self._entities >= MOST_ENTITIES:
            joining = {row: known for row, known in border.items() if known[1] >= IS_MATCH}
            border = joining or border
        return max(border, key=lambda row: (border[row][0], border[row][1], -row), default=None)

    def _take_pair(self, pair: int) -> None:
        self._take(int(self._round.pairs.left[pair]))
        self._take(int(self._round.pairs.right[pair]))

    def _take(self, row: int) -> None:
        graph, probability = self._round.graph, self._round.probability
        self._round.used[row] = True
        self._border.pop(row, None)
        edges = graph.edges(row)
        self._entity[row] = row
        for edge, other in zip(edges.tolist(), graph.others(row, edges).tolist(), strict=True):
            chance = float(probability[edge])
            if other in self._entity:
                self._matches += chance
                if chance >= IS_MATCH:
                    self._join(row, other)
            elif not self._round.used[other]:
                summed, best = self._border.get(other, (0.0, 0.0))
                self._border[other] = (summed + float(self._weight[edge]), max(best, chance))

    def _join(self, row: int, other: int) -> None:
        old, new = self._entity[row], self._entity[other]
        for member, entity in self._entity.items():
            if entity == old:
                self._entity[member] = new
