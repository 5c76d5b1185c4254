"""Grow labelling sets around the most useful pairs.

A set starts from the most useful pair. It then adds, row by row, the row of largest summed utility
to the rows already in it. Where a useful pair elsewhere has more utility per row, the set continues
there. Published work finds that sets of about nine rows of about four entities, similar rows
adjacent, are answered best (in-context clustering for entity resolution, LLM-CER). So a set holds
three to five expected entities and both answers. Where few records match, a set reaches its number
of entities before it is full, and stays smaller.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

from matchloop.active_learning.questions.round import Round

__all__ = ["grow_sets", "ranked"]

Border = dict[int, tuple[float, float]]

IS_MATCH = 0.5  # probability from which a pair is expected to match
FEWEST_ENTITIES = 3  # three to five expected entities: see above
MOST_ENTITIES = 5
LEAST = 1e-6  # weight of the least useful pair: above 0, which marks pairs never to ask
LOOK_AHEAD = 2_000  # seeds to search for a likely match (a convention: bounds time)


def ranked(
    utilities: NDArray[np.float64],
    allowed: NDArray[np.bool_],
    rng: np.random.Generator,
    limit: int | None = None,
) -> NDArray[np.int64]:
    """Rank candidates by utility, the most useful first, ties in random order.

    Parameters
    ----------
    utilities
        Utility of each candidate, shape (pairs,).
    allowed
        Which candidates may be asked, shape (pairs,).
    rng
        Breaks ties.
    limit
        Least number to return; ties at the end are all returned. All when left out.

    Returns
    -------
    NDArray
        Positions of candidates, int64.
    """
    chosen = np.flatnonzero(allowed)
    if limit is not None and len(chosen) > limit:
        border = -np.partition(-utilities[chosen], limit - 1)[limit - 1]
        chosen = chosen[utilities[chosen] >= border]
    return chosen[np.lexsort((rng.random(len(chosen)), -utilities[chosen]))]


def grow_sets(
    round_: Round,
    utilities: NDArray[np.float64],
    *,
    sets: int,
    rows: int,
    overlap: float = 0.0,
) -> list[list[int]]:
    """Draw sets around the most useful pairs.

    Parameters
    ----------
    round_
        The round, with the rows and pairs that are free.
    utilities
        Utility of each candidate, shape (pairs,).
    sets
        Most sets to draw.
    rows
        Most rows of a set; with 2 every set is a pair.
    overlap
        Share of the rows to repeat from earlier rounds, first those whose labels the model doubts
        most; not in pairs.

    Returns
    -------
    list of lists of int
        Row positions per set, in the order of choice. Fewer sets than ``sets`` where no useful
        pairs are left.
    """
    weight = _weights(utilities, round_.labelled)
    weight[round_.repeats(weight)] = 0.0
    weight[~round_.is_judged()] *= LEAST / 2  # illegible pairs come after all others
    seeds = _Seeds(round_, weight, limit=50 * sets * rows)
    drawn: list[list[int]] = []
    owed = 0.0  # repeated rows that earlier sets had no room for
    while len(drawn) < sets and (seed := _seed(round_, seeds)):
        repeat = owed + overlap * rows if rows > 2 else 0.0
        draft = _Draft(round_, weight, rows, again=int(repeat + 0.5))
        drawn.append(draft.grown(seed, seeds))
        owed += overlap * len(drawn[-1]) - draft.shown_before
    return drawn + round_.random_sets(sets - len(drawn), rows)


def _seed(round_: Round, seeds: _Seeds) -> list[int]:
    """Return the two rows that the next set starts from; none where no pair is left."""
    rows = round_.next_first()
    if not rows and (pair := seeds.first()) is not None:
        rows = [int(round_.pairs.left[pair]), int(round_.pairs.right[pair])]
    return rows


def _weights(utilities: NDArray[np.float64], labelled: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Scale utilities to weights in [LEAST, 1]; labelled pairs weigh 0."""
    if len(utilities) == 0:
        return utilities
    low, high = utilities.min(), utilities.max()
    weight = (utilities - low) / (high - low) if high > low else np.ones_like(utilities)
    weight = LEAST + (1 - LEAST) * weight
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
        self._is_judged = round_.is_judged()

    def first(self) -> int | None:
        """Return the most useful pair of free rows; it stays first until its rows are shown."""
        while True:
            while self._next < len(self._order):
                pair = int(self._order[self._next])
                if self._round.is_free(pair):
                    return pair
                self._next += 1
            # Only the top is ranked at first: a full sort of millions of pairs is rarely needed.
            if self._is_all:
                return None
            self._order = ranked(self._weight, ~self._round.labelled, self._round.rng)
            self._is_all, self._next = True, 0

    def apart(self, rows: Collection[int]) -> int | None:
        """Return the most useful pair that has none of the given rows."""
        self.first()  # skips pairs that are no longer free
        pairs = self._round.pairs
        for pair in self._order[self._next : self._next + LOOK_AHEAD].tolist():
            ends = int(pairs.left[pair]), int(pairs.right[pair])
            if self._round.is_free(pair) and not any(end in rows for end in ends):
                return int(pair)
        return None

    def again(self) -> int | None:
        """Return the most useful pair of a labelled row and an unlabelled one."""
        doubted = self._round.doubted
        assert doubted is not None
        pairs = self._round.pairs
        for pair in self._order[self._next : self._next + LOOK_AHEAD].tolist():
            is_old = doubted[pairs.left[pair]] >= 0, doubted[pairs.right[pair]] >= 0
            is_mixed = any(is_old) and not all(is_old)
            if is_mixed and self._is_judged[pair] and self._round.is_free(pair):
                return int(pair)
        return None

    def likely(self, least: float) -> int | None:
        """Return the most useful pair that is expected to match and weighs at least ``least``."""
        for pair in self._order[self._next : self._next + LOOK_AHEAD].tolist():
            if self._weight[pair] < least:  # in descending order: no later pair weighs more
                return None
            is_likely = self._round.probability[pair] >= IS_MATCH and self._is_judged[pair]
            if is_likely and self._round.is_free(pair):
                return int(pair)
        return None


class _Draft:
    """A set while it grows."""

    def __init__(
        self, round_: Round, weight: NDArray[np.float64], rows: int, *, again: int = 0
    ) -> None:
        self._round = round_
        self._weight = weight
        self._limit = rows
        self._again = 0 if round_.doubted is None else min(again, max(1, rows // 3))
        self._entity: dict[int, int] = {}  # row -> a row that represents its expected entity
        self._border: Border = {}  # row -> its summed weight, its best probability

    def grown(self, seed: list[int], seeds: _Seeds) -> list[int]:
        """Grow from two rows until the set is full or no useful row is left; return the rows.

        The order of the steps matters. The first two thirds of a set follow utility alone; the last
        third also balances answers and entities. Repeated rows are added while there is room.
        """
        for row in seed:
            self._take(row)
        while (room := self._limit - len(self._entity)) > 0:
            border = {r: ties for r, ties in self._border.items() if not self._round.used[r]}
            owed = self._again - self.shown_before
            is_late = room <= self._limit // 3 or self._must_match
            if is_late and (self._balance(border, seeds, room) or self._widen(border, seeds, room)):
                continue
            is_time = owed >= room - 2 or self._entities >= MOST_ENTITIES - 2
            if owed > 0 and is_time and self._show_again(border, seeds, room):
                continue
            if self._take_useful(border, seeds, room):
                continue
            break
        return list(self._entity)

    @property
    def _must_match(self) -> bool:
        """Whether a matching pair must be added before the entities are too many."""
        return len(self._entity) == self._entities >= MOST_ENTITIES - 2

    def _take_useful(self, border: Border, seeds: _Seeds, room: int) -> bool:
        """Add the row or pair of most utility per row; return whether there was any."""
        hop = self._hop(seeds) if room >= 2 else None
        row = self._useful_row(border)
        if row is not None and (hop is None or self._is_worth(border[row][0], hop)):
            self._take(row)
        elif hop is not None:
            self._take_pair(hop)
        return row is not None or hop is not None

    def _widen(self, border: Border, seeds: _Seeds, room: int) -> bool:
        """Add another entity where the set has too few; return whether there was any."""
        if self._entities >= min(FEWEST_ENTITIES, self._limit // 3):
            return False
        joining = {row for row, (_, chance) in border.items() if chance >= IS_MATCH}
        hop = seeds.apart(joining) if room >= 2 else None
        apart = border.keys() - joining
        if hop is None and not apart:
            return False
        if hop is None:
            self._take(max(apart, key=lambda row: (border[row][0], -row)))
        else:
            self._take_pair(hop)
        return True

    @property
    def shown_before(self) -> int:
        """The number of its rows that were labelled in an earlier round."""
        doubted = self._round.doubted
        return 0 if doubted is None else sum(bool(doubted[row] >= 0) for row in self._entity)

    def _show_again(self, border: Border, seeds: _Seeds, room: int) -> bool:
        """Add the labelled row that the model doubts most; return whether there was one."""
        doubted = self._round.doubted
        assert doubted is not None
        is_full = self._entities >= MOST_ENTITIES
        old = [
            row
            for row, (_, chance) in border.items()
            if doubted[row] >= 0 and (chance >= IS_MATCH or not is_full)
        ]
        if old:
            self._take(max(old, key=lambda row: (doubted[row], border[row][0], -row)))
            return True
        pair = seeds.again() if room >= 2 and not is_full else None
        if pair is not None:
            self._take_pair(pair)
        return pair is not None

    @property
    def _entities(self) -> int:
        return len(set(self._entity.values()))

    def _is_worth(self, weight: float, hop: int) -> bool:
        """Return whether one row has as much utility per row as a pair of rows elsewhere."""
        return weight >= float(self._weight[hop]) / 2

    def _balance(self, border: Border, seeds: _Seeds, room: int) -> bool:
        """Add a row with the expected answer that the set lacks; return whether there was any."""
        lacks_match = self._entities == len(self._entity)
        if not (lacks_match or self._entities == 1):
            return False
        fitting = [r for r, (_, chance) in border.items() if (chance >= IS_MATCH) == lacks_match]
        sign = 1 if lacks_match else -1
        if fitting:
            self._take(max(fitting, key=lambda r: (sign * border[r][1], border[r][0], -r)))
            return True
        pair = seeds.likely(0.0) if lacks_match and room >= 2 else None
        if pair is not None:
            self._take_pair(pair)
        return pair is not None

    def _hop(self, seeds: _Seeds) -> int | None:
        """Return the most useful pair elsewhere, while another entity is allowed.

        Once half of the rows match no other row of the set, a likely match comes first.
        """
        first = seeds.first()
        left = MOST_ENTITIES - self._entities
        if first is None or left < 1:
            return None
        is_loose = 2 * self._entities > len(self._entity)
        likely = seeds.likely(float(self._weight[first]) / 2) if is_loose or left < 2 else None
        return likely if likely is not None or left < 2 else first

    def _useful_row(self, border: Border) -> int | None:
        """Return the row of most utility; with enough entities, only one that matches a row."""
        if self._entities >= MOST_ENTITIES:
            border = {row: ties for row, ties in border.items() if ties[1] >= IS_MATCH}
        return max(border, key=lambda row: (border[row][0], border[row][1], -row), default=None)

    def _take_pair(self, pair: int) -> None:
        self._take(int(self._round.pairs.left[pair]))
        self._take(int(self._round.pairs.right[pair]))

    def _take(self, row: int) -> None:
        graph, probability = self._round.graph, self._round.probability
        self._round.show([row])
        self._border.pop(row, None)
        edges = graph.edges(row)
        self._entity[row] = row
        for edge, other in zip(edges.tolist(), graph.others(row, edges).tolist(), strict=True):
            chance = float(probability[edge])
            if other in self._entity:
                if chance >= IS_MATCH:
                    self._join(row, other)
            elif not self._round.used[other] and self._round.legible[other]:
                summed, best = self._border.get(other, (0.0, 0.0))
                self._border[other] = (summed + float(self._weight[edge]), max(best, chance))

    def _join(self, row: int, other: int) -> None:
        old, new = self._entity[row], self._entity[other]
        for member, entity in self._entity.items():
            if entity == old:
                self._entity[member] = new
